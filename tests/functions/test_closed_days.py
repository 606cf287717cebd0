"""Drops, then the schedule's event: the day is closed in the emulators' buckets, told in the log, and verified."""

import json

import pytest

from functions.test_gcp_end_to_end import PUBLISHED, post
from hackle_import.days import CLOSE_DAYS
from hackle_import.settings import Rules
from hackle_import.stores import open_store
from hackle_import.verify import Verification
from hackle_import.verify.closed_days import ClosedDays
from support.emulators import free_port, wait_for
from support.entrypoints import LAMBDA_CONTEXT, ROOT, aws_handler, log_of_lambda
from support.samples import event, ndjson

DAY = "2025-01-02"
CLOSED = {"HACKLE_PUBLISH": "closed-days", "HACKLE_REPEATS": "remove-equal"}
DROPS = {
    f"incoming/hackle/{name}.ndjson": ndjson(*rows) for name, rows in (("a", [event(1), event(2)]), ("b", [event(2)]))
}
FILES = [f"{DAY}/events-0-of-1.parquet"]


def faults(place, lake):
    staging = open_store(place)
    found = []
    for store, is_open in ((open_store(lake), False), (open_store(f"{place}/open"), True)):
        days = ClosedDays.read(staging, "{day}", is_open=is_open)
        found += [(one.key, one.code) for one in Verification(store, Rules(), staging, days).faults()]
    return found


def test_on_aws(s3_bucket, monkeypatch):
    place, lake = f"s3://{s3_bucket}/staging", f"s3://{s3_bucket}/import"
    for name, value in {"HACKLE_STAGING": place, "HACKLE_IMPORT": lake, **CLOSED}.items():
        monkeypatch.setenv(name, value)
    staging, handle = open_store(place), aws_handler().handler
    for key, body in DROPS.items():
        staging.put(key, body)
        detail = {"bucket": {"name": s3_bucket}, "object": {"key": f"staging/{key}"}}
        handle({"detail-type": "Object Created", "detail": detail}, LAMBDA_CONTEXT)
    assert list(open_store(lake).keys("")) == []
    lines = log_of_lambda(CLOSE_DAYS)
    (day,) = [line["day"] for line in lines if line.get("day", {}).get("day") == DAY]
    assert (day["outcome"], day["rows"], day["repeats_removed"]) == ("closed", 2, 1)
    (metrics,) = [line for line in lines if "_aws" in line]
    assert sum(metrics["DaysClosed"]) >= 1
    assert list(open_store(lake).keys("")) == FILES
    assert faults(place, lake) == []
    assert [line for line in log_of_lambda(CLOSE_DAYS) if "day" in line] == []
    report = json.loads(staging.get(f"days/{DAY}/report.json")[0])
    assert report["drops"] == {"written": 2}


def test_where_days_are_not_closed_the_event_does_nothing(s3_bucket, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", f"s3://{s3_bucket}/staging")
    monkeypatch.setenv("HACKLE_IMPORT", f"s3://{s3_bucket}/import")
    assert aws_handler().handler(CLOSE_DAYS, LAMBDA_CONTEXT) == {}
    assert list(open_store(f"s3://{s3_bucket}").keys("")) == []


@pytest.fixture
def function(gcs_bucket, tmp_path):
    """The URL of a process that runs the function as the platform's image does."""
    import os
    import subprocess
    import sys

    port = free_port()
    env = (
        os.environ
        | CLOSED
        | {"HACKLE_STAGING": f"gs://{gcs_bucket}/staging", "HACKLE_IMPORT": f"gs://{gcs_bucket}/import"}
    )
    command = [
        sys.executable,
        "-m",
        "functions_framework",
        "--target",
        "main",
        "--source",
        str(ROOT / "functions/gcp/main.py"),
    ]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env=env | {"PYTHONPATH": str(ROOT / "shared")}, stdout=log, stderr=log,
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait()


def pushed(url, attributes):
    """As Pub/Sub does, of what Cloud Storage or Cloud Scheduler published."""
    message = {"attributes": attributes, "data": "e30=", "messageId": "1", "publishTime": "2025-01-03T02:00:00Z"}
    return post(url, None, {"message": message, "subscription": "projects/p/subscriptions/s"}, "/projects/p/topics/t")


def test_on_google_cloud(gcs_bucket, function, tmp_path):
    place, lake = f"gs://{gcs_bucket}/staging", f"gs://{gcs_bucket}/import"
    staging = open_store(place)
    for key, body in DROPS.items():
        staging.put(key, body)
        told = {"eventType": "OBJECT_FINALIZE", "bucketId": gcs_bucket, "objectId": f"staging/{key}"}
        assert pushed(function, told) in (200, 204)
    assert list(open_store(lake).keys("")) == []
    assert pushed(function, CLOSE_DAYS) in (200, 204), PUBLISHED
    assert list(open_store(lake).keys("")) == FILES
    assert faults(place, lake) == []
    days = [
        json.loads(line)["day"] for line in (tmp_path / "log").read_text().splitlines() if '"message": "day"' in line
    ]
    assert [(one["outcome"], one["rows"]) for one in days if one["day"] == DAY] == [("closed", 2)]
