"""CSV records of any shape -> JSON objects for a mapping: a cell is a text; one that is empty or equal to a null text
is missing. A column `user.id` lies at that path, and wins over the same key of JSON in a column `user`; beside a column
`user` of texts it keeps its name.

Columns that the mapping names hold JSON. In Hackle's shape the four maps do, and what follows a map's name is one key
of it: `event_properties.utm.source` is its entry `utm.source`.
"""

from collections.abc import Iterator, Sequence, Set
from typing import Any

import msgspec
from msgspec import Struct, field

from hackle_import.codes import Fault, Why
from hackle_import.decode import Findings, SourceRows
from hackle_import.decode.cells import cells_of, named_cells
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.undecodable import is_too_deep
from hackle_import.errors import BadDrop
from hackle_import.mapping import Mapping
from hackle_import.mapping.expressions import roots
from hackle_import.reading.chunks import Chunk, Unread
from hackle_import.reading.dialect import Dialect
from hackle_import.schema import MAPS, REQUIRED_COLUMNS
from hackle_import.seen.sources import Header, Sources

_check = msgspec.json.Decoder(msgspec.Raw).decode
_entries_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.encode
_NOTHING = b"{}"  # of a record that cannot be read
_MOST_STEPS = 64  # a name with more dots is no path


def json_columns(mapping: Mapping) -> set[str]:
    """Columns whose cells are JSON."""
    return {*mapping.csv.json, *(MAPS if mapping.is_hackle else ())}


def column_paths(header: Sequence[str], mapping: Mapping) -> list[tuple[str, ...]]:
    """Where each column lies in a record, as names from the outermost on."""
    texts = set(header) - json_columns(mapping)
    return [_path(name, texts, mapping) for name in header]


class MappedTable:
    """Decodes the chunks of one table. Raises BadDrop when the header has no column that the mapping asks for."""

    def __init__(self, header: Sequence[str], dialect: Dialect, mapping: Mapping, decoder: MappedDecoder) -> None:
        self._header, self._dialect, self._decoder = header, dialect, decoder
        self._missing, self._json = {"", *mapping.csv.null}, json_columns(mapping)
        self._extend = _spliced if mapping.is_hackle else _merged
        _check_header(header, mapping)
        self._seen = Header(mapping, column_paths(header, mapping))
        self._columns = _levels(header, mapping)

    def __call__(self, chunk: Chunk) -> SourceRows:
        """Never raises for what a record holds."""
        findings = Findings()
        records = self._objects(chunk, findings)
        decoded = self._decoder.decoded(chunk, records, findings)
        decoded.sources = self.seen(len(records) + len(chunk.unread), decoded.sources.present)
        return decoded

    def as_json(self, chunk: Chunk) -> Chunk:
        """The same records as JSON objects; those that cannot be read are `unread`."""
        findings = Findings()
        records = self._objects(chunk, findings)
        unread = [
            Unread(chunk.lines[row], why, message, chunk.records[row])
            for row, (why, _, message) in findings.rejects.items()
        ]
        kept = [row for row in range(len(records)) if row not in findings.rejects]
        objects = [records[row] for row in kept]
        return Chunk(b"\n".join(objects), objects, [chunk.lines[row] for row in kept], [*chunk.unread, *unread])

    def seen(self, rows: int, gave: Set[str] = frozenset()) -> Sources:
        """What the header says of the mapping's sources, for so many rows; `gave` are expressions that gave
        something."""
        return self._seen.seen(rows, gave)

    def named(self, record: bytes) -> dict[str, str]:
        """A record's cells by their columns, as they are written."""
        return named_cells(self._header, record, self._dialect)

    def _objects(self, chunk: Chunk, findings: Findings) -> list[bytes]:
        rows = cells_of(chunk, self._dialect, len(self._header), findings)
        return [
            _NOTHING if row in findings.rejects else _encode(self._object(self._columns, row, cells, findings))
            for row, cells in enumerate(rows)
        ]

    def _object(self, level: "_Level", row: int, cells: Sequence[str], findings: Findings) -> dict[str, Any]:
        missing = self._missing
        found: dict[str, Any] = {name: cell for name, number in level.texts if (cell := cells[number]) not in missing}
        for name, column in level.others.items():
            below = self._object(column.below, row, cells, findings)
            own = None if column.number is None else self._json_of(column, row, cells[column.number], findings)
            if own is None:
                found |= {name: below} if below else {}
            elif own.startswith(b"{"):
                found[name] = self._extend(own, below)
            else:
                found |= {name: msgspec.Raw(own), **dict(_dotted(name, below))}
        return found

    def _json_of(self, column: "_Column", row: int, cell: str, findings: Findings) -> bytes | None:
        """None for a cell that is missing, null or no JSON."""
        if cell in self._missing or column.number is None:
            return None
        text, name = cell.strip(" \t\r\n").encode(), self._header[column.number]
        if is_too_deep(text, self._decoder.max_depth):
            findings.reject(row, Why.TOO_DEEP, name, f"more than {self._decoder.max_depth} levels")
            return None
        try:
            _check(text)
        except msgspec.DecodeError:
            if self._decoder.keeps_maps:
                return _encode(cell)
            findings.reject(row, Why.WRONG_TYPE, name, "the cell is not JSON")
            return None
        return None if text == b"null" else text


