"""Everyone on the same file, in turn: MB/s, memory, and what came out."""

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

from competitors import OURS, OURS_PYTHON, compete, convert, installed, read_back
from inputs import Inputs
from measure import Run, in_turn
from plan import Plan


def speed(folder: Path, plan: Plan) -> list[dict[str, Any]]:
    """NDJSON on one core and on all."""
    inputs, cores = Inputs(folder, plan.rows), len(os.sched_getaffinity(0))
    on_one = compare(inputs, "ndjson", folder, 1, plan.runs)
    return (
        [on_one, compare(inputs, "ndjson", folder, cores, plan.other_runs)]
        if plan.all_cores and cores > 1
        else [on_one]
    )


def formats(folder: Path, plan: Plan) -> list[dict[str, Any]]:
    """The other formats on one core."""
    return [compare(Inputs(folder, plan.rows), kind, folder, 1, plan.other_runs) for kind in plan.formats]


def compare(inputs: Inputs, kind: str, folder: Path, cores: int, runs: int) -> dict[str, Any]:
    """Each job's summary, and what `came_out` of its first run."""
    arena = Arena(inputs, kind, folder, cores)
    found = in_turn(arena.jobs(), runs)
    measured = {name: one | {"came_out": arena.came_out[name]} for name, one in found.items()}
    return {
        "kind": kind, "cores": cores, "rows": inputs.rows, "megabytes": arena.megabytes, "jobs": measured,
        "expected": arena.expected,
    }  # fmt: skip


class Arena:
    """The jobs of one comparison. `came_out`: of each job's first run; `megabytes`: what MB/s refer to."""

    def __init__(self, inputs: Inputs, kind: str, folder: Path, cores: int) -> None:
        self._kind, self._cores, self._out = kind, cores, folder / "out"
        self._source, self._reference = inputs.path(kind), folder / "reference"
        self._mapping = kind if kind == "amplitude" else None
        self.expected = inputs.expected(kind)
        self.megabytes = inputs.path("ndjson" if kind == "gzip" else kind).stat().st_size / 1e6
        self.came_out: dict[str, Any] = {}

    def jobs(self) -> dict[str, Any]:
        """By name. What our command makes of the file once before is what the others' output is compared with."""
        convert(self._source, self._reference, self._cores, mapping=self._mapping)
        jobs = {OURS: partial(self._ours, OURS, "native")}
        if self._kind == "ndjson":
            jobs[OURS_PYTHON] = partial(self._ours, OURS_PYTHON, "python")
        for name, competitor in installed(self._kind).items():
            jobs[name] = partial(self._theirs, name, competitor, self._source, self._kind)
        if self._kind == "ndjson":
            for form in ("strings", "dictionaries"):
                for name, competitor in installed(form).items():
                    jobs[name] = partial(self._theirs, name, competitor, self._reference, form)
        return jobs

    def _ours(self, name: str, decoder: str) -> Run:
        run = convert(self._source, self._out, self._cores, decoder, self._mapping)
        return self._checked(name, run, {"decoder": json.loads(run.told)["decoder"]})

    def _theirs(self, name: str, competitor: Any, source: Path, kind: str) -> Run:
        return self._checked(name, compete(competitor, source, kind, self._out, self._cores), {})

    def _checked(self, name: str, run: Run, more: dict[str, str]) -> Run:
        """Rows are read back after every run, the content after the first."""
        found = read_back(self._out, self.expected, None if name in self.came_out else self._reference)
        self.came_out.setdefault(name, found | more)
        return run
