"""Ids that several rows have, among any number of rows: they are partitioned into files on disk by a byte of the id, a
file that is too large by another byte again, and each is then looked through by itself.

Memory holds one such file; disk takes 20 bytes a row, and some more while a file is partitioned again.
"""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.writing.layout import by_number

PART_BYTES = 8 << 20  # of a file that is looked through: about 400,000 ids, some 40 MiB in memory
_PARTS = 64
_DEEPEST = 6  # bytes 15 to 9 of a UUID: those before them tell a version or a time
_ROW = pa.schema([pa.field("id", pa.binary(16)), pa.field("file", pa.int32())])


class Repeats:
    """Rows by id and file, in `folder`, which must not exist yet."""

    def __init__(self, folder: Path, part_bytes: int = PART_BYTES, level: int = 0) -> None:
        self._folder, self._part_bytes, self._level = folder, part_bytes, level
        self._parts: dict[int, tuple[pa.OSFile, pa.RecordBatchStreamWriter]] = {}
        folder.mkdir()

    def add(self, ids: pa.StringArray, file: int) -> None:
        """`ids` are UUIDs in lower case with dashes, all of them in the file of this number."""
        if len(ids):
            self._deal(pa.record_batch([_bytes_of(ids), pa.repeat(pa.scalar(file, pa.int32()), len(ids))], schema=_ROW))

    def rows(self) -> Counter[tuple[int, int]]:
        """How many rows of a file have an id that a row before them had, by the file and that of the first such row;
        nothing can be added any more."""
        self.close()
        found: Counter[tuple[int, int]] = Counter()
        for path in list(self._folder.iterdir()):
            found += self._again(path) if self._too_large(path) else _seen_before(path)
            path.unlink()
        return found

    def close(self) -> None:
        """May be called twice."""
        while self._parts:
            _, (file, writer) = self._parts.popitem()
            writer.close()
            file.close()

    def _deal(self, batch: pa.RecordBatch) -> None:
        halves = pa.Array.from_buffers(pa.int64(), 2 * len(batch), [None, _content(batch["id"])])
        latter = pc.list_element(pa.FixedSizeListArray.from_arrays(halves, 2), 1)
        numbers = pc.bit_wise_and(pc.shift_right(latter, 56 - 8 * self._level), _PARTS - 1)
        partitioned, runs = by_number(batch, numbers)
        for number, start, rows in runs:
            part = partitioned.slice(start, rows)
            self._writer(number).write_batch(part)

    def _writer(self, number: int) -> pa.RecordBatchStreamWriter:
        if number not in self._parts:
            file = pa.OSFile(str(self._folder / str(number)), "wb")
            self._parts[number] = file, pa.ipc.new_stream(file, _ROW)
        return self._parts[number][1]

    def _too_large(self, path: Path) -> bool:
        return path.stat().st_size > self._part_bytes and self._level < _DEEPEST

    def _again(self, path: Path) -> Counter[tuple[int, int]]:
        deeper = Repeats(path.with_suffix(".parts"), self._part_bytes, self._level + 1)
        with pa.OSFile(str(path)) as file:
            for batch in pa.ipc.open_stream(file):
                deeper._deal(batch)
        return deeper.rows()


def _bytes_of(ids: pa.StringArray) -> pa.FixedSizeBinaryArray:
    digits = pc.replace_substring(ids, "-", "")
    packed = bytes.fromhex(digits.buffers()[2].to_pybytes().decode())
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(packed)])


def _content(ids: pa.FixedSizeBinaryArray) -> pa.Buffer:
    """The ids' own bytes: a batch that was read or sliced may begin within its buffer."""
    return ids.buffers()[1].slice(16 * ids.offset, 16 * len(ids))


def _seen_before(path: Path) -> Counter[tuple[int, int]]:
    rows: Counter[tuple[int, int]] = Counter()
    first: dict[bytes, int] = {}
    with pa.OSFile(str(path)) as file:
        for batch in pa.ipc.open_stream(file):
            for value, number in zip(batch["id"].to_pylist(), batch["file"].to_pylist(), strict=True):
                if value in first:
                    rows[number, first[value]] += 1
                else:
                    first[value] = number
    return rows
