"""`backfill` from end to end: hints in the emulators' queues, taken by the functions as they are deployed; the ledger and
the files are those of one `run`."""

import hashlib
import json

import pytest

from hackle_import.stores import open_store
from support.commands import command
from support.entrypoints import LAMBDA_CONTEXT, aws_handler, gcp_main
from support.lazily import lazily
from support.pubsub import topic_server
from support.queues import taken
from support.samples import event, ndjson

boto3 = lazily("boto3")
DROPS = 12
CHANGED = b"""
[fields]
event_key = { const = "changed" }
ts = "ts"
identifiers = { spread = "identifiers" }
platform_properties = { spread = "platform_properties" }
"""


def fill(store, drops=DROPS):
    for number in range(drops):
        store.put(f"incoming/hackle/2023/{number:03d}.ndjson", ndjson(event(number), event(1000 + number)))
    store.put("incoming/hackle/2024/new.ndjson", ndjson(event(2000)))
    store.put("incoming/hackle/_SUCCESS", b"")


def files(lake):
    return {key: hashlib.sha256(lake.get(key)[0]).hexdigest() for key in lake.keys("")}


@pytest.fixture
def staging(s3_bucket, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", f"s3://{s3_bucket}/in")
    monkeypatch.setenv("HACKLE_IMPORT", f"s3://{s3_bucket}/lake")
    store = open_store(f"s3://{s3_bucket}/in")
    fill(store)
    return store


@pytest.fixture
def url(staging, s3_bucket):
    return boto3.client("sqs").create_queue(QueueName=f"{s3_bucket}-backfill")["QueueUrl"]


def test_the_deployed_function_takes_what_is_sent_and_status_tells_how_far_it_is(staging, url, s3_bucket):
    handler = aws_handler().handler
    status, out, told = command("backfill", "--to", url, "--prefix", "incoming/hackle/2023/", "--json")
    assert (status, json.loads(out)["drops"]) == (0, DROPS), told
    records = list(taken(url))
    for record in [*records[:5], records[0]]:  # one of them twice
        assert handler({"Records": [record]}, LAMBDA_CONTEXT) == {"batchItemFailures": []}
    found = json.loads(command("status", "--backfill", "--json")[1])
    assert (found["told"], found["done"], found["left"], found["rows"]) == (DROPS, 5, DROPS - 5, 10)
    assert found["an_hour"] > 0
    for record in records[5:]:
        handler({"Records": [record]}, LAMBDA_CONTEXT)
    status, out, _ = command("status", "--backfill")
    assert (status, "no rate yet" in out, f"{2 * DROPS}" in out) == (0, False, True)
    lake = open_store(f"s3://{s3_bucket}/lake")
    handled = files(lake)
    assert len(handled) == DROPS
    status, out, _ = command("backfill", "--to", url, "--prefix", "incoming/hackle/2023/")
    assert (status, list(taken(url))) == (0, [])  # sent already
    command("run", "--json")
    assert handled.items() <= files(lake).items()
    assert command("verify", f"s3://{s3_bucket}/lake", "--staging", f"s3://{s3_bucket}/in")[0] == 0


def test_a_mapping_and_a_drop_that_change_in_the_middle_end_as_they_are_last(staging, url, s3_bucket):
    """A hint is only a name: whatever was true when it was sent, the function looks."""
    handler, lake = aws_handler().handler, open_store(f"s3://{s3_bucket}/lake")
    staging.put("mappings/shop.toml", b"")
    for number in range(4):
        staging.put(f"incoming/shop/{number}.ndjson", ndjson(event(number)))
    command("backfill", "--to", url, "--prefix", "incoming/shop/")
    first, *left = taken(url)
    handler({"Records": [first]}, LAMBDA_CONTEXT)
    staging.put("mappings/shop.toml", CHANGED)
    staging.put("incoming/shop/3.ndjson", ndjson(event(3), event(33)))
    for record in left:
        assert handler({"Records": [record]}, LAMBDA_CONTEXT) == {"batchItemFailures": []}
    command("backfill", "--to", url, "--prefix", "incoming/shop/", "--again")
    again = list(taken(url))
    assert len(again) == 4
    for record in again:
        handler({"Records": [record]}, LAMBDA_CONTEXT)
    import pyarrow.parquet as pq

    rows = [row for key in lake.keys("") for row in pq.read_table(_buffer(lake.get(key)[0])).to_pylist()]
    assert sorted(dict(row["identifiers"])["id"] for row in rows) == ["u0", "u1", "u2", "u3", "u33"]
    assert {row["event_key"] for row in rows} == {"changed"}
    assert command("verify", f"s3://{s3_bucket}/lake", "--staging", f"s3://{s3_bucket}/in")[0] == 0


def _buffer(body):
    import pyarrow as pa

    return pa.BufferReader(body)


def test_lists_times_and_limits(staging, url, tmp_path):
    (tmp_path / "list.txt").write_text("incoming/hackle/2023/001.ndjson\nincoming/hackle/2023/_SUCCESS\n")
    assert "1 drops were sent" in command("backfill", "--to", url, "--list", tmp_path / "list.txt")[1]
    assert "3 drops were sent" in command("backfill", "--to", url, "--limit", "3")[1]
    assert f"{DROPS + 1} drops were sent" in command("backfill", "--to", url, "--newer", "1h")[1]
    assert "0 drops were sent" in command("backfill", "--to", url, "--older", "1h")[1]
    assert len(list(taken(url))) == 1 + 3 + DROPS + 1
    assert len(command("status", "--backfill", "--json")[1].splitlines()) == 4


def test_an_inventory_tells_the_drops(staging, url, s3_bucket):
    import gzip

    root = open_store(f"s3://{s3_bucket}")
    rows = "".join(f'"{s3_bucket}","in/incoming/hackle/2023/{number:03d}.ndjson","300"\n' for number in range(3))
    root.put("reports/data/1.csv.gz", gzip.compress(rows.encode()))
    manifest = {"sourceBucket": s3_bucket, "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size"}
    root.put("reports/day/manifest.json", json.dumps(manifest | {"files": [{"key": "reports/data/1.csv.gz"}]}).encode())
    place = f"s3://{s3_bucket}/reports/day/manifest.json"
    assert json.loads(command("backfill", "--dry-run", "--inventory", place, "--json")[1].splitlines()[0])["drops"] == 3
    assert "3 drops were sent" in command("backfill", "--to", url, "--inventory", place)[1]
    status, _, told = command("backfill", "--to", url, "--inventory", place, "--newer", "7d")
    assert (status, "which is not told of incoming/hackle/2023/000.ndjson" in told) == (2, True)


def test_what_it_would_take_is_told_and_nothing_is_sent(staging, url):
    status, out, told = command("backfill", "--dry-run")
    assert (status, f"{DROPS + 1} drops" in out, "US dollars" in out, "docs/scale.md" in told) == (0, True, True, True)
    assert list(taken(url)) == []
    assert list(staging.keys("backfills/")) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--prefix", "incoming/"], "give --to QUEUE, or --dry-run"),
        (["--to", "q", "--list", "a", "--inventory", "s3://b/m.json"], "give one of them"),
        (["--to", "my-queue"], "give the URL of an SQS queue"),
        (["--dry-run", "--list", "no/such/file"], "--list: no/such/file cannot be read"),
        (["--dry-run", "--newer", "yesterday"], "--newer yesterday: give 24h"),
        (["--dry-run", "--inventory", "manifest.json"], "give s3://bucket"),
    ],
)
def test_wrong_use_is_told_with_a_remedy(staging, arguments, told):
    status, _, said = command("backfill", *arguments)
    assert (status, told in said, len(said.splitlines())) == (2, True, 1)


