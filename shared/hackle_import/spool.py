"""Conformed rows on their way to their days: held in memory, then in one temporary file, read back day by day.

Whatever the number of days, one file is open and memory holds one buffer. The order of a day's rows is the drop's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.partition import days
from hackle_import.schema import ROWS

BUFFER_BYTES = 48 << 20  # of Arrow memory
FILE_BYTES = 1 << 30  # of Arrow memory a Parquet file: 128 to 512 MiB once encoded, as Spark, Athena and Trino like


@dataclass(frozen=True, slots=True)
class DayFile:
    """One Parquet file to be: its day (since 1970-01-01), its number among the day's files, and its rows."""

    day: int
    number: int
    slices: list["pa.RecordBatch | int"]


class Spool:
    """Rows by day. `disk_bytes` is what the temporary file takes."""

    def __init__(self, path: Path, zone: ZoneInfo, buffer_bytes: int) -> None:
        self._path, self._zone, self._buffer_bytes = path, zone, buffer_bytes
        self._held: dict[int, list[pa.RecordBatch]] = {}
        self._held_bytes = 0
        self._slices: dict[int, list[tuple[pa.RecordBatch | int, int]]] = {}
        self._spilled = 0
        self._file: pa.OSFile | None = None

    @property
    def disk_bytes(self) -> int:
        return self._file.tell() if self._file is not None else 0

    @property
    def days(self) -> int:
        """Days among all rows that were added."""
        return len(self._slices.keys() | self._held.keys())

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes rows of any days."""
        for day, part in by_day(batch, self._zone):
            self._held.setdefault(day, []).append(part)
        self._held_bytes += batch.nbytes
        if self._held_bytes > self._buffer_bytes:
            self._move(spill=True)

    def seal(self) -> list[DayFile]:
        """The files to be written, days in order; no row can be added any more."""
        self._move(spill=self._spilled > 0)
        if self._file is not None:
            self._file.close()
            self._file = None
        return [file for day in sorted(self._slices) for file in _files(day, self._slices[day])]

    def read(self, file: DayFile) -> Iterator[pa.RecordBatch]:
        """A sealed file's rows."""
        if not self._spilled:
            yield from file.slices
            return
        with pa.OSFile(str(self._path)) as opened:
            for place in file.slices:
                opened.seek(place)
                yield pa.ipc.open_stream(opened).read_next_batch()

    def close(self) -> None:
        """Forgets everything; what is on disk is removed."""
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _move(self, *, spill: bool) -> None:
        for day, parts in self._held.items():
            slices = self._slices.setdefault(day, [])
            if spill:
                joined = pa.concat_batches(parts)
                slices.append((self._spill(joined), joined.nbytes))
            else:
                slices += [(part, part.nbytes) for part in parts]
        self._held, self._held_bytes = {}, 0

    def _spill(self, part: pa.RecordBatch) -> int:
        if self._file is None:
            self._file = pa.OSFile(str(self._path), "wb")
        place = int(self._file.tell())
        with pa.ipc.new_stream(self._file, ROWS) as stream:  # one each: every part has its own dictionaries
            stream.write_batch(part)
        self._spilled += 1
        return place


def by_day(batch: pa.RecordBatch, zone: ZoneInfo) -> Iterable[tuple[int, pa.RecordBatch]]:
    """The rows of each day, the order within a day kept; rows of a single day, the usual case, are not copied."""
    if not batch.num_rows:
        return
    numbers = days(batch["ts"], zone)
    if not pc.all(pc.equal(numbers, numbers[0])).as_py():
        order = pc.array_sort_indices(numbers)  # stable
        batch, numbers = batch.take(order), numbers.take(order)
    runs, start = pc.run_end_encode(numbers), 0
    for day, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield day, batch.slice(start, end - start)
        start = end


def _files(day: int, slices: list[tuple[pa.RecordBatch | int, int]]) -> Iterator[DayFile]:
    files: list[list[pa.RecordBatch | int]] = [[]]
    size = 0
    for part, part_bytes in slices:
        if size and size + part_bytes > FILE_BYTES:
            files.append([])
            size = 0
        files[-1].append(part)
        size += part_bytes
    return (DayFile(day, number, parts) for number, parts in enumerate(files))
