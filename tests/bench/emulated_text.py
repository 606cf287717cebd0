"""What the report says of the Lambda artifact."""

from typing import Any

from figures import USD_PER_GB_SECOND, USD_PER_REQUEST, cost, spread


def artifact_lines(found: dict[str, Any] | None) -> list[str]:
    if found is None:
        return []
    heading = "## The Lambda artifact under the runtime interface emulator\n"
    if "missing" in found:
        return [heading, f"Not measured: {found['missing']}.\n"]
    rates = spread(found["megabytes"] / seconds for seconds in found["warm_seconds"])
    cold, dollars, drop = spread(found["cold_ms"]), cost(found), spread(found["first_drop_ms"])[1]
    return [
        heading,
        f"The Lambda artifact ({found['artifact_mib']:.0f} MiB unzipped), under the runtime interface emulator on one core of "
        f"{found['architecture']}, S3 by moto's server on another: cold start {cold[0]:.0f} / {cold[1]:.0f} / {cold[2]:.0f} ms "
        f"({len(found['cold_ms'])} fresh processes; a first drop of one event then takes {drop:.0f} ms), warm {rates[0]:.0f} / {rates[1]:.0f} / {rates[2]:.0f} MB/s, at most "
        f"{found['peak_mib']:.0f} MiB resident. At {found['memory_mib']} MiB, ${USD_PER_GB_SECOND:.10f} per GB-second and "
        f"${1e6 * USD_PER_REQUEST:.2f} per million requests (arm64), were that processor as fast, a GB of NDJSON would cost "
        f"${dollars[1]:.5f}; requests to S3 and SQS come on top.\n",
    ]
