"""Chunk -> columns of source values: the texts of the four scalar fields and the entries of the four maps.

Numbers keep their own text. What a row cannot be decoded to becomes a finding; nothing here judges a value's meaning.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa
from msgspec import Struct, field

from hackle_import.codes import Note, Why
from hackle_import.seen.sources import Sources

MAX_ENTRIES = 4096  # of one map; Hackle's own limits, far below, are notes


class Reject(NamedTuple):
    """One row that is not written. `line` counts from 1; `raw` is the record as it was dropped, but for what
    `[privacy]` names."""

    line: int
    why: Why
    field: str | None
    message: str
    raw: bytes


class Findings(Struct):
    """What was found about the rows of one chunk, by row number within it. A row's first reject stands."""

    rejects: dict[int, tuple[Why, str | None, str]] = field(default_factory=dict)
    notes: dict[Note, set[int]] = field(default_factory=dict)

    def reject(self, row: int, why: Why, name: str | None, message: str = "") -> None:
        self.rejects.setdefault(row, (why, name, message or why.meaning))

    def reject_all(self, rows: Iterable[int], why: Why, name: str | None, message: str = "") -> None:
        found = why, name, message or why.meaning
        for row in rows:
            self.rejects.setdefault(row, found)

    def note(self, rows: Sequence[int] | set[int], note: Note) -> None:
        if rows:
            self.notes.setdefault(note, set()).update(rows)


class MapColumn(Struct):
    """Distinct maps, flattened, in source order: map `i` has the next `lengths[i]` entries. `row_maps[row]` is a row's
    map; it is None where every row has its own. A value of None is JSON's null. `repeated` holds maps with a key twice,
    `broken` those that are none, each with why and a message."""

    keys: list[str] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    row_maps: list[int] | None = None
    repeated: set[int] = field(default_factory=set)
    broken: dict[int, tuple[Why, str]] = field(default_factory=dict)

    def rows_of(self, maps: set[int]) -> list[int]:
        """The rows whose map is one of `maps`."""
        if not maps or self.row_maps is None:
            return sorted(maps)
        return [row for row, number in enumerate(self.row_maps) if number in maps]

    def report_broken(self, name: str, findings: Findings) -> None:
        """Rejects the rows whose map is broken; `name` is the field."""
        for row in self.rows_of(set(self.broken)):
            why, message = self.broken[row if self.row_maps is None else self.row_maps[row]]
            findings.reject(row, why, name, message)


class SourceRows(Struct):
    """As many rows as the chunk has records, in its order, without those that cannot be read (`unread`, by row) and
    those that a mapping leaves out (`filtered`); a null text is a missing value. `shown` is what rejects show of each
    record where that is not the record itself, `marks` tell rows of one record apart. `sources`: what was seen of the
    mapping's."""

    records: Sequence[bytes]
    lines: Sequence[int]
    texts: dict[str, pa.StringArray]
    maps: dict[str, MapColumn]
    findings: Findings
    filtered: int = 0
    shown: Sequence[bytes] | None = None
    sources: Sources = field(default_factory=Sources)
    unread: dict[int, Reject] = field(default_factory=dict)
    marks: Sequence[bytes] | None = None
