"""Converted rows into the lake, in rounds: while one spool is filled, the files of the one before are uploaded."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.steps import Steps
from hackle_import.ingest.tally import Tally
from hackle_import.writing.background import Background
from hackle_import.writing.rejects import rejects_room
from hackle_import.writing.spool import BUFFER_BYTES, DayFile, Spool

_BUFFERS = 6  # what overflows lies there twice for a while: that is a part of a spool's share
_SPOOLS = 2  # that share the temporary disk: one is filled while the other is uploaded


class Rounds:
    """To be used as a context: at its end nothing is under way, and the spools' files in `folder` are gone. What the
    uploads raise is raised by each method that waits for them, and at the end.

    `checkpoint` raises what the work is to end with; files are sealed for seconds.
    """

    def __init__(
        self, attempt: Attempt, steps: Steps, tally: Tally, folder: Path, checkpoint: Callable[[], None]
    ) -> None:
        self._attempt, self._steps, self._tally = attempt, steps, tally
        self._folder, self._checkpoint, self._limits = folder, checkpoint, attempt.rules.limits
        self._uploads, self._numbers, self._stopped = Background(), count(), False
        self._parts: Counter[int] = Counter()
        self._spool = self._new_spool()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.stop()
        self.end()

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes rows; begins a round before they exceed a spool's share of the disk. Raises BadDrop for too many
        days."""
        if not batch.num_rows:
            return
        share = (self._limits.spool_bytes - rejects_room(self._limits.spool_bytes)) // _SPOOLS
        if self._spool.days and not self._spool.fits(batch, share):
            self.flush()
            self._spool = self._new_spool()
        self._spool.add(batch)
        self._check_days(self._spool.days)

    def settle(self) -> None:
        """Waits for the round under way."""
        self._uploads.settle()

    def flush(self) -> None:
        """What is spooled is on its way into the lake then: the keys of its files are in the ledger before the first of
        them is, and no other round is under way."""
        self._uploads.begin(self._announced())

    def finish(self) -> None:
        """As `flush` does, with the last rows: they are in the lake then, for nothing is to be done meanwhile."""
        self._announced()()

    def _announced(self) -> Callable[[], None]:
        """What uploads that which is spooled."""
        self.settle()
        files = self._spool.seal(self._checkpoint)
        self._check_days(len(self._parts.keys() | {file.day for file in files}))
        named = {self._free_key(file.day): file for file in files}
        if named:
            self._steps.intend(self._attempt.version, named)
        return partial(self._upload, self._spool, named)

    def stop(self) -> None:
        """The work has failed: no further file is begun."""
        self._stopped = True

    def end(self) -> None:
        """Waits for what is under way. That it failed counts more than what ended the conversion: its last file may be
        there or not, and the drop is to be handled again."""
        try:
            self.settle()
        finally:
            self._uploads.close()
            self._spool.close()

    def _upload(self, spool: Spool, files: dict[str, DayFile]) -> None:
        try:
            for key, file in files.items():
                if self._stopped:
                    return
                self._tally.add_output(file.day, self._steps.upload(key, file))
        finally:
            spool.close()

    def _free_key(self, day: int) -> str:
        while True:
            key = self._attempt.output_key(day, self._parts[day])
            self._parts[day] += 1
            if self._steps.is_free(key):
                return key

    def _check_days(self, days: int) -> None:
        if days > self._limits.max_days:
            raise BadDrop(Fault.TOO_MANY_DAYS, f"events on more than {self._limits.max_days} days")

    def _new_spool(self) -> Spool:
        buffer_bytes = min(BUFFER_BYTES, self._limits.spool_bytes // _BUFFERS)
        folder = self._folder / f"spool-{next(self._numbers)}"
        rules = self._attempt.rules
        return Spool(folder, rules.day_timezone, buffer_bytes, self._attempt.footer, rules.compression)
