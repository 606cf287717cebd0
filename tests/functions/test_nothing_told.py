"""What reaches a platform's log from either function, the traceback of what it raises included: no cell of any row, no
credential."""

import json
import os
import subprocess
import sys

import pytest

from hackle_import.stores import open_store
from support.entrypoints import ROOT
from support.samples import event, ndjson

CELL, SECRET = "4111-1111-2222-3333", "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"
GOOD = ndjson(event(1, event_properties={"card": CELL}))
DROPS = {
    "written.ndjson": GOOD,
    "rejected.ndjson": ndjson(event(1, ts=CELL), event(2, metric_value=CELL), event(3, event_key=CELL * 9), event(4, ts=[CELL])),
    "no-json.ndjson": GOOD + b'{"event_key": "' + CELL.encode() + b'\n' + CELL.encode() + b"\n",
    "cut-off.json": b'[{"event_key": "' + CELL.encode() + b'", "ts',
    "no-comma.json": b'[{"a": "' + CELL.encode() + b'"} {"b": "' + CELL.encode() + b'"}]',
    "text.json": CELL.encode(),
    "no-header.csv": f"{CELL},{CELL}\n{CELL},1\n".encode(),
    "open-quote.csv": f'event_key,ts\n"{CELL},2025-01-01\n'.encode(),
    "cells.csv": f"event_key,ts\n{CELL},2025-01-01,{CELL}\n".encode(),
    "no-utf8.csv": b"event_key,ts\n" + CELL.encode() + b"\xff,2025-01-01\n",
    "no-gzip.ndjson.gz": b"\x1f\x8b" + CELL.encode() * 9,
}  # fmt: skip
MARK = "== "  # before a drop's name, in the log
AWS = """
import handler, sys
from support import entrypoints
bucket, raised, *keys = sys.argv[1:]
{hook}
for key in keys:
    print("{mark}" + key)
    detail = {{"bucket": {{"name": bucket}}, "object": {{"key": key}}}}
    handler.handler({{"detail-type": "Object Created", "detail": detail}}, entrypoints.LAMBDA_CONTEXT)
"""
GCP = """
import main as handler, sys
from cloudevents.http import CloudEvent
bucket, raised, *keys = sys.argv[1:]
{hook}
for key in keys:
    print("{mark}" + key)
    attributes = {{"type": "google.cloud.storage.object.v1.finalized", "source": "//storage"}}
    handler.main(CloudEvent(attributes, {{"bucket": bucket, "name": key}}))
"""
FAILING = """
import pyarrow
def fail(*arguments, **more):
    try:
        int(raised)
    except ValueError as quoting:
        raise pyarrow.ArrowInvalid(raised) from quoting
handler.ingest = fail
"""


@pytest.fixture(params=["aws", "gcp"])
def cloud(request):
    """(scheme and bucket, the code that hands an event to the function)"""
    if request.param == "aws":
        return f"s3://{request.getfixturevalue('s3_bucket')}", AWS
    return f"gs://{request.getfixturevalue('gcs_bucket')}", GCP


def told(place, code, *keys, hook="", raised="", **env):
    """All that the process writes, in which each key is handled in turn."""
    folder = "aws" if code is AWS else "gcp"
    paths = (ROOT / "shared", ROOT / "functions" / folder, ROOT / "tests")
    env = {"HACKLE_STAGING": place, "HACKLE_IMPORT": f"{place}/import", "AWS_SECRET_ACCESS_KEY": SECRET} | env
    env |= {"PYTHONPATH": os.pathsep.join(map(str, paths)), "AWS_SESSION_TOKEN": SECRET, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", code.format(hook=hook, mark=MARK), place.partition("://")[2], raised, *keys]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, env=os.environ | env, text=True, check=False, **pipes).stdout


def test_no_drop_s_content_is_told_whatever_becomes_of_it(cloud):
    place, code = cloud
    store = open_store(place)
    for name, body in DROPS.items():
        store.put(f"incoming/hackle/{name}", body)
    log = told(place, code, *(f"incoming/hackle/{name}" for name in DROPS))
    by_drop = {part.partition("\n")[0]: part for part in log.split(f"{MARK}incoming/hackle/")[1:]}
    assert list(by_drop) == list(DROPS), log
    assert {name for name, part in by_drop.items() if '"outcome":' not in part} == set()
    assert {name for name, part in by_drop.items() if CELL in part} == set()
    assert CELL not in log


def test_what_a_library_says_is_not_told(cloud):
    log = told(*cloud, "incoming/hackle/a.ndjson", hook=FAILING, raised=CELL)
    assert "ArrowInvalid" in log
    assert CELL not in log


@pytest.mark.parametrize(
    "env",
    [
        {"HACKLE_IMPORT": ""},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"},
    ],
)  # fmt: skip
def test_no_credential_is_told_when_a_storage_fails(cloud, env):
    log = told(
        *cloud, "incoming/hackle/a.ndjson", hook="handler.STOP_BEFORE *= 88", HACKLE_TIMEOUT_SECONDS="882", **env
    )
    assert "Failed" in log
    assert SECRET not in log
    assert json.dumps(SECRET) not in log
