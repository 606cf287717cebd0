"""JSON array, or objects written over several lines: the ends of the elements are found without decoding them, so
that the
drop is never held whole. What an element holds is for `decode` to judge: a bad one is a row, not a broken drop."""

import re
from collections.abc import Iterable, Iterator

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.records import CHUNK_BYTES, Chunk, blocks

# The next bracket outside a string. Possessive, so that a hostile text costs no backtracking.
_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,\[\]{}"]++')
_SPACE = re.compile(rb"[ \t\r\n]*+")


def value_chunks(
    pieces: Iterable[bytes], *, array: bool, max_value_bytes: int, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Chunk]:
    """Chunks whose `lines` count elements from 1. Raises BadDrop where no next element can be found."""
    scan = _Scan(array, max_value_bytes)
    for block in blocks(pieces, chunk_bytes):
        yield from scan.feed(block)
    yield from scan.finish()


class _Scan:
    """`held` begins at the text that no element has been cut from yet; `offset` is where it begins in the whole
    text."""

    def __init__(self, array: bool, max_value_bytes: int) -> None:
        self._array, self._max = array, max_value_bytes
        self._held, self._offset, self._count = b"", 0, 0
        self._expects = "[" if array else "value"  # then "value or ]", "value", ", or ]", "end"

    def feed(self, block: bytes) -> Iterator[Chunk]:
        self._held += block
        yield from self._elements(final=False)
        if len(self._held) > self._max:
            raise BadDrop(Fault.RECORD_TOO_LONG, f"longer than {self._max} bytes", self._where(0))

    def finish(self) -> Iterator[Chunk]:
        yield from self._elements(final=True)
        open_array = self._array and self._expects != "end"
        if self._held.strip() or open_array:
            raise BadDrop(Fault.NOT_JSON, "the text ends inside an element or before the closing ]", self._where(0))

    def _elements(self, *, final: bool) -> Iterator[Chunk]:
        text, at, found = self._held, 0, list[bytes]()
        first, trouble = self._count + 1, None
        while True:
            at = _end(_SPACE, text, at)
            if at == len(text):
                break
            if self._punctuation(text, at):
                at += 1
                continue
            if self._expects in ("[", ", or ]", "end"):
                trouble = at
                break
            end = _value_end(text, at, final=final)
            if end is None:
                break
            if end == at:
                trouble = at
                break
            found.append(text[at:end])
            at, self._count = end, self._count + 1
            self._expects = ", or ]" if self._array else "value"
        if found:
            yield Chunk(text[:at], found, range(first, first + len(found)))
        if trouble is not None:
            raise BadDrop(Fault.NOT_JSON, f"expected {self._expects}", self._where(trouble))
        self._held, self._offset = text[at:], self._offset + at

    def _punctuation(self, text: bytes, at: int) -> bool:
        """Takes `[`, `,` or `]` where it may stand."""
        following = {
            ("[", ord("[")): "value or ]",
            (", or ]", ord(",")): "value",
            (", or ]", ord("]")): "end",
            ("value or ]", ord("]")): "end",
        }.get((self._expects, text[at]))
        if following is None:
            return False
        self._expects = following
        return True

    def _where(self, at: int) -> str:
        return f"element {self._count + 1}, byte {self._offset + at} of the decompressed text"


def _value_end(text: bytes, at: int, *, final: bool) -> int | None:
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
