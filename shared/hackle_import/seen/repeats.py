"""Ids that rows before had, in bounded memory, by Python: exact up to MOST_IDS; then of one id of so many, told by its
digest, from which the whole is estimated."""

from typing import Protocol
from zlib import crc32

import pyarrow as pa

MOST_IDS = 100_000  # some 15 MB


_LEVELS = 32  # bits of a CRC


class Counter(Protocol):
    """What counts: here, or in C."""

    def add(self, ids: pa.StringArray, lines: pa.Int64Array) -> None:
        """UUIDs in lower case with dashes, and the line of each."""

    def told(self) -> tuple[int, bool, list[int]]:
        """How many rows repeat an id; whether that is exact; the lines of the first two with one id."""


class Repeats:
    """Counts by Python."""

    def __init__(self, most: int = MOST_IDS) -> None:
        self._most, self._level = most, 0
        self._seen: dict[str, list[int]] = {}  # line, and how many came again
        self._lines: list[int] = []

    def add(self, ids: pa.StringArray, lines: pa.Int64Array) -> None:
        """See `Counter`."""
        for one, line in zip(ids.to_pylist(), lines.to_pylist(), strict=True):
            if not self._is_kept(one):
                continue
            if (known := self._seen.setdefault(one, [line, -1])) and known[1] >= 0:
                self._lines = self._lines or [known[0], line]
            known[1] += 1
            if len(self._seen) > self._most:
                self._thin_out()

    def told(self) -> tuple[int, bool, list[int]]:
        """See `Counter`."""
        return sum(again for _, again in self._seen.values()) << self._level, self._level == 0, self._lines

    def _is_kept(self, one: str) -> bool:
        return not self._level or crc32(one.encode()) & ((1 << self._level) - 1) == 0

    def _thin_out(self) -> None:
        while len(self._seen) > self._most and self._level < _LEVELS:
            self._level += 1
            self._seen = {one: known for one, known in self._seen.items() if self._is_kept(one)}
