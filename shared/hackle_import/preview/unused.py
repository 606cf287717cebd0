"""Fields of the source that a mapping takes nothing from, and how often they occur."""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from hackle_import.convert.opening import Decode
from hackle_import.decode.privacy import Redactor
from hackle_import.decode.table import MappedTable
from hackle_import.mapping import Entries, Mapping
from hackle_import.mapping.expressions import Path, path_of, roots
from hackle_import.reading.chunks import Chunk

_decode = msgspec.json.Decoder().decode


class Unused(msgspec.Struct, frozen=True):
    """`field` is a dotted path; `rows` counts rows of the sample that have it, and not as null."""

    field: str
    rows: int


class Usage:
    """Counts fields of records."""

    def __init__(self, mapping: Mapping) -> None:
        self._counts: Counter[Path] = Counter()
        self._redact = Redactor(mapping.privacy, b"")  # names may be what is private, of an object that is dropped
        maps = mapping.sources.maps.values()
        self._spreads = [(spread, entries) for entries in maps for spread in entries.spread]
        sources = [*_sources(mapping)]
        self._paths = [_names(path) for source in sources if (path := path_of(source))]
        self._roots = {root for source in sources if path_of(source) is None for root in roots(source)}

    def add(self, decode: Decode, chunk: Chunk) -> None:
        for record in chunk.records:
            self._counts.update(set(self._fields_of(record, decode)))

    def unused(self) -> list[Unused]:
        """The most frequent first."""
        found = [(path, rows) for path, rows in self._counts.items() if not self._is_used(path)]
        return [
            Unused(".".join(map(str, path)), rows) for path, rows in sorted(found, key=lambda one: (-one[1], one[0]))
        ]

    def _fields_of(self, record: bytes, decode: Decode) -> Iterator[Path]:
        if isinstance(decode, MappedTable):
            yield from (tuple(name.split(".")) for name in decode.filled(record))
            return
        try:
            yield from _leaves((), _decode(self._redact(record)))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return

    def _is_used(self, path: Path) -> bool:
        if path[0] in self._roots or any(path[: len(source)] == source for source in self._paths):
            return True
        return any(_is_spread(path, spread, entries) for spread, entries in self._spreads)


def _sources(mapping: Mapping) -> Iterator[str]:
    """Expressions that use a field whole; a map that is spread may leave out some of its object."""
    yield from mapping.sources.texts()
    yield from mapping.sources.lists()
    yield from (mapping.where,) if mapping.where else ()
    yield from (*mapping.privacy.drop, *mapping.privacy.hash)


def _is_spread(path: Path, spread: str, entries: Entries) -> bool:
    source = () if spread == "@" else _names(path_of(spread) or ())
    if path[: len(source)] != source or len(path) == len(source):
        return spread != "@" and path[:1] == source[:1] and len(path) == len(source)
    key = str(path[len(source)]).lower()
    chosen = not entries.only or any(fnmatchcase(key, glob.lower()) for glob in entries.only)
    return chosen and not any(fnmatchcase(key, glob.lower()) for glob in entries.exclude)


def _names(path: Path) -> Path:
    """Lists are not gone into: a path ends at the first."""
    places = [number for number, step in enumerate(path) if isinstance(step, int)]
    return path[: places[0]] if places else path


def _leaves(path: Path, value: Any) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _leaves((*path, name), one)
    elif value is not None and path:
        yield path
