"""A file put into GCS (an emulator), its CloudEvent posted to a running functions-framework, Parquet by DuckDB."""

import json
from pathlib import Path

import pytest

from support.cloud_function import FINALIZED, PUBLISHED, from_source, post
from support.lazily import lazily
from support.samples import event, ndjson

duckdb, storage = lazily("duckdb"), lazily("google.cloud.storage")

NAME = "incoming/hackle/app/ugly name+100%.ndjson"
EVENTS = Path(__file__).parent / "events"


@pytest.fixture
def function(gcs_bucket, tmp_path):
    """The URL of a process that runs the function as the platform's image does."""
    places = {"HACKLE_STAGING": f"gs://{gcs_bucket}", "HACKLE_IMPORT": f"gs://{gcs_bucket}/import"}
    with from_source(places, tmp_path / "log") as url:
        yield url


def recorded(name):
    """An event's body with every field that the platform sends."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def rows(bucket, folder):
    for number, blob in enumerate(storage.Client().list_blobs(bucket, prefix="import/")):
        blob.download_to_filename(folder / f"{number}.parquet")
    found = duckdb.sql(
        f"SELECT identifiers['id'], event_properties['plan'], metric_value::VARCHAR, epoch_ms(ts) "
        f"FROM '{folder}/*.parquet' ORDER BY 1"
    )
    return found.fetchall()


def test_a_dropped_file_becomes_parquet_by_itself(function, gcs_bucket, tmp_path):
    blob = storage.Client().bucket(gcs_bucket).blob(NAME)
    blob.upload_from_string(ndjson(event(1), event(2, ts="bad"), event(3)))
    found = recorded("gcs_finalized") | {"bucket": gcs_bucket, "name": NAME}
    assert post(function, FINALIZED, found) == 200
    expected = [("u1", "pro", "1.500000", 1735787045678), ("u3", "pro", "1.500000", 1735787045678)]
    assert rows(gcs_bucket, tmp_path) == expected
    assert post(function, FINALIZED, found) == 200
    assert rows(gcs_bucket, tmp_path) == expected
    blob.upload_from_string(ndjson(event(9)))
    assert post(function, FINALIZED, found) == 200
    for path in tmp_path.glob("*.parquet"):
        path.unlink()
    assert [row[0] for row in rows(gcs_bucket, tmp_path)] == ["u9"]
    log = (tmp_path / "log").read_text()
    receipts = [json.loads(line)["receipt"]["outcome"] for line in log.splitlines() if '"receipt"' in line]
    assert receipts == ["written", "skipped", "written"]


def test_a_rewrite_in_place_replays_a_drop_with_today_s_mapping(function, gcs_bucket, tmp_path):
    bucket = storage.Client().bucket(gcs_bucket)
    bucket.blob(NAME).upload_from_string(ndjson(event(1), event(2, insert_id=None)))
    found = recorded("gcs_finalized") | {"bucket": gcs_bucket, "name": NAME}
    post(function, FINALIZED, found)
    bucket.blob("mappings/hackle.toml").upload_from_string(b'[insert_id]\nwhen_missing = "reject"')
    bucket.blob(NAME).rewrite(bucket.blob(NAME))
    assert post(function, FINALIZED, found) == 200  # the emulator sends none: this is what a rewrite sends
    assert [row[0] for row in rows(gcs_bucket, tmp_path)] == ["u1"]


@pytest.mark.parametrize(
    ("event_type", "path"),
    [
        (None, ""),  # a push subscription to the function's own URL
        (None, "/projects/p/topics/t"),
        (PUBLISHED, ""),  # through Eventarc
    ],
)
def test_a_pubsub_notification_is_taken_too(function, gcs_bucket, tmp_path, event_type, path):
    storage.Client().bucket(gcs_bucket).blob(NAME).upload_from_string(ndjson(event(1)))
    body = recorded("pubsub_push")
    body["message"]["attributes"] |= {"bucketId": gcs_bucket, "objectId": NAME}
    assert post(function, event_type, body, path) == 200
    assert [row[0] for row in rows(gcs_bucket, tmp_path)] == ["u1"]
    body["message"]["attributes"]["eventType"] = "OBJECT_DELETE"
    assert post(function, event_type, body, path) == 200


def test_what_is_no_drop_is_acknowledged_and_what_fails_is_delivered_again(function, gcs_bucket):
    assert post(function, FINALIZED, {"bucket": gcs_bucket, "name": "state/a.json"}) == 200
    assert post(function, FINALIZED, {"bucket": "another", "name": NAME}) == 200
    assert post(function, "something.else", {"bucket": gcs_bucket, "name": NAME}) == 200
    assert post(function, FINALIZED, {"bucket": gcs_bucket}) == 500
