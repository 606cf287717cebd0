"""What the report computes from what was measured. A spread is (minimum, median, maximum)."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from competitors import OURS, OURS_PYTHON

Spread = tuple[float, float, float]
USD_PER_GB_SECOND, USD_PER_REQUEST = 0.0000133334, 0.0000002  # Lambda on arm64: https://aws.amazon.com/lambda/pricing/


def spread(values: Iterable[float]) -> Spread:
    found = sorted(values)
    return found[0], statistics.median(found), found[-1]


def comparison(report: dict[str, Any], kind: str, one_core: bool = True) -> dict[str, Any] | None:
    """The comparison of that format, on one core or on all."""
    found = [one for section in ("speed", "formats") for one in report.get(section, ()) if one["kind"] == kind]
    return next((one for one in found if (one["cores"] == 1) == one_core), None)


def rates(found: dict[str, Any], job: str) -> Spread:
    """MB/s."""
    return spread(found["megabytes"] / seconds for seconds in found["jobs"][job]["seconds"])


def ratios(found: dict[str, Any], theirs: str, ours: str = OURS) -> Spread:
    """How many times as fast as they we are, round by round."""
    pairs = zip(found["jobs"][ours]["seconds"], found["jobs"][theirs]["seconds"], strict=True)
    return spread(their / our for our, their in pairs)


def per_byte(mappings: dict[str, Any], name: str, base: str = OURS) -> Spread:
    """Time per input byte as a multiple of that of Hackle's shape, round by round."""
    own, hackle = mappings[name], mappings[base]
    pairs = zip(own["seconds"], hackle["seconds"], strict=True)
    return spread((one / own["megabytes"]) / (other / hackle["megabytes"]) for one, other in pairs)


def cost(found: dict[str, Any]) -> Spread:
    """US dollars per GB (10^9 bytes) on Lambda arm64, were it as fast as the warm runs, a request a drop of that size."""
    gigabytes = found["megabytes"] / 1000
    price = found["memory_mib"] / 1024 * USD_PER_GB_SECOND
    return spread((seconds * price + USD_PER_REQUEST) / gigabytes for seconds in found["warm_seconds"])


def peaks(report: dict[str, Any]) -> dict[str, float]:
    """Peak resident MiB of our command by what it was given; Lambda included."""
    found = {}
    for one in [*report.get("speed", ()), *report.get("formats", ())]:
        for job in (OURS, OURS_PYTHON):
            if job in one["jobs"]:
                found[f"{job}: {one['kind']}, {one['cores']} cores"] = one["jobs"][job]["peak_mib"]
    for name, one in report.get("mappings", {}).items():
        found[f"mapping: {name}"] = one["peak_mib"]
    for one in report.get("scaling", ()):
        found[f"{one['megabytes']:,.0f} MB of NDJSON"] = one["jobs"][OURS]["peak_mib"]
    if "peak_mib" in (report.get("lambda") or {}):
        found["Lambda"] = report["lambda"]["peak_mib"]
    return found


def line(scaling: Sequence[dict[str, Any]], job: str) -> tuple[float, float, float]:
    """Seconds at no size, MB/s after that, and r² of the straight line through the medians."""
    sizes = [one["megabytes"] for one in scaling]
    seconds = [statistics.median(one["jobs"][job]["seconds"]) for one in scaling]
    slope, start = statistics.linear_regression(sizes, seconds)
    return start, 1 / slope, statistics.correlation(sizes, seconds) ** 2
