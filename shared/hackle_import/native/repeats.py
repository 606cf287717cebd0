"""Repeats of ids among the rows of a drop, counted in C."""

import ctypes
import sys
from secrets import randbits

import pyarrow as pa


class Repeats:
    """Ids that rows before had: all are known up to some 780,000, then one of so many. Raises MemoryError."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library, self._repeats = library, library.hackle_repeats_new(randbits(64))
        if not self._repeats:
            raise MemoryError

    def add(self, ids: pa.StringArray, lines: pa.Int64Array) -> None:
        """UUIDs in lower case with dashes, and the line of each."""
        if not len(ids):
            return
        _, offsets, data = ids.buffers()
        begin = int.from_bytes(offsets[4 * ids.offset : 4 * ids.offset + 4].to_pybytes(), sys.byteorder)
        numbers = lines.buffers()[1].address + 8 * lines.offset
        if self._library.hackle_repeats_add(self._repeats, data.address + begin, numbers, len(ids)) < 0:
            raise MemoryError

    def told(self) -> tuple[int, bool, list[int]]:
        """How many rows repeat an id; whether that is exact; the lines of the first two with one id."""
        told = (ctypes.c_int64 * 4)()
        self._library.hackle_repeats_told(self._repeats, told)
        return told[0], told[1] == 0, [told[2], told[3]] if told[2] else []

    def __del__(self) -> None:
        if getattr(self, "_repeats", None):
            self._library.hackle_repeats_free(self._repeats)
