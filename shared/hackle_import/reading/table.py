"""CSV and TSV: a table's header, and its records by quotes, not by lines; `lines` are the physical lines at which
records begin. Cells are `decode`'s business.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from hackle_import.codes import Fault, Why
from hackle_import.errors import BadDrop
from hackle_import.reading.cells import split_cells
from hackle_import.reading.chunks import CHUNK_BYTES, Chunk, Unread
from hackle_import.reading.cutter import Cutter
from hackle_import.reading.dialect import Dialect, names_of
from hackle_import.reading.lines import KEPT_BYTES, Text, TooLong, whole_lines, whole_texts

MAX_COLUMNS = 2000
_HEADER_BYTES = 4096  # hardly one is longer


class Table:
    """A table's header, and its records as chunks. `names` are the columns of a table without a header; `pieces`
    begin on line `first_line`. Who cuts the `texts` himself passes over as many records as were `skipped` for the
    header."""

    def __init__(
        self,
        pieces: Iterable[bytes],
        dialect: Dialect,
        max_record_bytes: int,
        chunk_bytes: int = CHUNK_BYTES,
        names: Sequence[str] = (),
        first_line: int = 1,
    ) -> None:
        self.texts: Iterator[Text | TooLong] = whole_lines(pieces, max_record_bytes, chunk_bytes)
        self.max_record_bytes, self.dialect, self.first_line = max_record_bytes, dialect, first_line
        self.skipped = 0 if names else 1
        self.header = list(names) or self._header()

    def chunks(self) -> Iterator[Chunk]:
        """The records that end in each text. Raises BadDrop when a quote is never closed."""
        cutter, skip = self._cutter(), self.skipped
        for text in whole_texts(self.texts):
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
        cutter, read = self._cutter(), list[Text | TooLong]()
        for text in self.texts:
            read.append(text)
            for part in [text] if isinstance(text, TooLong) else _parts(text):
                records, fault = cutter.records(part)
                if records:
                    self.texts = chain(read, self.texts)
                    return records[0]
                if fault is not None:
                    raise fault
        cutter.end()
        return self.first_line, b""

    def _cutter(self) -> Cutter:
        return Cutter(self.dialect, self.max_record_bytes, self.first_line)

    def _header(self) -> list[str]:
        line, record = self._first()
        if isinstance(record, TooLong):
            raise BadDrop(Fault.CSV_HEADER, f"the header is longer than {self.max_record_bytes} bytes", f"line {line}")
        names = self._names(line, record)
        if len(names) > MAX_COLUMNS:
            raise BadDrop(Fault.CSV_HEADER, f"{len(names)} columns; the limit is {MAX_COLUMNS}", f"line {line}")
        if not any(names) or "\0" in "".join(names):
            raise BadDrop(Fault.CSV_HEADER, "there is no header, or it holds NUL bytes", f"line {line}")
        if twice := [number for number, name in enumerate(names, 1) if name and names.count(name) > 1]:
            # By number: where there is no header, the first row stands here, and a message is logged.
            told = ", ".join(map(str, twice[:10]))
            raise BadDrop(Fault.CSV_HEADER, f"columns of one name: {told}", f"line {line}")
        return names

    def _names(self, line: int, record: bytes) -> list[str]:
        try:
            return names_of(split_cells(record.decode(), self.dialect))
        except UnicodeDecodeError:
            raise BadDrop(Fault.WRONG_ENCODING, f"the header is not UTF-8; {_remedy(record)}", f"line {line}") from None
        except ValueError as wrong:
            raise BadDrop(Fault.CSV_HEADER, f"the header cannot be read: {wrong}", f"line {line}") from None


def _parts(text: Text) -> Iterator[bytes]:
    """Its lines: first a few, since a header mostly is among these, then all others."""
    beginning = text.cut(0, _HEADER_BYTES)
    if whole := beginning.rfind(b"\n") + 1:
        yield beginning[:whole]
    if whole < text.size:
        yield text.behind(whole).joined()


def _remedy(record: bytes) -> str:
    """What to do about a header in another encoding: Korea's is by far the likeliest."""
    try:
        record.decode("cp949")
    except UnicodeDecodeError:
        return "Excel writes that as CSV UTF-8, or the mapping's [csv] names the encoding"
    return 'Excel writes that as CSV UTF-8, or write encoding = "cp949" into the mapping\'s [csv]'
