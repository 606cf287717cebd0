"""What a schedule asks for, where days are closed: each that is due, and whether those that wait for a backfill still
have to."""

from collections.abc import Callable, Iterable
from datetime import datetime

from hackle_import.backfill.ending import end_those_done
from hackle_import.days import Closer
from hackle_import.days.closed import Closed, DayOutcome
from hackle_import.errors import TryAgain
from hackle_import.ingest.timing import until
from hackle_import.places import Places
from hackle_import.settings import Settings

_MOST_READ = 50_000  # ledgers: some minutes


def close_days(
    places: Places,
    settings: Settings,
    clock: Callable[[], datetime],
    deadline: datetime | None,
    tell: Callable[[Closed], None],
) -> int:
    """Closes every day that is due. `tell` is given each that is news, or late. How many were looked at. Raises
    TryAgain where some could not be closed, when all were tried.

    Backfills are looked at when live days are closed: a large one's listing takes minutes."""
    if not settings.days.are_closed:
        return 0

    def looked_at() -> list[Closed]:
        return _told(Closer(places, settings.rules, settings.days, clock, deadline).close_due(), tell)

    found = looked_at()
    if any(one.outcome is DayOutcome.WAITING for one in found) and _has_ended(places, clock, deadline):
        found += looked_at()
    last = {one.day: one for one in found}
    if failed := [f"{one.day}: {one.reason}" for one in last.values() if one.outcome is DayOutcome.FAILED]:
        raise TryAgain("; ".join(failed))
    return len(last)


def _told(days: Iterable[Closed], tell: Callable[[Closed], None]) -> list[Closed]:
    found = []
    for one in days:
        found.append(one)
        if one.is_news or one.is_late:
            tell(one)
    return found


def _has_ended(places: Places, clock: Callable[[], datetime], deadline: datetime | None) -> bool:
    """Whether a backfill has."""
    with until(deadline, clock, places) as bounded:
        looked_at = list(end_those_done(bounded.staging, clock(), most=_MOST_READ))
    return any(not left for _, left in looked_at)
