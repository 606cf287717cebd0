"""Whole processes, measured from outside: wall seconds and peak resident memory."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

LONGEST = 900  # seconds
# Modules are compiled once, as where a user installed them, though this machine may ask for no such files.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Run:
    """`peak_mib`: of the process, or of the largest of those that it started; `told`: its standard output."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    told: str


def run(command: Sequence[object], cores: int, env: Mapping[str, str] | None = None) -> Run:
    """On the first `cores` cores. Raises RuntimeError when the command fails; one that never ends is ended."""
    # A child's peak begins at what its parent held when it forked: this process imports nothing large.
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            ["timeout", str(LONGEST), *map(str, command)], stdout=out, env=_ENVIRONMENT | (env or {}),
            preexec_fn=lambda: os.sched_setaffinity(0, chosen),
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told = out.read().decode()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, told)


def in_turn(jobs: Mapping[str, Callable[[], Run]], runs: int) -> dict[str, dict[str, Any]]:
    """Each job once a round, each round begun by the next of them: a drift of the machine's speed meets all alike.
    Answers each job's summary."""
    found: dict[str, list[Run]] = {name: [] for name in jobs}
    names = list(jobs)
    for number in range(runs):
        first = number % len(names)
        for name in islice(names * 2, first, first + len(names)):
            found[name].append(jobs[name]())
    return {name: summary(runs) for name, runs in found.items()}


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """`seconds` and `cpu_seconds` of every run, which tell more on a busy machine, and `peak_mib` of them all."""
    return {
        "seconds": [run.seconds for run in runs],
        "cpu_seconds": [run.cpu_seconds for run in runs],
        "peak_mib": max(run.peak_mib for run in runs),
    }
