"""Fields of the source that a mapping takes nothing from, and how often they occur."""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from hackle_import.decode import MAPS, SCALARS
from hackle_import.decode.mapped_table import MappedTable
from hackle_import.decode.table import TableDecoder
from hackle_import.mapping import NATIVE_FIELDS, Entries, Mapping
from hackle_import.mapping.expressions import Path, path_of, roots
from hackle_import.preview.source import Decode
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
        self._fields = mapping.fields or NATIVE_FIELDS
        maps: list[Entries] = [getattr(self._fields, name) for name in MAPS]
        values = [getattr(self._fields, name) for name in SCALARS] + [
            one for each in maps for one in each.named.values()
        ]
        sources = [source for value in values for source in value.sources] + [mapping.where or ""]
        sources += [pivot.source for each in maps for pivot in each.pivots]
        self._paths = [path for source in sources if source and (path := path_of(source))]
        self._paths += [path for source in (*mapping.privacy.drop, *mapping.privacy.hash) if (path := path_of(source))]
        self._roots = {root for source in sources if source and path_of(source) is None for root in roots(source)}
        self._spreads = [(spread, each) for each in maps for spread in each.spread]

    def add(self, decode: Decode, chunk: Chunk) -> None:
        for record in chunk.records:
            self._counts.update(set(_fields_of(record, decode)))

    def unused(self) -> list[Unused]:
        """The most frequent first."""
        found = [(path, rows) for path, rows in self._counts.items() if not self._is_used(path)]
        return [
            Unused(".".join(map(str, path)), rows) for path, rows in sorted(found, key=lambda one: (-one[1], one[0]))
        ]

    def _is_used(self, path: Path) -> bool:
        names = [_names(source) for source in self._paths]
        if path[0] in self._roots or any(path[: len(source)] == source for source in names):
            return True
        return any(_is_spread(path, spread, entries) for spread, entries in self._spreads)


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


def _fields_of(record: bytes, decode: Decode) -> Iterator[Path]:
    if isinstance(decode, TableDecoder | MappedTable):
        yield from (tuple(name.split(".")) for name in decode.filled(record))
        return
    try:
        yield from _leaves((), _decode(record))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return


def _leaves(path: Path, value: Any) -> Iterator[Path]:
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _leaves((*path, name), one)
    elif value is not None and path:
        yield path
