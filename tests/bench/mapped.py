"""Presets on their vendors' shapes, and a mapping with JMESPath, each beside Hackle's shape of the same events."""

from functools import partial
from pathlib import Path
from typing import Any

from competitors import OURS, OURS_PYTHON, convert, read_back
from inputs import Inputs
from measure import Run, in_turn
from plan import Plan
from vendors import JMESPATH

WITH_JMESPATH = "a mapping with JMESPath"


def mappings(folder: Path, plan: Plan) -> dict[str, Any]:
    """Each mapping's summary, and the `megabytes` of its input."""
    inputs = Inputs(folder, plan.mapped_rows)
    (folder / "jmespath.toml").write_text(JMESPATH)
    hackle = inputs.path("ndjson")
    sources = {OURS: hackle, OURS_PYTHON: hackle} | {name: inputs.path(name) for name in plan.presets}
    sources[WITH_JMESPATH] = hackle
    chosen = {name: (name, "native") for name in plan.presets}
    chosen[WITH_JMESPATH] = (folder / "jmespath.toml", "native")
    chosen |= {OURS: (None, "native"), OURS_PYTHON: (None, "python")}
    jobs = {name: partial(_one, sources[name], folder / "out", *chosen[name], inputs.rows) for name in sources}
    found = in_turn(jobs, plan.other_runs)
    return {name: one | {"megabytes": sources[name].stat().st_size / 1e6} for name, one in found.items()}


def _one(source: Path, out: Path, mapping: Any, decoder: str, rows: int) -> Run:
    run = convert(source, out, 1, decoder, mapping)
    read_back(out, {"rows": rows})
    return run
