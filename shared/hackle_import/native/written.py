"""How a value's texts write numbers -> what the decoder in C reads them by. Raises Unusual where only Python can tell.

What `decode/numbers.py` does is done there, too, byte by byte, but for blanks that are no ASCII: those at an end are
nothing that C takes off.
"""

from collections.abc import Callable, Iterable

from hackle_import.decode.numbers import BLANKS
from hackle_import.mapping import Value
from hackle_import.native.unusual import Unusual


class Written:
    """`text` writes a text of the plan: its place and length."""

    def __init__(self, text: Callable[[str | None], tuple[int, int]]) -> None:
        self._text = text
        self._numbers: list[int] = []
        self._words: list[int] = []

    def number(self, value: Value) -> int:
        """The number of a value's `PlanNumber` in plan.h."""
        point, mark = value.decimal or ".", value.thousands or ""
        marks = tuple(BLANKS) if mark and mark in BLANKS else tuple(mark)
        if point in marks or point.isspace() or any(one != one.strip() for one in value.strip):
            raise Unusual
        self._numbers += (*self._text(point), *self.listed(marks), *self.listed(value.strip))
        return len(self._numbers) // 6 - 1

    def sections(self) -> tuple[tuple[int, list[int]], tuple[int, list[int]]]:
        """The plan's, each after its count."""
        return (len(self._numbers) // 6, self._numbers), (len(self._words) // 2, self._words)

    def listed(self, words: Iterable[str]) -> tuple[int, int]:
        """Which of the plan's words they are: the first of them, and how many."""
        first = len(self._words) // 2
        for word in words:
            self._words += self._text(word)
        return first, len(self._words) // 2 - first
