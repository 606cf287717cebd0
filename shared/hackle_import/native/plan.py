"""A mapping -> the decoder's plan: paths as a tree of names, and what is made of the values found there.

None for what only Python can do: JMESPath, `where`, `[privacy]`, a strptime format, and plans of an unusual shape.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from hackle_import.conform import Target
from hackle_import.conform.maps import spelling
from hackle_import.mapping import Entries, Fields, Mapping, Pivot, Privacy, Value
from hackle_import.mapping.expressions import Path, path_of
from hackle_import.native.library import LEFT_OUT, TOO_LONG, Learn, Plan
from hackle_import.schema import MAP_LIMITS, MAPS, REQUIRED_KEYS
from hackle_import.seen.used import named_groups

_NONE = -1
_ANY = 1 << 40
_WHOLE: Path = ()
_OSNAMES = len(MAPS)  # its table
_KEY_BYTES = 4 * max(limits.key_characters for limits in MAP_LIMITS.values())  # as keys.h has it
_MOST = 64  # of names on a path, of translations of a value: beyond it the plan is unusual
_WHEN_MISSING = {"content": 0, "content+line": 1, "reject": 2, "content+copy": 2}  # 2: Python takes rows without an id
_UNITS = (None, "s", "ms", "us", "ns")
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def native_plan(target: Target, max_depth: int) -> Plan | None:
    """`max_depth` is the deepest nesting that a record may have."""
    builder = builder_of(target.mapping)
    return None if builder is None else plan_of(builder, target, max_depth)


def builder_of(mapping: Mapping) -> "Builder | None":
    """What a mapping takes its fields from, as a plan under way; None for what only Python can do."""
    try:
        return Builder(mapping.sources) if _is_plain(mapping) else None
    except _Unusual:
        return None


def plan_of(builder: "Builder", target: Target, max_depth: int) -> Plan:
    """The finished plan of the target's mapping, whose builder it is."""
    numbers = builder.numbers(_policy(target, max_depth))
    sources = {one: builder.number_of(one) for group in named_groups(target.mapping) for one in group}
    parents = {node.number: name for name, node in builder.root.names.items()}
    return Plan(numbers, bytes(builder.texts), _learner(target), sources, parents)


class _Unusual(Exception):  # noqa: N818 - not an error: Python takes the mapping
    """The decoder has no place for this."""


@dataclass(slots=True)
class Node:
    """What is wanted of a name or place, as `node` in plan.h."""

    names: dict[str, "Node"] = field(default_factory=dict)
    places: dict[int, "Node"] = field(default_factory=dict)
    slot: int = _NONE
    map: int = _NONE
    pivot: int = _NONE
    number: int = _NONE


