"""A day that is over becomes a few files below Hackle's prefix. The story, in steps: look, decide, announce, build,
put, commit, tell.

In: what drops' commits list below `open/`, which is `places.drops` here. Out: `events-<n>-of-<N>.parquet`, later
`late-<generation>-<n>.parquet`, the day's ledger and report. An intent is finished before another one is begun. Whoever
lists the day and then reads it, at any moment, finds no row twice and misses none that was there before.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from hackle_import.days import due, inputs
from hackle_import.days.attempt import Attempt
from hackle_import.days.closed import Closed, DayOutcome
from hackle_import.days.document import load
from hackle_import.days.reporting import marker_key
from hackle_import.days.waiting import Backfill, covering, told, under_way, waits
from hackle_import.drop import DAYS
from hackle_import.errors import Changed, NotFound, TryAgain, forget_frames, reason_of
from hackle_import.ingest.timing import until
from hackle_import.places import Places
from hackle_import.settings import DayRules, Rules
from hackle_import.writing.layout import day_of_key, source_of

CLOSE_DAYS = {"hackle-import": "close-days"}  # the event by which a schedule asks for it
ROUNDS = 8  # of looking again because another closer, or whoever drops, was quicker
LATE_AFTER = timedelta(hours=1)  # after a day is due: it should be closed by then


class Closer:
    """Closes days of `places`, whose `drops` are the open place. At `deadline` the work is given up between two steps
    or while a store is waited for."""

    def __init__(
        self,
        places: Places,
        rules: Rules,
        how: DayRules,
        clock: Callable[[], datetime],
        deadline: datetime | None = None,
    ) -> None:
        self._places, self._rules, self._how, self._clock, self._deadline = places, rules, how, clock, deadline

    def close(self, day: str, *, rewrite: bool = False) -> Closed:
        """Closes a day, or does for a closed one what the settings say; with `rewrite`, all that it does not show is
        written into its files. Harmless twice. Raises TryAgain when other closers kept changing it, and when the
        deadline is over; what a store raises propagates."""
        began, finished = self._clock(), ""
        with until(self._deadline, self._clock, self._places) as places:
            if began < due.due_at(day, self._rules.day_timezone, 0):
                return Closed(day=day, outcome=DayOutcome.WAITING, reason="the day is not over")
            rewrite = rewrite and load(places.staging, day)[0].commit is not None  # else it is closed first
            if not rewrite and (waiting := waits(places, self._rules, day, self._backfills)):
                return waiting
            for _ in range(ROUNDS):
                one = Attempt(day, places, self._rules, self._how, began, self._checkpoint, finished)
                closed = _unless_changed(one, rewrite)
                finished = one.finished
                if closed is not None:
                    return replace(closed, seconds=round((self._clock() - began).total_seconds(), 3))
        raise TryAgain(f"{day}: other closers changed it {ROUNDS} times meanwhile")

    def due(self) -> tuple[list[str], Closed | None]:
        """The days that are to be looked at now, newest first; and those that wait for a backfill, in one line."""
        newest = due.newest_due(self._clock(), self._rules.day_timezone, self._how.close_hour)
        known = {one for key in self._places.staging.keys(DAYS) if (one := _closed_day(key))}
        folders = {day_of_key(key, self._rules.day_folder) for key in self._places.drops.keys("") if source_of(key)}
        waiting = {day for day in folders if day is not None and due.is_day(day)}
        for day in due.window(newest, self._how):
            if day not in known | waiting and inputs.adopted(inputs.published(self._places, self._rules, day)):
                waiting.add(day)
        found = due.to_look_at(newest, self._how, known, waiting)
        held = [day for day in found if day not in known and covering(self._backfills, day, self._rules.day_timezone)]
        return [day for day in found if day not in held], told(held, self._backfills) if held else None

    def close_due(self) -> Iterator[Closed]:
        """Every day that is due, as it is closed; none of them stops another."""
        days, waiting = self.due()
        if waiting is not None:
            yield waiting
        yield from map(self.tried, days)

    def tried(self, day: str, *, rewrite: bool = False) -> Closed:
        """As `close`; what it raises is an outcome."""
        late = self._clock() > due.due_at(day, self._rules.day_timezone, self._how.close_hour) + LATE_AFTER
        try:
            closed = self.close(day, rewrite=rewrite)
        except Exception as failure:
            closed = Closed(day=day, outcome=DayOutcome.FAILED, reason=reason_of(failure))
            forget_frames(failure)
        is_open = closed.outcome is DayOutcome.WAITING and not closed.generation
        open_still = is_open or closed.outcome is DayOutcome.FAILED
        return replace(closed, is_late=late and open_still)

    @cached_property
    def _backfills(self) -> list[Backfill]:
        """As they were when days were looked at first."""
        return under_way(self._places.staging)

    def _checkpoint(self) -> None:
        if self._deadline is not None and self._clock() > self._deadline:
            raise TryAgain("the day is not closed in time: raise memory or timeout, or close it by the command")


def _unless_changed(one: Attempt, rewrite: bool) -> Closed | None:
    try:
        return one.closed(rewrite)
    except (Changed, NotFound) as changed:
        forget_frames(changed)
        return None


def _closed_day(key: str) -> str | None:
    """The day whose marker this is."""
    day = key.removeprefix(DAYS).partition("/")[0]
    return day if key == marker_key(day) and due.is_day(day) else None
