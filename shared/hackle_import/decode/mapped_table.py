"""CSV records of any shape -> JSON objects for a mapping: a cell is a text; one that is empty or equal to a null text
is missing. A column `user.id` lies at that path, and wins over the same key of JSON in a column `user`; beside a column
`user` of texts it keeps its name. Columns that the mapping names hold JSON; without `[fields]`, the four maps do."""

from collections.abc import Sequence
from typing import Any

import msgspec

from hackle_import.codes import Fault, Why
from hackle_import.decode import MAPS, Findings, SourceRows
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.table import cells_of, filled_columns
from hackle_import.errors import BadDrop
from hackle_import.mapping import NATIVE_FIELDS, Mapping
from hackle_import.mapping.expressions import roots
from hackle_import.reading.chunks import Chunk

_check = msgspec.json.Decoder().decode
_entries_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class MappedTable:
    """Decodes the chunks of one table. Raises BadDrop when the header has no column that the mapping asks for."""

    def __init__(self, header: Sequence[str], delimiter: str, mapping: Mapping, decoder: MappedDecoder) -> None:
        self._header, self._delimiter, self._decoder = header, delimiter, decoder
        self._missing, self._json = {"", *mapping.csv.null}, set(mapping.csv.json)
        if mapping.fields is None:
            self._json |= {*MAPS}
        places = sorted(enumerate(header), key=lambda place: place[1].count("."))
        self._columns = [(number, name, _path(name, {*header} - self._json)) for number, name in places]
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
        """Outer columns come first, so that those below them find their place taken."""
        record: dict[str, Any] = {}
        for number, name, path in self._columns:
            cell = cells[number]
            if cell not in self._missing:
                _put(record, path, _nested(row, name, cell, findings) if name in self._json else cell)
        return msgspec.json.encode(record)


def _path(name: str, texts: set[str]) -> list[str]:
    steps = name.split(".")
    outer = (".".join(steps[:end]) for end in range(1, len(steps)))
    return [name] if texts.intersection(outer) else steps


def _nested(row: int, name: str, cell: str, findings: Findings) -> Any:
    text = cell.strip().encode()
    try:
        _check(text)
        return _entries_of(text) if text[:1] == b"{" else msgspec.Raw(text)
    except msgspec.DecodeError:
        findings.reject(row, Why.WRONG_TYPE, name, "the cell is not JSON")
    except RecursionError:  # far beyond what a record may nest, which is looked at later
        findings.reject(row, Why.TOO_DEEP, name)
    return None


def _put(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """At the path, or at its dotted name where something else stands in its way."""
    node = record
    for place, name in enumerate(path[:-1]):
        below = node.get(name)
        if isinstance(below, msgspec.Raw) and bytes(below).startswith(b"{"):
            below = _entries_of(below)
        if not isinstance(below, dict | None):
            node[".".join(path[place:])] = value
            return
        found: dict[str, Any] = {} if below is None else below
        node[name] = found
        node = found
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
