"""Finished Parquet, read as Hackle would read it: what is wrong with it, fault by fault. Writes nothing.

Memory holds one row group, and 16 bytes and a set's overhead (about 100 bytes) for each `insert_id` seen.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hackle_import import ledger
from hackle_import.conform.maps import REQUIRED
from hackle_import.partition import day_name, day_of_key, days
from hackle_import.schema import SCHEMA
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store

_BLOCK_BYTES = 8 << 20
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_MAPS = [field.name for field in SCHEMA if pa.types.is_map(field.type)]


class Found(msgspec.Struct, frozen=True):
    """A fault of one object: a code and words, without any row's content."""

    key: str
    code: str
    message: str


def verify(lake: Store, rules: Rules, staging: Store | None) -> Iterator[Found]:
    """Faults in the order of keys; with `staging`, also those of files against the ledger."""
    listed = (
        {output.key: output for entry in ledger.entries(staging) if entry.commit for output in entry.commit.outputs}
        if staging
        else {}
    )
    seen: set[bytes] = set()
    missing = dict(listed)
    with TemporaryDirectory(prefix="hackle-import-") as folder:
        for key in lake.keys(""):
            missing.pop(key, None)
            day = day_of_key(key, rules.day_folder)
            if day is None:
                yield Found(key, "unexpected", "no Parquet file of a day folder")
                continue
            path = Path(folder) / "file"
            digest = _fetch(lake, key, path)
            if staging is not None:
                yield from _against_ledger(key, digest, listed.get(key))
            yield from _file(key, path, day, rules, seen)
    yield from (Found(key, "missing", "the ledger lists it, and it is not there") for key in missing)


def _fetch(lake: Store, key: str, path: Path) -> str:
    found, digest = lake.head(key), hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, found.size, _BLOCK_BYTES):
            block = lake.read(key, found.version, start, min(start + _BLOCK_BYTES, found.size))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _against_ledger(key: str, digest: str, listed: ledger.Output | None) -> Iterator[Found]:
    if listed is None:
        yield Found(key, "orphaned", "no commit lists it")
    elif listed.digest != digest:
        yield Found(key, "altered", "its bytes are not those that were committed")


def _file(key: str, path: Path, day: str, rules: Rules, seen: set[bytes]) -> Iterator[Found]:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as wrong:
        yield Found(key, "unreadable", str(wrong).splitlines()[0])
        return
    with file:
        if not file.schema_arrow.remove_metadata().equals(SCHEMA):
            yield Found(key, "schema", "not Hackle's columns, types, order or nullability")
            return
        for number in range(file.num_row_groups):
            group = file.read_row_group(number).combine_chunks()
            for batch in group.to_batches():
                yield from (
                    Found(key, code, f"row group {number}: {count} rows")
                    for code, count in faults(batch, day, rules, seen)
                )


def faults(batch: pa.RecordBatch, day: str, rules: Rules, seen: set[bytes]) -> Iterable[tuple[str, int]]:
    """(code, rows) of what is wrong with rows of the schema that lie in a day's folder. Adds their ids to `seen`."""
    counts = {"null": sum(column.null_count for column in batch.columns)}
    canonical = pc.match_substring_regex(batch["insert_id"], _UUID)
    counts["insert_id_not_uuid"] = _false(canonical)
    counts["insert_id_repeated"] = _repeated(batch["insert_id"].filter(canonical), seen)
    counts["event_key_length"] = _false(
        pc.is_in(pc.utf8_length(batch["event_key"]), pa.array(range(1, 129), pa.int32()))
    )
    counts["wrong_day"] = sum(
        entry["counts"]
        for entry in pc.value_counts(days(batch["ts"], rules.day_timezone)).to_pylist()
        if day_name(entry["values"]) != day
    )
    for name in _MAPS:
        keys = batch[name].keys
        counts[f"{name}_key_not_lower_case"] = _false(pc.equal(keys, _lowered(keys)))
        for key in REQUIRED.get(name, ()):
            values = pc.map_lookup(batch[name], pa.scalar(key), "first")
            counts[f"{name}_{key}_missing"] = _false(pc.greater(pc.binary_length(values), 0).fill_null(False))
    return [(code, count) for code, count in counts.items() if count]


def _repeated(ids: pa.StringArray, seen: set[bytes]) -> int:
    before = len(seen)
    seen.update(UUID(text).bytes for text in ids.to_pylist())
    return len(ids) - (len(seen) - before)


def _lowered(keys: pa.StringArray) -> pa.StringArray:
    encoded = keys.dictionary_encode()
    return pa.array([key.lower() for key in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _false(mask: pa.BooleanArray) -> int:
    return pc.sum(pc.invert(mask)).as_py() or 0
