"""Many histories of a warehouse, and that they would notice: each rule is left out once."""

from contextlib import ExitStack
from unittest.mock import patch

import msgspec
import pytest

from hackle_import.warehouse import deciding, publish, state
from hackle_import.warehouse.publish import Part, manifest_key
from hackle_import.warehouse.tick import Ticks
from simulation.warehouses import simulate

HISTORIES, PARTS = 400, 4
ENOUGH = 400
RARE = {"documents_are_overwritten": 2300}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_ends_with_the_last_snapshot_once(part):
    size = HISTORIES // PARTS
    wrong, counts = simulate(range(part * size, (part + 1) * size))
    assert wrong is None, f"tests/simulation/warehouses.py 1 {wrong[0]}: {wrong[1]}"
    assert counts["histories"] == size


def one_folder_for_all_attempts():
    return (patch.object(publish, "folder_of", lambda source, day, attempt: f"exports/{source.name}/{day}/"),)


def whatever_lies_there_is_offered():
    """Parts are listed, and what the warehouse counted is not asked."""

    def listed(store, folder, *_):
        parts = [store.head(key) for key in store.keys(folder) if key.endswith(".gz")]
        return [Part(one.key, one.size, one.version) for one in parts], rows_in(store, parts)

    return patch.object(publish, "redshift_parts", listed), patch.object(publish, "bigquery_parts", listed)


def rows_in(store, parts):
    import gzip

    return sum(gzip.decompress(store.get(one.key)[0]).count(b"\n") for one in parts)


def an_event_is_believed():
    """That a statement has ended is not asked, and what lies there is taken for all."""

    def running(self, source, book, day, state):
        return self._offered(source, book, day, state, 0, 0)

    return (patch.object(Ticks, "_running", running), *whatever_lies_there_is_offered())


def parts_of_former_attempts_are_read():
    real = whatever_lies_there_is_offered()[0].new
    whole = lambda store, folder, *rest: real(store, f"{folder[:-1].rpartition('/')[0]}/", *rest)  # noqa: E731
    return patch.object(publish, "redshift_parts", whole), patch.object(publish, "bigquery_parts", whole)


def a_token_for_all_attempts():
    def of_none(real):
        return lambda source, day, _: real(source, day, 0)

    return (patch.multiple(deciding, token=of_none(deciding.token), job_name=of_none(deciding.job_name)),)


def documents_are_overwritten():
    def save(store, key, body, replacing):
        return store.put(key, body).version

    return (patch.object(state, "_save", save),)


def a_manifest_is_overwritten():
    def put(store, source, day, offer):
        store.put(manifest_key(source, day), msgspec.json.encode(offer))

    return (patch.object(publish, "put_offer", put),)


def nothing_is_withheld():
    return (patch.object(deciding, "has_shrunk", lambda *_: False),)


def changes_are_not_looked_for():
    return (patch.object(deciding, "_has_changed", lambda day, *_: day.phase != "offered"),)


def a_look_is_believed_though_the_table_changed_since():
    look = patch.object(deciding, "end", lambda day, _: day)
    return look, patch.object(deciding, "_published", lambda day, *_: day.seen)


MUTANTS = (
    one_folder_for_all_attempts, whatever_lies_there_is_offered, an_event_is_believed, parts_of_former_attempts_are_read,
    a_token_for_all_attempts, documents_are_overwritten, a_manifest_is_overwritten, nothing_is_withheld,
    changes_are_not_looked_for, a_look_is_believed_though_the_table_changed_since,
)  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_rule_that_is_left_out_is_noticed(mutant):
    with ExitStack() as patches:
        for change in mutant():
            patches.enter_context(change)
        first = RARE.get(mutant.__name__, 0)
        wrong, _ = simulate(range(first, first + ENOUGH))
    assert wrong is not None
    assert wrong[1].startswith("InvariantBroken"), f"what was noticed is the mutant's own fault: {wrong[1]}"
