"""How far a command is, on a terminal: bytes, of how many, rows, rate, time left; also within one file."""

import os
import sys
from collections.abc import Callable, Iterator
from struct import Struct
from threading import Thread
from typing import TYPE_CHECKING, Self

import click
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from hackle_import.cli.tables import console
from hackle_import.stores.protocol import Source, StoredObject

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from hackle_import.days.closed import Closed

ROWS = "{task.fields[rows]:,} rows"
_STEP = Struct("qq")  # bytes and rows
_STEPS = 256  # that are read at once


class Meter:
    """Shown while it is used as a context, if standard error is a terminal. `total` is in bytes as stored, None where
    that is not known."""

    def __init__(self, total: int | None) -> None:
        screen = console(err=True)
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn(ROWS), TransferSpeedColumn(),
            TimeRemainingColumn(), console=screen, transient=True, disable=not screen.is_terminal,
        )  # fmt: skip
        self._task: TaskID = self._progress.add_task("Converting", total=total, rows=0)
        self._rows = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def read(self, size: int) -> None:
        """So many bytes of a drop."""
        self._progress.advance(self._task, size)

    def add_rows(self, rows: int) -> None:
        """So many more rows were converted."""
        self._rows += rows
        self._progress.update(self._task, rows=self._rows)


class Remote:
    """A meter in another process, which tells the meter of its parent."""

    def __init__(self, writer: "Connection") -> None:
        self._writer = writer

    def read(self, size: int) -> None:
        """So many bytes of a drop."""
        self._tell(size, 0)

    def add_rows(self, rows: int) -> None:
        """So many more rows were converted."""
        self._tell(0, rows)

    def _tell(self, size: int, rows: int) -> None:
        # A pipe takes so few bytes whole: no lock is needed, which a process that is killed would never give back.
        os.write(self._writer.fileno(), _STEP.pack(size, rows))


class Gathered:
    """While it is used as a context, `meter` shows what the processes tell that were given `writer`: they must have
    ended when the context does."""

    def __init__(self, meter: Meter) -> None:
        from multiprocessing import Pipe

        self._meter = meter
        self._reader, self.writer = Pipe(duplex=False)
        self._thread = Thread(target=self._gather, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()
        self._thread.join()
        self._reader.close()

    def _gather(self) -> None:
        while told := os.read(self._reader.fileno(), _STEPS * _STEP.size):
            for size, rows in _STEP.iter_unpack(told):
                self._meter.read(size)
                self._meter.add_rows(rows)


class DayMeter:
    """Shown while it is used as a context, if standard error is a terminal: days of `total` that are closed."""

    def __init__(self, total: int, *, shown: bool) -> None:
        self._screen = console(err=True)
        self._shown = shown and self._screen.is_terminal
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"),
            TimeRemainingColumn(), console=self._screen, transient=True, disable=not self._shown,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._task: TaskID = self._progress.add_task("Closing", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def ended(self, closed: "Closed") -> "Closed":
        """One more."""
        self._progress.advance(self._task)
        return closed

    def echo(self, line: str) -> None:
        """On standard output; above the bar where both are on one terminal."""
        if self._shown and sys.stdout.isatty():
            self._screen.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line)


class Metered:
    """A source whose reads are counted."""

    def __init__(self, source: Source, read: Callable[[int], None]) -> None:
        self.place, self._source, self._read = source.place, source, read

    def head(self, key: str) -> StoredObject:
        return self._source.head(key)

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        content = self._source.read(key, version, start, end)
        self._read(len(content))
        return content

    def keys(self, prefix: str) -> Iterator[str]:
        return self._source.keys(prefix)
