"""JSON array, or objects written over several lines: the ends of the elements are found without decoding them, so that
the drop is never held whole. What an element holds is for `decode` to judge: a bad one is a row, not a broken drop.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.chunks import CHUNK_BYTES, MOST_RECORDS, Chunk, blocks

# The next bracket outside a string. Possessive, so that a hostile text costs no backtracking.
_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,\[\]{}"]++')
_SPACE = re.compile(rb"[ \t\r\n]*+")
_FOLLOWING = {
    ("[", ord("[")): "value or ]",
    (", or ]", ord(",")): "value",
    (", or ]", ord("]")): "end",
    ("value or ]", ord("]")): "end",
}


EXPECTED = ("[", "value or ]", "value", ", or ]", "end")  # what may come next, in the order of elements.h
T = TypeVar("T")


class Found(Struct, Generic[T], frozen=True):
    """What was made of the elements of a text that are whole, if any, and how many they were; where the text is done
    with, and what may come next there. `trouble`: nothing of that does; `more`: there may be others in the text."""

    made: T | None
    count: int
    at: int
    expects: str
    trouble: bool
    more: bool = False


Find = Callable[[bytes, int, str, bool], Found[T]]
"""Text, number of its first element, what may come next, whether no more text will come. Where there may be more, it is
called again with what is left."""


def found_by(engine: Callable[[Chunk], T], array: bool) -> Find[T]:
    """Elements as chunks, run through an engine."""

    def find(text: bytes, first: int, expects: str, final: bool) -> Found[T]:
        found = find_values(array, text, first, expects, final)
        made = None if found.made is None else engine(found.made)
        return Found(made, found.count, found.at, found.expects, found.trouble, found.more)

    return find


def value_chunks(
    pieces: Iterable[bytes], *, array: bool, max_value_bytes: int, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Chunk]:
    """Chunks whose `lines` count elements from 1. Raises BadDrop where no next element can be found."""
    return found_values(pieces, partial(find_values, array), array, max_value_bytes, chunk_bytes)


def found_values(
    pieces: Iterable[bytes], find: Find[T], array: bool, max_value_bytes: int, chunk_bytes: int
) -> Iterator[T]:
    """What `find` makes of the elements of each block. Raises BadDrop where no next element can be found."""
    scan = _Scan(find, array, max_value_bytes)
    for block in blocks(pieces, chunk_bytes):
        yield from scan.feed(block)
    yield from scan.finish()


class _Scan(Generic[T]):
    """`held` begins at the text that no element has been cut from yet; `offset` is where it begins in the whole
    text."""

    def __init__(self, find: Find[T], array: bool, max_value_bytes: int) -> None:
        self._find, self._array, self._max = find, array, max_value_bytes
        self._held, self._offset, self._count = b"", 0, 0
        self._expects = "[" if array else "value"

    def feed(self, block: bytes) -> Iterator[T]:
        self._held += block
        yield from self._elements(final=False)
        if len(self._held) > self._max:
            raise BadDrop(Fault.RECORD_TOO_LONG, f"longer than {self._max} bytes", self._where(0))

    def finish(self) -> Iterator[T]:
        yield from self._elements(final=True)
        open_array = self._array and self._expects != "end"
        if self._held.strip() or open_array:
            raise BadDrop(Fault.NOT_JSON, "the text ends inside an element or before the closing ]", self._where(0))

    def _elements(self, *, final: bool) -> Iterator[T]:
        while (yield from self._some(final=final)):
            pass

    def _some(self, *, final: bool) -> Generator[T, None, bool]:
        """Whether there may be more."""
        found = self._find(self._held, self._count + 1, self._expects, final)
        self._count, self._expects = self._count + found.count, found.expects
        if found.made is not None:
            yield found.made
        if found.trouble:
            raise BadDrop(Fault.NOT_JSON, f"expected {self._expects}", self._where(found.at))
        self._held, self._offset = self._held[found.at :], self._offset + found.at
        return found.more

    def _where(self, at: int) -> str:
        return f"element {self._count + 1}, byte {self._offset + at} of the decompressed text"


def find_values(array: bool, text: bytes, first: int, expects: str, final: bool) -> Found[Chunk]:
    """The elements as a chunk, MOST_RECORDS of them if there are more."""
    at, found, trouble = 0, list[bytes](), False
    while (at := _end(_SPACE, text, at)) < len(text) and len(found) < MOST_RECORDS:
        if following := _FOLLOWING.get((expects, text[at])):
            at, expects = at + 1, following
            continue
        end = value_end(text, at, final=final) if expects.startswith("value") else at
        if end is None or (trouble := end == at):
            break
        found.append(text[at:end])
        at, expects = end, ", or ]" if array else "value"
    chunk = Chunk(text[:at], found, range(first, first + len(found))) if found else None
    return Found(chunk, len(found), at, expects, trouble, len(found) == MOST_RECORDS)


def value_end(text: bytes, at: int, *, final: bool) -> int | None:
    """Where the value that begins at `at` ends; None when more text is needed; `at` when no value begins here."""
    opening = text[at : at + 1]
    if opening in b"{[":
        return _brackets_end(text, at)
    if opening == b'"':
        closed = _STRING.match(text, at)
        return closed.end() if closed else None
    end = _end(_SCALAR, text, at)
    return None if end == len(text) and not final else end


def _brackets_end(text: bytes, at: int) -> int | None:
    depth = 0
    while bracket := _BRACKET.match(text, at):
        at = bracket.end()
        depth += 1 if text[at - 1] in b"{[" else -1
        if depth == 0:
            return at
    return None


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
