"""Records of CSV and TSV -> their cells, as texts. What is no record of the table's width is a finding."""

import csv
from collections.abc import Iterator, Sequence

from hackle_import.codes import Why
from hackle_import.decode import Findings
from hackle_import.reading.chunks import Chunk

csv.field_size_limit(1 << 31)  # the record's own limit is what holds


def cells_of(chunk: Chunk, delimiter: str, width: int, findings: Findings) -> list[Sequence[str]]:
    """`width` cells a record; those of a record that cannot be read are empty."""
    return [_cells(row, text, delimiter, width, findings) for row, text in enumerate(_texts(chunk, findings))]


def named_cells(header: Sequence[str], record: bytes, delimiter: str) -> dict[str, str]:
    """A record's cells by their columns; empty ones of a record that cannot be read."""
    cells = _cells(0, record.decode("utf-8", "replace"), delimiter, len(header), Findings())
    return dict(zip(header, cells, strict=True))


def _cells(row: int, record: str, delimiter: str, width: int, findings: Findings) -> Sequence[str]:
    empty = [""] * width
    if row in findings.rejects:
        return empty
    try:
        cells = next(csv.reader([record], delimiter=delimiter, strict=True))
    except csv.Error as wrong:
        findings.reject(row, Why.CSV_QUOTES, None, str(wrong))
        return empty
    if len(cells) != width:
        findings.reject(row, Why.CSV_CELLS, None, f"{len(cells)} cells; the header has {width}")
        return empty
    return cells


def _texts(chunk: Chunk, findings: Findings) -> Iterator[str]:
    for row, record in enumerate(chunk.records):
        if b"\0" in record:
            findings.reject(row, Why.NUL_BYTE, None)
        try:
            yield record.decode()
        except UnicodeDecodeError as wrong:
            findings.reject(row, Why.NOT_UTF8, None, f"byte {wrong.start} of the record")
            yield ""
