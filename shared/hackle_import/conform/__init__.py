"""Source columns -> a record batch of rows, and what was found about them: design section 3, a module a rule.

Values are judged column by column, vectorised; only what is unusual is looked at value by value.
"""

from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.conform.copies import Copies
from hackle_import.conform.event_key import conform_event_key
from hackle_import.conform.insert_id import conform_insert_id
from hackle_import.conform.maps import conform_map
from hackle_import.conform.metric_value import conform_metric_value
from hackle_import.conform.ts import conform_ts
from hackle_import.decode import Findings, SourceRows
from hackle_import.decode.numbers import NumberReader
from hackle_import.mapping import Mapping, Value
from hackle_import.schema import ENCODED_MAP, MAPS, ROWS


@dataclass(frozen=True, slots=True)
class Target:
    """What rows must become. `earliest` and `latest` bound `ts`, both included; the latter hangs on the drop's upload,
    not on the clock, so that a retry judges alike. `osnames` None allows any. `hash_key` is that of `[privacy]`;
    `decimal` and `thousands` are the signs in texts of `metric_value`; `folders` hold the file where it is no
    drop of a staging place; `copies` counts equal rows of the drop."""

    mapping: Mapping
    earliest: datetime
    latest: datetime
    osnames: tuple[str, ...] | None = ("Android", "iOS")
    hash_key: bytes = field(default=b"", repr=False)
    decimal: str = "."
    thousands: str = ""
    folders: str = ""
    copies: Copies = field(default_factory=Copies)


def conform(source: SourceRows, target: Target) -> pa.RecordBatch:
    """The good rows, in order. `source.findings` then holds why the others are not among them, and the notes."""
    found = source.findings
    maps = (conform_map(name, source.maps[name], target.mapping.limits, target.osnames, found) for name in MAPS)
    return good_rows([*conform_scalars(source, target), *maps], found)


def conform_scalars(source: SourceRows, target: Target) -> list[pa.Array]:
    """The first four columns; a rejected row's values mean nothing."""
    texts, found = source.texts, source.findings
    return [
        conform_insert_id(source, target.mapping.insert_id.when_missing, target.hash_key, target.copies),
        conform_event_key(texts["event_key"], found),
        conform_ts(texts["ts"], target.mapping.ts, (target.earliest, target.latest), found),
        conform_metric_value(_amounts(texts["metric_value"], target), target.mapping, found),
    ]


def _amounts(texts: pa.StringArray, target: Target) -> pa.StringArray:
    if (target.decimal, target.thousands) == (".", ""):
        return texts
    read = NumberReader(Value(decimal=target.decimal, thousands=target.thousands), strict=True).text
    return pa.array(map(read, texts.to_pylist()), pa.string())


def good_rows(columns: list[pa.Array], found: Findings) -> pa.RecordBatch:
    """The rows that no finding rejects, as `schema.ROWS`; equal rows give equal batches, however they were made."""
    if found.rejects:
        kept = pa.array([row for row in range(len(columns[0])) if row not in found.rejects], pa.int64())
        columns = [pc.take(column, kept) for column in columns]
    columns = [_encoded_map(one) if isinstance(one, pa.MapArray) else without_bitmap(one) for one in columns]
    return pa.RecordBatch.from_arrays(columns, schema=ROWS)


def without_bitmap(column: pa.Array) -> pa.Array:
    """A column without nulls, and without the bits that say so: how large equal rows are in memory, by which row groups
    are cut, must not hang on how they were made."""
    bitmap, *buffers = column.buffers()
    if bitmap is None:
        return column
    return pa.Array.from_buffers(column.type, len(column), [None, *buffers], 0, column.offset)


def _encoded_map(maps: pa.MapArray) -> pa.MapArray:
    keys = _encoded_keys(maps.keys)
    encoded = pa.DictionaryArray.from_arrays(without_bitmap(keys.indices), without_bitmap(keys.dictionary))
    return pa.MapArray.from_arrays(maps.offsets, encoded, without_bitmap(maps.items), type=ENCODED_MAP)


def _encoded_keys(keys: pa.Array) -> pa.DictionaryArray:
    """The dictionary holds the keys that there are, in the order of their first appearance."""
    if not isinstance(keys, pa.DictionaryArray):
        return keys.dictionary_encode()
    used = pc.unique(keys.indices)
    if used.equals(pa.array(range(len(keys.dictionary)), pa.int32())):
        return keys
    return pa.DictionaryArray.from_arrays(pc.index_in(keys.indices, used), keys.dictionary.take(used))
