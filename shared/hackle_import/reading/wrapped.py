"""A JSON document that wraps its rows (`{"meta": …, "data": {"rows": [ … ]}}`) -> the text of one array of them, piece
by piece: neither what is around the rows nor the rows are ever held whole. Documents may follow one another, as pages
of an API do; their rows are one array.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop

# A whole token at the beginning of a text. Possessive, so that a hostile text costs no backtracking.
_TOKEN = re.compile(rb'[ \t\r\n]*+([{}\[\],:]|"(?:[^"\\]++|\\.)*+"|[^\s{}\[\],:"]++(?=[\s{}\[\],:"]))', re.DOTALL)
# The next bracket outside a string, or the beginning of a string that does not end.
_INSIDE = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]"])', re.DOTALL)
_OPENING, _PAIRS = (b"{", b"["), {b"}": b"{", b"]": b"["}
_CLOSING = tuple(_PAIRS)
_text_of = msgspec.json.Decoder(str).decode
Inside = Callable[[bytes, int], tuple[int, int]]


def inside(text: bytes, depth: int) -> tuple[int, int]:
    """How far of a text that begins in so many brackets is within the rows for certain, and in how many it ends: up to
    the bracket that closes them, or to the last bracket, or to a string that the text may cut."""
    at = 0
    while depth and (found := _INSIDE.match(text, at)):
        if found[1] == b'"':
            return found.end() - 1, depth
        at = found.end()
        depth += 1 if found[1] in _OPENING else -1
    return at, depth


def unwrapped(
    pieces: Iterable[bytes], path: Sequence[str], max_value_bytes: int, inside: Inside = inside
) -> Iterator[bytes]:
    """Raises BadDrop where there is no list at the path, where the text ends too early, and where what is around the
    rows is no JSON. What the rows hold is for others to judge. `inside` is the function of that name, or does the
    same."""
    yield b"["
    yield from _Document(path, max_value_bytes, inside).rows(pieces)
    yield b"]"


class _Document:
    """`_inside` are the objects and lists that the place in the text is in, outermost first: each with the name that
    stands there, which is None in a list."""

    def __init__(self, path: Sequence[str], max_value_bytes: int, inside: Inside) -> None:
        self._path, self._max, self._within = list(path), max_value_bytes, inside
        self._held, self._offset = b"", 0
        self._inside: list[tuple[bytes, str | None]] = []
        self._is_name = self._is_found = self._has_rows = self._is_next = False
        self._depth = 0  # within the rows; 0: outside them

    def rows(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._held += piece
            yield from self._cut()
            if len(self._held) > self._max:
                raise BadDrop(Fault.RECORD_TOO_LONG, f"longer than {self._max} bytes", self._where(0))
        self._held += b"\n"  # ends a number
        yield from self._cut()
        if self._inside or self._depth or self._held.strip():
            raise self._broken("the text ends inside a document", 0)

    def _cut(self) -> Iterator[bytes]:
        before = -1
        while before != self._offset:
            before = self._offset
            if self._depth:
                yield self._rows()
            else:
                self._around()

    def _around(self) -> None:
        """Tokens, as far as to the rows."""
        at = 0
        while not self._depth and (found := _TOKEN.match(self._held, at)):
            self._take(found[1], found.start(1))
            at = found.end()
        self._drop(at)

    def _rows(self) -> bytes:
        """As far as to their end, or to a string that the text may cut."""
        at, self._depth = self._within(self._held, self._depth)
        if not self._depth and self._held[at - 1 : at] != b"]":
            raise self._broken("a bracket closes that was not opened", at - 1)
        text = self._held[: at - (not self._depth)]
        self._drop(at)
        return self._after_others(text)

    def _after_others(self, text: bytes) -> bytes:
        """With a comma before it, where it begins a list that is not the first."""
        if not self._is_next or not text.strip():
            return text
        self._is_next, comma = False, b"," * self._has_rows
        self._has_rows = True
        return comma + text

    def _take(self, token: bytes, at: int) -> None:
        if token == b"[" and not self._is_found and [name for _, name in self._inside] == self._path:
            self._depth, self._is_found, self._is_next = 1, True, True
        elif token in _OPENING:
            self._inside.append((token, None))
            self._is_name = token == b"{"
        elif token in _CLOSING:
            self._close(token, at)
        elif token in (b",", b":"):
            self._is_name = token == b"," and bool(self._inside) and self._inside[-1][0] == b"{"
        elif not self._inside:
            raise self._broken("a document that wraps rows is an object", at)
        elif self._is_name:
            self._inside[-1] = (b"{", self._name(token, at))

    def _close(self, token: bytes, at: int) -> None:
        if not self._inside or self._inside.pop()[0] != _PAIRS[token]:
            raise self._broken("a bracket closes that was not opened", at)
        self._is_name = False
        if self._inside:
            return
        if not self._is_found:
            raise self._broken(f"no list at {'.'.join(self._path)}, which the mapping's records asks for", at)
        self._is_found = False

    def _name(self, token: bytes, at: int) -> str:
        try:
            return _text_of(token)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._broken("a name that is no text", at) from None

    def _drop(self, at: int) -> None:
        self._held, self._offset = self._held[at:], self._offset + at

    def _broken(self, what: str, at: int) -> BadDrop:
        return BadDrop(Fault.NOT_JSON, what, self._where(at))

    def _where(self, at: int) -> str:
        return f"byte {self._offset + at} of the decompressed text"
