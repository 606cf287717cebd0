"""One look at a day, and what comes of it: decided, announced, built, put, committed, told."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import asdict, replace

from hackle_import.days import deciding, due, expected, inputs, reporting
from hackle_import.days.building import Built, Done, Plan, build
from hackle_import.days.closed import Closed, DayOutcome
from hackle_import.days.deciding import Decision
from hackle_import.days.document import Generation, Group, Input, Part, Summary
from hackle_import.days.inputs import Look
from hackle_import.days.refusals import (
    lies_elsewhere,
    not_open,
    require_folder,
    require_ledgers,
    require_none_of_others,
)
from hackle_import.days.steps import Counts, InputGone, Steps, written_by_closes
from hackle_import.errors import Changed, NotFound, TryAgain
from hackle_import.places import Places
from hackle_import.receipt import Receipt
from hackle_import.settings import DayRules, Late, Repeats, Rules
from hackle_import.writing.layout import FORMAT_VERSION, source_of

SETTLE = timedelta(minutes=15)  # after a day is due: for so long it waits for drops that are being handled


class Attempt:
    """One look at a day, and what comes of it. `finished` is the kind of a generation that a closer announced and this
    one published, in this look or one before it."""

    def __init__(
        self,
        day: str,
        places: Places,
        rules: Rules,
        how: DayRules,
        now: datetime,
        checkpoint: Callable[[], None],
        finished: str = "",
    ) -> None:
        self.finished = finished
        self._day, self._places, self._rules, self._how = day, places, rules, how
        self._now, self._checkpoint = now, checkpoint
        self._steps = Steps(day, places, now)
        self._look: Look | None = None
        self._missing = self._steps.document.missing

    def closed(self, rewrite: bool) -> Closed | None:
        """None: it is to be looked at again. Raises Changed when another closer was quicker."""
        steps = self._steps
        if steps.document.intent is not None:
            self._finish()
            return None
        generation = steps.generation()
        keys = inputs.listed(self._places, self._rules, self._day)
        if generation is not None and steps.document.looked == self._listing(keys) and not rewrite:
            return self._told(DayOutcome.UNCHANGED)
        if generation is not None and (keys or rewrite):
            require_folder(self._day, generation, inputs.folder_of(self._rules, self._day))
        elif generation is not None and lies_elsewhere(generation, inputs.folder_of(self._rules, self._day)):
            return self._told(DayOutcome.UNCHANGED)
        published = [] if generation else inputs.published(self._places, self._rules, self._day)
        adopted = inputs.adopted(published)
        known = _sources(generation) if generation else set(adopted)
        look = self._look = inputs.look(self._places, self._rules, self._day, keys, known)
        if generation is None:
            require_none_of_others(self._day, published)
        else:
            require_ledgers(self._day, generation, look.names)
            inputs.keep_adopted(look, generation)
        if generation is None and look.unfinished and self._now < self._due + SETTLE:
            return Closed(day=self._day, outcome=DayOutcome.WAITING, reason="drops are being handled")
        if (generation is None or steps.document.missing) and self._waits_for_more(is_first=generation is None):
            told = f"nothing came for {', '.join(self._missing)}"
            return Closed(day=self._day, outcome=DayOutcome.WAITING, missing=self._missing, reason=told)
        listed = set(keys)
        decision = self._later(generation, look, rewrite, listed) if generation else self._first(adopted, look)
        if decision.groups is not None:
            self._require_open(decision.groups, listed)
            self._announce(decision)
            self._finish()
        return self._left(decision, self._listing(keys) if look.is_whole else "")

    def _listing(self, keys: list[str]) -> str:
        """What was looked at, and by which setting it was judged."""
        return inputs.digest_of([self._how.late, *keys])

    def _later(self, generation: Generation, look: Look, rewrite: bool, listed: set[str]) -> Decision:
        folder, number = inputs.folder_of(self._rules, self._day), self._steps.document.next_generation
        late, gone = (Late.REWRITE, self._to_write_again(generation)) if rewrite else (self._how.late, [])
        removes = late is Late.REWRITE and self._removes(generation)
        again, deleted = deciding.still_made(generation.groups, gone, listed), self._deleted(generation, rewrite)
        decision = deciding.later(
            folder, number, generation.groups, look.now, late, removes=removes, gone=again, deleted=deleted
        )
        if decision.groups is None and len(again) < len(gone):
            lost = next(key for key in gone if key not in again)
            raise TryAgain(f"{lost} was deleted, and what it was made of is not below open/: `replay` its drops")
        return decision

    def _to_write_again(self, generation: Generation) -> list[str]:
        """Files that are not as they would be written now, whatever became of drops."""
        how = (self._how.repeats, self._how.order, self._rules.compression)
        if (generation.repeats, generation.order, generation.compression) != how:
            return written_by_closes(generation)
        return self._steps.gone(generation)

    def _deleted(self, generation: Generation, rewrite: bool) -> set[str]:
        """Files that nobody asked for, and that a setting would bring back: Hackle deletes what it imported."""
        if rewrite or self._how.late is not Late.REWRITE:
            return set()
        there = set(inputs.published(self._places, self._rules, self._day))
        return {key for group in generation.groups for key in group.keys} - there

    def _require_open(self, groups: list[Group], listed: set[str]) -> None:
        """Before anything is announced that nobody could finish. Raises TryAgain."""
        number = self._steps.document.next_generation
        for one in (one for group in groups if group.generation == number for one in group.inputs):
            if not one.adopted and one.key not in listed and not self._steps.is_open(one):
                raise not_open(self._day, one.key)

    def _removes(self, generation: Generation) -> bool:
        """Whether repeats are, or were, left out of what was written."""
        known = (self._steps.counts_of(group) for group in generation.groups)
        return self._how.repeats is not Repeats.REPORT or any(one and one.summary.repeats_removed for one in known)

    def _first(self, adopted: dict[str, list[Input]], look: Look) -> Decision:
        folder, number = inputs.folder_of(self._rules, self._day), self._steps.document.next_generation
        listed = {one.key: one for files in look.now.values() for one in files}
        described = {
            source: [
                replace(listed[one.key], adopted=True) if one.key in listed else self._steps.described(one)
                for one in files
            ]
            for source, files in adopted.items()
        }
        return deciding.first(folder, number, look.now, described)

    def _announce(self, decision: Decision) -> None:
        steps, how = self._steps, self._how
        number = steps.document.next_generation
        groups, compression = decision.groups or [], self._rules.compression
        generation = Generation(self._day, number, groups, how.repeats, how.order, compression)
        if generation.written:
            generation = replace(generation, beside=steps.beside(generation), staying=steps.staying(generation))
        steps.intend(generation, decision.kind)

    def _finish(self) -> None:
        """What was announced is published: as it is, or, where drops were replaced meanwhile, as they are now."""
        steps, intent = self._steps, self._steps.document.intent
        assert intent is not None  # it was announced
        generation = steps.generation()
        assert generation is not None
        try:
            self._publish(generation)
            self.finished = intent.kind
        except InputGone as gone:
            parts = [steps.published(key, intent) for group in generation.written for key in group.keys]
            there = [part for part in parts if part is not None]
            if len(there) == len(parts):
                steps.commit(generation, there, steps.counts(intent.digest))
                self.finished = intent.kind
                return
            require_folder(self._day, generation, inputs.folder_of(self._rules, self._day))
            now = inputs.look(self._places, self._rules, self._day, [], _sources(generation)).now
            if not gone.input.adopted and any(one.key == gone.input.key for files in now.values() for one in files):
                raise not_open(self._day, gone.input.key) from None
            self._announce(deciding.instead(steps.document.next_generation, generation, now, intent.kind))
            raise Changed(self._day) from None

    def _publish(self, generation: Generation) -> None:
        """Raises InputGone."""
        steps, intent = self._steps, self._steps.document.intent
        assert intent is not None
        groups = _read(generation)
        with TemporaryDirectory(prefix="hackle-import-") as name:
            folder = Path(name)
            plan = Plan(
                groups,
                [number for number, group in enumerate(generation.groups) if group.generation == generation.number],
                lambda one: steps.fetch(one, folder / "input"),
                generation.repeats,
                generation.order,
                generation.compression,
                due.begin_ms(self._day, self._rules.day_timezone),
                {"day": self._day, "generation": str(generation.number), "inputs": intent.digest}
                | {"number_of_inputs": str(_inputs_of(generation)), "format_version": FORMAT_VERSION},
                self._checkpoint,
                generation.staying,
            )
            done = build(plan, folder, self._rules.day_timezone)
            counts = self._counts(generation, done)
            steps.put_counts(intent, counts)
            parts = [self._put(one) for one in done.files]
        steps.commit(generation, [*parts, *self._adopted(generation)], counts)

    def _counts(self, generation: Generation, done: Done) -> dict[str, Counts]:
        """Of what is written, and of what stays and came after it, whose rows may repeat others now."""
        found = {}
        for number, group in enumerate(generation.groups):
            if number in done.counted:
                found[group.keys[0]] = Counts(done.summaries[number], done.counted[number])
            elif found and (former := self._steps.counts_of(group)) and not former.summary.repeats_removed:
                repeats, differ = done.summaries[number].repeats, done.summaries[number].repeats_differ
                summary = replace(former.summary, repeats=repeats, repeats_differ=differ)
                found[group.keys[0]] = replace(former, summary=summary)
        return found

    def _put(self, built: Built) -> Part:
        self._checkpoint()
        intent = self._steps.document.intent
        assert intent is not None
        return self._steps.put(built, intent)

    def _adopted(self, generation: Generation) -> list[Part]:
        """Files that the day had before it was closed first."""
        if self._steps.document.commit is not None:
            return []
        parts = []
        for one in (one for group in generation.groups if group.generation == 0 for one in group.inputs):
            with suppress(NotFound):  # Hackle may delete below its prefix
                parts.append(self._steps.part_of(one))
        return parts

    def _left(self, decision: Decision, looked: str) -> Closed:
        """Notes what the day does not show, and tells."""
        before, names = self._steps.document.held, self._look.names if self._look else {}
        held = [replace(one, name=names.get(one.source, "")) for one in decision.held]
        self._steps.note(held, looked, self._missing)
        if decision.groups is not None:
            return self._told(DayOutcome(decision.kind))
        is_new = bool(held) and held != before
        return self._told(DayOutcome.HELD if is_new else DayOutcome.UNCHANGED)

    def _receipts(self) -> Iterable[Receipt]:
        """Of the drops that have rows of the day."""
        generation = self._steps.generation()
        known = _sources(generation) if generation else set()
        look = self._look or inputs.look(self._places, self._rules, self._day, [], known)
        return look.receipts.values()

    @property
    def _due(self) -> datetime:
        return due.due_at(self._day, self._rules.day_timezone, self._how.close_hour)

    def _waits_for_more(self, *, is_first: bool) -> bool:
        """Whether what is expected lacks, and a day that is not closed is still to wait for it."""
        wanted = expected.read(self._places.staging)
        self._missing = expected.lacking(self._places.staging, wanted, self._day)
        return is_first and bool(self._missing) and self._now < wanted.waits_until(self._day, self._rules.day_timezone)

    def _told(self, outcome: DayOutcome) -> Closed:
        """And the report, where that is not the one of the document."""
        known, commit = self._steps.document, self._steps.document.commit
        assert commit is not None  # it is closed
        if outcome is DayOutcome.UNCHANGED and self.finished:
            outcome = DayOutcome(self.finished)
        reporting.tell(self._places, self._rules, self._steps, self._receipts)
        summary = Summary() if outcome in (DayOutcome.UNCHANGED, DayOutcome.HELD) else commit.summary
        return Closed(
            day=self._day,
            outcome=outcome,
            generation=commit.generation,
            rows=commit.rows,
            files=len(commit.outputs),
            bytes_out=commit.bytes,
            held=len(known.held),
            rows_held=sum(one.rows for one in known.held),
            missing=known.missing,
            **asdict(summary),
        )


def _sources(generation: Generation) -> set[str]:
    return {source_of(one.key) for group in generation.groups for one in group.inputs} - {""}


def _inputs_of(generation: Generation) -> int:
    return sum(len(group.inputs) for group in generation.groups)


def _read(generation: Generation) -> list[Group]:
    """Its groups as they are read: those that stay as they are published."""
    beside = {one.key: one for one in generation.beside}
    return [
        group
        if group.generation == generation.number
        else replace(group, inputs=[beside[key] for key in group.keys if key in beside])
        for group in generation.groups
    ]
