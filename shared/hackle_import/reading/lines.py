"""NDJSON: one record a line. Memory holds one block and one line, however long the drop or its lines are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from hackle_import.codes import Why
from hackle_import.reading.chunks import CHUNK_BYTES, MOST_RECORDS, Chunk, Unread, spans

KEPT_BYTES = 4096  # of a line beyond the limit
_LINE_END = re.compile(b"\n")
_Part = tuple[bytes, int, int]  # of a piece: from where, to where


class Text(Struct, frozen=True):
    """Whole lines: `head`, then `piece[start:end]`. A decoder that can reads them where they lie: no byte is copied."""

    head: bytes
    piece: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.head) + self.end - self.start

    def behind(self, size: int) -> "Text":
        """What follows so many bytes of it."""
        return Text(self.head[size:], self.piece, self.start + max(size - len(self.head), 0), self.end)

    def cut(self, at: int, size: int) -> bytes:
        """So many bytes of it from there on."""
        begin = self.start + at - len(self.head)
        return self.head[at : at + size] + self.piece[max(begin, self.start) : max(begin + size, self.start)]

    def joined(self) -> bytes:
        """In one."""
        return _joined([(self.head, 0, len(self.head)), (self.piece, self.start, self.end)])


class TooLong:
    """A line that was not kept: its first bytes and its size."""

    def __init__(self, beginning: bytes) -> None:
        self.beginning = beginning[:KEPT_BYTES]
        self.size = len(beginning)

    def chunk(self, line: int, max_line_bytes: int) -> Chunk:
        """It alone."""
        return Chunk(b"", (), (), [_unread(line, self.beginning, self.size, max_line_bytes)])


def cut_chunks(pieces: Iterable[bytes], max_line_bytes: int, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """The lines of each block; a chunk of its own for a line that is so long that it was not kept."""
    first = 1
    for text in whole_texts(whole_lines(pieces, max_line_bytes, chunk_bytes)):
        if isinstance(text, TooLong):
            yield text.chunk(first, max_line_bytes)
            first += 1
            continue
        records = split_lines(text)
        lines = range(first, first + len(records))
        yield _chunk(text, records, lines, max_line_bytes)
        first += len(records)


def _chunk(text: bytes, records: list[bytes], lines: Sequence[int], max_line_bytes: int) -> Chunk:
    """Blank lines are no records."""
    sizes = list(map(len, records))
    if all(sizes) and max(sizes, default=0) <= max_line_bytes and not any(map(bytes.isspace, records)):
        return Chunk(text, records, lines)
    kept = [place for place, record in enumerate(records) if record.strip()]
    return chunk_of([records[place] for place in kept], [lines[place] for place in kept], max_line_bytes)


def chunk_of(records: Sequence[bytes], lines: Sequence[int], max_line_bytes: int) -> Chunk:
    """These records; a line beyond the limit is `unread`."""
    if max(map(len, records), default=0) <= max_line_bytes:
        return Chunk(b"\n".join(records), records, lines)
    numbered = list(zip(lines, records, strict=True))
    long = [
        _unread(line, record, len(record), max_line_bytes) for line, record in numbered if len(record) > max_line_bytes
    ]
    fit = [(line, record) for line, record in numbered if len(record) <= max_line_bytes]
    return Chunk(b"\n".join(records), [record for _, record in fit], [line for line, _ in fit], long)


def whole_texts(texts: Iterable[Text | TooLong]) -> Iterator[bytes | TooLong]:
    """The same, each text in one, or in parts of MOST_RECORDS lines."""
    for text in texts:
        if isinstance(text, Text):
            yield from _of_not_too_many(text.joined())
        else:
            yield text


def whole_lines(pieces: Iterable[bytes], max_line_bytes: int, block_bytes: int) -> Iterator[Text | TooLong]:
    """The lines that end in each block (the last line may lack its end); a line beyond the limit is passed over in
    bounded memory."""
    text: list[_Part] = []
    rest: list[_Part] = []  # of a line that has not ended
    passed: TooLong | None = None
    for piece, begin, end, ends_block in spans(pieces, block_bytes):
        start = begin
        if passed is not None:
            start = piece.find(b"\n", begin, end) + 1
            passed.size += (start - 1 if start else end) - begin
            if not start:
                continue
            yield passed
            passed = None
        cut = piece.rfind(b"\n", start, end) + 1
        if cut:
            text += (*rest, (piece, start, cut))
            rest, start = [], cut
        rest.append((piece, start, end))
        if ends_block:
            if text:
                *head, body = text
                yield Text(_joined(head), *body)
            text = []
            if sum(end - start for _, start, end in rest) > max_line_bytes:
                passed, rest = TooLong(_joined(rest)), []
    if passed is not None:
        yield passed
    elif last := _joined(rest):
        yield Text(b"", last, 0, len(last))


def _of_not_too_many(text: bytes) -> Iterator[bytes]:
    """The same lines, MOST_RECORDS of them at once."""
    if text.count(b"\n") <= MOST_RECORDS:
        yield text
        return
    start = 0
    for last in islice(_LINE_END.finditer(text), MOST_RECORDS - 1, None, MOST_RECORDS):
        yield text[start : last.end()]
        start = last.end()
    if start < len(text):
        yield text[start:]


def _joined(parts: Iterable[_Part]) -> bytes:
    return b"".join(memoryview(piece)[start:end] for piece, start, end in parts)


def split_lines(text: bytes) -> list[bytes]:
    """Lines without their ends: line feeds, each of which a carriage return may precede."""
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if b"\r" in text:
        lines = [line.removesuffix(b"\r") for line in lines]
    return lines


def _unread(line: int, beginning: bytes, size: int, limit: int) -> Unread:
    return Unread(line, Why.LINE_TOO_LONG, f"{size} bytes; the limit is {limit}", beginning[:KEPT_BYTES])
