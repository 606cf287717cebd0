"""Records of CSV and TSV -> their cells, as texts. What is no record of the table's width is a finding."""

from collections.abc import Iterator, Sequence

from hackle_import.codes import Why
from hackle_import.decode import Findings
from hackle_import.reading.cells import split_cells, split_unquoted
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.dialect import Dialect


def cells_of(chunk: Chunk, dialect: Dialect, width: int, findings: Findings) -> list[Sequence[str]]:
    """`width` cells a record; those of a record that cannot be read are empty."""
    empty = ("",) * width
    return [_cells(row, text, dialect, empty, findings) for row, text in enumerate(_texts(chunk, findings))]


def named_cells(header: Sequence[str], record: bytes, dialect: Dialect) -> dict[str, str]:
    """A record's cells by their columns; empty ones of a record that cannot be read."""
    cells = _cells(0, record.decode("utf-8", "replace"), dialect, ("",) * len(header), Findings())
    return dict(zip(header, cells, strict=True))


def _cells(row: int, record: str, dialect: Dialect, empty: Sequence[str], findings: Findings) -> Sequence[str]:
    width = len(empty)
    if row in findings.rejects:
        return empty
    try:
        cells = _of_width(record, dialect, width)
    except ValueError as wrong:
        findings.reject(row, Why.CSV_QUOTES, None, str(wrong))
        return empty
    if len(cells) != width:
        findings.reject(row, Why.CSV_CELLS, None, f"{len(cells)} cells; the header has {width}")
        return empty
    return cells


def _of_width(record: str, dialect: Dialect, width: int) -> list[str]:
    """Of another width only where nothing helps."""
    cells = split_cells(record, dialect)
    if dialect.lax and len(cells) != width and len(texts := split_unquoted(record, dialect)) == width:
        return texts
    return cells + [""] * (width - len(cells)) if dialect.pad else cells


def _texts(chunk: Chunk, findings: Findings) -> Iterator[str]:
    for row, record in enumerate(chunk.records):
        if b"\0" in record:
            findings.reject(row, Why.NUL_BYTE, None)
        try:
            yield record.decode()
        except UnicodeDecodeError as wrong:
            findings.reject(row, Why.NOT_UTF8, None, f"byte {wrong.start} of the record")
            yield ""
