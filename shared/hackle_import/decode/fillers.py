"""Texts that stand for no value: in identifiers an empty one, and what exports write where there is nothing. Taken for
an id, such a text makes one user of many."""

from collections.abc import Collection
from dataclasses import replace

from hackle_import.codes import Note
from hackle_import.decode import Findings, MapColumn
from hackle_import.mapping.fillers import KNOWN
from hackle_import.schema import REQUIRED_KEYS


def without_fillers(name: str, part: MapColumn, missing: Collection[str]) -> MapColumn:
    """A part of the map `name` whose entries are null where they stand for nothing; `missing` is what the mapping takes
    so."""
    if name not in REQUIRED_KEYS:
        return part
    empty = {"", *missing} if name == "identifiers" else {*missing}
    if empty.isdisjoint(part.values):
        return part
    values = [
        None if value in empty and _is_id(name, key) else value
        for key, value in zip(part.keys, part.values, strict=True)
    ]
    return replace(part, values=values)


def note_fillers(name: str, column: MapColumn, findings: Findings) -> None:
    """Notes rows with a known filler among their identifiers and required entries."""
    if name not in REQUIRED_KEYS or KNOWN.isdisjoint(column.values):
        return
    maps, at = set[int](), 0
    for number, length in enumerate(column.lengths):
        entries = zip(column.keys[at : at + length], column.values[at : at + length], strict=True)
        if any(value in KNOWN and _is_id(name, key) for key, value in entries):
            maps.add(number)
        at += length
    findings.note(column.rows_of(maps), Note.FILLER)


def note_filler_texts(texts: list[str | None], findings: Findings) -> None:
    """Likewise for a column of texts."""
    if not KNOWN.isdisjoint(texts):
        findings.note({row for row, text in enumerate(texts) if text in KNOWN}, Note.FILLER)


def _is_id(name: str, key: str) -> bool:
    return name == "identifiers" or key.lower() in REQUIRED_KEYS[name]
