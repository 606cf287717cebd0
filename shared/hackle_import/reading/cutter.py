"""The lines of a table -> its records, each with the line at which it begins.

RFC 4180, whatever the dialect's signs are: a quote opens only at a cell's beginning, and is doubled within. An end of
line within quotes, or behind an escape, belongs to the cell.
"""

import re
from enum import IntEnum

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.lines import TooLong


class _Within(IntEnum):
    """What a line begins in: nothing, quotes, or a cell without them."""

    NOTHING = 0
    QUOTES = 1
    CELL = 2


class Cutter:
    """`_parts` are the lines of a record that has not ended, which began on line `_began`."""

    def __init__(self, dialect: Dialect, max_record_bytes: int, first_line: int = 1) -> None:
        self._whole = _patterns(dialect)
        self._escape = dialect.escape.encode()
        self._marks = [mark.encode() for mark in {dialect.quote, dialect.escape} if mark]
        self._comment = dialect.comment.encode()
        self._max, self._line, self._began, self._size = max_record_bytes, first_line, first_line, 0
        self._parts: list[bytes] = []
        self._within = _Within.NOTHING

    def records(self, text: bytes | TooLong) -> tuple[list[tuple[int, bytes | TooLong]], BadDrop | None]:
        """Those that end in a text of whole lines, each with its line; and what was found behind them."""
        if isinstance(text, TooLong):
            self._line += 1
            return ([], unclosed(self._began)) if self._parts else ([(self._line - 1, text)], None)
        found, marked = list[tuple[int, bytes | TooLong]](), self._is_marked(text)
        for physical in text.removesuffix(b"\n").split(b"\n"):
            if self._parts:
                if self._continued(physical):
                    found.append((self._began, b"\n".join(self._parts).removesuffix(b"\r")))
                    self._parts, self._within = [], _Within.NOTHING
                elif self._size > self._max:
                    return found, unclosed(self._began)
            elif self._is_comment(physical):
                pass
            elif not marked or self._is_whole(physical):
                if physical.strip():
                    found.append((self._line, physical.removesuffix(b"\r")))
            else:
                self._parts, self._began, self._size = [physical], self._line, len(physical)
                self._within = self._left(physical)
            self._line += 1
        return found, None

    def end(self) -> None:
        """Raises BadDrop where a record has not ended."""
        if self._parts:
            raise unclosed(self._began)

    def _is_marked(self, text: bytes) -> bool:
        return any(mark in text for mark in self._marks)

    def _is_comment(self, line: bytes) -> bool:
        return bool(self._comment) and line.startswith(self._comment)

    def _is_whole(self, line: bytes) -> bool:
        return not self._is_marked(line) or self._whole[_Within.NOTHING].fullmatch(line) is not None

    def _continued(self, line: bytes) -> bool:
        """Whether the record ends with this line."""
        self._parts.append(line)
        self._size += len(line) + 1
        if self._whole[self._within].fullmatch(line):
            return True
        self._within = self._left(line)
        return False

    def _left(self, line: bytes) -> _Within:
        """What the line behind an unfinished one begins in."""
        cut = line.removesuffix(b"\r")
        if not self._escape or not cut.endswith(self._escape):
            return _Within.QUOTES
        before = cut.removesuffix(self._escape)
        return _Within.CELL if self._whole[self._within].fullmatch(before) else _Within.QUOTES


def _patterns(dialect: Dialect) -> list[re.Pattern[bytes]]:
    """A line that ends a record, by what it begins in."""
    parts = dialect.patterns
    rest = f"(?:{parts.end}{parts.cell()})*+"
    begun = f"{parts.body}{parts.quote}{parts.tail}" if parts.quote else parts.bare
    return [re.compile((cell + rest).encode(), re.DOTALL) for cell in (parts.cell(), begun, parts.bare)]


def unclosed(line: int) -> BadDrop:
    """What is wrong with a table whose quote on this line is never closed."""
    return BadDrop(Fault.CSV_QUOTES, "a quote is opened here and never closed", f"line {line}")
