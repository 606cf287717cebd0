"""Rows partitioned by a number into files on disk, read back file by file in the order in which they came."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from hackle_import.days.rows import PLACED
from hackle_import.writing.layout import by_number

OPEN_FILES = 512  # a function may open 1,024
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class Partitions:
    """Files in `folder`, which must not exist yet. `size_of` tells what a file's rows take in memory, in bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[int, tuple[IO[bytes], Any]] = {}
        self._sizes: dict[int, int] = {}
        folder.mkdir()

    def add(self, batch: pa.RecordBatch, numbers: pa.Array) -> None:
        """`numbers` has one a row."""
        if not batch.num_rows:
            return
        sorted_batch, runs = by_number(batch, numbers)
        for number, start, rows in runs:
            part = sorted_batch.slice(start, rows)
            self._writer(number).write_batch(part)
            self._sizes[number] = self._sizes.get(number, 0) + part.nbytes

    @property
    def numbers(self) -> list[int]:
        return sorted(self._sizes)

    def size_of(self, number: int) -> int:
        return self._sizes.get(number, 0)

    def batches(self, number: int) -> Iterator[pa.RecordBatch]:
        """No row can be added to this file any more; it is removed at the end."""
        self._end(number)
        path = self._path(number)
        if not path.exists():
            return
        with pa.OSFile(str(path)) as file:
            while file.tell() < path.stat().st_size:
                yield from pa.ipc.open_stream(file)
        path.unlink()

    def whole(self, number: int) -> pa.RecordBatch:
        """A file's rows as one batch, which begins its buffers."""
        table = pa.Table.from_batches(self.batches(number), PLACED).combine_chunks()
        return table.to_batches()[0] if table.num_rows else PLACED.empty_table().to_batches()[0]

    def close(self) -> None:
        """May be called twice."""
        for number in list(self._open):
            self._end(number)

    def _writer(self, number: int) -> Any:
        if number not in self._open:
            if len(self._open) == OPEN_FILES:
                self._end(next(iter(self._open)))
            file = self._path(number).open("ab")
            self._open[number] = file, pa.ipc.new_stream(file, PLACED, options=_COMPRESSED)
        return self._open[number][1]

    def _end(self, number: int) -> None:
        if number in self._open:
            file, writer = self._open.pop(number)
            writer.close()
            file.close()

    def _path(self, number: int) -> Path:
        return self._folder / str(number)
