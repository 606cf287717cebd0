"""When a day of a source begins and ends, and when it is due. Days are those of the source's zone: one with a change of
clocks has 23 or 25 hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hackle_import.warehouse.source import Source


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day and that of the next one, in UTC: a range that excludes its end."""
    begin, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    return begin, end


def due_at(source: Source, day: date) -> datetime:
    """When a day is exported at the earliest, in UTC: the day after, at the source's time."""
    return datetime.combine(day + timedelta(days=1), source.due_time, source.zone).astimezone(UTC)


def looked_back(source: Source, now: datetime) -> list[date]:
    """The days that are looked at now, newest first."""
    today = now.astimezone(source.zone).date()
    days = (today - timedelta(days=back) for back in range(1, source.lookback_days + 1))
    return [day for day in days if due_at(source, day) <= now]


def utc_dates(day: date, zone: ZoneInfo) -> Iterator[date]:
    """The days of UTC that a day lies in: as partitions of BigQuery are cut."""
    begin, end = bounds(day, zone)
    last = (end - timedelta(microseconds=1)).date()
    one = begin.date()
    while one <= last:
        yield one
        one += timedelta(days=1)
