"""NDJSON: one record a line. Memory holds one block and one line, however long the drop or its lines are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hackle_import.codes import Why
from hackle_import.native import count_lines
from hackle_import.records import CHUNK_BYTES, Chunk, Unread, blocks

KEPT_BYTES = 4096  # of a line beyond the limit


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of a drop that nobody has cut yet; `first` is the number of the first one, counted from 1."""

    text: bytes
    first: int
    max_line_bytes: int

    def chunk(self) -> Chunk:
        """Blank lines are no records; a line beyond the limit is `unread`."""
        records = split_lines(self.text)
        sizes = list(map(len, records))
        lines = range(self.first, self.first + len(records))
        if all(sizes) and max(sizes, default=0) <= self.max_line_bytes and not any(map(bytes.isspace, records)):
            return Chunk(self.text, records, lines)
        kept = [place for place, record in enumerate(records) if record.strip()]
        return self.chunk_of([records[place] for place in kept], [lines[place] for place in kept])

    def chunk_of(self, records: Sequence[bytes], lines: Sequence[int]) -> Chunk:
        """Some of these lines."""
        numbered = list(zip(lines, records, strict=True))
        long = [
            _unread(line, record, len(record), self.max_line_bytes)
            for line, record in numbered
            if len(record) > self.max_line_bytes
        ]
        fit = [(line, record) for line, record in numbered if len(record) <= self.max_line_bytes]
        return Chunk(b"\n".join(records), [record for _, record in fit], [line for line, _ in fit], long)


def line_chunks(
    pieces: Iterable[bytes], max_line_bytes: int, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Lines | Chunk]:
    """Whole lines; a chunk of its own for a line that is so long that it was not kept."""
    line = 1
    for text in whole_lines(blocks(pieces, chunk_bytes), max_line_bytes):
        if isinstance(text, TooLong):
            yield Chunk(b"", (), (), [_unread(line, text.beginning, text.size, max_line_bytes)])
            line += 1
            continue
        yield Lines(text, line, max_line_bytes)
        line += count_lines(text)


def cut_chunks(pieces: Iterable[bytes], max_line_bytes: int, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """The same, every line cut."""
    lines = line_chunks(pieces, max_line_bytes, chunk_bytes)
    return (whole.chunk() if isinstance(whole, Lines) else whole for whole in lines)


class TooLong:
    """A line that was not kept: its first bytes and its size."""

    def __init__(self, beginning: bytes) -> None:
        self.beginning = beginning[:KEPT_BYTES]
        self.size = len(beginning)


def whole_lines(texts: Iterable[bytes], max_line_bytes: int) -> Iterator["bytes | TooLong"]:
    """Texts that end with a line's end (the last one may lack it); a line beyond the limit is passed over in bounded
    memory."""
    rest: list[bytes] = []
    passed: TooLong | None = None
    for block in texts:
        text = block
        if passed is not None:
            end = text.find(b"\n")
            passed.size += len(text) if end < 0 else end
            if end < 0:
                continue
            yield passed
            passed, text = None, text[end + 1 :]
        cut = text.rfind(b"\n") + 1
        if cut:
            yield b"".join((*rest, memoryview(text)[:cut]))  # a view: one copy less of every byte of a drop
            rest = []
        rest.append(text[cut:])
        if sum(map(len, rest)) > max_line_bytes:
            passed, rest = TooLong(b"".join(rest)), []
    if passed is not None:
        yield passed
    elif last := b"".join(rest):
        yield last


def split_lines(text: bytes) -> list[bytes]:
    """Lines without their ends; `\\r\\n` and `\\n` may be mixed."""
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if b"\r" in text:
        lines = [line.removesuffix(b"\r") for line in lines]
    return lines


def _unread(line: int, beginning: bytes, size: int, limit: int) -> Unread:
    return Unread(line, Why.LINE_TOO_LONG, f"{size} bytes; the limit is {limit}", beginning[:KEPT_BYTES])
