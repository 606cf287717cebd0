"""Ids that rows before had, in bounded memory, by Python: exact up to MOST_IDS; then of one id of so many, told by its
digest, from which the whole is estimated."""

from collections.abc import Iterable
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
        self._seen: dict[str, int] = {}  # the line of each
        self._again: dict[str, int] = {}  # how often those that did came again
        self._lines: list[int] = []

    def add(self, ids: pa.StringArray, lines: pa.Int64Array) -> None:
        """See `Counter`."""
        rows = self._kept(zip(ids.to_pylist(), lines.to_pylist(), strict=True))
        new = dict(rows)
        if len(new) == len(rows) and self._seen.keys().isdisjoint(new):
            self._seen |= new
        else:
            self._count(rows)
        while len(self._seen) > self._most and self._level < _LEVELS:
            self._level += 1
            self._seen = dict(self._kept(self._seen.items()))
            self._again = dict(self._kept(self._again.items()))

    def told(self) -> tuple[int, bool, list[int]]:
        """See `Counter`."""
        return sum(self._again.values()) << self._level, self._level == 0, self._lines

    def _count(self, rows: Iterable[tuple[str, int]]) -> None:
        for one, line in rows:
            if one in self._seen:
                self._lines = self._lines or [self._seen[one], line]
                self._again[one] = self._again.get(one, 0) + 1
            else:
                self._seen[one] = line

    def _kept(self, rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those of the ids that are remembered."""
        mask = (1 << self._level) - 1
        return [row for row in rows if not crc32(row[0].encode()) & mask] if mask else list(rows)
