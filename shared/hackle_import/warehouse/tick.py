"""One tick: each day of a source takes at most one step. Gather, decide, apply.

Nothing is remembered between two ticks but the documents, each of which is replaced conditionally, so that a tick that
comes twice, late, or in the middle of another one does no harm: what it lost, the next one takes up.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hackle_import.errors import Changed, Unavailable
from hackle_import.stores.protocol import Store
from hackle_import.warehouse import deciding, publish
from hackle_import.warehouse.client import Job, NoTable, Refused, Warehouse
from hackle_import.warehouse.columns import book_of, columns_on, newest_columns
from hackle_import.warehouse.days import looked_back
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import OPEN, Book, Phase, Seen, State, load_book, load_state, save_book, save_state

_KEPT = 7  # days beyond those that are looked back at, whose statements may still run
States = Mapping[date, tuple[State, str | None]]


class Step(Struct, frozen=True):
    """What a tick did for a day, for the log: never a row. `alarms`: a person is to look."""

    source: str
    day: str
    phase: str
    told: str
    rows: int | None = None
    alarms: bool = False


class Ticks:
    """`store` is the staging place; `parts` the one whose `exports/` the warehouse writes to, where it is another."""

    def __init__(
        self, store: Store, warehouse: Warehouse, clock: Callable[[], datetime], parts: Store | None = None
    ) -> None:
        self._store, self._warehouse, self._clock, self._parts = store, warehouse, clock, parts or store

    def tick(self, source: Source, only: Collection[date] | None = None) -> list[Step]:
        """Takes up what is under way, then looks which days changed, and begins with the newest; of those in `only`, if
        it is given, whatever else changed."""
        book, version = load_book(self._store, source.name)
        wanted = {date.fromisoformat(day): at for day, at in book.wanted.items()}
        states = self._states(source, wanted)
        under_way = [day for day, (state, _) in states.items() if state.phase in OPEN]
        if under_way and book.digest != source.digest:  # another tick has begun them since: by columns that it noted
            book, version = load_book(self._store, source.name)
        steps = [self._resume(source, book, day, *states[day]) for day in under_way]
        named = {*looked_back(source, self._clock()), *wanted}
        named = named if only is None else named.intersection(only)
        idle = {day: found for day, found in states.items() if day in named and day not in under_way}
        asked = [day for day, at in wanted.items() if not deciding.began_after(states[day][0], at)]
        begun = list(self._begin(source, (book, version), idle, asked, source.parallel - len(under_way)))
        self._strike_out(source, wanted)
        return [step for step in (*steps, *begun) if step is not None]

    def _states(self, source: Source, wanted: Iterable[date]) -> States:
        """Of the days that something may be under way for, newest first."""
        today = self._clock().astimezone(source.zone).date()
        window = {today - timedelta(days=back) for back in range(1, source.lookback_days + _KEPT)}
        return {day: load_state(self._store, source.name, day) for day in sorted({*window, *wanted}, reverse=True)}

    def _resume(self, source: Source, book: Book, day: date, state: State, version: str | None) -> Step | None:
        """One step of a day that something is under way for."""
        try:
            after = self._after(source, book, day, state)
        except Refused as refused:
            after = deciding.fail(state, refused.message, self._clock(), final=refused.final)
        except NoTable:
            after = deciding.be_late(state, source, self._clock())
        except (Changed, Unavailable) as later:
            return step_of(source, day, state, f"to be taken up again: {later}")
        return self._saved(source, day, state, after, version)

    def _after(self, source: Source, book: Book, day: date, state: State) -> State:
        if state.digest != source.digest:  # that statement is nobody's any more
            return deciding.leave(state, source, self._clock())
        if state.phase is Phase.ASKED:
            return self._asked(source, book, day, state)
        if state.phase is Phase.EXPORTED:
            return self._offered(source, book, day, state, state.exported_rows, state.files)
        return self._running(source, book, day, state)

    def _asked(self, source: Source, book: Book, day: date, state: State) -> State:
        """The answer is not known: the same call again starts nothing anew, as long as its token is remembered."""
        job = self._job(source, book, day, state)
        if deciding.may_ask_again(state, self._clock()):
            return deciding.run(state, self._warehouse.start(job), self._clock())
        found = self._warehouse.find(job)
        if found is not None:
            return deciding.run(state, found, self._clock())
        return deciding.fail(state, "the statement was lost on its way", self._clock(), final=False)

    def _running(self, source: Source, book: Book, day: date, state: State) -> State:
        progress = self._warehouse.look(source, state.job)
        if progress.phase == "finished":
            return self._offered(source, book, day, deciding.end(state, progress.seen), progress.rows, progress.files)
        if progress.phase == "failed":
            return deciding.fail(state, progress.error, self._clock(), final=progress.final)
        if progress.phase == "unknown":
            return deciding.fail(
                state, "the warehouse does not know the statement any more", self._clock(), final=False
            )
        if deciding.is_overdue(state, self._clock()):
            self._warehouse.cancel(source, state.job)
            return deciding.fail(state, "it ran for more than a day and was cancelled", self._clock(), final=False)
        return state

    def _offered(
        self, source: Source, book: Book, day: date, state: State, rows: int | None, files: int | None
    ) -> State:
        """Only what is whole is offered, and only what has not shrunk."""
        folder = publish.folder_of(source, day, state.attempt)
        try:
            if source.kind == "redshift":
                parts, counted = publish.redshift_parts(self._parts, folder, rows)
            else:
                parts, counted = publish.bigquery_parts(self._parts, folder, rows or 0, files or 0)
        except publish.Incomplete as incomplete:
            return deciding.fail(state, f"export_incomplete: {incomplete}", self._clock(), final=False)
        if deciding.has_shrunk(state, source, counted):
            return deciding.withhold(state, counted, files, self._clock())
        publish.put_offer(self._store, source, day, publish.offer_of(source, day, state, book.columns, parts, counted))
        return deciding.offer(state, source, counted, self._clock())

    def _begin(
        self, source: Source, booked: tuple[Book, str | None], states: States, asked: Sequence[date], free: int
    ) -> Iterable[Step | None]:
        """Days that changed, or were asked for, newest first, as many as may run at once."""
        if not states or free <= 0:
            return
        try:
            book = self._known(source, booked, list(states))
            seen = self._warehouse.seen(source, book.columns, book.day_type, list(states))
        except NoTable:
            yield from (self._late(source, day, *found) for day, found in states.items())
            return
        except Refused as refused:
            yield from (self._refused(source, day, *found, refused) for day, found in states.items())
            return
        except (Changed, Unavailable) as later:
            yield Step(source.name, "", "waiting", f"to be looked at again: {later}")
            return
        for day, (state, version) in states.items():
            if day not in seen:
                yield self._late(source, day, state, version)
            elif free > 0 and self._is_wanted(source, state, seen[day], asked=day in asked):
                yield self._start(source, book, day, state, version, seen[day])
                free -= 1

    def _is_wanted(self, source: Source, state: State, seen: Seen, *, asked: bool) -> bool:
        looked = self._warehouse.looks_since
        return deciding.is_wanted(state, source, seen, self._clock(), looked=looked, asked=asked)

    def _start(
        self, source: Source, book: Book, day: date, state: State, version: str | None, seen: Seen
    ) -> Step | None:
        """Its document says so before anything is sent: a worker that stops between the two is taken up by the next."""
        asked = deciding.ask(state, source, seen, self._clock())
        try:
            version = save_state(self._store, source.name, day, asked, version)
        except (Changed, Unavailable):
            return None
        return self._resume(source, book, day, asked, version)

    def _strike_out(self, source: Source, wanted: Mapping[date, datetime]) -> None:
        """What was asked for, and is done."""
        found = {day: load_state(self._store, source.name, day)[0] for day in wanted}
        done = {str(day) for day, at in wanted.items() if deciding.is_answered(found[day], at)}
        if not done:
            return
        book, version = load_book(self._store, source.name)
        left = {day: at for day, at in book.wanted.items() if day not in done or at != wanted[date.fromisoformat(day)]}
        with suppress(Changed, Unavailable):
            save_book(self._store, source.name, replace(book, wanted=left), version)

    def _known(self, source: Source, booked: tuple[Book, str | None], days: Sequence[date]) -> Book:
        """The source's columns, looked up once for each file."""
        book, version = booked
        if book.digest == source.digest:
            return book
        book = book_of(source, newest_columns(self._warehouse, source, days)[1], book)
        save_book(self._store, source.name, book, version)
        return book

    def _late(self, source: Source, day: date, state: State, version: str | None) -> Step | None:
        if state.offered is not None:  # it was there, and was exported: tables expire
            return None
        if deciding.is_too_late(state, source, self._clock()):
            return Step(source.name, str(day), Phase.LATE, f"no table since {state.since:%Y-%m-%d}", alarms=True)
        return self._saved(source, day, state, deciding.be_late(state, source, self._clock()), version)

    def _refused(self, source: Source, day: date, state: State, version: str | None, refused: Refused) -> Step | None:
        """Not for good: once it is granted, the next tick goes on by itself."""
        if state.error != refused.message or state.digest != source.digest:
            after = replace(deciding.fail(state, refused.message, self._clock(), final=False), digest=source.digest)
            after = replace(after, next_try=None, is_refused=refused.final)
            self._saved(source, day, state, after, version)
        return Step(source.name, str(day), Phase.FAILED, refused.message, state.rows, alarms=refused.final)

    def _saved(self, source: Source, day: date, before: State, after: State, version: str | None) -> Step | None:
        if after == before:
            return None
        try:
            save_state(self._store, source.name, day, after, version)
        except (Changed, Unavailable):
            return None
        return step_of(source, day, after, after.error)

    def _job(self, source: Source, book: Book, day: date, state: State) -> Job:
        columns = columns_on(self._warehouse, source, day, book.columns)
        folder = f"{self._parts.place}/{publish.folder_of(source, day, state.attempt)}"
        name, token = (one(source, day, state.attempt) for one in (deciding.job_name, deciding.token))
        return Job(source, day, columns, book.day_type, folder, name, token)


def step_of(source: Source, day: date, state: State, told: str) -> Step:
    """What is said of a day as it is now."""
    alarms = state.phase is Phase.WITHHELD or (state.phase is Phase.FAILED and (state.final or state.tries > 1))
    return Step(source.name, str(day), state.phase, told, state.rows, alarms)
