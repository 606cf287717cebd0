"""Conformed rows on their way to their days: held in memory until they make a row group of a day's Parquet file.

A day that memory cannot hold so long, because there are too many, overflows to one temporary file. The order of a day's
rows is the drop's, and how they are cut into row groups and files hangs on the rows alone: not on when the thread that
encodes one row group, while the next one is decoded, comes to its end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from hackle_import.writing import memory
from hackle_import.writing.background import Background
from hackle_import.writing.layout import by_day
from hackle_import.writing.overflow import Overflow
from hackle_import.writing.parquet import ParquetFile

BUFFER_BYTES = 48 << 20  # of Arrow memory, in all days together
ROW_GROUP_ROWS = 128 * 1024  # this and the next keep a reader's memory small, and a file's statistics useful
ROW_GROUP_BYTES = 48 << 20  # of Arrow memory
FILE_BYTES = 1 << 30  # of Arrow memory a Parquet file: 128 to 512 MiB once encoded, as Spark, Athena and Trino like
_WORTHWHILE = 4  # a day that holds this part of the buffer becomes a row group rather than overflowing
_OPEN_FILES = 128


@dataclass(frozen=True, slots=True)
class DayFile:
    """A finished Parquet file of one day (since 1970-01-01)."""

    day: int
    path: Path
    rows: int


@dataclass(slots=True)
class _Day:
    """The rows of a day that are in no row group yet. Sizes are in bytes of Arrow memory; `held` is what memory holds
    of `size`, `written` what the open file does."""

    slices: list["pa.RecordBatch | int"] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    held: int = 0
    written: int = 0

    def is_full_with(self, batch: pa.RecordBatch, size: int) -> bool:
        within = self.rows + batch.num_rows <= ROW_GROUP_ROWS and self.size + size <= ROW_GROUP_BYTES
        return bool(self.slices) and not within

    def add(self, batch: pa.RecordBatch, size: int) -> None:
        self.slices.append(batch)
        self.rows += batch.num_rows
        self.size += size
        self.held += size

    def held_batches(self) -> list[pa.RecordBatch]:
        return [one for one in self.slices if not isinstance(one, int)]

    def begin_row_group(self) -> None:
        """The open file holds what was held or had overflowed."""
        self.written += self.size
        self.slices, self.rows, self.size, self.held = [], 0, 0, 0


class Spool:
    """Rows by day, and the files of `folder` that they become; each gets `footer`."""

    def __init__(self, folder: Path, zone: ZoneInfo, buffer_bytes: int, footer: Mapping[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._zone, self._buffer_bytes, self._footer = folder, zone, buffer_bytes, footer
        self._overflow = Overflow(folder / "overflow")
        self._days: dict[int, _Day] = {}
        self._open: dict[int, ParquetFile] = {}
        self._finished: list[DayFile] = []
        self._held = self._finished_bytes = self._encoded_bytes = 0
        self._encoder = Background()

    @property
    def disk_bytes(self) -> int:
        """What the temporary files will take once they are sealed, but for the row group that was begun last."""
        return 2 * self._overflow.size + self._encoded_bytes  # what overflowed lies there until it is encoded, too

    @property
    def days(self) -> int:
        """Days among all rows that were added."""
        return len(self._days)

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes rows of any days."""
        for number, part in by_day(batch, self._zone):
            day, size = self._days.setdefault(number, _Day()), part.nbytes
            if day.is_full_with(part, size):
                self._encode(number)
            day.add(part, size)
            self._held += size
        while self._held > self._buffer_bytes:
            self._relieve()

    def seal(self, checkpoint: Callable[[], None]) -> list[DayFile]:
        """The files, days in order; no row can be added any more. Thousands of days take seconds: `checkpoint` raises
        what the work is to end with."""
        for number, day in sorted(self._days.items()):
            checkpoint()
            if day.slices:
                self._encode(number)
            self._settle()
            if number in self._open:
                self._finish(number)
        return sorted(self._finished, key=attrgetter("day"))  # stable: a day's files stay in order

    def close(self) -> None:
        """Forgets everything; what is on disk is removed."""
        self._encoder.close()
        memory.give_back()
        self._overflow.close()
        for file in self._open.values():
            file.close()
        self._open.clear()
        for path in self._folder.iterdir():
            path.unlink()

    def _relieve(self) -> None:
        number, largest = max(self._days.items(), key=lambda item: item[1].held)
        if largest.held * _WORTHWHILE >= self._buffer_bytes:
            self._encode(number)
            return
        for day in self._days.values():
            self._spill(day)

    def _spill(self, day: _Day) -> None:
        if not day.held:
            return
        place = self._overflow.put(pa.concat_batches(day.held_batches()))
        day.slices = [*(one for one in day.slices if isinstance(one, int)), place]
        self._held -= day.held
        day.held = 0

    def _encode(self, number: int) -> None:
        """What a day has becomes a row group."""
        self._settle()
        day = self._days[number]
        if day.written and day.written + day.size > FILE_BYTES:
            self._finish(number)
        row_group = [self._overflow.get(one) if isinstance(one, int) else one for one in day.slices]
        self._encoder.begin(partial(self._file(number).write, row_group))
        self._held -= day.held
        day.begin_row_group()

    def _settle(self) -> None:
        """Waits for the row group under way. Raises what its writing raised."""
        self._encoder.settle()
        self._encoded_bytes = self._finished_bytes + sum(file.size for file in self._open.values())

    def _file(self, number: int) -> ParquetFile:
        if number not in self._open:
            if len(self._open) == _OPEN_FILES:
                self._finish(next(iter(self._open)))
            self._open[number] = ParquetFile(self._folder / f"{number}-{len(self._finished)}.parquet")
        return self._open[number]

    def _finish(self, number: int) -> None:
        file = self._open.pop(number)
        file.finish(self._footer)
        self._days[number].written = 0
        self._finished.append(DayFile(number, file.path, file.rows))
        self._finished_bytes += file.path.stat().st_size
