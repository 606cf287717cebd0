"""Many histories of a day, and that the simulator would notice: each rule of closing is left out once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from unittest.mock import patch

import pytest

from hackle_import.days import Closer
from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from simulation import closing, history
from simulation.closing import DayHistory, changed, simulate_days
from simulation.day_mutants import MUTANTS
from simulation.day_reader import DAY
from simulation.schedule import on_their_own_threads

HISTORIES, PARTS = 300, 3  # `make simulate-days N=100000` runs more
ENOUGH = 600  # histories in which a mutant is noticed


@pytest.mark.parametrize("part", range(PARTS))
def test_no_reader_finds_a_row_twice_or_misses_one(part):
    size = HISTORIES // PARTS
    wrong, counts = simulate_days(range(part * size, (part + 1) * size))
    assert wrong is None, f"make simulate-days SEED={wrong[0]}: {wrong[1]}"
    assert counts["histories"] == size
    happened = ("readers", "crash", "hackle deletes", "day closed", "day appended", "day rewritten", "day adopted")
    assert min(counts[name] for name in happened) > 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_simulator_notices_a_rule_of_closing_that_is_left_out(mutant):
    closing._built.clear()
    with ExitStack() as patches:
        patches.callback(closing._built.clear)
        for change in mutant():
            patches.enter_context(change)
        wrong, _ = simulate_days(range(ENOUGH))
    assert wrong is not None
    assert wrong[1].startswith("InvariantBroken"), f"what was noticed is the mutant's own fault: {wrong[1]}"


def test_what_a_closer_puts_as_it_crashes_is_there_for_readers():
    with ThreadPoolExecutor(2) as pool, changed(1 << 30), on_their_own_threads(1 << 20):
        one = DayHistory(0, pool)
        places = Places(one.lake, one.staging, one.published)
        for close in (True, False):
            one._drop(one.keys[0], one._body(bad=False))
            ingest(
                Drop.at("staging", one.keys[0]), Places(one.staging, one.staging, one.lake), one.rules[0], one._clock
            )
            one._note_bodies()
            if close:
                Closer(places, one.rules[0], one.how, one._clock).close(DAY)
        one.trouble = 0
        one._happen("reader")
        (reader,) = one.readers
        before = set(reader.present)
        one._close(rewrite=True)
        (worker,) = one.closers
        while worker.call[0] != "put_if_version" or not worker.call[1].startswith(DAY):
            one._step(worker)
        assert reader.present == before
        one.trouble = 1
        with patch.object(history, "FATES", ("crash after",)):
            one._step(worker)
        assert one.closers == []
        assert set(one._there()).isdisjoint(before)
        assert reader.present == set()
