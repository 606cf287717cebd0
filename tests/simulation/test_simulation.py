"""Many histories, and that the simulator would notice: each rule of the protocol is left out once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from simulation.forgetting import Forgetting
from simulation.history import ACTS, History
from simulation.many import simulate
from simulation.mutants import FORGETTING, MUTANTS

HISTORIES, PARTS = 2000, 20
ENOUGH = 600  # histories in which a mutant is noticed
RARE = {"given_up_too_early": 700}  # the first of them, for what few histories show
COMING_BACK = {  # likewise: what happens in them
    "taken_back_for_ever": ("good", "again"),
    "names_used_again": ("good", "again", "again", "mapping"),
    "upload_time_not_in_version": ("good", "again", "again"),
}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_ends_as_it_must(part):
    size = HISTORIES // PARTS
    wrong, counts = simulate(range(part * size, (part + 1) * size))
    assert wrong is None, f"make simulate SEED={wrong[0]}: {wrong[1]}"
    assert counts["histories"] == size
    assert counts["forgotten"] > 0


@pytest.mark.parametrize("mutant", FORGETTING, ids=lambda mutant: mutant.__name__)
def test_the_simulator_notices_a_rule_of_taking_back_that_is_left_out(mutant):
    with ExitStack() as patches:
        for change in mutant():
            patches.enter_context(change)
        wrong, _ = simulate(range(ENOUGH), COMING_BACK.get(mutant.__name__, ACTS), Forgetting)
    assert wrong is not None
    assert wrong[1].startswith("InvariantBroken"), f"what was noticed is the mutant's own fault: {wrong[1]}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_simulator_notices_a_rule_that_is_left_out(mutant):
    with ExitStack() as patches:
        for change in mutant():
            patches.enter_context(change)
        first = RARE.get(mutant.__name__, 0)
        wrong, _ = simulate(range(first, first + ENOUGH), COMING_BACK.get(mutant.__name__, ACTS), History)
    assert wrong is not None
    assert wrong[1].startswith("InvariantBroken"), f"what was noticed is the mutant's own fault: {wrong[1]}"


def test_a_seed_is_one_history():
    traces = []
    with ThreadPoolExecutor(6) as pool:
        for _ in range(2):
            history = History(7, pool)
            history.run()
            traces.append(history.trace)
    assert traces[0] == traces[1]
