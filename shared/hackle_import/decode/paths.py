"""JSON objects -> columns of what lies at plain paths, by a msgspec type made for just those paths: what no path names
is skipped, not decoded. An object that does not fit the type is read path by path; both ways give the same."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct, field

from hackle_import.decode.maps import value_text
from hackle_import.decode.weight import elements, is_heavy
from hackle_import.mapping.expressions import Path

NULL = msgspec.Raw(b"null")
_RAW = (msgspec.Raw, NULL)  # what a text is read as where values would take too much memory
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
entries_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
KINDS = {b"{": "an object", b"[": "an array", b"t": "true or false", b"f": "true or false"}  # by a value's first byte
ESCAPED = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')  # in a name of JSON, for which msgspec has no field
_NEGATIVE_ZERO = re.compile(rb"-0[\s,}\]]")


class _Member(Struct, frozen=True):
    value: msgspec.Raw


class Texts(Struct):
    """One text a record, None for null or nothing; `odd` says of the records whose value is neither text nor a number
    what it is."""

    texts: list[str | None]
    odd: dict[int, str] = field(default_factory=dict)


class _Node(Struct):
    """What is wanted of a name: its text, its JSON, what is below it: of an object, `names`; of a list, the elements at
    `places`, of which `element` says what is wanted."""

    text: bool = False
    raw: bool = False
    names: dict[str, "_Node"] = field(default_factory=dict)
    places: set[int] = field(default_factory=set)
    element: "_Node | None" = None


@lru_cache(64)  # a warm process opens every drop anew, and by the same mappings
def path_decoder(texts: tuple[Path, ...], raws: tuple[Path, ...]) -> "PathDecoder":
    """The one of these paths."""
    return PathDecoder(texts, raws)


class PathDecoder:
    """`texts` are paths whose values are read as texts, `raws` those that are taken as JSON."""

    def __init__(self, texts: Iterable[Path], raws: Iterable[Path] = ()) -> None:
        self._texts, self._raws = list(dict.fromkeys(texts)), list(dict.fromkeys(raws))
        root = _Node()
        for path in self._texts:
            _reach(root, path).text = True
        for path in self._raws:
            _reach(root, path).raw = True
        self._root = root

    @cached_property
    def _level(self) -> "Level | None":
        """Made when a record comes: of a drop that C decodes there may be none."""
        return Level(self._root) if _is_type(self._root) else None

    @cached_property
    def _raw_level(self) -> "Level | None":
        return Level(self._root, _RAW) if _is_type(self._root) else None

    def fitting(self, records: Sequence[bytes]) -> list[Any] | None:
        """The records as the type, or None when one of them does not fit or is no JSON."""
        try:
            level = self._raw_level if is_heavy(records) else self._level
            return level.rows(records) if level else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def holds_text(self, fitting: list[Any]) -> bool:
        """Whether a text lies where paths lead through: of names whose JSON is wanted, too, the type does not tell."""
        try:
            return bool(fitting) and self._level_of(fitting).holds_text(fitting)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return True

    def __call__(
        self, records: Sequence[bytes], fitting: list[Any] | None = None
    ) -> tuple[dict[Path, Texts], dict[Path, list[bytes]]]:
        """The columns by path; `fitting` is what the method of that name gave. Records must be JSON objects."""
        rows = self.fitting(records) if fitting is None else fitting
        try:
            found = None if rows is None else self._level_of(rows).columns(rows)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        if found is None:
            return self._one_by_one(records)
        texts = {path: _texts(path, found[path], records) for path in self._texts}
        return texts, {path: list(map(bytes, found[path])) for path in self._raws}

    def _level_of(self, rows: list[Any]) -> "Level":
        levels = [level for level in (self._level, self._raw_level) if level]
        return levels[-1] if rows and isinstance(rows[0], levels[-1].type) else levels[0]

    def _one_by_one(self, records: Sequence[bytes]) -> tuple[dict[Path, Texts], dict[Path, list[bytes]]]:
        texts = {path: Texts([None] * len(records)) for path in self._texts}
        raws = {path: [b"null"] * len(records) for path in self._raws}
        for row, record in enumerate(records):
            for path, column in texts.items():
                _take_exactly(column, row, raw_at(record, path))
            for path, values in raws.items():
                values[row] = raw_at(record, path)
        return texts, raws


class Level:
    """The names of one depth. Where a name's JSON is wanted as well as what is below it, it is decoded twice, which
    costs less than decoding everything."""

    def __init__(self, node: _Node, leaf: tuple[Any, Any] = (Any, None)) -> None:
        self._names, self._leaf = list(node.names.items()), leaf
        self._below = [_Below(child, leaf) if child.names or child.element else None for _, child in self._names]
        fields = [(f"f{number}", *self._field(number)) for number in range(len(self._names))]
        keys = {f"f{number}": name for number, (name, _) in enumerate(self._names)}
        self.has_late: bool = any(
            below and (self._is_late(number) or below.has_late) for number, below in enumerate(self._below)
        )
        self.type = msgspec.defstruct("Record", fields, rename=keys, gc=False, eq=False, frozen=True)
        self._decode = msgspec.json.Decoder(self.type, float_hook=str).decode
        self._nothing = self.type()

    def rows(self, records: Sequence[bytes]) -> list[Any]:
        """Raises msgspec.ValidationError when a record does not fit."""
        return [self._decode(record) for record in records]

    def columns(self, rows: Sequence[Any]) -> dict[Path, list[Any]]:
        """Values by path; JSON where that is wanted. A row may be None."""
        if None in rows:
            rows = [self._nothing if row is None else row for row in rows]
        found: dict[Path, list[Any]] = {}
        for number, (name, node) in enumerate(self._names):
            column = list(map(attrgetter(f"f{number}"), rows))
            below = self._below[number]
            if below is None or node.text or node.raw:
                found[(name,)] = column
            if below is not None:
                values = below.decoded(column) if self._is_late(number) else column
                found |= {(name, *path): texts for path, texts in below.columns(values).items()}
        return found

    def holds_text(self, rows: Sequence[Any]) -> bool:
        """Raises msgspec.ValidationError as `columns` does. A row may be None."""
        if not self.has_late:
            return False
        rows = [self._nothing if row is None else row for row in rows]
        for number, below in enumerate(self._below):
            if below is None or not (self._is_late(number) or below.has_late):
                continue
            values = list(map(attrgetter(f"f{number}"), rows))
            if self._is_late(number):
                if any(bytes(raw)[:1] == b'"' for raw in values):
                    return True
                values = below.decoded(values) if below.has_late else []
            if below.holds_text(values):
                return True
        return False

    def _is_late(self, number: int) -> bool:
        """Whether what is below a name is decoded after its JSON."""
        node = self._names[number][1]
        return self._below[number] is not None and (node.text or node.raw)

    def _field(self, number: int) -> tuple[Any, Any]:
        below, (_, node) = self._below[number], self._names[number]
        if node.raw or self._is_late(number):
            return msgspec.Raw, NULL
        return self._leaf if below is None else (below.type, None)


class _Below:
    """What is wanted of an object or, by place, of a list."""

    def __init__(self, node: _Node, leaf: tuple[Any, Any]) -> None:
        self._places = sorted(node.places)
        self._level = Level(node.element or node, leaf)
        one = self._level.type | None
        self.has_late: bool = self._level.has_late
        self.type = list[one] | None if node.element else one  # type: ignore[valid-type]
        self._decode = msgspec.json.Decoder(list[self.type], float_hook=str).decode  # type: ignore[name-defined]

    def decoded(self, column: Sequence[msgspec.Raw]) -> list[Any]:
        """Raises msgspec.ValidationError when one does not fit."""
        return self._decode(b"[" + b",".join(column) + b"]")

    def columns(self, values: Sequence[Any]) -> dict[Path, list[Any]]:
        if not self._places:
            return self._level.columns(values)
        found: dict[Path, list[Any]] = {}
        for place in self._places:
            ones = _at(values, place)
            found |= {(place, *path): texts for path, texts in self._level.columns(ones).items()}
        return found

    def holds_text(self, values: Sequence[Any]) -> bool:
        if not self._places:
            return self._level.holds_text(values)
        return any(self._level.holds_text(_at(values, place)) for place in self._places)


def _at(values: Sequence[Any], place: int) -> list[Any]:
    return [None if value is None or len(value) <= place else value[place] for value in values]


def raw_at(record: bytes, path: Path) -> bytes:
    """The JSON at a path; `null` where there is nothing. The record must be a JSON object."""
    raw = record
    for step in path:
        opening = raw.lstrip()[:1]
        if opening == b"{" and isinstance(step, str):
            raw = bytes(_member(step)(raw).value)
        elif opening == b"[" and isinstance(step, int):
            listed = elements(raw) if is_heavy([raw]) else map(bytes, _elements_of(raw))
            raw = next(islice(listed, step, None), b"null")
        else:
            return b"null"
    return raw


@lru_cache(8192)
def _member(name: str) -> Callable[[bytes], Any]:
    """Decodes one member of an object, `value`; the others are passed over."""
    if ESCAPED.search(name):
        return lambda raw: _Member(entries_of(raw).get(name, NULL))
    kind = msgspec.defstruct("Member", [("value", msgspec.Raw, NULL)], rename={"value": name}, gc=False)
    return msgspec.json.Decoder(kind).decode


def _is_type(node: _Node) -> bool:
    """Whether there is a type for it: none where something is wanted of one name both as an object and as a list."""
    children = [*node.names.values(), *([node.element] if node.element else [])]
    is_split = bool(node.names and node.element)
    return not is_split and not any(map(ESCAPED.search, node.names)) and all(map(_is_type, children))


def _reach(node: _Node, path: Path) -> _Node:
    for step in path:
        if isinstance(step, str):
            node = node.names.setdefault(step, _Node())
        else:
            node.places.add(step)
            node.element = node.element or _Node()
            node = node.element
    return node


def _texts(path: Path, values: list[Any], records: Sequence[bytes]) -> Texts:
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return Texts(values)
    column = Texts(values.copy())
    for row, value in enumerate(values):
        if value.__class__ is int and (value or not _NEGATIVE_ZERO.search(records[row])):
            column.texts[row] = str(value)
        elif value.__class__ is list and not value:
            column.texts[row], column.odd[row] = "[]", KINDS[b"["]
        elif value.__class__ is msgspec.Raw:
            _take_exactly(column, row, bytes(value))
        elif value is not None and value.__class__ is not str:  # this zero may be -0, and a nested number 1.50
            _take_exactly(column, row, raw_at(records[row], path))
    return column


def _take_exactly(column: Texts, row: int, raw: bytes) -> None:
    column.texts[row] = value_text(raw)
    if (kind := KINDS.get(raw[:1])) is not None:
        column.odd[row] = kind
