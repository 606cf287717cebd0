"""Columns of a day's rows that decide where each goes: the same for the same rows, on every machine, for good.

A row's part is made of its `insert_id` and nothing else, so that rows with one id meet, and none moves to another part.
"""

import zlib

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.schema import ENCODED_MAP, MAPS, ROWS, SCHEMA

PLACE = "place"  # a row's number among all rows of the day, inputs in the order of their keys
PLACED = SCHEMA.append(pa.field(PLACE, pa.int64()))
_MIX = [pa.scalar(number, pa.uint64()) for number in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)]
_SEPARATOR = "\x1f"


def digest_of_ids(ids: pa.StringArray) -> pa.UInt64Array:
    """64 bits of each UUID (in lower case with dashes), all of them mixed: the first ones of a UUID may be a time,
    others a machine. SplitMix64's finalizer, https://doi.org/10.1145/2714064.2660195, over both halves."""
    digits = pc.replace_substring(ids, "-", "")
    packed = bytes.fromhex("".join(digits.to_pylist()))
    halves = pa.Array.from_buffers(pa.uint64(), 2 * len(ids), [None, pa.py_buffer(packed)])
    pairs = pa.FixedSizeListArray.from_arrays(halves, 2)
    first, second = pc.list_element(pairs, 0), pc.list_element(pairs, 1)
    return _mixed(pc.bit_wise_xor(first, _mixed(second)))


def remainder(digests: pa.UInt64Array, count: int) -> pa.Int64Array:
    """0 to `count` - 1."""
    if count == 1:
        return pa.repeat(pa.scalar(0, pa.int64()), len(digests))
    whole = pc.multiply(pc.divide(digests, pa.scalar(count, pa.uint64())), pa.scalar(count, pa.uint64()))
    return pc.subtract(digests, whole).cast(pa.int64())


def users(batch: pa.RecordBatch) -> pa.StringArray:
    """`identifiers.id`."""
    return pc.map_lookup(batch["identifiers"], pa.scalar("id"), "first")


def digest_of_users(batch: pa.RecordBatch) -> pa.UInt64Array:
    """Mixed digests of `identifiers.id`."""
    encoded = users(batch).dictionary_encode()
    sums = [zlib.crc32((text or "").encode()) for text in encoded.dictionary.to_pylist()]
    return _mixed(pa.array(sums, pa.uint64()).take(encoded.indices))


def texts(batch: pa.RecordBatch) -> list[pa.Array]:
    """Columns by which two rows are equal only if they are in all of Hackle's. Maps are equal with their entries in one
    order. The batch must begin its buffers."""
    plain: list[pa.Array] = [batch[name] for name in SCHEMA.names if name not in MAPS]
    for name in MAPS:
        column = batch[name]
        for part in (column.keys, column.items):
            lists = (pa.ListArray.from_arrays(column.offsets, one) for one in (part, _lengths(part)))
            plain += [pc.binary_join(one, _SEPARATOR) for one in lists]
    return plain


def encoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Of `schema.ROWS`: each key of a map once. The batch must begin its buffers."""
    columns = []
    for field in ROWS:
        column = batch[field.name]
        if field.type == ENCODED_MAP:
            keys = column.keys.dictionary_encode()
            column = pa.MapArray.from_arrays(column.offsets, keys, column.items, type=ENCODED_MAP)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=ROWS)


def _lengths(texts: pa.StringArray) -> pa.StringArray:
    return pc.binary_length(texts).cast(pa.string())


def _mixed(numbers: pa.UInt64Array) -> pa.UInt64Array:
    for shift, factor in zip((30, 27), _MIX, strict=True):
        numbers = pc.multiply(pc.bit_wise_xor(numbers, _shifted(numbers, shift)), factor)
    return pc.bit_wise_xor(numbers, _shifted(numbers, 31))


def _shifted(numbers: pa.UInt64Array, bits: int) -> pa.UInt64Array:
    return pc.shift_right(numbers, pa.scalar(bits, pa.uint64()))
