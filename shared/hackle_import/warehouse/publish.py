"""An export that ended -> the manifest that is its drop, once all of it is there.

The warehouse's own counts are the truth: files that are missing, or of another size, and rows that are not as many are
never offered.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from hackle_import.drop import EXPORTS, INCOMING
from hackle_import.errors import Changed, NotFound
from hackle_import.stores.protocol import Store, StoredObject
from hackle_import.warehouse.source import Column, Source
from hackle_import.warehouse.state import State


class Incomplete(Exception):  # noqa: N818
    """What the warehouse said that it wrote is not what is there."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """As in `exports.manifest`."""

    key: str
    size: int
    version: str
    rows: int | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest's content. Its first key tells what it is; the same attempt always gives the same bytes."""

    hackle_export: int = 1
    source: str
    day: str
    timezone: str
    attempt: int
    rows: int
    bytes: int
    fingerprint: str
    exported_at: datetime | None
    format: str = "ndjson"
    compression: str = "gzip"
    columns: list[Column]
    parts: list[Part]


class _Entry(msgspec.Struct):
    url: str
    meta: "_Meta"


class _Meta(msgspec.Struct):
    content_length: int
    record_count: int


class _Verbose(msgspec.Struct):
    entries: list[_Entry]
    meta: _Meta


def folder_of(source: Source, day: date, attempt: int) -> str:
    """Where an attempt's parts lie, in the staging place."""
    return f"{EXPORTS}{source.name}/{day}/{attempt:04d}/"


def manifest_key(source: Source, day: date) -> str:
    """The drop that a day is."""
    return f"{INCOMING}{source.mapping}/{source.name}/{day}.export.json"


def redshift_parts(store: Store, folder: str, expected: int | None) -> tuple[list[Part], int]:
    """The parts that UNLOAD's manifest names, and their rows. UNLOAD writes nothing at all for a day without rows.
    `expected` is what the warehouse counted of the same rows. Raises Incomplete."""
    parts, rows = _unloaded(store, folder)
    if expected is not None and rows != expected:
        raise Incomplete(f"UNLOAD wrote {rows:,} rows; the day had {expected:,}")
    return parts, rows


def _unloaded(store: Store, folder: str) -> tuple[list[Part], int]:
    try:
        body, _ = store.get(f"{folder}manifest")
    except NotFound:
        if (some := next(store.keys(folder), None)) is not None:
            raise Incomplete(f"no manifest beside {some}") from None
        return [], 0
    try:
        told = msgspec.json.decode(body, type=_Verbose)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Incomplete(f"{folder}manifest is not what UNLOAD writes with MANIFEST VERBOSE") from None
    parts = [_part(store, folder, one.url, one.meta) for one in told.entries]
    if (rows := sum(one.meta.record_count for one in told.entries)) != told.meta.record_count:
        raise Incomplete(f"{rows:,} rows in {len(parts):,} parts; UNLOAD counted {told.meta.record_count:,}")
    return parts, told.meta.record_count


def bigquery_parts(store: Store, folder: str, rows: int, files: int) -> tuple[list[Part], int]:
    """The files of a folder, as many as the job says. Of no rows there is one file, which holds none. Raises
    Incomplete."""
    found = [store.head(key) for key in store.keys(folder)]
    if len(found) != files:
        raise Incomplete(f"{len(found):,} files in {folder}; the job wrote {files:,}")
    return ([Part(one.key, one.size, one.version) for one in found] if rows else []), rows


def put_offer(store: Store, source: Source, day: date, offer: Offer) -> None:
    """Raises Changed where a later attempt is there already, or another worker was quicker."""
    key, body = manifest_key(source, day), msgspec.json.encode(offer)
    try:
        there, found = store.get(key)
    except NotFound:
        store.put_if_absent(key, body)
        return
    offered = _offered(there)
    if offered == _Offered(offer.attempt, offer.parts):  # by a worker that got no answer, or went no further
        return
    if offered.attempt >= offer.attempt:
        raise Changed(key)
    store.put_if_version(key, body, found.version)


def offer_of(
    source: Source, day: date, state: State, columns: Sequence[Column], parts: Sequence[Part], rows: int
) -> Offer:
    """What a day's manifest says."""
    return Offer(
        source=source.name,
        day=str(day),
        timezone=source.day.timezone,
        attempt=state.attempt,
        rows=rows,
        bytes=sum(part.size for part in parts),
        fingerprint=state.seen.fingerprint if state.seen else "",
        exported_at=state.since,
        columns=list(columns),
        parts=sorted(parts, key=lambda part: part.key.encode()),
    )


def _part(store: Store, folder: str, url: str, meta: _Meta) -> Part:
    key = url.removeprefix(f"{store.place}/")
    if not key.startswith(folder):
        raise Incomplete(f"UNLOAD's manifest names {url}, which does not lie in {folder}")
    try:
        found: StoredObject = store.head(key)
    except NotFound:
        raise Incomplete(f"{key} is not there") from None
    if found.size != meta.content_length:
        raise Incomplete(f"{key} has {found.size:,} bytes; UNLOAD wrote {meta.content_length:,}")
    return Part(key, found.size, found.version, meta.record_count)


class _Offered(msgspec.Struct):
    attempt: int = 0
    parts: list[Part] = []


def _offered(body: bytes) -> _Offered:
    """Of a manifest of whoever wrote it: none is older than all."""
    try:
        return msgspec.json.decode(body, type=_Offered)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Offered()
