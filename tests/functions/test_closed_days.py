"""Drops, then the schedule's event: the day is closed in the emulators' buckets, told in the log, and verified."""

import json

from hackle_import.days import CLOSE_DAYS
from hackle_import.stores import open_store
from support.closed_days import DAY, DROPS, FILES, faults
from support.cloud_function import from_source, logged, pushed
from support.entrypoints import LAMBDA_CONTEXT, aws_handler, log_of_lambda

CLOSED = {"HACKLE_PUBLISH": "closed-days", "HACKLE_REPEATS": "remove-equal", "HACKLE_LOOK_BACK_DAYS": "1"}


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


def test_on_google_cloud(gcs_bucket, tmp_path):
    place, lake, log = f"gs://{gcs_bucket}/staging", f"gs://{gcs_bucket}/import", tmp_path / "log"
    staging = open_store(place)
    with from_source({"HACKLE_STAGING": place, "HACKLE_IMPORT": lake, **CLOSED}, log) as function:
        for key, body in DROPS.items():
            staging.put(key, body)
            told = {"eventType": "OBJECT_FINALIZE", "bucketId": gcs_bucket, "objectId": f"staging/{key}"}
            assert pushed(function, told) in (200, 204)
        assert list(open_store(lake).keys("")) == []
        assert pushed(function, CLOSE_DAYS) in (200, 204)
    assert list(open_store(lake).keys("")) == FILES
    assert faults(place, lake) == []
    days = [line["day"] for line in logged(log, "day")]
    assert [(one["outcome"], one["rows"]) for one in days if one["day"] == DAY] == [("closed", 2)]
    [look] = logged(log, "days looked at")
    assert look["days"] >= len(days)
