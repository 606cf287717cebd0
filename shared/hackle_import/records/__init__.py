"""Text -> chunks of whole records. What a chunk holds does not depend on how the text was cut on its way here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hackle_import.codes import Why
from hackle_import.errors import BadDrop

CHUNK_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that is no record: its line, why, a message, and (the beginning of) its text."""

    line: int
    why: Why
    message: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole records in the order of the drop. `text` is what they were cut from; `lines[i]` is where `records[i]`
    begins,
    counted from 1 (in a JSON array: the number of the element)."""

    text: bytes
    records: Sequence[bytes]
    lines: Sequence[int]
    unread: list[Unread] = field(default_factory=list)


def blocks(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same text in blocks of exactly `size` bytes (the last one may be shorter).

    When the drop turns out to be broken, what precedes the fault comes first: a mapping may keep those rows.
    """
    parts: list[bytes] = []
    held, fault = 0, None
    try:
        for piece in pieces:
            parts.append(piece)
            held += len(piece)
            if held < size:
                continue
            joined = b"".join(parts)
            cut = held - held % size
            yield from (joined[start : start + size] for start in range(0, cut, size))
            parts, held = [joined[cut:]], held - cut
    except BadDrop as broken:
        fault = broken
    if held:
        yield b"".join(parts)
    if fault is not None:
        raise fault
