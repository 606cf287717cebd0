"""Equal rows are told apart by their number among them, so that the ids of an export are the same in whatever order its
rows come.

What is remembered of a row is 12 bytes in tables that at most half of is used, for at most MAX_ROWS rows.
"""

from array import array
from typing import NoReturn

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop

MAX_ROWS = 4_000_000
_FEWEST = 1 << 10
_USED = 3  # its place in `shared`


class Copies:
    """Counts rows by the ids that were made of their texts alone. Two texts whose ids begin with the same 60 bits are
    taken for one, which of all rows that there may be happens once in 100,000 drops; both keep ids of their own.
    `shared` is `Copies` of the decoder in C, which counts rows in the same tables."""

    def __init__(self, most: int = MAX_ROWS) -> None:
        self.shared = array("Q", (0, 0, 0, 0, most))
        self._seen, self._counts = self._tables(_FEWEST)

    def __reduce__(self) -> NoReturn:
        """Addresses are of this process: a copy would count where nothing is. Raises TypeError."""
        raise TypeError("rows are counted in one place: what counts them is not copied")

    def number(self, made: str) -> int:
        """Of how many rows with this id this one is the last. Raises BadDrop for more rows than it counts."""
        key = int(made[:8] + made[9:13] + made[14:18], 16)
        slot = self._slot(key)
        if not self._seen[slot]:
            *_, used, most = self.shared
            if used == most:
                raise BadDrop(Fault.TOO_MANY_MADE_IDS, f"more than {most:,} rows lack an id")
            self._seen[slot] = key
            self.shared[_USED] += 1
        self._counts[slot] += 1
        count = self._counts[slot]
        if 2 * self.shared[_USED] > len(self._seen):
            self._grow()
        return count

    def _slot(self, key: int) -> int:
        """Where the key is, or would be. Its last 16 bits hold the version of the UUID: they are not random."""
        last = len(self._seen) - 1
        slot = (key >> 16) & last
        while self._seen[slot] not in (0, key):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        seen, counts = self._seen, self._counts
        self._seen, self._counts = self._tables(2 * len(seen))
        for key, count in zip(seen, counts, strict=True):
            if key:
                slot = self._slot(key)
                self._seen[slot], self._counts[slot] = key, count

    def _tables(self, slots: int) -> tuple["array[int]", "array[int]"]:
        seen, counts = array("Q", bytes(8 * slots)), array("I", bytes(4 * slots))
        self.shared[:3] = array("Q", (seen.buffer_info()[0], counts.buffer_info()[0], slots))
        return seen, counts
