"""CSV and TSV: records by quotes, not by lines; `lines` are the physical lines at which records begin.

RFC 4180: a quote opens only at a cell's beginning, and is doubled within. Cells are `decode`'s business.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from hackle_import.codes import Fault, Why
from hackle_import.errors import BadDrop
from hackle_import.reading.chunks import CHUNK_BYTES, Chunk, Unread
from hackle_import.reading.lines import KEPT_BYTES, TooLong, whole_texts

MAX_COLUMNS = 2000


class Table:
    """A table's header, and its records as chunks. `names` are the columns of a table without a header. Who cuts the
    `texts` himself passes over as many records as were `skipped` for the header."""

    def __init__(
        self,
        pieces: Iterable[bytes],
        delimiter: str,
        max_record_bytes: int,
        chunk_bytes: int = CHUNK_BYTES,
        names: Sequence[str] = (),
    ) -> None:
        self.texts: Iterator[bytes | TooLong] = whole_texts(pieces, max_record_bytes, chunk_bytes)
        self.max_record_bytes, self.delimiter = max_record_bytes, delimiter
        self.skipped = 0 if names else 1
        self.header = list(names) or self._header()

    def chunks(self) -> Iterator[Chunk]:
        """The records that end in each text. Raises BadDrop when a quote is never closed."""
        cutter, skip = _Cutter(self.delimiter, self.max_record_bytes), self.skipped
        for text in self.texts:
            records, fault = cutter.records(text)
            kept, skip = records[skip:], max(skip - len(records), 0)
            if kept:
                yield self.chunk_of(kept)
            if fault is not None:
                raise fault
        cutter.end()

    def chunk_of(self, taken: Sequence[tuple[int, bytes | TooLong]]) -> Chunk:
        """Records, each with its line."""
        records, lines, unread = list[bytes](), list[int](), list[Unread]()
        for line, record in taken:
            if isinstance(record, TooLong) or len(record) > self.max_record_bytes:
                unread.append(self._unread(line, record))
            else:
                records.append(record)
                lines.append(line)
        return Chunk(b"\n".join(records), records, lines, unread)

    def _unread(self, line: int, record: bytes | TooLong) -> Unread:
        beginning = record.beginning if isinstance(record, TooLong) else record[:KEPT_BYTES]
        return Unread(line, Why.LINE_TOO_LONG, f"more than {self.max_record_bytes} bytes", beginning)

    def _first(self) -> tuple[int, bytes | TooLong]:
        """The first record; the texts are as before."""
        cutter, read = _Cutter(self.delimiter, self.max_record_bytes), list[bytes | TooLong]()
        for text in self.texts:
            read.append(text)
            records, fault = cutter.records(text)
            if records:
                self.texts = chain(read, self.texts)
                return records[0]
            if fault is not None:
                raise fault
        cutter.end()
        return 1, b""

    def _header(self) -> list[str]:
        line, record = self._first()
        if isinstance(record, TooLong):
            raise BadDrop(Fault.CSV_HEADER, f"the header is longer than {self.max_record_bytes} bytes", f"line {line}")
        try:
            names = next(csv.reader([record.decode()], delimiter=self.delimiter, strict=True), [])
        except UnicodeDecodeError:
            raise BadDrop(
                Fault.WRONG_ENCODING, "the header is not UTF-8; Excel writes that as CSV UTF-8", f"line {line}"
            ) from None
        except csv.Error as wrong:
            raise BadDrop(Fault.CSV_HEADER, f"the header cannot be read: {wrong}", f"line {line}") from None
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


class _Cutter:
    """`parts` are the lines of a record whose quote is open, which began on line `began`."""

    def __init__(self, delimiter: str, max_record_bytes: int) -> None:
        self._whole, self._closing = _patterns(delimiter.encode())
        self._max, self._line, self._began, self._size = max_record_bytes, 1, 1, 0
        self._parts: list[bytes] = []

    def records(self, text: bytes | TooLong) -> tuple[list[tuple[int, bytes | TooLong]], BadDrop | None]:
        """Those that end in a text of whole lines, each with its line; and what was found behind them."""
        if isinstance(text, TooLong):
            self._line += 1
            return ([], unclosed(self._began)) if self._parts else ([(self._line - 1, text)], None)
        found, quoted = list[tuple[int, bytes | TooLong]](), b'"' in text
        for physical in text.removesuffix(b"\n").split(b"\n"):
            if self._parts:
                self._parts.append(physical)
                self._size += len(physical) + 1
                if self._closing.fullmatch(physical):
                    found.append((self._began, b"\n".join(self._parts).removesuffix(b"\r")))
                    self._parts = []
                elif self._size > self._max:
                    return found, unclosed(self._began)
            elif not quoted or b'"' not in physical or self._whole.fullmatch(physical):
                if physical.strip():
                    found.append((self._line, physical.removesuffix(b"\r")))
            else:
                self._parts, self._began, self._size = [physical], self._line, len(physical)
            self._line += 1
        return found, None

    def end(self) -> None:
        """Raises BadDrop where a quote is still open."""
        if self._parts:
            raise unclosed(self._began)


def _patterns(delimiter: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A line that is a whole record; and one that ends the record which an open quote began."""
    d = re.escape(delimiter)
    cell = rb'(?:"(?:[^"]++|"")*+"[^' + d + rb"]*+|[^\"" + d + rb"][^" + d + rb"]*+|)"
    rest = rb"(?:" + d + cell + rb")*+"
    return re.compile(cell + rest), re.compile(rb'(?:[^"]++|"")*+"[^' + d + rb"]*+" + rest)


def unclosed(line: int) -> BadDrop:
    """What is wrong with a table whose quote on this line is never closed."""
    return BadDrop(Fault.CSV_QUOTES, "a quote is opened here and never closed", f"line {line}")
