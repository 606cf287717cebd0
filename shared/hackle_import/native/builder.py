"""The decoder's plan of what a mapping takes its fields from: the numbers of plan.h, section by section."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from msgspec import Struct, field

from hackle_import.mapping import Entries, Mapping, Pivot, Value
from hackle_import.mapping.conditions import Condition, conditional, silent
from hackle_import.mapping.expressions import Path, path_of
from hackle_import.native.asked import Asks
from hackle_import.native.formats import format_numbers
from hackle_import.native.private import Private
from hackle_import.native.unusual import Unusual
from hackle_import.native.where import Tests
from hackle_import.native.written import Written
from hackle_import.schema import MAP_LIMITS, MAPS, REQUIRED_KEYS

_NONE = -1
_ANY = 1 << 40
_WHOLE: Path = ()
_KEY_BYTES = 4 * max(limits.key_characters for limits in MAP_LIMITS.values())  # as keys.h has it
_VALUE = 10  # numbers of a value
_MOST_JOINED = 62  # as plan.h has it
_MOST = 64  # of names on a path: beyond it the plan is unusual


class Node(Struct):
    """What is wanted of a name or place, as `node` in plan.h."""

    names: dict[str, "Node"] = field(default_factory=dict)
    places: dict[int, "Node"] = field(default_factory=dict)
    slot: int = _NONE
    map: int = _NONE
    pivot: int = _NONE
    number: int = _NONE


class Builder:
    """A plan under way; `root` is what is wanted of a record. `zone_name`: what formats with `%Z` take for the
    mapping's zone."""

    def __init__(self, mapping: Mapping, zone_name: str | None) -> None:
        privacy = mapping.privacy_of_rows
        fields, self.private = mapping.sources, Private(privacy)
        self.texts = bytearray()
        self._slots = 0
        self.root = Node()
        self._elements: list[Node] = []
        self._values: list[int] = []
        self._pivots: list[list[int]] = []
        self._known_pivots: dict[Pivot, int] = {}
        self._named: list[int] = []
        self._translations: list[int] = []
        self._written = Written(self.text)
        self._fillers = self._written.listed(mapping.fillers.texts)
        self._lists: list[int] = []
        self._guards: list[int] = []
        self._conditional: dict[str, int] = {}
        self._node_count = 0
        self._formats = [number for one in mapping.ts.format for number in format_numbers(one, zone_name, self.text)]
        self.asks = Asks(self._slot, self._new_slot, fields.metric_value.sources)
        self._tests = self._where(mapping.where)
        self._each = [
            number for name in (path_of(mapping.each) or () if mapping.each else ()) for number in self.text(str(name))
        ]
        for name in (*privacy.drop, *privacy.hash):
            self._node(_path(name), self.root)
        for value in fields.scalars.values():
            self._value(value)
        maps = enumerate(fields.maps.items())
        self._maps = [number for place, (name, entries) in maps for number in self._map(place, name, entries)]
        for name in mapping.json:
            self._check_told(_path(name))
        if mapping.json and self.asks.reads_all:
            raise Unusual

    def numbers(self, policy: Sequence[int], offsets: Sequence[int], hash_key: str) -> list[int]:
        """The plan as plan.h has it; `offsets` are those of the zones that the policy names."""
        if self.private.counts[0] and (self.root.slot != _NONE or self.asks.reads_all):
            raise Unusual
        policy = [*policy, *self.private.counts, *self.text(hash_key), *self._fillers]
        nodes = self._nodes()
        pivots = [number for element, pivot in enumerate(self._pivots, 1) for number in (element, *pivot)]
        asks = list(self.asks.numbers(self._listed))
        sections = (
            (1, [*policy[:4], self._slots, *policy[4:]]), (len(MAPS), self._maps), (len(nodes) // 9, nodes),
            (len(self._values) // _VALUE, self._values), (len(self._pivots), pivots),
            (len(self._named) // 3, self._named), (len(self._translations) // 4, self._translations),
            *self._written.sections(), (len(self._lists), self._lists),
            (len(self._guards) // 6, self._guards), (len(self._tests.numbers) // 5, self._tests.numbers),
            (len(self._formats) // 6, self._formats), (len(offsets) // 2, offsets), (len(asks) // 7, asks),
            (len(self._each) // 2, self._each),
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
        self._node_count = len(ordered)
        return [one for node, name, places in nodes for one in (*name, *places, node.slot, node.map, node.pivot)]

    def text(self, text: str | None) -> tuple[int, int]:
        """Place and length."""
        if text is None:
            return 0, _NONE
        place = len(self.texts)
        try:
            self.texts += text.encode()
        except UnicodeEncodeError:  # half of a character that JSON writes as two: no record has it
            raise Unusual from None
        return place, len(self.texts) - place

    def number_of(self, source: str) -> int | None:
        """Of the node of a source, when their numbers were made; behind them, of a condition's slot, and of what an
        expression says. None for a source that is no part of the plan."""
        if source in self._conditional:
            return self._node_count + self._conditional[source]
        if source in self.asks.targets:
            return self._node_count + len(self._guards) // 6 + self.asks.targets[source]
        path: Path | None = _WHOLE if source == "@" else path_of(source)
        if path is None and source in self.root.names:  # one that a path would have in quotes
            path = (source,)
        node: Node | None = None if path is None else self.root
        for step in path or ():
            if node is not None:
                node = node.names.get(step) if isinstance(step, str) else node.places.get(step)
        return None if node is None else node.number

    def _listed(self, numbers: Iterable[int]) -> tuple[int, int]:
        first = len(self._lists)
        self._lists += numbers
        return first, len(self._lists) - first

    def node(self, path: Path) -> Node:
        """That of a path in a record, though nothing may be wanted of it."""
        return self._node(path, self.root)

    def _node(self, path: Path, root: Node) -> Node:
        if len(path) > _MOST:
            raise Unusual
        for step in path:
            root = (
                root.names.setdefault(step, Node()) if isinstance(step, str) else root.places.setdefault(step, Node())
            )
        return root

    def _check_told(self, path: Path) -> None:
        """JSON in a text is read as such where paths lead through it or a map or a list is made of it: raises Unusual
        where it, or what it lies in, is taken as it is."""
        node: Node | None = self.root
        for step in path:
            if node is None:
                return
            if node.slot != _NONE or node.map != _NONE or node.pivot != _NONE:
                raise Unusual
            node = node.names.get(step) if isinstance(step, str) else node.places.get(step)
        if node is not None and node.slot != _NONE:
            raise Unusual

    def _slot(self, path: Path, root: Node | None = None) -> int:
        node = self._node(path, root or self.root)
        if node.slot == _NONE:
            node.slot = self._new_slot()
        return node.slot

    def _new_slot(self) -> int:
        self._slots += 1
        return self._slots - 1

    def _where(self, expression: str | None) -> Tests:
        """What is no test in C is one of what Python says."""
        tests = Tests(self._slot, self.text)
        try:
            if expression is not None:
                tests.write(expression)
        except Unusual:
            tests = Tests(self._slot, self.text)
            tests.write_true(self.asks.target(expression or "", early=True))
        return tests

    def _source(self, expression: str) -> int:
        """The slot of a path, with or without a condition, or of what Python says of an expression."""
        if path := path_of(expression):
            return self._slot(path)
        if (found := conditional(expression)) is not None:
            condition, path = found
            target = self._new_slot()
            self._conditional.setdefault(expression, len(self._guards) // 6)
            self._guard(condition, target, self._slot(path))
            return target
        first, conditions = len(self._guards) // 6, silent(expression) or ()
        for condition in conditions:
            self._guard(condition)
        return self.asks.target(expression, (first, len(conditions)) if conditions else (0, 0))

    def _guard(self, condition: Condition, target: int = _NONE, source: int = 0) -> None:
        """`source` goes into `target` where the condition holds; without a target it is one of a question's."""
        self._guards += (target, source, self._slot(condition.path), condition.holds, *self.text(condition.text))

    def _value(self, value: Value) -> int:
        sources = self._listed(list(map(self._source, value.sources)))
        first = len(self._translations) // 4
        for one, other in sorted(value.values.items(), key=_order):
            self._translations += (*self.text(one), *self.text(other))
        texts = (*self.text(value.const), *self.text(value.default))
        number = self._written.number(value) if value.is_number else _NONE
        self._values += (*sources, _beginnings(value), *texts, first, len(value.values), number)
        return len(self._values) // _VALUE - 1

    def _map(self, number: int, name: str, entries: Entries) -> list[int]:
        spreads = self._listed([self._spread(number, place, one) for place, one in enumerate(entries.spread)])
        pivots = self._listed([self._pivot(pivot) for pivot in entries.pivots])
        named = len(self._named) // 3
        for key, value in entries.named.items():
            if len(key.encode()) > _KEY_BYTES or len(key.lower().encode()) > _KEY_BYTES:
                raise Unusual
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
        if expression != "@" and path_of(expression) is None:
            return self._source(expression)
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


def _order(translation: tuple[str, str]) -> tuple[int, bytes]:
    text = translation[0].encode("utf-8", "surrogatepass")
    return len(text), text


def _beginnings(value: Value) -> int:
    """A bit for each source with which a part of what is joined begins."""
    if value.join and len(value.sources) > _MOST_JOINED:
        raise Unusual
    return sum(1 << place for place in accumulate(value.parts[:-1], initial=0)) if value.join else 0


def _path(expression: str) -> Path:
    path = path_of(expression)
    assert path is not None, "plain paths are what a plan is made of"
    return path


def _largest(value: Value) -> int:
    """Bytes of the longest text that a mapping may write for a value that is not there, or in its place."""
    texts = (value.const or "", value.default or "", *value.values.values(), "0" * value.is_number)
    return max(len(text.encode()) for text in texts)
