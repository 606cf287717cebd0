"""Time zones as the decoder in C knows them: by what they are always ahead of UTC, if there is such a thing."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_STEP = timedelta(days=7)  # no change of a zone's offset is taken back sooner
_EDGE = timedelta(days=2)  # a clock's time is at most that far from UTC


@lru_cache(64)
def minutes_ahead(zone: str, earliest: datetime, latest: datetime) -> int | None:
    """Of every time between the two, and somewhat beyond; None where it changes, or is no whole minutes."""
    if zone == "UTC":
        return 0
    try:
        found = _offsets(ZoneInfo(zone), earliest - _EDGE, latest + _EDGE)
    except OverflowError:  # at an end of the calendar
        return None
    minutes, rest = divmod(found.pop() or timedelta(), timedelta(minutes=1))
    return None if found or rest else minutes


def _offsets(clock: ZoneInfo, moment: datetime, last: datetime) -> set[timedelta | None]:
    """Two of them, if there are more."""
    found = set[timedelta | None]()
    while moment < last + _STEP and len(found) < 2:  # noqa: PLR2004 - that is a change
        found.add(moment.astimezone(clock).utcoffset())
        moment += _STEP
    return found
