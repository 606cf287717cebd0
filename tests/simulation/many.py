"""Histories by their seeds, one after the other: every fourth one also takes drops back."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import stamina

from simulation.forgetting import Forgetting
from simulation.history import ACTS, History

AT_ONCE = 24  # workers, and commands that take back or close


def kind_of(seed):
    return Forgetting if seed % 4 == 3 else History


def simulate(seeds, acts=ACTS, kind=None):
    """(seed, why, trace) of the first history that goes wrong, or None; and the sum of all counts. `kind` None: each
    seed's own."""
    counts = Counter()
    stamina.set_testing(True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for seed in seeds:
            history = (kind or kind_of(seed))(seed, pool, acts)
            try:
                history.run()
            except Exception as wrong:
                return (seed, f"{type(wrong).__name__}: {wrong}", history.trace), counts
            finally:
                for worker in list(history.workers):
                    worker.dead = True
                    while worker.call is not None:
                        worker.step("crash")
                counts += history.counts
                counts["histories"] += 1
    return None, counts
