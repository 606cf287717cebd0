"""Text -> chunks of whole records. What a chunk holds does not depend on how the text was cut on its way here."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import Struct, field

from hackle_import.codes import Why
from hackle_import.errors import BadDrop

CHUNK_BYTES = 2 << 20
MOST_RECORDS = 32_768  # of a chunk: each takes some hundred bytes beside its own. No chunk of real rows has as many


class Unread(Struct, frozen=True):
    """A row that is no record: its line, why, a message, and (the beginning of) its text."""

    line: int
    why: Why
    message: str
    raw: bytes


class Chunk(Struct, frozen=True):
    """Whole records in the order of the drop. `text` is what they were cut from; `lines[i]` is where `records[i]`
    begins, counted from 1 (in a JSON array: the number of the element). Where a record became several, `marks` tell its
    rows apart, and `cut` is how many records of the drop end here; else that is how many there are."""

    text: bytes
    records: Sequence[bytes]
    lines: Sequence[int]
    unread: list[Unread] = field(default_factory=list)
    marks: Sequence[bytes] | None = None
    cut: int | None = None


def beginning(pieces: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first `size` bytes of a text, or what there is of them, and the whole text. Raises BadDrop where there is
    nothing but a fault."""
    read, held, fault = list[bytes](), 0, None
    left = iter(pieces)
    try:
        for piece in left:
            read.append(piece)
            held += len(piece)
            if held >= size:
                break
    except BadDrop as broken:
        if not held:
            raise
        fault = broken
    return b"".join(read)[:size], chain(read, left if fault is None else _raised(fault))


def _raised(fault: BadDrop) -> Iterator[bytes]:
    raise fault
    yield  # a generator: the fault has its turn


def spans(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, int, int, bool]]:
    """The same text as a piece, from where, to where, and whether a block of `size` bytes (the last one may be shorter)
    ends there.

    When the drop turns out to be broken, what precedes the fault is a block that comes first: a mapping may keep it.
    """
    held, fault = 0, None
    try:
        for piece in pieces:
            start = 0
            while start < len(piece):
                end = min(start + size - held, len(piece))
                held = (held + end - start) % size
                yield piece, start, end, not held
                start = end
    except BadDrop as broken:
        fault = broken
    if held:
        yield b"", 0, 0, True
    if fault is not None:
        raise fault


def blocks(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same text in blocks of exactly `size` bytes (the last one may be shorter, as may what precedes a fault)."""
    parts: list[memoryview] = []
    for piece, start, end, ends_block in spans(pieces, size):
        parts.append(memoryview(piece)[start:end])
        if ends_block:
            yield b"".join(parts)
            parts = []
