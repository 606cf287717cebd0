"""Which days are to be closed, and which of the closed ones looked at again. Pure."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hackle_import.settings import DayRules

# Between them a day's begin and end are times that a computer knows.
FIRST, LAST = "1970-01-01", "9998-12-31"


def is_day(text: str) -> bool:
    """Whether it is written as 2025-01-31, and no earlier or later than any that can be closed."""
    try:
        return date.fromisoformat(text).isoformat() == text and FIRST <= text <= LAST
    except ValueError:
        return False


def begin_ms(day: str, zone: ZoneInfo) -> int:
    """Since 1970-01-01."""
    return int(datetime.combine(date.fromisoformat(day), time(), zone).timestamp() * 1000)


def due_at(day: str, zone: ZoneInfo, hour: int) -> datetime:
    """When a day is to be closed: at an hour of the next one, on the clocks of `zone`."""
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(hour), zone)


def newest_due(now: datetime, zone: ZoneInfo, hour: int) -> date:
    """The last day that is over for so long."""
    day = now.astimezone(zone).date()
    while due_at(day.isoformat(), zone, hour) > now:
        day -= timedelta(days=1)
    return day


def to_look_at(newest: date, rules: DayRules, known: Collection[str], waiting: Collection[str]) -> list[str]:
    """Newest first. `known` are days that were closed, `waiting` those that have drops' files, which may be late ones
    however old the day is; what lies between the first of both and the newest is closed even if it has none."""
    earliest = newest - timedelta(days=rules.look_back - 1)
    first = min((date.fromisoformat(day) for day in {*known, *waiting}), default=newest)
    window = {day.isoformat() for day in _from(max(first, earliest), newest)}
    return sorted(window | {day for day in waiting if day <= newest.isoformat()}, reverse=True)


def window(newest: date, rules: DayRules) -> list[str]:
    """The days that are looked back at."""
    return [day.isoformat() for day in _from(newest - timedelta(days=rules.look_back - 1), newest)]


def _from(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