def test_a_folder_has_no_queue(tmp_path):
    status, _, told = command("backfill", "--staging", tmp_path, "--dry-run")
    assert (status, "`run --jobs` handles the drops of a folder" in told) == (2, True)


def test_on_google_cloud_the_function_takes_what_is_published(gcs_bucket, monkeypatch):
    from cloudevents.http import CloudEvent

    monkeypatch.setenv("HACKLE_STAGING", f"gs://{gcs_bucket}/in")
    monkeypatch.setenv("HACKLE_IMPORT", f"gs://{gcs_bucket}/lake")
    staging, main = open_store(f"gs://{gcs_bucket}/in"), gcp_main().main
    fill(staging)
    with topic_server() as topic:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", topic.host)
        status, out, told = command("backfill", "--to", topic.name, "--json")
        assert (status, json.loads(out)["drops"]) == (0, DROPS + 1), told
        pushed = {"type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//pubsub"}
        for envelope in topic.envelopes():
            main(CloudEvent(pushed, envelope))
    found = json.loads(command("status", "--backfill", "--json")[1])
    assert (found["told"], found["done"], found["rows"]) == (DROPS + 1, DROPS + 1, 2 * DROPS + 1)
    assert command("verify", f"gs://{gcs_bucket}/lake", "--staging", f"gs://{gcs_bucket}/in")[0] == 0