class _Column(Struct):
    """A name of a record that is no text: a column of JSON, if `number` is one; and columns below it."""

    below: "_Level"
    number: int | None = None


class _Level(Struct):
    """The columns at one depth of a record. Outer columns must be added first."""

    texts: list[tuple[str, int]] = field(default_factory=list)
    others: dict[str, _Column] = field(default_factory=dict)

    def add(self, path: Sequence[str], number: int, *, is_text: bool) -> None:
        if len(path) == 1 and is_text:
            self.texts.append((path[0], number))
            return
        column = self.others.setdefault(path[0], _Column(_Level()))
        if len(path) == 1:
            column.number = number
        else:
            column.below.add(path[1:], number, is_text=is_text)


def _levels(header: Sequence[str], mapping: Mapping) -> _Level:
    in_json, columns = json_columns(mapping), _Level()
    for number, path in sorted(enumerate(column_paths(header, mapping)), key=lambda column: len(column[1])):
        columns.add(path, number, is_text=header[number] not in in_json)
    return columns


def in_order(header: Sequence[str], mapping: Mapping) -> list[int]:
    """The columns as a record has them."""

    def numbers(level: _Level) -> Iterator[int]:
        yield from (number for _, number in level.texts)
        for column in level.others.values():
            yield from () if column.number is None else (column.number,)
            yield from numbers(column.below)

    return list(numbers(_levels(header, mapping)))


def _path(name: str, texts: set[str], mapping: Mapping) -> tuple[str, ...]:
    outermost, dot, rest = name.partition(".")
    if mapping.is_hackle and dot and outermost in MAPS:
        return outermost, rest
    steps = name.split(".")
    if len(steps) > _MOST_STEPS:
        return (name,)
    outer = (".".join(steps[:end]) for end in range(1, len(steps)))
    return (name,) if texts.intersection(outer) else tuple(steps)


def _spliced(own: bytes, below: dict[str, Any]) -> Any:
    """An object that becomes a map, with further members behind its own: of equal keys they win, and that is noted."""
    inner = own[1:-1].strip()
    return msgspec.Raw(b"{" + inner + (b"," if inner and below else b"") + _encode(below)[1:])


def _merged(own: bytes, below: dict[str, Any]) -> Any:
    """An object that may be anything, with further members, which take the places of its own."""
    if not below:
        return msgspec.Raw(own)
    members: dict[str, Any] = dict(_entries_of(own))
    for name, value in below.items():
        there = bytes(members.get(name, b"null"))
        if not isinstance(value, dict) or there == b"null":
            members[name] = value
        elif there.startswith(b"{"):
            members[name] = _merged(there, value)
        else:
            members |= dict(_dotted(name, value))
    return members


def _dotted(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What lies below a name that something else has, by dotted names."""
    if not isinstance(value, dict):
        yield name, value
        return
    for key, one in value.items():
        yield from _dotted(f"{name}.{key}", one)


def missing_columns(header: Sequence[str], mapping: Mapping) -> list[str]:
    """What a table cannot do without, and its header lacks: a sentence each."""
    columns, missing = {path[0] for path in column_paths(header, mapping)}, []
    if mapping.each is not None:  # what its elements have, no header says
        return (
            []
            if roots(mapping.each) <= columns
            else [f"no column {mapping.each}, whose list the mapping's each asks for"]
        )
    for name in REQUIRED_COLUMNS:
        value = mapping.sources.scalars[name]
        wanted = {root for source in value.sources for root in roots(source)}
        if wanted and value.default is None and not wanted & columns:
            needed = "" if wanted == {name} else f", which the mapping needs for {name}"
            missing.append(f"no column {' or '.join(sorted(wanted))}{needed}")
    return missing


def _check_header(header: Sequence[str], mapping: Mapping) -> None:
    if missing := missing_columns(header, mapping):
        alone = "; the header is a single column: see delimiter in the mapping's [csv]" if len(header) == 1 else ""
        raise BadDrop(Fault.CSV_HEADER, "; ".join(missing) + alone, "line 1")
