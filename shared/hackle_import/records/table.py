"""CSV and TSV: records by quotes, not by lines; `lines` are the physical lines at which records begin.

RFC 4180: a quote opens only at a cell's beginning, and is doubled within. Cells are `decode`'s business.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from hackle_import.codes import Fault, Why
from hackle_import.errors import BadDrop
from hackle_import.records import CHUNK_BYTES, Chunk, Unread, blocks
from hackle_import.records.lines import KEPT_BYTES, TooLong, whole_lines

MAX_COLUMNS = 2000


class Table:
    """A table's header, and its records as chunks. `names` are the columns of a table without a header."""

    def __init__(
        self,
        pieces: Iterable[bytes],
        delimiter: str,
        max_record_bytes: int,
        chunk_bytes: int = CHUNK_BYTES,
        names: Sequence[str] = (),
    ) -> None:
        self._records = _records(pieces, delimiter.encode(), max_record_bytes, chunk_bytes)
        self._chunk_bytes, self._max = chunk_bytes, max_record_bytes
        self.header = list(names) or self._header(delimiter)

    def chunks(self) -> Iterator[Chunk]:
        """About chunk_bytes each. Raises BadDrop when a quote is never closed."""
        fault, taken, size = None, list[tuple[int, bytes | TooLong]](), 0
        try:
            for line, record in self._records:
                taken.append((line, record))
                size += len(record) if isinstance(record, bytes) else 0
                if size >= self._chunk_bytes:
                    yield self._chunk(taken)
                    taken, size = [], 0
        except BadDrop as broken:
            fault = broken
        if taken:
            yield self._chunk(taken)
        if fault is not None:
            raise fault

    def _chunk(self, taken: list[tuple[int, bytes | TooLong]]) -> Chunk:
        records, lines, unread = list[bytes](), list[int](), list[Unread]()
        for line, record in taken:
            if isinstance(record, TooLong) or len(record) > self._max:
                unread.append(self._unread(line, record))
            else:
                records.append(record)
                lines.append(line)
        return Chunk(b"\n".join(records), records, lines, unread)

    def _unread(self, line: int, record: bytes | TooLong) -> Unread:
        beginning = record.beginning if isinstance(record, TooLong) else record[:KEPT_BYTES]
        return Unread(line, Why.LINE_TOO_LONG, f"more than {self._max} bytes", beginning)

    def _header(self, delimiter: str) -> list[str]:
        line, record = next(self._records, (1, b""))
        if isinstance(record, TooLong):
            raise BadDrop(Fault.CSV_HEADER, f"the header is longer than {self._max} bytes", f"line {line}")
        try:
            names = next(csv.reader([record.decode()], delimiter=delimiter, strict=True), [])
        except (UnicodeDecodeError, csv.Error) as wrong:
            raise BadDrop(
                Fault.CSV_HEADER, f"the header cannot be read: {type(wrong).__name__}", f"line {line}"
            ) from None
        if len(names) > MAX_COLUMNS:
            raise BadDrop(Fault.CSV_HEADER, f"{len(names)} columns; the limit is {MAX_COLUMNS}", f"line {line}")
        names = [name.strip() for name in names]
        if not any(names) or "\0" in "".join(names):
            raise BadDrop(Fault.CSV_HEADER, "there is no header, or it holds NUL bytes", f"line {line}")
        if twice := [number for number, name in enumerate(names, 1) if name and names.count(name) > 1]:
            # By number: where there is no header, the first row stands here, and a message is logged.
            told = ", ".join(map(str, twice[:10]))
            raise BadDrop(Fault.CSV_HEADER, f"columns of one name: {told}", f"line {line}")
        return names


def _records(
    pieces: Iterable[bytes], delimiter: bytes, max_record_bytes: int, chunk_bytes: int
) -> Iterator[tuple[int, bytes | TooLong]]:
    whole, closing = _patterns(delimiter)
    line, began, parts, size = 1, 1, list[bytes](), 0
    for text in whole_lines(blocks(pieces, chunk_bytes), max_record_bytes):
        if isinstance(text, TooLong):
            if parts:
                raise _unclosed(began)
            yield line, text
            line += 1
            continue
        quoted = b'"' in text
        for physical in text.removesuffix(b"\n").split(b"\n"):
            if not parts and (not quoted or b'"' not in physical or whole.fullmatch(physical)):
                if physical.strip():
                    yield line, physical.removesuffix(b"\r")
            elif not parts:
                parts, began, size = [physical], line, len(physical)
            else:
                parts.append(physical)
                size += len(physical) + 1
                if closing.fullmatch(physical):
                    yield began, b"\n".join(parts).removesuffix(b"\r")
                    parts = []
                elif size > max_record_bytes:
                    raise _unclosed(began)
            line += 1
    if parts:
        raise _unclosed(began)


def _patterns(delimiter: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A line that is a whole record; and one that ends the record which an open quote began."""
    d = re.escape(delimiter)
    cell = rb'(?:"(?:[^"]++|"")*+"[^' + d + rb"]*+|[^\"" + d + rb"][^" + d + rb"]*+|)"
    rest = rb"(?:" + d + cell + rb")*+"
    return re.compile(cell + rest), re.compile(rb'(?:[^"]++|"")*+"[^' + d + rb"]*+" + rest)


def _unclosed(line: int) -> BadDrop:
    return BadDrop(Fault.CSV_QUOTES, "a quote is opened here and never closed", f"line {line}")
