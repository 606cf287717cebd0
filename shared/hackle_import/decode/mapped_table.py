"""CSV records of any shape -> JSON objects for a mapping: a cell is a text; one that is empty or equal to a null text
is missing; a column `user.id` lies at that path; the columns that the mapping names hold JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec

from hackle_import.codes import Fault, Why
from hackle_import.decode import Findings, SourceRows
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.table import cells_of, filled_columns
from hackle_import.errors import BadDrop
from hackle_import.mapping import NATIVE_FIELDS, Mapping
from hackle_import.mapping.expressions import roots
from hackle_import.records import Chunk

_check = msgspec.json.Decoder().decode


class MappedTable:
    """Decodes the chunks of one table. Raises BadDrop when the header has no column that the mapping asks for."""

    def __init__(self, header: Sequence[str], delimiter: str, mapping: Mapping, decoder: MappedDecoder) -> None:
        self._header, self._delimiter, self._decoder = header, delimiter, decoder
        self._paths = [name.split(".") for name in header]
        self._missing = {"", *mapping.csv.null}
        self._json = {number for number, name in enumerate(header) if name in mapping.csv.json}
        _check_header(header, mapping)

    def __call__(self, chunk: Chunk) -> SourceRows:
        """Never raises for what a record holds."""
        findings = Findings()
        rows = cells_of(chunk, self._delimiter, len(self._header), findings)
        records = [self._record(row, cells, findings) for row, cells in enumerate(rows)]
        return self._decoder.decoded(chunk, records, findings)

    def filled(self, record: bytes) -> list[str]:
        """The columns in which a record has a cell that is not empty."""
        return filled_columns(self._header, record, self._delimiter)

    def _record(self, row: int, cells: Sequence[str], findings: Findings) -> bytes:
        record: dict[str, Any] = {}
        for number, cell in enumerate(cells):
            if cell in self._missing:
                continue
            value = self._nested(row, number, cell, findings) if number in self._json else cell
            _put(record, self._paths[number], value)
        return msgspec.json.encode(record)

    def _nested(self, row: int, number: int, cell: str, findings: Findings) -> msgspec.Raw | None:
        try:
            _check(cell)
        except msgspec.DecodeError:
            findings.reject(row, Why.WRONG_TYPE, self._header[number], "the cell is not JSON")
            return None
        except RecursionError:  # far beyond what a record may nest, which is looked at later
            findings.reject(row, Why.TOO_DEEP, self._header[number])
            return None
        return msgspec.Raw(cell.strip().encode())


def _put(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """At the path, or, where another column stands in its way, at the column's own name."""
    node = record
    for name in path[:-1]:
        node = node.setdefault(name, {})
        if not isinstance(node, dict):
            record[".".join(path)] = value
            return
    node[path[-1]] = value


def _check_header(header: Sequence[str], mapping: Mapping) -> None:
    columns = {name.split(".")[0] for name in header} | set(header)
    fields = mapping.fields or NATIVE_FIELDS
    for name in ("event_key", "ts"):
        value = getattr(fields, name)
        wanted = {root for source in value.sources for root in roots(source)}
        if wanted and value.default is None and not wanted & columns:
            told = " or ".join(sorted(wanted))
            raise BadDrop(Fault.CSV_HEADER, f"no column {told}, which the mapping needs for {name}", "line 1")
