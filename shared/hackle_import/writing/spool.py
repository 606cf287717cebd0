"""Conformed rows on their way to their days: held in memory until they make a row group of a day's Parquet file.

A day that memory cannot hold so long, because there are too many, overflows to one temporary file. The order of a day's
rows is the drop's, and how they are cut into row groups and files hangs on the rows alone: not on when the thread that
encodes one row group, while the next one is decoded, comes to its end.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct, field

from hackle_import.writing import arrow_pool
from hackle_import.writing.background import Background
from hackle_import.writing.layout import by_day, days
from hackle_import.writing.overflow import Overflow
from hackle_import.writing.parquet import ParquetFile, weight_of_keys

BUFFER_BYTES = 48 << 20  # of Arrow memory, in all days together
ROW_GROUP_ROWS = 128 * 1024  # this and the next keep a reader's memory small, and a file's statistics useful
ROW_GROUP_BYTES = 48 << 20  # of Arrow memory
FILE_BYTES = 1 << 30  # of Arrow memory a Parquet file: 128 to 512 MiB once encoded, as Spark, Athena and Trino like
_OVERFLOW_BYTES = 1 << 20  # of rows that overflow together
_FOOTER_BYTES = 8 << 10  # of a file, beside its rows
_PART_BYTES = 256  # what memory takes to know a part
_WORTHWHILE = 4  # a day that holds this part of the buffer becomes a row group rather than overflowing
_OPEN_FILES = 128


class DayFile(Struct, frozen=True):
    """A finished Parquet file of one day (since 1970-01-01)."""

    day: int
    path: Path
    rows: int


class _Held(Struct):
    """A batch in memory, which thousands of days may share: a slice of its own for each would take many times what the
    rows do, and whoever lets go of one day's frees nothing while another's keep the batch. `size` is what it takes
    there, in bytes; `parts` counts those that are still needed."""

    batch: pa.RecordBatch
    size: int
    parts: int = 0


class _Part(Struct, frozen=True):
    """Rows of one day: within a batch in memory, or within one that has overflowed, of which this is the place."""

    source: _Held | int
    start: int
    rows: int


class _Day(Struct):
    """The rows of a day that are in no row group yet. Sizes are in bytes of Arrow memory; `held` is what memory holds
    of `size`, `written` what the open file does."""

    parts: list[_Part] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    held: int = 0
    written: int = 0

    def is_full_with(self, rows: int, size: int) -> bool:
        within = self.rows + rows <= ROW_GROUP_ROWS and self.size + size <= ROW_GROUP_BYTES
        return bool(self.parts) and not within

    def add(self, part: _Part, size: int) -> None:
        self.parts.append(part)
        self.rows += part.rows
        self.size += size
        self.held += size

    def begin_row_group(self) -> None:
        """The open file holds what was held or had overflowed."""
        self.written += self.size
        self.parts, self.rows, self.size, self.held = [], 0, 0, 0


class Spool:
    """Rows by day, and the files that they become, in a new `folder`; each gets `footer`, and is compressed by
    `compression` (one of `settings.COMPRESSIONS`)."""

    def __init__(
        self, folder: Path, zone: ZoneInfo, buffer_bytes: int, footer: Mapping[str, str], compression: str
    ) -> None:
        folder.mkdir()
        self._folder, self._zone, self._buffer_bytes, self._footer = folder, zone, buffer_bytes, footer
        self._compression = compression
        self._overflow = Overflow(folder / "overflow")
        self._days: dict[int, _Day] = {}
        self._open: dict[int, ParquetFile] = {}
        self._finished: list[DayFile] = []
        self._held = self._finished_bytes = self._encoded_bytes = 0
        self._left_bytes = self._begun_bytes = 0  # of rows in no row group, and of the one under way
        self._encoder = Background()

    @property
    def disk_bytes(self) -> int:
        """The most that the temporary files can take once they are sealed: rows that are not encoded yet take no more
        than in memory, and what overflowed lies there until it is, too."""
        files = _FOOTER_BYTES * len(self._days)
        return self._overflow.size + self._encoded_bytes + self._begun_bytes + self._left_bytes + files

    def fits(self, batch: pa.RecordBatch, disk_bytes: int) -> bool:
        """Whether so much of the temporary disk is enough with these rows, too. Their days are looked at only where it
        hangs on them."""
        left = disk_bytes - self.disk_bytes - 2 * int(batch.nbytes)
        if left >= _FOOTER_BYTES * batch.num_rows:
            return True
        found = pc.unique(days(batch["ts"], self._zone)).to_pylist()
        return left >= _FOOTER_BYTES * len(set(found) - self._days.keys())

    @property
    def days(self) -> int:
        """Days among all rows that were added."""
        return len(self._days)

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes rows of any days."""
        if not batch.num_rows:
            return
        sorted_batch, runs = by_day(batch, self._zone)
        keys = weight_of_keys(sorted_batch)
        held = _Held(sorted_batch, sorted_batch.nbytes + keys + _PART_BYTES * len(runs))
        self._held += held.size
        for number, start, rows in runs:
            day, size = self._days.setdefault(number, _Day()), sorted_batch.slice(start, rows).nbytes + keys
            if day.is_full_with(rows, size):
                self._encode(number)
            held.parts += 1
            day.add(_Part(held, start, rows), size)
            self._left_bytes += size
        while self._held > self._buffer_bytes:
            self._relieve()

    def seal(self, checkpoint: Callable[[], None]) -> list[DayFile]:
        """The files, days in order; no row can be added any more. Thousands of days take seconds: `checkpoint` raises
        what the work is to end with."""
        for number, day in sorted(self._days.items()):
            checkpoint()
            if day.parts:
                self._row_group(number)()  # nothing is decoded meanwhile
            self._settle()
            if number in self._open:
                self._finish(number)
        return sorted(self._finished, key=attrgetter("day"))  # stable: a day's files stay in order

    def close(self) -> None:
        """Forgets everything; what is on disk is removed."""
        self._encoder.close()
        arrow_pool.give_back()
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
        self._spill()

    def _spill(self) -> None:
        """Memory holds no row any more. They lie in the order of days, many days together: as they are read back."""
        holding = (day for _, day in sorted(self._days.items()) if day.held)
        for some in _by_size(holding, _OVERFLOW_BYTES):
            held = [[part for part in day.parts if isinstance(part.source, _Held)] for day in some]
            place = self._overflow.put(pa.concat_batches([self._taken(part) for parts in held for part in parts]))
            start = 0
            for day, parts in zip(some, held, strict=True):
                rows = sum(part.rows for part in parts)
                overflowed = [part for part in day.parts if not isinstance(part.source, _Held)]
                day.parts, day.held = [*overflowed, _Part(place, start, rows)], 0
                start += rows

    def _taken(self, part: _Part) -> pa.RecordBatch:
        """The rows of a part that is not needed any more then."""
        if not isinstance(part.source, _Held):
            return self._overflow.get(part.source).slice(part.start, part.rows)
        part.source.parts -= 1
        if not part.source.parts:
            self._held -= part.source.size
        return part.source.batch.slice(part.start, part.rows)

    def _encode(self, number: int) -> None:
        """What a day has becomes a row group, while others are decoded."""
        self._encoder.begin(self._row_group(number))

    def _row_group(self, number: int) -> Callable[[], None]:
        """What writes a row group of all that a day has; none is under way then."""
        self._settle()
        day = self._days[number]
        if day.written and day.written + day.size > FILE_BYTES:
            self._finish(number)
        write = partial(self._file(number).write, [self._taken(part) for part in day.parts])
        self._begun_bytes = day.size
        self._left_bytes -= day.size
        day.begin_row_group()
        return write

    def _settle(self) -> None:
        """Waits for the row group under way. Raises what its writing raised."""
        self._encoder.settle()
        self._begun_bytes = 0
        self._encoded_bytes = self._finished_bytes + sum(file.size for file in self._open.values())

    def _file(self, number: int) -> ParquetFile:
        if number not in self._open:
            if len(self._open) == _OPEN_FILES:
                self._finish(next(iter(self._open)))
            path = self._folder / f"{number}-{len(self._finished)}.parquet"
            self._open[number] = ParquetFile(path, self._compression)
        return self._open[number]

    def _finish(self, number: int) -> None:
        file = self._open.pop(number)
        file.finish(self._footer)
        self._days[number].written = 0
        self._finished.append(DayFile(number, file.path, file.rows))
        self._finished_bytes += file.path.stat().st_size


def _by_size(days: Iterable[_Day], size: int) -> Iterator[list[_Day]]:
    """One after the other, as many together as hold `size` bytes in memory."""
    some, held = list[_Day](), 0
    for day in days:
        some.append(day)
        held += day.held
        if held >= size:
            yield some
            some, held = [], 0
    if some:
        yield some
