"""A file's rows in their order, though memory holds only some of them: partitioned into buckets, each sorted by itself.
A bucket that is too large, because one user or one minute has so many rows, is partitioned again.

By user, buckets are of users, whose rows lie together, users in the order of digests; by `ts`, buckets are of times.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.days.partitions import Partitions
from hackle_import.days.rows import PLACE, digest_of_users, remainder, users
from hackle_import.settings import DayOrder

BUCKET_BYTES = 24 << 20  # of Arrow memory, that is sorted at once
_AGAIN = 64  # buckets that a bucket is partitioned into
_LEVELS = 3
_LONGEST_DAY_MS = 26 * 3_600_000
_OTHER_BITS = pa.scalar(1 << 20, pa.uint64())


class Ordering:
    """Of `files` files, each in `buckets` buckets at first; `begin_ms` is when the day begins, since 1970."""

    def __init__(self, folder: Path, order: DayOrder, buckets: int, begin_ms: int) -> None:
        self._folder, self._order, self._buckets, self._begin_ms = folder, order, buckets, begin_ms
        self._partitions = Partitions(folder / "ordered")

    def add(self, rows: pa.RecordBatch, file: int) -> None:
        """Takes rows of a file, in the order of their places."""
        if rows.num_rows:
            numbers = self._numbers(rows, self._buckets, 0)
            self._partitions.add(rows, pc.add(numbers, file * self._buckets))

    def of_file(self, file: int) -> Iterator[pa.RecordBatch]:
        """In their order, each batch beginning its buffers."""
        for number in range(file * self._buckets, (file + 1) * self._buckets):
            yield from self._sorted(self._partitions, number, 0)

    def close(self) -> None:
        self._partitions.close()

    def _sorted(self, partitions: Partitions, number: int, level: int) -> Iterator[pa.RecordBatch]:
        size = partitions.size_of(number)
        if not size:
            return
        if size <= BUCKET_BYTES:
            yield self._sorted_batch(partitions.whole(number))
        elif level == _LEVELS:  # one user's rows of a few minutes: as they lie
            for batch in partitions.batches(number):
                yield batch.take(pa.array(range(batch.num_rows), pa.int64()))
        else:
            with closing(Partitions(self._folder / f"level-{level}")) as again:
                for batch in partitions.batches(number):
                    again.add(batch, self._numbers(batch, _AGAIN, level + 1))
                for one in again.numbers:
                    yield from self._sorted(again, one, level + 1)
            (self._folder / f"level-{level}").rmdir()

    def _sorted_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        ts = batch["ts"].cast(pa.int64())
        if self._order is DayOrder.TS:
            keys = {"ts": ts, PLACE: batch[PLACE]}
        else:
            keys = {"user": users(batch), "ts": ts, PLACE: batch[PLACE]}
        return batch.take(pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys]))

    def _numbers(self, rows: pa.RecordBatch, count: int, level: int) -> pa.Int64Array:
        if self._order is DayOrder.TS or level > 1:
            return self._slices(rows["ts"], count, level if self._order is DayOrder.TS else level - 2)
        digests = digest_of_users(rows)
        return remainder(pc.divide(digests, _OTHER_BITS) if level else digests, count)

    def _slices(self, ts: pa.Array, count: int, level: int) -> pa.Int64Array:
        """Numbers that grow with the time; of a deeper level, within a slice of the one before."""
        slices = self._buckets * _AGAIN**level if self._order is DayOrder.TS else _AGAIN ** (level + 1)
        width = max(1, _LONGEST_DAY_MS // slices)
        past = pc.max_element_wise(pc.subtract(ts.cast(pa.int64()), self._begin_ms), 0)
        number = pc.divide(past, width)
        top = pc.multiply(pc.divide(number, count), count) if level else pa.scalar(0, pa.int64())
        return pc.min_element_wise(pc.subtract(number, top), count - 1)
