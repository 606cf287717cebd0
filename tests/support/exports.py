"""Exports that tests make: parts below `exports/`, and the manifest that names them."""

import gzip
import json

from support.samples import ndjson

FOLDER = "exports/shop/2025-01-02/0001/"
DAY = "incoming/hackle/shop/2025-01-02.export.json"


def put_parts(store, *parts, folder=FOLDER, ending=".ndjson.gz"):
    """A part for each list of rows (or bytes as they are): what a manifest says of them."""
    named = []
    for number, rows in enumerate(parts):
        body = rows if isinstance(rows, bytes) else gzip.compress(ndjson(*rows), mtime=0)
        found = store.put(f"{folder}part-{number:04d}{ending}", body)
        named.append({"key": found.key, "size": found.size, "version": found.version})
    return named


def manifest(parts, rows, **more):
    return json.dumps({"hackle_export": 1, "rows": rows, "parts": parts, **more}).encode()


def put_export(store, *parts, key=DAY, folder=FOLDER, **more):
    """An export of these parts, each a list of rows."""
    named = put_parts(store, *parts, folder=folder)
    store.put(key, manifest(named, sum(map(len, parts)), **more))
    return named
