"""Texts that stand for no value: in identifiers an empty one, and what exports write where there is nothing. Taken for
an id, such a text makes one user of many."""

from collections.abc import Collection, Iterable, Set
from itertools import repeat
from typing import cast

from msgspec.structs import replace

from hackle_import.codes import Note
from hackle_import.decode import Findings, MapColumn
from hackle_import.mapping.fillers import BLANKS, KNOWN, bare
from hackle_import.schema import REQUIRED_KEYS


def without_fillers(name: str, part: MapColumn, missing: Collection[str]) -> MapColumn:
    """A part of the map `name` whose entries are null where they stand for nothing; `missing` is what the mapping takes
    so."""
    if name not in REQUIRED_KEYS:
        return part
    empty = {"", *missing} if name == "identifiers" else {*missing}
    found = _standing_for(empty, part.values)
    if not found:
        return part
    values = [
        None if value in found and _is_id(name, key) else value
        for key, value in zip(part.keys, part.values, strict=True)
    ]
    return replace(part, values=values)


def note_fillers(name: str, column: MapColumn, findings: Findings) -> None:
    """Notes rows with a known filler among their identifiers and required entries."""
    found = _standing_for(KNOWN, column.values) if name in REQUIRED_KEYS else frozenset[str]()
    if not found:
        return
    maps, at = set[int](), 0
    for number, length in enumerate(column.lengths):
        entries = zip(column.keys[at : at + length], column.values[at : at + length], strict=True)
        if any(value in found and _is_id(name, key) for key, value in entries):
            maps.add(number)
        at += length
    findings.note(column.rows_of(maps), Note.FILLER)


def note_filler_texts(texts: list[str | None], findings: Findings) -> None:
    """Likewise for a column of texts."""
    if found := _standing_for(KNOWN, texts):
        findings.note({row for row, text in enumerate(texts) if text in found}, Note.FILLER)


def _standing_for(nothing: Set[str], texts: Iterable[str | None]) -> frozenset[str]:
    """Those of the texts that are one of `nothing`, blanks apart."""
    there = cast("set[str]", set(texts) - {None})
    if nothing.isdisjoint(map(str.strip, there, repeat(BLANKS))):
        return frozenset()
    return frozenset(text for text in there if bare(text) in nothing)


def _is_id(name: str, key: str) -> bool:
    return name == "identifiers" or key.lower() in REQUIRED_KEYS[name]
