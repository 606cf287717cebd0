"""What was aimed at, and whether it was met; judged by the median."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from competitors import CLICKHOUSE, DUCKDB, OURS, OURS_PYTHON, WRITER
from figures import Spread, comparison, cost, peaks, per_byte, ratios, spread
from mapped import WITH_JMESPATH


@dataclass(frozen=True)
class Target:
    """`what` in terms of speed, unless it says otherwise. `found` is None where nothing was measured. `unit` formats a figure."""

    what: str
    bound: float
    found: Spread | None
    at_least: bool = True
    unit: str = "{:.2f}"

    def verdict(self) -> str:
        if self.found is None:
            return "not measured"
        median = self.found[1]
        return "met" if (median >= self.bound if self.at_least else median <= self.bound) else "missed"

    def row(self) -> str:
        sign = "≥" if self.at_least else "≤"
        shown = " / ".join(dict.fromkeys(map(self.unit.format, self.found))) if self.found else "-"
        return f"| {self.what} | {sign} {self.unit.format(self.bound)} | {shown} | {self.verdict()} |"


def targets(report: dict[str, Any]) -> list[Target]:
    return [*_speed(report), *_mappings(report), _memory(report), *_lambda(report)]


def _speed(report: dict[str, Any]) -> Iterator[Target]:
    def times(kind: str, theirs: str, ours: str = OURS) -> Spread | None:
        found = comparison(report, kind)
        return ratios(found, theirs, ours) if found and {ours, theirs} <= set(found["jobs"]) else None

    yield Target("NDJSON, times DuckDB", 5, times("ndjson", DUCKDB))
    yield Target("NDJSON, times ClickHouse", 3, times("ndjson", CLICKHOUSE))
    yield Target("NDJSON, times the Parquet writer alone, given strings", 0.6, times("ndjson", WRITER))
    name = f"{WRITER}, dictionaries"
    yield Target("NDJSON, times the Parquet writer alone, given dictionaries", 0.6, times("ndjson", name))
    yield Target("gzip NDJSON, times DuckDB", 3, times("gzip", DUCKDB))
    yield Target("CSV, times DuckDB", 2, times("csv", DUCKDB))
    yield Target("NDJSON decoded in Python, times DuckDB", 1, times("ndjson", DUCKDB, OURS_PYTHON))


def _mappings(report: dict[str, Any]) -> Iterator[Target]:
    found = report.get("mappings", {})
    presets = [name for name in found if name not in (OURS, OURS_PYTHON, WITH_JMESPATH)]
    slowest = max(presets, key=lambda name: per_byte(found, name)[1], default=None)
    amplitude = per_byte(found, "amplitude") if found else None
    yield Target(
        "Amplitude preset, times Hackle's shape, per input byte", 0.75,
        amplitude and spread(1 / one for one in amplitude),
    )  # fmt: skip
    yield Target(
        f"time of the slowest preset ({slowest}), times that of Hackle's shape per input byte", 1.3,
        per_byte(found, slowest) if slowest else None, at_least=False,
    )  # fmt: skip
    for decoder, base in (("in C", OURS), ("in Python", OURS_PYTHON)):
        what = f"time of a mapping with JMESPath, times that of Hackle's shape decoded {decoder}"
        yield Target(what, 4, per_byte(found, WITH_JMESPATH, base) if found else None, at_least=False)


def _memory(report: dict[str, Any]) -> Target:
    found = peaks(report)
    worst = max(found, key=lambda name: found[name], default=None)
    most = (found[worst] * 2**20 / 1e6,) * 3 if worst else None
    return Target(f"peak resident memory, most of all ({worst})", 350, most, False, "{:.0f} MB")


def _lambda(report: dict[str, Any]) -> Iterator[Target]:
    found = report.get("lambda") or {}
    found = {} if "missing" in found else found
    yield Target("cold start under the emulator", 400, spread(found["cold_ms"]) if found else None, False, "{:.0f} ms")
    yield Target("cost per GB of NDJSON, Lambda arm64", 0.0005, cost(found) if found else None, False, "${:.5f}")
    size = (found["artifact_mib"],) * 3 if found else None
    yield Target("artifact, unzipped", 110, size, False, "{:.0f} MiB")
