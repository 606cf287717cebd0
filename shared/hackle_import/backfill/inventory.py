"""Objects as a storage's own report tells them, without a listing: S3 Inventory, and Storage Insights of Google Cloud.

In: the store of the bucket that holds the manifest. Out: objects of the staging place, in the report's order.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
https://cloud.google.com/storage/docs/insights/inventory-reports
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from hackle_import.errors import Misconfigured, NotFound
from hackle_import.stores.protocol import Listed, Store

_FIELDS = {  # by what either cloud calls them, in lower case and without underscores
    "bucket": "bucket",
    "islatest": "latest",
    "isdeletemarker": "deleted",
    "key": "key",
    "lastmodifieddate": "modified",
    "name": "key",
    "size": "size",
    "timecreated": "created",
    "updated": "modified",
}
_Row = Mapping[str, Any]


def told(bucket: Store, manifest: str, place: str) -> Iterator[Listed]:
    """Raises Misconfigured for what is no manifest, is of another bucket, or names a file that is not there or not
    read."""
    found = _manifest(bucket, manifest)
    name, _, prefix = place.partition("://")[2].partition("/")
    below = f"{prefix}/" if prefix else ""
    rows = _rows_of_s3(bucket, found, name) if "files" in found else _rows_of_insights(bucket, found, manifest)
    for row in rows:
        if row.get("bucket", name) == name and row["key"].startswith(below) and not _is_former(row):
            size = row.get("size")
            yield Listed(row["key"].removeprefix(below), int(size) if size not in ("", None) else None, _moment(row))


def _manifest(bucket: Store, key: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(bucket.get(key)[0], type=dict[str, Any])
    except NotFound:
        raise Misconfigured(f"--inventory: there is no {bucket.place}/{key}") from None
    except msgspec.DecodeError:
        found = {}
    if not {"files", "report_shards_file_names"} & found.keys():
        wanted = "the manifest.json of an S3 Inventory, or the manifest of a Storage Insights report"
        raise Misconfigured(f"--inventory: {bucket.place}/{key} is no manifest: give {wanted}")
    return found


def _rows_of_s3(bucket: Store, manifest: Mapping[str, Any], source: str) -> Iterator[_Row]:
    if manifest.get("sourceBucket") != source:
        raise Misconfigured(f"--inventory: it is of {manifest.get('sourceBucket')}, and the drops are in {source}")
    columns = _columns([name.strip() for name in manifest.get("fileSchema", "").split(",")])
    for file in manifest["files"]:
        body = BytesIO(_file(bucket, file["key"]))
        if manifest.get("fileFormat") == "CSV":
            for row in _table(gzip.GzipFile(fileobj=body), columns):
                yield {**row, "key": unquote_plus(row["key"])}  # form-encoded in CSV only
        elif manifest.get("fileFormat") == "Parquet":
            yield from _parquet(body)
        else:
            raise Misconfigured(f"--inventory: {manifest.get('fileFormat')} is not read: let it be CSV or Parquet")


def _rows_of_insights(bucket: Store, manifest: Mapping[str, Any], key: str) -> Iterator[_Row]:
    """Its shards lie beside it. A table of them may begin with the fields' names."""
    options = manifest.get("report_config", {}).get("object_metadata_report_options", {})
    columns = _columns(options.get("metadata_fields", []))
    for name in manifest["report_shards_file_names"]:
        folder, slash, _ = key.rpartition("/")
        body = BytesIO(_file(bucket, folder + slash + name.rpartition("/")[2]))
        if name.endswith(".parquet"):
            yield from _parquet(body)
        else:
            yield from (row for row in _table(body, columns) if _known(row["key"]) != "key")


def _file(bucket: Store, key: str) -> bytes:
    try:
        return bucket.get(key)[0]
    except NotFound:
        raise Misconfigured(f"--inventory: it names {key}, which is not in {bucket.place}") from None


def _table(body: BytesIO | gzip.GzipFile, columns: list[str]) -> Iterator[_Row]:
    for row in csv.reader(TextIOWrapper(body, "utf-8", newline="")):
        yield dict(zip(columns, row, strict=True))


def _parquet(body: BytesIO) -> Iterator[_Row]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(body)
    wanted = [name for name in file.schema_arrow.names if _known(name) in _FIELDS.values()]
    columns = _columns(wanted)
    for batch in file.iter_batches(columns=wanted):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield dict(zip(columns, row, strict=True))


def _columns(names: list[str]) -> list[str]:
    columns = [_known(name) for name in names]
    if "key" not in columns:
        raise Misconfigured("--inventory: it does not tell the objects' names")
    return columns


def _known(name: str) -> str:
    return _FIELDS.get(name.replace("_", "").lower(), name)


def _is_former(row: _Row) -> bool:
    """A version that another one replaced, or a deletion: reports of versioned buckets tell those, too."""
    return row.get("latest") in ("false", False) or row.get("deleted") in ("true", True)


def _moment(row: _Row) -> datetime | None:
    """Of the content: `updated` of Google Cloud changes with an object's description, too."""
    value = row.get("created") or row.get("modified")
    found = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    return found.replace(tzinfo=found.tzinfo or UTC) if isinstance(found, datetime) else None
