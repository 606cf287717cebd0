"""CSV and TSV records -> source columns. A column named `event_properties.plan` is an entry of a map; one named
`event_properties` holds JSON objects. An empty cell is a missing value."""

import csv
from collections.abc import Iterator, Sequence

import pyarrow as pa

from hackle_import.codes import Fault, Why
from hackle_import.decode import MAPS, SCALARS, Findings, MapColumn, SourceRows
from hackle_import.decode.json import is_too_deep
from hackle_import.decode.json_maps import decode_maps
from hackle_import.errors import BadDrop
from hackle_import.reading.chunks import Chunk

csv.field_size_limit(1 << 31)  # the record's own limit is what holds


class TableDecoder:
    """Decodes the chunks of one table. `max_depth` is the deepest nesting that a cell may have. Raises BadDrop when no
    column of the header is one of ours."""

    def __init__(self, header: Sequence[str], delimiter: str, max_depth: int) -> None:
        self._header, self._delimiter, self._width = header, delimiter, len(header)
        self._max_depth = max_depth
        self._scalars = {name: number for number, name in enumerate(header) if name in SCALARS}
        self._objects = {name: number for number, name in enumerate(header) if name in MAPS}
        self._entries = {name: _entry_columns(header, name) for name in MAPS}
        if not {"event_key", "ts"} <= set(self._scalars):
            raise BadDrop(Fault.CSV_HEADER, "no columns event_key and ts", "line 1")

    def __call__(self, chunk: Chunk) -> SourceRows:
        """Never raises for what a record holds."""
        findings = Findings()
        rows = cells_of(chunk, self._delimiter, self._width, findings)
        columns: list[tuple[str, ...]] = list(zip(*rows, strict=True)) if rows else [()] * self._width
        nothing: tuple[str, ...] = ("",) * len(rows)
        texts = {
            name: pa.array(
                [cell or None for cell in (columns[self._scalars[name]] if name in self._scalars else nothing)],
                pa.string(),
            )
            for name in SCALARS
        }
        maps = {name: self._map(name, columns, len(rows), findings) for name in MAPS}
        return SourceRows(chunk.records, chunk.lines, texts, maps, findings)

    def filled(self, record: bytes) -> list[str]:
        """The columns in which a record has a cell that is not empty."""
        return filled_columns(self._header, record, self._delimiter)

    def _map(self, name: str, columns: list[tuple[str, ...]], rows: int, findings: Findings) -> MapColumn:
        objects = MapColumn(lengths=[0] * rows)
        if name in self._objects:
            objects = decode_maps(self._objects_of(name, columns[self._objects[name]], findings))
            for row in objects.rows_of(set(objects.broken)):
                findings.reject(row, Why.WRONG_TYPE, name, "the cell is not a JSON object")
        if not self._entries[name]:
            return objects
        return _joined(objects, [(key, columns[number]) for key, number in self._entries[name]], rows)

    def _objects_of(self, name: str, cells: Sequence[str], findings: Findings) -> list[bytes]:
        texts = [cell.encode() or b"null" for cell in cells]
        for row in [row for row, text in enumerate(texts) if is_too_deep(text, self._max_depth)]:
            findings.reject(row, Why.TOO_DEEP, name, f"more than {self._max_depth} levels")
            texts[row] = b"null"
        return texts


def cells_of(chunk: Chunk, delimiter: str, width: int, findings: Findings) -> list[Sequence[str]]:
    """`width` cells a record; those of a record that cannot be read are empty."""
    return [_cells(row, text, delimiter, width, findings) for row, text in enumerate(_texts(chunk, findings))]


def filled_columns(header: Sequence[str], record: bytes, delimiter: str) -> list[str]:
    """None of a record that cannot be read."""
    cells = _cells(0, record.decode("utf-8", "replace"), delimiter, len(header), Findings())
    return [name for name, cell in zip(header, cells, strict=True) if cell]


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


def _entry_columns(header: Sequence[str], name: str) -> list[tuple[str, int]]:
    prefix = f"{name}."
    return [(column[len(prefix) :], number) for number, column in enumerate(header) if column.startswith(prefix)]


def _joined(objects: MapColumn, entries: list[tuple[str, tuple[str, ...]]], rows: int) -> MapColumn:
    """Each row's object, then its own columns."""
    joined = MapColumn()
    ends = [0]
    for length in objects.lengths:
        ends.append(ends[-1] + length)
    for row in range(rows):
        number = objects.row_maps[row] if objects.row_maps is not None else row
        start, end = ends[number], ends[number + 1]
        given = dict(zip(objects.keys[start:end], objects.values[start:end], strict=True))
        own = {key: cells[row] for key, cells in entries if cells[row]}
        if number in objects.repeated or own.keys() & given.keys():
            joined.repeated.add(row)
        merged = given | own
        joined.keys += merged.keys()
        joined.values += merged.values()
        joined.lengths.append(len(merged))
    return joined


def _texts(chunk: Chunk, findings: Findings) -> Iterator[str]:
    for row, record in enumerate(chunk.records):
        if b"\0" in record:
            findings.reject(row, Why.NUL_BYTE, None)
        try:
            yield record.decode()
        except UnicodeDecodeError as wrong:
            findings.reject(row, Why.NOT_UTF8, None, f"byte {wrong.start} of the record")
            yield ""
