"""The protocol of closed days with one of its rules left out. A simulator that finds nothing wrong with these proves
nothing."""

from threading import get_ident
from unittest.mock import patch

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from hackle_import.days import attempt, building, deciding, document
from hackle_import.days.attempt import Attempt
from hackle_import.days.deciding import Decision
from hackle_import.days.document import Group, Part
from hackle_import.days.rows import PLACE
from hackle_import.days.steps import Steps


def new_names_at_a_re_close():
    """What is written anew gets other names, and the former ones are deleted after the commit."""
    real, commit = deciding._rewritten, Steps.commit

    def renamed(folder, number, groups, now, *more):
        made = real(folder, number, groups, now, *more)
        return [
            replace(group, keys=[key.replace(".parquet", f"-{number}.parquet") for key in group.keys])
            if group.generation == number
            else group
            for group in made
        ]

    return patch.object(deciding, "_rewritten", renamed), _commit_that_deletes(commit)


def delete_before_put():
    """A file that is written anew is deleted first."""
    real = Steps.put

    def put(self, built, intent):
        if intent.replacing[built.key] is not None:
            self._places.lake.delete(built.key)
            intent = replace(intent, replacing={**intent.replacing, built.key: None})
        return real(self, built, intent)

    return (patch.object(Steps, "put", put),)


def rows_partitioned_by_size():
    """A row's part is where it lies among all of them."""

    def parts(plan, number, rows, _):
        begin, end = plan.starts[number], plan.starts[number + 1]
        size = max(1, -(-(end - begin) // len(plan.groups[number].keys)))
        return pc.divide(pc.subtract(rows[PLACE], begin), pa.scalar(size, pa.int64()))

    return (patch.object(building, "_parts", parts),)


def unconditional_put():
    """A file is put whatever is there by now."""

    def put(self, built, intent):
        found = self._places.lake.put(built.key, built.path)
        return Part(built.key, built.rows, found.size, built.digest, found.version)

    return (patch.object(Steps, "put", put),)


def a_late_file_folded():
    """Late rows go into the first files once the next ones come, and their own file is deleted after the commit."""
    real = deciding.later

    def folded(folder, number, groups, now, late, **more):
        decision = real(folder, number, groups, now, late, **more)
        if decision.groups is None or len(groups) < 2:
            return decision
        inputs = sorted((one for group in decision.groups for one in group.inputs), key=lambda one: one.key)
        return Decision([Group(groups[0].keys, inputs, number)], decision.held, decision.kind)

    return patch.object(deciding, "later", folded), _commit_that_deletes(Steps.commit)


def unconditional_commit():
    """The day's document is overwritten whatever it says by now."""

    def save(staging, one, replacing):
        return staging.put(document.ledger_key(one.day), msgspec.json.encode(one)).version

    return (patch.object(document, "save", save),)


def another_intent_before_the_first_is_finished():
    """What was announced and not published is forgotten, and nobody asks whose files are there."""
    real = Steps.__init__

    def begin(self, *arguments):
        real(self, *arguments)
        if self.document.intent is not None:
            forgotten = replace(self.document, intent=None)
            self.document = forgotten

    return patch.object(Steps, "__init__", begin), patch.object(attempt, "require_none_of_others", lambda *_: None)


def adopted_rows_partitioned_by_id():
    """Rows of a drop that has several adopted files do not stay in them."""
    return (patch.object(Steps, "staying", lambda *_: []),)


def repeats_looked_for_among_what_is_written_only():
    """Rows that are published are not read."""
    return (patch.object(Steps, "beside", lambda *_: []),)


def what_hackle_deleted_comes_back_by_a_setting():
    """A late drop is written into the day's files, whether they are there or not."""
    return (patch.object(Attempt, "_deleted", lambda *_: set()),)


def _commit_that_deletes(real):
    """What the former commit listed and the new one does not is deleted."""
    wanted = {}

    def commit(self, generation, parts, counted):
        former = self.document.commit
        kept = {key for group in generation.groups for key in group.keys}
        wanted[get_ident()] = [part.key for part in (former.outputs if former else []) if part.key not in kept]
        real(self, generation, parts, counted)
        self._places.lake.delete_many(wanted.pop(get_ident()))

    return patch.object(Steps, "commit", commit)


MUTANTS = (
    new_names_at_a_re_close, delete_before_put, rows_partitioned_by_size, unconditional_put, a_late_file_folded,
    unconditional_commit, another_intent_before_the_first_is_finished, repeats_looked_for_among_what_is_written_only,
    adopted_rows_partitioned_by_id, what_hackle_deleted_comes_back_by_a_setting,
)  # fmt: skip
