"""The artifact that Lambda runs, under the runtime interface emulator, on one core, its S3 (moto's server) on another.

`python emulated.py NDJSON LARGE COLD_STARTS RUNS` prints one JSON object; `missing` says what has to be built first. It is
a process of its own, because `bench.py` has to stay small. LARGE is handled once, for the memory that it takes: moto reads
a whole object for every range of it, which is what a large one's time would tell.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

NOTHING = {"Event": "s3:TestEvent"}  # S3 sends it when notifications are set up: it names no drop
BUCKET = "bench"
SECRETS = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")


def missing() -> str | None:
    try:
        from support import lambda_runtime
    except ImportError:
        return "this checkout has no Lambda artifact"
    needed = (lambda_runtime.ARTIFACT, lambda_runtime.SAM, lambda_runtime.ROOT / ".venv" / "lambda")
    if not all(path.exists() for path in needed):
        return f"the artifact is not built: make build-aws .venv/lambda/.installed ARCH={lambda_runtime.ARCH}"
    return None


def measure(source: Path, large: Path, cold_starts: int, runs: int) -> dict[str, Any]:
    from support.lambda_runtime import ARCH, ARTIFACT, MEMORY_MIB

    with storage() as env:
        cold = [cold_start(env, number) for number in range(cold_starts)]
        warm, peak = warm_runs(env, source, large, runs)
    size = sum(path.stat().st_size for path in ARTIFACT.rglob("*") if path.is_file())
    return {
        "architecture": ARCH, "memory_mib": MEMORY_MIB, "artifact_mib": size / 2**20, "cold_ms": [1000 * start for start, _ in cold],
        "first_drop_ms": [1000 * drop for _, drop in cold],
        "megabytes": source.stat().st_size / 1e6, "warm_seconds": warm, "peak_mib": peak,
    }  # fmt: skip


@contextmanager
def storage() -> Iterator[dict[str, str]]:
    """The function's environment, with a bucket. The server's threads run on the last core, what is started later on
    the first."""
    import boto3

    from support.emulators import moto_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[-1:])
    with moto_server() as url:
        env = {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", **SECRETS}
        os.environ.update(env)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        os.sched_setaffinity(0, cores[:1])
        places = {"HACKLE_STAGING": f"s3://{BUCKET}", "HACKLE_IMPORT": f"s3://{BUCKET}/hackle"}
        yield env | places | {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # as template.yaml says


def cold_start(env: dict[str, str], number: int) -> tuple[float, float]:
    """Seconds that a first invocation takes beyond a second one, which is the interpreter's start and the imports; and
    of the next one, which handles the first drop, of one event: it connects, too."""
    from support.lambda_runtime import emulator
    from support.samples import event, ndjson

    with emulator(env) as running:
        first, second = invoked(running, NOTHING), invoked(running, NOTHING)
        return first - second, invoked(running, dropped(f"cold-{number}", ndjson(event(1))))


def dropped(name: str, body: bytes | BinaryIO) -> dict[str, Any]:
    """The event of an object that now lies in the bucket."""
    import boto3

    key = f"incoming/hackle/{name}.ndjson"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    return {"detail-type": "Object Created", "detail": {"bucket": {"name": BUCKET}, "object": {"key": key}}}


def warm_runs(env: dict[str, str], source: Path, large: Path, runs: int) -> tuple[list[float], float]:
    """Seconds of every run of `source`, and the peak resident MiB of the process that made them all, and `large`."""
    from support.lambda_runtime import emulator

    with emulator(env) as running:
        invoked(running, NOTHING)
        seconds = [warm_run(running, source, number) for number in range(runs)]
        warm_run(running, large, runs)
        receipts = [json.loads(line)["receipt"] for line in running.log if '"receipt"' in line]
        peak = peak_mib(env["AWS_ENDPOINT_URL"])
    if [one["outcome"] for one in receipts] != ["written"] * (runs + 1) or any(
        one["rows_rejected"] for one in receipts
    ):
        raise RuntimeError(f"not every drop was written whole: {receipts}")
    return seconds, peak


def warm_run(running: Any, source: Path, number: int) -> float:
    with source.open("rb") as body:
        event = dropped(str(number), body)
    return invoked(running, event)


def invoked(running: Any, event: dict[str, Any]) -> float:
    began = time.perf_counter()
    answer = running.invoke(event)
    if answer != {}:
        raise RuntimeError(f"the function answered {answer}")
    return time.perf_counter() - began


def peak_mib(url: str) -> float:
    """Of the runtime's process, found by its environment: others may run emulators, too."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"awslambdaric" in (folder / "cmdline").read_bytes()
                and url.encode() in (folder / "environ").read_bytes()
            ):
                status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
                peaks = int(status["VmHWM"].split()[0]) / 1024
                if b"rie" not in (folder / "cmdline").read_bytes().split(b"\0")[0]:
                    return peaks
        except (OSError, KeyError):
            continue  # it ended meanwhile, or is another user's
    raise RuntimeError("the runtime's process was not found")


if __name__ == "__main__":
    lacking = missing()
    source, large, cold_starts, runs = sys.argv[1:]
    told = {"missing": lacking} if lacking else measure(Path(source), Path(large), int(cold_starts), int(runs))
    print(json.dumps(told))
