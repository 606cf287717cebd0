"""How much is measured: the full run, the quick one, and the tiny one that the tests run."""

from dataclasses import dataclass

SECTIONS = ("speed", "formats", "mappings", "features", "scaling", "lambda")


@dataclass(frozen=True)
class Plan:
    """`runs` are those of NDJSON on one core, `other_runs` all others'; `formats` are beside NDJSON. `megabytes` are the
    sizes of the scaling section, where one run is made of those above `once_above`; `warm_rows` are what the Lambda
    artifact is timed with."""

    rows: int
    runs: int
    other_runs: int
    all_cores: bool
    formats: tuple[str, ...]
    mapped_rows: int
    feature_rows: int
    presets: tuple[str, ...]
    megabytes: tuple[float, ...]
    once_above: float
    cold_starts: int
    warm_rows: int


_PRESETS = ("amplitude", "mixpanel", "ga4", "segment", "posthog", "snowplow")
_FORMATS = ("gzip", "csv", "array", "amplitude")
PLANS = {
    "full": Plan(
        rows=500_000, runs=5, other_runs=3, all_cores=True, formats=_FORMATS, mapped_rows=200_000, feature_rows=100_000, presets=_PRESETS,
        megabytes=(10, 30, 100, 300, 1000, 2000, 5000), once_above=300, cold_starts=10, warm_rows=50_000,
    ),
    "quick": Plan(
        rows=50_000, runs=3, other_runs=3, all_cores=True, formats=_FORMATS, mapped_rows=20_000, feature_rows=20_000, presets=_PRESETS,
        megabytes=(10, 30, 100), once_above=300, cold_starts=3, warm_rows=50_000,
    ),
    "tiny": Plan(
        rows=300, runs=1, other_runs=1, all_cores=False, formats=("csv", "amplitude"), mapped_rows=100, feature_rows=100,
        presets=("amplitude",), megabytes=(0.1, 0.2), once_above=300, cold_starts=1, warm_rows=300,
    ),
}  # fmt: skip
