"""Time zones as the decoder in C knows them: from when on that a clock shows how far it is ahead of UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

Zone = tuple[tuple[int, int], ...]  # `ZoneOffset`s of instant.h, in their order
_MOST_YEARS = 300  # a zone's changes are looked for week by week
_STEP = timedelta(days=7)  # no change of a zone's offset is taken back sooner
_EDGE = timedelta(days=2)  # a clock's time is at most that far from UTC
_SECOND = timedelta(seconds=1)  # to which a zone's changes are known
_ZERO, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def zone_offsets(zone: str, earliest: datetime, latest: datetime) -> Zone:
    """For every time between the two, and somewhat beyond. Of an hour that a clock shows twice it is the first that
    counts, as Python's `fold=0` has it: https://docs.python.org/3/library/datetime.html#datetime.datetime.fold. None
    at an end of the calendar, nor for more than 300 years."""
    if zone == "UTC":
        return ((0, 0),)
    first, last = earliest.astimezone(UTC).year, latest.astimezone(UTC).year
    return () if last - first > _MOST_YEARS else _offsets(zone, first, last)  # whole years: each drop's latest differs


@lru_cache(64)
def _offsets(zone: str, first_year: int, last_year: int) -> Zone:
    try:
        first, last = datetime(first_year, 1, 1, tzinfo=UTC) - _EDGE, datetime(last_year + 1, 1, 1, tzinfo=UTC) + _EDGE
        clock, weeks = ZoneInfo(zone), [first + _STEP * week for week in range((last - first) // _STEP + 2)]
        known = [(week, _ahead(week, clock)) for week in weeks]
    except (OverflowError, ValueError):
        return ()
    changes = [change for before, after in pairwise(known) for change in _changes(clock, before, after)]
    return ((0, known[0][1] // _MILLISECOND), *changes)


def _changes(
    clock: ZoneInfo, before: tuple[datetime, timedelta], after: tuple[datetime, timedelta]
) -> Iterator[tuple[int, int]]:
    """Those between two moments, each with what clocks then are ahead of UTC."""
    if before[1] == after[1]:
        return
    if after[0] - before[0] <= _SECOND:
        yield (after[0] + max(before[1], after[1]) - _ZERO) // _MILLISECOND, after[1] // _MILLISECOND
        return
    moment = (before[0] + (after[0] - before[0]) / 2).replace(microsecond=0)
    middle = moment, _ahead(moment, clock)
    yield from _changes(clock, before, middle)
    yield from _changes(clock, middle, after)


def _ahead(moment: datetime, clock: ZoneInfo) -> timedelta:
    return moment.astimezone(clock).utcoffset() or timedelta()
