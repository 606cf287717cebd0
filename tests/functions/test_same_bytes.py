"""One drop through Lambda's handler, the Cloud Run function and the command gives the same Parquet."""

import json
import subprocess
import sys

import pyarrow.parquet as pq

from hackle_import.stores import open_store
from support.entrypoints import LAMBDA_CONTEXT, ROOT, aws_handler, gcp_main
from support.lazily import lazily
from support.samples import event, ndjson

boto3, storage = lazily("boto3"), lazily("google.cloud.storage")

KEY = "incoming/hackle/events.ndjson"
DROP = ndjson(*(event(number, ts=f"2025-01-0{1 + number % 3}T00:00:00Z", insert_id=None) for number in range(500)))


def outputs(place):
    store = open_store(place)
    return {key: store.get(key)[0] for key in store.keys("")}


def command(staging, lake):
    run = [sys.executable, "-m", "hackle_import.cli", "run", "--staging", staging, "--import", lake, "--json"]
    done = subprocess.run(run, cwd=ROOT / "shared", capture_output=True, check=True)
    assert json.loads(done.stdout)["outcome"] == "written"
    return outputs(lake)


def pages(files):
    """All that precedes the footer, by day and part: the footer tells the content version, by which clouds differ."""
    return {
        (key.split("/")[0], key[-13:]): body[: -8 - int.from_bytes(body[-8:-4], "little")]
        for key, body in files.items()
    }


def footers(files, folder):
    found = []
    for key in sorted(files, key=lambda key: key.split("/")[0]):
        (folder / "file").write_bytes(files[key])
        footer = pq.read_metadata(folder / "file")
        metadata = dict(footer.metadata)
        assert metadata.pop(b"hackle_import.content_version")
        groups = [footer.row_group(number).to_dict() for number in range(footer.num_row_groups)]
        found.append((metadata, groups, pq.read_schema(folder / "file").remove_metadata()))
    return found


def test_handler_function_and_command_write_the_same_bytes(s3_bucket, gcs_bucket, tmp_path, monkeypatch):
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=DROP)
    storage.Client().bucket(gcs_bucket).blob(KEY).upload_from_string(DROP)
    local = tmp_path / "staging" / KEY
    local.parent.mkdir(parents=True)
    local.write_bytes(DROP)

    by_lambda = through_lambda(s3_bucket, monkeypatch)
    clear(f"s3://{s3_bucket}")
    by_cloud_run = through_cloud_run(gcs_bucket, monkeypatch)
    clear(f"gs://{gcs_bucket}")
    assert len(by_lambda) == 3
    assert by_lambda == command(f"s3://{s3_bucket}", f"s3://{s3_bucket}/import")
    assert by_cloud_run == command(f"gs://{gcs_bucket}", f"gs://{gcs_bucket}/import")

    by_command = command(str(tmp_path / "staging"), str(tmp_path / "lake"))
    assert pages(by_lambda) == pages(by_cloud_run) == pages(by_command)
    assert footers(by_lambda, tmp_path) == footers(by_cloud_run, tmp_path) == footers(by_command, tmp_path)


def clear(place):
    """Forget that the drop was handled."""
    store = open_store(place)
    for prefix in ("state/", "import/"):
        for key in list(store.keys(prefix)):
            store.delete(key)


def through_lambda(bucket, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", f"s3://{bucket}")
    monkeypatch.setenv("HACKLE_IMPORT", f"s3://{bucket}/import")
    detail = {"bucket": {"name": bucket}, "object": {"key": KEY}}
    aws_handler().handler(
        {"detail-type": "Object Created", "detail": detail},
        LAMBDA_CONTEXT,
    )
    return outputs(f"s3://{bucket}/import")


def through_cloud_run(bucket, monkeypatch):
    from cloudevents.http import CloudEvent

    monkeypatch.setenv("HACKLE_STAGING", f"gs://{bucket}")
    monkeypatch.setenv("HACKLE_IMPORT", f"gs://{bucket}/import")
    attributes = {"type": "google.cloud.storage.object.v1.finalized", "source": "//storage"}
    gcp_main().main(CloudEvent(attributes, {"bucket": bucket, "name": KEY}))
    return outputs(f"gs://{bucket}/import")
