"""Where a mapping takes each field of the source to."""

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from hackle_import.mapping import Entries, Mapping
from hackle_import.mapping.expressions import path_of, roots

Path = tuple[str, ...]
EXPRESSION = " (expression)"  # behind a target whose value an expression makes of the field


class Uses:
    """Fields are told by their paths: names from the outermost on; a column of a table is its whole name."""

    def __init__(self, mapping: Mapping) -> None:
        self._values: list[tuple[str, str]] = list(_values(mapping))  # source, target
        self._spreads = [
            (spread, name, entries) for name, entries in mapping.sources.maps.items() for spread in entries.spread
        ]
        self._private = [source.casefold() for source in (*mapping.privacy.drop, *mapping.privacy.hash)]
        self._where = roots(mapping.where) if mapping.where else set()

    def targets(self, path: Path) -> list[str]:
        """`ts`, `event_properties.plan`: none where nothing uses the field."""
        steps = _steps(path)
        found = [target + kind for source, target in self._values if (kind := _kind(source, steps)) is not None]
        for spread, name, entries in self._spreads:
            key = _spread_key(steps, spread, entries)
            found += [f"{name}.{key}"] if key is not None else []
        if not found and steps[0] in self._where:
            found.append("(where)")
        if not found and any(_reads(source, _folded(steps)) for source in self._private):
            found.append("(privacy)")
        return list(dict.fromkeys(found))

    def absent(self, seen: Iterable[Path], silent: Collection[str] = ()) -> list[tuple[str, str]]:
        """(source, target) of which no source is among the paths that were seen; those that are `silent` gave nothing,
        though they look at such paths."""
        there = [_steps(path) for path in seen]
        by_target: dict[str, list[str]] = {}
        for source, target in self._values:
            by_target.setdefault(target, []).append(source)
        for spread, name, _ in self._spreads:
            if spread != "@":
                by_target.setdefault(f"{name}.*", []).append(spread)
        missing = [
            (" or ".join(sources), target)
            for target, sources in by_target.items()
            if not any(_reads(source, steps) for source in sources if source not in silent for steps in there)
        ]
        return list(dict.fromkeys(missing))


def _values(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for name, value in mapping.sources.scalars.items():
        yield from ((source, name) for source in value.sources)
    for name, entries in mapping.sources.maps.items():
        for key, value in entries.named.items():
            yield from ((source, f"{name}.{key.lower()}") for source in value.sources)
        yield from ((pivot.source, f"{name}.*{EXPRESSION}") for pivot in entries.pivots)


def _steps(path: Path) -> Path:
    """A column `user.id` lies at that path."""
    return tuple(path[0].split(".")) if len(path) == 1 else path


def _names(source: str) -> Path | None:
    """Of a plain path, as far as its first place in a list."""
    path = path_of(source)
    if path is None:
        return None
    places = [number for number, step in enumerate(path) if isinstance(step, int)]
    return tuple(map(str, path[: places[0]] if places else path))


def _kind(source: str, steps: Path) -> str | None:
    """What to say behind the target: nothing where the field itself is taken. None where it is not used."""
    names = _names(source)
    if names is None:
        return EXPRESSION if steps[0] in roots(source) else None
    if steps[: len(names)] != names:
        return None
    whole = path_of(source) or ()
    return "" if steps == names and len(whole) == len(names) else EXPRESSION


def _reads(source: str, steps: Path) -> bool:
    names = _names(source)
    return bool(steps[0] in roots(source)) if names is None else steps[: len(names)] == names


def _folded(steps: Path) -> Path:
    return tuple(step.casefold() for step in steps)


def _spread_key(steps: Path, spread: str, entries: Entries) -> str | None:
    source = () if spread == "@" else _names(spread) or ()
    if steps[: len(source)] != source or len(steps) == len(source):
        return None
    key = steps[len(source)].lower()
    chosen = not entries.only or any(fnmatchcase(key, glob.lower()) for glob in entries.only)
    return key if chosen and not any(fnmatchcase(key, glob.lower()) for glob in entries.exclude) else None
