"""Time and memory from small files to 5 GB, on one core: a straight line, and flat memory?"""

from functools import partial
from pathlib import Path
from typing import Any

from competitors import COMPETITORS, DUCKDB, OURS, compete, convert, read_back
from inputs import repeated
from measure import Run, in_turn
from plan import Plan


def scaling(folder: Path, plan: Plan) -> list[dict[str, Any]]:
    """Each job's summary, by size."""
    return [
        _at(folder, megabytes, 1 if megabytes > plan.once_above else plan.other_runs) for megabytes in plan.megabytes
    ]


def _at(folder: Path, megabytes: float, runs: int) -> dict[str, Any]:
    source, rows = repeated(folder, megabytes)
    try:
        jobs = {
            OURS: partial(_ours, source, folder / "out", rows),
            DUCKDB: partial(_theirs, source, folder / "out", rows),
        }
        found = in_turn(jobs, runs)
        size = source.stat().st_size / 1e6
    finally:
        source.unlink()  # the largest is 5 GB, and quickly made anew
    return {"megabytes": size, "rows": rows, "jobs": found}


def _ours(source: Path, out: Path, rows: int) -> Run:
    return _checked(convert(source, out, 1), out, rows)


def _theirs(source: Path, out: Path, rows: int) -> Run:
    return _checked(compete(COMPETITORS[DUCKDB], source, "ndjson", out, 1), out, rows)


def _checked(run: Run, out: Path, rows: int) -> Run:
    read_back(out, {"rows": rows})
    return run
