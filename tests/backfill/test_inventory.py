"""Reports of both clouds tell the drops that are there now; what cannot be read is named."""

import csv
import gzip
import io
import json
import re
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hackle_import.backfill.inventory import told
from hackle_import.errors import Misconfigured
from hackle_import.stores.memory import MemoryStore
from hackle_import.stores.protocol import Listed
from support.samples import NOW

PLACE = "s3://drops/events"
MANIFEST = "inventories/drops/all/2025-01-05T01-00Z/manifest.json"
SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate"
WHEN = datetime(2024, 3, 1, 12, tzinfo=UTC)
ROWS = [  # key, latest, deleted, size
    ("events/incoming/hackle/a b+%.json", True, False, 10),
    ("events/incoming/hackle/a b+%.json", False, False, 9),
    ("events/incoming/hackle/gone.json", True, True, None),
    ("events/incoming/hackle/키.json", True, False, 0),
    ("elsewhere/incoming/hackle/c.json", True, False, 5),
]
EXPECTED = [
    Listed("incoming/hackle/a b+%.json", 10, WHEN),
    Listed("incoming/hackle/키.json", 0, WHEN),
]


@pytest.fixture
def bucket():
    return MemoryStore(lambda: NOW, "s3://reports")


def as_csv(bucket):
    """Keys are form-encoded, https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html"""
    from urllib.parse import quote_plus

    text = io.StringIO()
    for key, latest, deleted, size in ROWS:
        words = [
            "drops",
            quote_plus(key),
            "v1",
            str(latest).lower(),
            str(deleted).lower(),
            "" if size is None else size,
        ]
        csv.writer(text, quoting=csv.QUOTE_ALL).writerow([*words, "2024-03-01T12:00:00.000Z"])
    bucket.put("inventories/drops/all/data/1.csv.gz", gzip.compress(text.getvalue().encode()))
    return {"fileFormat": "CSV", "fileSchema": SCHEMA, "files": [{"key": "inventories/drops/all/data/1.csv.gz"}]}


def as_parquet(bucket):
    keys, latest, deleted, sizes = (list(column) for column in zip(*ROWS, strict=True))
    columns = {"bucket": ["drops"] * len(ROWS), "key": keys, "is_latest": latest, "is_delete_marker": deleted}
    columns |= {
        "size": sizes,
        "last_modified_date": pa.array([WHEN.replace(tzinfo=None)] * len(ROWS), pa.timestamp("ms")),
    }
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    bucket.put("inventories/drops/all/data/1.parquet", file.getvalue())
    return {"fileFormat": "Parquet", "fileSchema": SCHEMA, "files": [{"key": "inventories/drops/all/data/1.parquet"}]}


@pytest.mark.parametrize("report", [as_csv, as_parquet])
def test_s3_inventory(bucket, report):
    bucket.put(MANIFEST, json.dumps(report(bucket) | {"sourceBucket": "drops"}).encode())
    assert list(told(bucket, MANIFEST, PLACE)) == EXPECTED


def insights(bucket, header, **fields):
    names = ["project", "bucket", "name", "size", "timeCreated", "updated"]
    text = io.StringIO()
    rows = [
        ["1", "drops", key, size, "2024-03-01T12:00:00Z", "2024-09-09T00:00:00Z"]
        for key, latest, gone, size in ROWS
        if latest and not gone
    ]
    csv.writer(text).writerows([names, *rows] if header else rows)
    bucket.put("reports/1_2025-01-05T00:00_0.csv", text.getvalue().encode())
    options = {"report_config": {"object_metadata_report_options": {"metadata_fields": names}}}
    manifest = options | {"report_shards_file_names": ["1_2025-01-05T00:00_0.csv"]} | fields
    bucket.put("reports/manifest.json", json.dumps(manifest).encode())


@pytest.mark.parametrize("header", [True, False])
def test_storage_insights(header):
    bucket = MemoryStore(lambda: NOW, "gs://reports")
    insights(bucket, header)
    assert list(told(bucket, "reports/manifest.json", "gs://drops/events")) == EXPECTED


def test_storage_insights_in_parquet():
    """Whose times are timestamps, and whose fields that nobody asked for are not read."""
    bucket = MemoryStore(lambda: NOW, "gs://reports")
    rows = [(key, size) for key, latest, gone, size in ROWS if latest and not gone]
    columns = {
        "project": ["1"] * len(rows),
        "bucket": ["drops"] * len(rows),
        "name": [key for key, _ in rows],
        "size": pa.array([size for _, size in rows], pa.int64()),
        "timeCreated": pa.array([WHEN] * len(rows), pa.timestamp("us", "UTC")),
        "updated": pa.array([NOW] * len(rows), pa.timestamp("us", "UTC")),
    }
    for shard, part in enumerate((slice(0, 1), slice(1, None))):
        file = io.BytesIO()
        pq.write_table(pa.table({name: column[part] for name, column in columns.items()}), file)
        bucket.put(f"reports/1_2025-01-05T00:00_{shard}.parquet", file.getvalue())
    names = [f"1_2025-01-05T00:00_{shard}.parquet" for shard in (0, 1)]
    options = {"parquet_options": {}, "object_metadata_report_options": {"metadata_fields": list(columns)}}
    manifest = {"report_config": options, "report_shards_file_names": names}
    bucket.put("reports/manifest.json", json.dumps(manifest).encode())
    assert list(told(bucket, "reports/manifest.json", "gs://drops/events")) == EXPECTED


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"[]", "is no manifest"),
        (b"no JSON", "is no manifest"),
        (b"{}", "is no manifest"),
        ({"sourceBucket": "other", "files": []}, "it is of other, and the drops are in drops"),
        ({"sourceBucket": "drops", "fileSchema": "Bucket, Size", "files": []}, "does not tell the objects' names"),
        ({"sourceBucket": "drops", "fileSchema": SCHEMA, "fileFormat": "CSV", "files": [{"key": "x"}]}, "names x, which is not in"),
    ],
)  # fmt: skip
def test_what_is_no_report_of_the_drops_is_told(bucket, manifest, message):
    bucket.put(MANIFEST, manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode())
    with pytest.raises(Misconfigured, match=re.escape(message)):
        list(told(bucket, MANIFEST, PLACE))


def test_orc_is_told(bucket):
    bucket.put("x.orc", b"ORC")
    bucket.put(
        MANIFEST,
        json.dumps(
            {"sourceBucket": "drops", "fileSchema": SCHEMA, "fileFormat": "ORC", "files": [{"key": "x.orc"}]}
        ).encode(),
    )
    with pytest.raises(Misconfigured, match="ORC is not read: let it be CSV or Parquet"):
        list(told(bucket, MANIFEST, PLACE))


def test_a_manifest_that_is_not_there_is_told(bucket):
    with pytest.raises(Misconfigured, match=r"there is no s3://reports/a\.json"):
        list(told(bucket, "a.json", PLACE))
