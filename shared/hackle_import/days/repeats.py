"""Rows of a day that have an `insert_id` of a row before them: found among rows that were partitioned by that id."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from hackle_import.days.rows import PLACE, remainder, texts
from hackle_import.settings import Repeats


class Found(Struct, frozen=True):
    """`kept` are the rows that stay, in the order of their places. `repeats` are places of rows that repeat another
    one, `differ` of those that are not equal to it, `removed` of those that do not stay."""

    kept: pa.RecordBatch
    repeats: pa.Array
    differ: pa.Array
    removed: pa.Array


_NONE = pa.array([], pa.int64())
_MARKS = 1 << 22


class Marks:
    """Which digests of ids were met, and a few others: what is not marked repeats none of them."""

    def __init__(self) -> None:
        self._marked = bytearray(_MARKS)

    def add(self, digests: pa.UInt64Array) -> None:
        for number in remainder(digests, _MARKS).to_pylist():
            self._marked[number] = 1

    def have(self, digests: pa.UInt64Array) -> pa.BooleanArray:
        """Whether each may be one of those."""
        marked = pa.Array.from_buffers(pa.uint8(), _MARKS, [None, pa.py_buffer(self._marked)])
        return pc.equal(marked.take(remainder(digests, _MARKS)), 1)


def find(batch: pa.RecordBatch, policy: Repeats, starts: Sequence[int]) -> Found:
    """All rows of each id must be in the batch, which begins its buffers. Of rows with one id the first is kept: of the
    group that the day got first, then by `ts`, then by place. `starts` are the places at which groups begin."""
    counts = pc.value_counts(batch["insert_id"])
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    if not len(several):
        return Found(batch, _NONE, _NONE, _NONE)
    ordered = _in_order(batch.filter(pc.is_in(batch["insert_id"], several)), starts)
    ids, places = ordered["insert_id"], ordered[PLACE]
    is_repeat = _like_before([ids])
    differs = pc.and_(is_repeat, pc.invert(_like_first(ordered, is_repeat)))
    gone = {
        Repeats.REPORT: pa.repeat(False, len(places)),
        Repeats.REMOVE: is_repeat,
        Repeats.REMOVE_EQUAL: pc.and_not(is_repeat, differs),
    }[policy]
    removed = places.filter(gone)
    kept = batch.filter(pc.invert(pc.is_in(batch[PLACE], removed))) if len(removed) else batch
    return Found(_whole(kept), places.filter(is_repeat), places.filter(differs), removed)


def _in_order(batch: pa.RecordBatch, starts: Sequence[int]) -> pa.RecordBatch:
    """Rows of an id one after the other, the one that is kept first."""
    group = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
    for start in starts:
        group = pc.add(group, pc.greater_equal(batch[PLACE], start).cast(pa.int64()))
    keys = {"id": batch["insert_id"], "group": group, "ts": batch["ts"], PLACE: batch[PLACE]}
    return batch.take(pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys]))


def _like_before(columns: list[pa.Array]) -> pa.BooleanArray:
    """Whether a row is equal to the one before it; the first row is to none."""
    same = pa.repeat(True, len(columns[0]) - 1)
    for column in columns:
        same = pc.and_(same, pc.equal(column[1:], column[:-1]))
    return pa.concat_arrays([pa.array([False]), pc.cast(same, pa.bool_())])


def _like_first(ordered: pa.RecordBatch, is_repeat: pa.BooleanArray) -> pa.BooleanArray:
    """Whether a row is equal to the first one with its id."""
    begins = pc.invert(is_repeat).cast(pa.int64())
    first = pc.indices_nonzero(begins).take(pc.subtract(pc.cumulative_sum(begins), 1))
    same = pa.repeat(True, ordered.num_rows)
    for column in texts(ordered):
        same = pc.and_(same, pc.equal(column, column.take(first)))
    return same


def _whole(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows, which begin their buffers."""
    return batch.take(pa.array(range(batch.num_rows), pa.int64())) if batch.num_rows else batch
