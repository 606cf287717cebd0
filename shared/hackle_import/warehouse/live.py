"""A small export in earnest: what only an account can tell. Some rows of a day go to a folder of their own, which no
manifest names, and are looked at as an export's are."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any
from zlib import MAX_WBITS, decompressobj

from hackle_import.errors import Unavailable
from hackle_import.stores.protocol import Store
from hackle_import.warehouse import publish
from hackle_import.warehouse.check import Line
from hackle_import.warehouse.client import Job, Progress, Refused, Warehouse
from hackle_import.warehouse.grants import remedy
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import Book

ROWS = 10
_LOOKS = 60  # at a statement that runs


def tried(
    parts: Store, source: Source, warehouse: Warehouse, book: Book, day: date, now: datetime, wait: Callable[[], None]
) -> Iterator[Line]:
    """`wait` is between two looks at what runs. Values are not told, only what JSON makes of them."""
    name = f"hackle-import-{source.name}-check-{now:%Y%m%d%H%M%S}-{secrets.token_hex(4)}"
    folder = f"exports/{source.name}/.check/{name}/"
    address, once = f"{parts.place}/{folder}", hashlib.sha256(name.encode()).hexdigest()
    job = Job(source, day, book.columns, book.day_type, address, name, once, ROWS)
    try:
        done = _finished(warehouse, source, warehouse.start(job), wait)
    except (Refused, Unavailable) as refused:
        yield Line("export", False, _with_remedy(str(refused)))
        return
    if done.phase != "finished":
        yield Line("export", False, _with_remedy(done.error or "it still runs, which is longer than a minute or two"))
        return
    try:
        if source.kind == "redshift":
            found, rows = publish.redshift_parts(parts, folder, done.rows)
        else:
            found, rows = publish.bigquery_parts(parts, folder, done.rows or 0, done.files or 0)
    except publish.Incomplete as wrong:
        yield Line("export", False, str(wrong))
        return
    yield Line("export", True, f"{rows:,} rows of {day} in {len(found):,} files below {folder}")
    yield from _texts(parts, found, rows)


def _finished(warehouse: Warehouse, source: Source, job: str, wait: Callable[[], None]) -> Progress:
    for _ in range(_LOOKS):
        progress = warehouse.look(source, job)
        if progress.phase != "running":
            return progress
        wait()
    return progress


def _texts(parts: Store, found: Sequence[publish.Part], rows: int) -> Iterator[Line]:
    """Whether each row is an object of JSON, and of which kind its values are: the documentation says so of few."""
    lines = [line for part in found for line in _lines(parts.get(part.key)[0])]
    try:
        read: list[dict[str, Any]] = [json.loads(line) for line in lines]
    except ValueError:
        yield Line("rows", False, "a row is no JSON: report it, with the columns' types")
        return
    told = "as many as the warehouse counted" if len(read) == rows else f"the warehouse counted {rows:,}"
    yield Line("rows", len(read) == rows, f"{len(read):,}, {told}")
    for name in dict.fromkeys(name for row in read for name in row):
        kinds = sorted({type(row[name]).__name__ for row in read if row.get(name) is not None})
        yield Line(f"column {name}", True, ", ".join(kinds) or "null")


def _lines(body: bytes) -> list[bytes]:
    """Of a part, which has a few rows."""
    text = decompressobj(MAX_WBITS | 16).decompress(body, 1 << 26) if body[:2] == b"\x1f\x8b" else body
    return list(islice((line for line in text.split(b"\n") if line), ROWS + 1))


def _with_remedy(told: str) -> str:
    found = remedy(told)
    return f"{told}; {found}" if found else told
