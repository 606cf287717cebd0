"""How much is measured: the full run, the quick one, and the tiny one that the tests run."""

from dataclasses import dataclass

SECTIONS = ("speed", "formats", "mappings", "scaling", "lambda")


@dataclass(frozen=True)
class Plan:
    """`formats` beside NDJSON; `megabytes` are the sizes of the scaling section, where one run is made of those above
    `once_above`."""

    rows: int
    runs: int
    all_cores: bool
    formats: tuple[str, ...]
    mapped_rows: int
    presets: tuple[str, ...]
    megabytes: tuple[float, ...]
    once_above: float
    cold_starts: int


_PRESETS = ("amplitude", "mixpanel", "ga4", "segment", "posthog", "snowplow")
_FORMATS = ("gzip", "csv", "array", "amplitude")
PLANS = {
    "full": Plan(500_000, 5, True, _FORMATS, 200_000, _PRESETS, (10, 30, 100, 300, 1000, 2000, 5000), 300, 10),
    "quick": Plan(50_000, 3, True, _FORMATS, 20_000, _PRESETS, (10, 30, 100), 300, 3),
    "tiny": Plan(300, 1, False, ("csv", "amplitude"), 100, ("amplitude",), (0.1, 0.2), 300, 1),
}
