"""Many histories of a day, and that the simulator would notice: each rule of closing is left out once."""

from contextlib import ExitStack

import pytest

from simulation import closing
from simulation.closing import simulate_days
from simulation.day_mutants import MUTANTS

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
