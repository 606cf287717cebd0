"""Text of any encoding -> UTF-8 without byte order mark, piece by piece."""

import codecs
from collections.abc import Iterable, Iterator

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop

_MARK = "\ufeff"
_State = tuple[bytes, int]


def recoded(encoding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What precedes bytes that are none of this encoding, then BadDrop, which names their line."""
    decoder, line, is_first = codecs.getincrementaldecoder(encoding)(), 1, True
    for piece in _and_an_end(pieces):
        state = decoder.getstate()
        try:
            text, wrong = decoder.decode(piece or b"", final=piece is None), None
        except UnicodeDecodeError as broken:
            text, wrong = _before(encoding, state, broken), broken
        if is_first and text:
            text, is_first = text.lstrip(_MARK), False
        line += text.count("\n")
        if text:
            yield text.encode("utf-8", "surrogatepass")
        if wrong is not None:
            raise BadDrop(Fault.WRONG_ENCODING, f"not {_told(encoding)}: {wrong.reason}", f"line {line}")


def _and_an_end(pieces: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from pieces
    yield None


def _before(encoding: str, state: _State, broken: UnicodeDecodeError) -> str:
    """The text in front of what is broken, by another decoder in the state of the one that met it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    decoder.setstate(state)
    return decoder.decode(broken.object[len(state[0]) : broken.start])


def _told(encoding: str) -> str:
    return encoding.upper() if encoding.startswith("utf") else encoding