class Builder:
    """A plan under way; `root` is what is wanted of a record."""

    def __init__(self, fields: Fields) -> None:
        self.texts = bytearray()
        self._slots = 0
        self.root = Node()
        self._elements: list[Node] = []
        self._values: list[int] = []
        self._pivots: list[list[int]] = []
        self._known_pivots: dict[Pivot, int] = {}
        self._named: list[int] = []
        self._translations: list[int] = []
        self._lists: list[int] = []
        for value in fields.scalars.values():
            self._value(value)
        maps = enumerate(fields.maps.items())
        self._maps = [number for place, (name, entries) in maps for number in self._map(place, name, entries)]

    def numbers(self, policy: Sequence[int]) -> list[int]:
        """The plan as plan.h has it."""
        nodes = self._nodes()
        pivots = [number for element, pivot in enumerate(self._pivots, 1) for number in (element, *pivot)]
        sections = (
            (1, [*policy[:3], self._slots, *policy[3:]]), (len(MAPS), self._maps), (len(nodes) // 9, nodes),
            (len(self._values) // 8, self._values), (len(self._pivots), pivots), (len(self._named) // 3, self._named),
            (len(self._translations) // 4, self._translations), (len(self._lists), self._lists),
        )  # fmt: skip
        return [number for count, section in sections for number in (count, *section)]

    def _nodes(self) -> list[int]:
        """All nodes, those below one side by side: the root, the pivots' elements, then what is below them."""
        ordered, self.root.number = [self.root, *self._elements], 0
        names: list[tuple[int, int]] = [(_NONE, 0)] * len(ordered)
        below: list[tuple[int, int, int, int]] = []
        for node in ordered:  # it grows
            first = len(ordered)
            ordered += node.names.values()
            names += map(self.text, node.names)
            after = len(ordered)
            for place, child in enumerate(node.names.values(), first):
                child.number = place
            ordered += (element for _, element in sorted(node.places.items()))
            names += ((_NONE, place) for place in sorted(node.places))
            for place, (_, element) in enumerate(sorted(node.places.items()), after):
                element.number = place
            below.append((first, len(node.names), after, len(node.places)))
        nodes = zip(ordered, names, below, strict=True)
        return [one for node, name, places in nodes for one in (*name, *places, node.slot, node.map, node.pivot)]

    def text(self, text: str | None) -> tuple[int, int]:
        """Place and length."""
        if text is None:
            return 0, _NONE
        place = len(self.texts)
        self.texts += text.encode()
        return place, len(self.texts) - place

    def number_of(self, source: str) -> int:
        """Of the node of a source that is part of the plan, whose numbers were made."""
        return self._node(_WHOLE if source == "@" else _path(source), self.root).number

    def _listed(self, numbers: Iterable[int]) -> tuple[int, int]:
        first = len(self._lists)
        self._lists += numbers
        return first, len(self._lists) - first

    def _node(self, path: Path, root: Node) -> Node:
        if len(path) > _MOST:
            raise _Unusual
        for step in path:
            root = (
                root.names.setdefault(step, Node()) if isinstance(step, str) else root.places.setdefault(step, Node())
            )
        return root

    def _slot(self, path: Path, root: Node | None = None) -> int:
        node = self._node(path, root or self.root)
        if node.slot == _NONE:
            node.slot, self._slots = self._slots, self._slots + 1
        return node.slot

    def _value(self, value: Value) -> int:
        if len(value.values) > _MOST:
            raise _Unusual
        sources = self._listed([self._slot(_path(source)) for source in value.sources])
        first = len(self._translations) // 4
        for one, other in value.values.items():
            self._translations += (*self.text(one), *self.text(other))
        texts = (*self.text(value.const), *self.text(value.default))
        self._values += (*sources, *texts, first, len(value.values))
        return len(self._values) // 8 - 1

    def _map(self, number: int, name: str, entries: Entries) -> list[int]:
        spreads = self._listed([self._spread(number, place, one) for place, one in enumerate(entries.spread)])
        pivots = self._listed([self._pivot(pivot) for pivot in entries.pivots])
        named = len(self._named) // 3
        for key, value in entries.named.items():
            if len(key.encode()) > _KEY_BYTES or len(key.lower().encode()) > _KEY_BYTES:
                raise _Unusual
            self._named += (*self.text(key), self._value(value))
        limits = MAP_LIMITS[name]
        largest = _KEY_BYTES + sum(map(_largest, entries.named.values()))
        required = [self.text(key) for key in (*REQUIRED_KEYS.get(name, ()), None, None)][:2]
        return [
            *spreads, *pivots, named, len(entries.named), _ANY if limits.keys is None else limits.keys,
            limits.value_characters, *required[0], *required[1], largest,
        ]  # fmt: skip

    def _spread(self, number: int, place: int, expression: str) -> int:
        """The first of a map is taken where it is met, by one map; others wait in a slot."""
        path = _WHOLE if expression == "@" else _path(expression)
        node = self._node(path, self.root)
        if place or node.map != _NONE:
            return self._slot(path)
        node.map = number
        return _NONE

    def _pivot(self, pivot: Pivot) -> int:
        if pivot in self._known_pivots:
            return self._known_pivots[pivot]
        node, element, number = self._node(_path(pivot.source), self.root), Node(), len(self._pivots)
        following, node.pivot = node.pivot, number
        self._known_pivots[pivot] = number
        self._elements.append(element)
        key, sources = self._slot(_path(pivot.key), element), [self._slot(_path(one), element) for one in pivot.values]
        self._pivots.append([key, *self._listed(sources), following])
        return number


def _is_plain(mapping: Mapping) -> bool:
    if (mapping.where, mapping.ts.format, mapping.privacy) != (None, None, Privacy()):
        return False
    fields = mapping.sources
    objects = (source for source in fields.objects() if source != "@")
    return all(map(path_of, (*fields.texts(), *fields.lists(), *objects)))


def _path(expression: str) -> Path:
    path = path_of(expression)
    assert path is not None, "plain paths are what a plan is made of"
    return path


def _largest(value: Value) -> int:
    """Bytes of the longest text that a mapping may write for a value that is not there, or in its place."""
    texts = (value.const or "", value.default or "", *value.values.values())
    return max(len(text.encode()) for text in texts)


def _policy(target: Target, max_depth: int) -> list[int]:
    mapping = target.mapping
    bounds = ((bound - _EPOCH) // _MILLISECOND for bound in (target.earliest, target.latest))
    return [
        max_depth, mapping.limits == "note", _WHEN_MISSING[mapping.insert_id.when_missing],
        _UNITS.index(mapping.ts.unit), mapping.ts.timezone == "UTC", *bounds,
    ]  # fmt: skip


def _learner(target: Target) -> Learn:
    usual, maps = spelling(target.osnames or ()), target.mapping.sources.maps.values()
    globs = [([one.lower() for one in each.only], [one.lower() for one in each.exclude]) for each in maps]

    def learn(table: int, text: str) -> tuple[str, int] | None:
        if table == _OSNAMES:
            name = usual(text)
            return (name, 0) if target.osnames is None or name in target.osnames else None
        key, (only, exclude) = text.lower(), globs[table]
        left_out = (bool(only) and not _matches(key, only)) or _matches(key, exclude)
        too_long = len(key) > MAP_LIMITS[MAPS[table]].key_characters
        return key, LEFT_OUT * left_out | TOO_LONG * too_long

    return learn


def _matches(key: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(key, glob) for glob in globs)
