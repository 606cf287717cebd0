"""What Lambda's artifact weighs and how long it takes to start, as one JSON object: sizes in MiB, times in ms.

PYTHONPATH=shared:tests .venv/bin/python tests/bench/artifact.py

Cold starts are those of the runtime interface emulator on this machine: `init` is what it reports of the import, `first`
the whole of the first invocation (init, a client of S3, a drop of two rows in moto), `warm` that of a repeated one.
"""

import json
import os
import re
import statistics
import subprocess
import time

import boto3

from emulators import moto_server
from lambda_runtime import ARCH, ROOT, emulator, made
from samples import event, ndjson

RUNS = 10
KEY = "incoming/hackle/a.ndjson"
IMPORTS = ["json", "boto3", "pyarrow", "pyarrow.compute", "hackle_import.ingest", "hackle_import.stores.s3", "handler"]


def main():
    made("build-aws", ".venv/lambda/.installed", ARCH="arm64")
    made("build-aws", ARCH=ARCH)
    sizes = {name: round(size(ROOT / ".aws-sam" / name / "Importer") / 2**20, 1) for name in ("arm64", ARCH)}
    with moto_server() as url:
        report = {"mib": sizes, **starts(url), "imports_ms": imports()}
    print(json.dumps(report))


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def starts(url):
    env = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    os.environ |= env | {"AWS_DEFAULT_REGION": "us-east-1"}
    client = boto3.client("s3")
    client.create_bucket(Bucket="bench")
    client.put_object(Bucket="bench", Key=KEY, Body=ndjson(event(1), event(2)))
    env |= {"HACKLE_STAGING": "s3://bench", "HACKLE_IMPORT": "s3://bench/hackle"}
    runs = [start(env) for _ in range(RUNS)]
    return {
        f"{name}_ms": round(statistics.median(found), 1)
        for name, found in zip(("init", "first", "warm"), zip(*runs, strict=True), strict=True)
    }


def start(env):
    invocation = {"detail-type": "Object Created", "detail": {"bucket": {"name": "bench"}, "object": {"key": KEY}}}
    with emulator(env) as running:
        began = time.perf_counter()
        running.invoke(invocation)
        first = time.perf_counter()
        running.invoke(invocation)
        warm = time.perf_counter()
        init = next(
            float(found[1]) for line in running.log if (found := re.search(r"INIT REPORT\(durationMs: ([0-9.]+)", line))
        )
    return init, (first - began) * 1000, (warm - first) * 1000


def imports():
    """Median processor time of fresh processes: unlike wall time, it hardly depends on what else the machine does."""
    code = "import time; b = time.process_time(); import {}; print(time.process_time() - b)"
    python, folder = ROOT / ".venv" / "lambda" / "bin" / "python", ROOT / ".aws-sam" / ARCH / "Importer"
    found = {}
    for name in IMPORTS:
        runs = [
            subprocess.run(
                [python, "-c", code.format(name)], cwd=folder, capture_output=True, text=True, check=True
            ).stdout
            for _ in range(RUNS)
        ]
        found[name] = round(statistics.median(map(float, runs)) * 1000, 1)
    return found


if __name__ == "__main__":
    main()
