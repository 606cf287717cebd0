"""What a mapping takes of a source record: its sources by name, and which fields they use."""

from collections.abc import Iterator
from enum import Enum, auto

from hackle_import.mapping import Mapping
from hackle_import.mapping.conditions import looked_at
from hackle_import.mapping.expressions import Path, first_names, looks_at, path_of, roots

Group = tuple[str, ...]


class Use(Enum):
    """How a field is used: all of it, something below it, nothing."""

    WHOLE = auto()
    PARTLY = auto()
    NOT = auto()


class Used:
    """`takes_all`: a map takes whatever a record holds."""

    def __init__(self, mapping: Mapping) -> None:
        sources = [*mapping.sources.texts(), *mapping.sources.lists(), *mapping.sources.objects()]
        privacy = mapping.privacy_of_rows
        sources += [*((mapping.where,) if mapping.where else ()), *privacy.drop, *privacy.hash]
        self.takes_all = "@" in sources
        paths = {source: _paths(source) for source in sources if source != "@"}
        self._paths = {names_of(path) for found in paths.values() for path in found or ()}
        self._roots = {root for source, found in paths.items() if found is None for root in roots(source)}
        self._known: dict[Path, Use] = {}

    def use(self, path: Path) -> Use:
        """Of a field by its names, outermost first."""
        if path not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[path] = self._use(path)
        return self._known[path]

    def _use(self, path: Path) -> Use:
        if path[0] in self._roots or any(path[: len(source)] == source for source in self._paths):
            return Use.WHOLE
        return Use.PARTLY if any(source[: len(path)] == path for source in self._paths) else Use.NOT


_REMEMBERED = 10_000


def _paths(source: str) -> set[Path] | None:
    path = path_of(source)
    return looked_at(source) if path is None else {path}


def names_of(path: Path) -> Path:
    """Lists are not gone into: a path ends at the first."""
    places = [number for number, step in enumerate(path) if isinstance(step, int)]
    return path[: places[0]] if places else path


def named_groups(mapping: Mapping) -> Iterator[Group]:
    """The sources that a mapping names, together those of one value, of which one is enough. Without what every record
    is: an object that a map takes."""
    fields = mapping.sources
    for value in fields.scalars.values():
        yield value.sources
    for entries in fields.maps.values():
        whole = (*entries.spread, *(pivot.source for pivot in entries.pivots))
        yield from ((source,) for source in whole if source != "@")
        yield from (value.sources for value in entries.named.values())
    yield from ((name,) for name in sorted(where_names(mapping)))


def where_names(mapping: Mapping) -> frozenset[str]:
    """The names of a record that `where` looks at; none where that may be any."""
    if not mapping.where or looks_at(mapping.where) is None:
        return frozenset()
    return frozenset(filter(_may_be_there, first_names(mapping.where)))


def _may_be_there(name: str) -> bool:
    """No record has half of a character that JSON writes as two."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
