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
_TEXT, _JSON = "text", "JSON"  # what is wanted of a value
_NEGATIVE_ZERO = re.compile(rb"-0[\s,}\]]")


class _Member(Struct, frozen=True):
    value: msgspec.Raw


class Texts(Struct):
    """One text a record, None for null or nothing; `odd` says of the records whose value is neither text nor a number
    what it is."""

    texts: list[str | None]
    odd: dict[int, str] = field(default_factory=dict)


class _Node(Struct):
    """What is wanted of a name: its text, its JSON, or what is below it: of an object, `names`; of a list, the elements
    at `places`, of which `element` says what is wanted."""

    kind: str | None = None
    names: dict[str, "_Node"] = field(default_factory=dict)
    places: set[int] = field(default_factory=set)
    element: "_Node | None" = None


@lru_cache(64)  # a warm process opens every drop anew, and by the same mappings
def path_decoder(texts: tuple[Path, ...], raws: tuple[Path, ...]) -> "PathDecoder":
    """The one of these paths."""
    return PathDecoder(texts, raws)


class Fitting(Struct, frozen=True):
    """Records as the types of a decoder: a level each, and its rows."""

    levels: list["Level"]
    rows: list[list[Any]]

    def only(self, kept: Sequence[int]) -> "Fitting":
        return Fitting(self.levels, [[rows[row] for row in kept] for rows in self.rows])


class PathDecoder:
    """`texts` are paths whose values are read as texts, `raws` those that are taken as JSON. Paths of which one leads
    through what the other wants are in different types, each of which the records are decoded by."""

    def __init__(self, texts: Iterable[Path], raws: Iterable[Path] = ()) -> None:
        self._texts, self._raws = list(dict.fromkeys(texts)), list(dict.fromkeys(raws))
        self._roots = [_Node()]
        for kind, paths in ((_TEXT, self._texts), (_JSON, self._raws)):
            for path in paths:
                root = next((root for root in self._roots if _has_room(root, path, kind)), None)
                if root is None:
                    root = _Node()
                    self._roots.append(root)
                _reach(root, path).kind = kind
        self._is_typed = not any(ESCAPED.search(str(step)) for path in (*self._texts, *self._raws) for step in path)

    @cached_property
    def _levels(self) -> "list[Level]":
        """Made when a record comes: of a drop that C decodes there may be none."""
        return [Level(root) for root in self._roots]

    @cached_property
    def _raw_levels(self) -> "list[Level]":
        return [Level(root, _RAW) for root in self._roots]

    def fitting(self, records: Sequence[bytes]) -> Fitting | None:
        """The records as the types, or None when one of them does not fit or is no JSON."""
        if not self._is_typed:
            return None
        levels = self._raw_levels if is_heavy(records) else self._levels
        try:
            return Fitting(levels, [level.rows(records) for level in levels])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def __call__(
        self, records: Sequence[bytes], fitting: Fitting | None = None
    ) -> tuple[dict[Path, Texts], dict[Path, list[bytes]]]:
        """The columns by path; `fitting` is what the method of that name gave. Records must be JSON objects."""
        fitting = fitting or self.fitting(records)
        if fitting is None:
            return self._one_by_one(records)
        found: dict[tuple[str, Path], list[Any]] = {}
        for level, rows in zip(fitting.levels, fitting.rows, strict=True):
            found |= level.columns(rows)
        texts = {path: _texts(path, found[_TEXT, path], records) for path in self._texts}
        return texts, {path: list(map(bytes, found[_JSON, path])) for path in self._raws}

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
    """The names of one depth; `leaf` is what a text is read as, and its default."""

    def __init__(self, node: _Node, leaf: tuple[Any, Any] = (Any, None)) -> None:
        self._names = [
            (name, child.kind, None if child.kind else _Below(child, leaf)) for name, child in node.names.items()
        ]
        kinds = {_TEXT: leaf, _JSON: (msgspec.Raw, NULL)}
        fields = [
            (f"f{number}", *((below.type, None) if below else kinds[str(kind)]))
            for number, (_, kind, below) in enumerate(self._names)
        ]
        keys = {f"f{number}": name for number, name in enumerate(node.names)}
        self.type: Any = msgspec.defstruct("Record", fields, rename=keys, gc=False, eq=False, frozen=True)
        self._decode = msgspec.json.Decoder(self.type, float_hook=str).decode
        self._nothing = self.type()

    def rows(self, records: Sequence[bytes]) -> list[Any]:
        """Raises msgspec.ValidationError when a record does not fit."""
        return [self._decode(record) for record in records]

    def columns(self, rows: Sequence[Any]) -> dict[tuple[str, Path], list[Any]]:
        """Values by kind and path. A row may be None."""
        if None in rows:
            rows = [self._nothing if row is None else row for row in rows]
        found: dict[tuple[str, Path], list[Any]] = {}
        for number, (name, kind, below) in enumerate(self._names):
            column = list(map(attrgetter(f"f{number}"), rows))
            if below is None:
                found[str(kind), (name,)] = column
            else:
                found |= {(one, (name, *path)): values for (one, path), values in below.columns(column).items()}
        return found


class _Below:
    """What is wanted of an object or, by place, of a list."""

    def __init__(self, node: _Node, leaf: tuple[Any, Any]) -> None:
        self._places = sorted(node.places)
        self._level = Level(node.element or node, leaf)
        one = self._level.type | None
        self.type = list[one] | None if node.element else one  # type: ignore[valid-type]

    def columns(self, values: Sequence[Any]) -> dict[tuple[str, Path], list[Any]]:
        if not self._places:
            return self._level.columns(values)
        found: dict[tuple[str, Path], list[Any]] = {}
        for place in self._places:
            ones = self._level.columns(_at(values, place))
            found |= {(kind, (place, *path)): column for (kind, path), column in ones.items()}
        return found


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


def _has_room(node: _Node, path: Path, kind: str) -> bool:
    """Whether no other path is on the way of this one, and this one on that of no other."""
    for step in path:
        if node.kind or (node.element if isinstance(step, str) else node.names):
            return False
        child = node.names.get(step) if isinstance(step, str) else node.element
        if child is None:
            return True
        node = child
    return node.kind == kind  # of an element at another place


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
