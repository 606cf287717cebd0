"""Closed days and a backfill, from end to end: days wait for its drops, then one command closes all of them."""

import json

import pytest

from hackle_import.backfill.job import load
from hackle_import.stores import open_store
from support.commands import command
from support.entrypoints import LAMBDA_CONTEXT, aws_handler
from support.lazily import lazily
from support.queues import taken
from support.samples import event, ndjson

boto3 = lazily("boto3")
DROPS, DAYS = 4, 20


@pytest.fixture
def staging(s3_bucket, monkeypatch):
    """Drops that have a row of each day."""
    for name, value in {"STAGING": "in", "IMPORT": "lake"}.items():
        monkeypatch.setenv(f"HACKLE_{name}", f"s3://{s3_bucket}/{value}")
    monkeypatch.setenv("HACKLE_PUBLISH", "closed-days")
    monkeypatch.setenv("HACKLE_LOOK_BACK_DAYS", "1")
    monkeypatch.setenv("HACKLE_CLOSE_HOUR", "0")  # at any hour yesterday is the newest day
    store = open_store(f"s3://{s3_bucket}/in")
    for drop in range(DROPS):
        rows = (event(drop * DAYS + day, ts=f"2023-03-{day + 1:02d}T10:00:00Z") for day in range(DAYS))
        store.put(f"incoming/hackle/2023/{drop}.ndjson", ndjson(*rows))
    return store


def test_days_wait_for_a_backfill_and_one_command_closes_them(staging, s3_bucket):
    handler, lake = aws_handler().handler, open_store(f"s3://{s3_bucket}/lake")
    url = boto3.client("sqs").create_queue(QueueName=f"{s3_bucket}-backfill")["QueueUrl"]
    identity = json.loads(command("backfill", "--to", url, "--json")[1])["identity"]
    first, *left = taken(url)
    handler({"Records": [first]}, LAMBDA_CONTEXT)
    status, out, told = command("day", "close")
    assert (status, f"{DAYS} days, 2023-03-01 to 2023-03-{DAYS}, wait for backfill {identity}" in out) == (1, True)
    assert f"backfill {identity}: {DROPS - 1} drops are not handled" in told
    assert handler({"hackle-import": "close-days"}, LAMBDA_CONTEXT) is not None  # as the schedule asks for it
    assert not [key for key in lake.keys("") if key.startswith("2023")]
    for record in left:
        handler({"Records": [record]}, LAMBDA_CONTEXT)
    status, out, told = command("day", "close", "--jobs", "2", "--json")
    closed = {one["day"]: (one["outcome"], one["rows"], one["files"]) for one in map(json.loads, out.splitlines())}
    assert {day: found for day, found in closed.items() if day.startswith("2023")} == {
        f"2023-03-{day + 1:02d}": ("closed", DROPS, 1) for day in range(DAYS)
    }
    assert (status, told, load(staging, identity)[0].done is not None) == (0, "", True)
    assert command("verify", f"s3://{s3_bucket}/lake", "--staging", f"s3://{s3_bucket}/in")[0] == 0
