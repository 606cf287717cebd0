"""Rows through a mapping, as `convert` takes them."""

import gzip
import json
from types import SimpleNamespace

import pyarrow.parquet as pq

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.mapping import load_mapping
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW, ndjson

FIELDS = """
[fields]
event_key = "name"
ts = "at"
[fields.identifiers]
id = "user"
device_id = "device"
[fields.platform_properties]
osname = "os"
appversion = "app"
"""
ROW = {"name": "buy", "at": "2025-01-02T03:04:05.678Z", "user": "u1", "device": "d1", "os": "iOS", "app": "1.0"}


def mapped(mapping, *rows, body=None, name="events.ndjson", rules=None):
    """What comes of a drop: `rows` as dicts of columns, `rejects`, `receipt`, and everything stored as `bytes`."""
    staging, lake = MemoryStore(lambda: NOW, "staging"), MemoryStore(lambda: NOW, "lake")
    key = f"incoming/own/{name}"
    staging.put(key, ndjson(*rows) if body is None else body)
    mapping = load_mapping(mapping.encode(), "own") if isinstance(mapping, str) else mapping
    drop = Drop.at(staging.place, key)
    receipt = ingest(drop, Places(staging, staging, lake), rules or Rules(), lambda: NOW, mapping=mapping)
    found = [row for path in sorted(lake.keys("")) for row in table(lake.get(path)[0])]
    rejected = staging.get(drop.rejected_key)[0] if receipt.rejects_key else gzip.compress(b"")
    rejects = [json.loads(line) for line in gzip.decompress(rejected).splitlines()]
    everything = [lake.get(path)[0] for path in lake.keys("")] + [gzip.decompress(rejected), receipt.line().encode()]
    return SimpleNamespace(rows=found, rejects=rejects, receipt=receipt, bytes=everything)


def table(body):
    from io import BytesIO

    return [
        {name: dict(value) if isinstance(value, list) else value for name, value in row.items()}
        for row in pq.read_table(BytesIO(body)).to_pylist()
    ]
