"""JSON that a record holds as text, where an object or a list is wanted: it is read as what it says."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from hackle_import.decode.paths import entries_of
from hackle_import.decode.undecodable import is_too_deep
from hackle_import.mapping.expressions import Path

_check = msgspec.json.Decoder(msgspec.Raw).decode
_text_of = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_BLANKS = " \t\r\n"
_NOTHING = ("", "null")
_OBJECT_OR_NULL = {*b"{n"}  # first bytes
_Tree = dict[str | int, Any]


class Unfolder:
    """Puts JSON in the place of texts at some paths. Records must be JSON objects; one that has no such text is given
    back as it is, but for blanks around it. `max_depth` is the deepest nesting of what a text holds."""

    def __init__(self, paths: Iterable[Path], max_depth: int) -> None:
        self._max_depth = max_depth
        self.tree: _Tree = {}
        for path in paths:
            node = self.tree
            for step in path:
                node = node.setdefault(step, {})

    def __call__(self, record: bytes) -> bytes:
        return self._members(record.strip(), self.tree)  # no blank hides what it begins with

    def _members(self, raw: bytes, tree: "_Tree") -> bytes:
        entries: Any = entries_of(raw) if raw[:1] == b"{" else _elements_of(raw)
        kind, changed = (str if raw[:1] == b"{" else int), False
        for step, below in tree.items():
            if isinstance(step, kind) and _has(entries, step):
                old = bytes(entries[step])
                new = self._value(old, below)
                entries[step], changed = msgspec.Raw(new), changed or new is not old
        return _encode(entries) if changed else raw

    def _value(self, raw: bytes, below: "_Tree") -> bytes:
        raw = unfolded(raw, self._max_depth)
        return self._members(raw, below) if below and raw[:1] in (b"{", b"[") else raw


def _has(entries: Any, step: str | int) -> bool:
    return step < len(entries) if isinstance(step, int) else step in entries


def outer_paths(paths: Iterable[Path]) -> list[Path]:
    """Where objects and lists must be, for paths to lead through them."""
    return [path[:end] for path in paths for end in range(1, len(path))]


def unfolded(raw: bytes, max_depth: int) -> bytes:
    """The JSON that a text holds, if that is an object or a list; anything else as it is."""
    if raw[:1] != b'"':
        return raw
    text = _text_of(raw).strip(_BLANKS)
    inner = text.encode() if text[:1] in ("{", "[") else b""
    if not inner or is_too_deep(inner, max_depth):
        return raw
    try:
        _check(inner)
    except msgspec.DecodeError:
        return raw
    return inner


def as_maps(raws: Sequence[bytes], max_depth: int) -> Sequence[bytes]:
    """JSON values where objects are needed: those that are held as text, and `null` for an empty list, an empty text
    and the text `null`."""
    if set(map(itemgetter(0), raws)) <= _OBJECT_OR_NULL:
        return raws
    return [_as_map(unfolded(raw, max_depth)) for raw in raws]


def _as_map(raw: bytes) -> bytes:
    if raw[:1] == b"[" and not raw[1:-1].strip():
        return b"null"
    return b"null" if raw[:1] == b'"' and _text_of(raw).strip(_BLANKS) in _NOTHING else raw


def as_entries(objects: Sequence[bytes], key: str) -> tuple[Sequence[bytes], list[int]]:
    """What is no object as an object of one entry, and the rows of those."""
    odd = [row for row, raw in enumerate(objects) if raw[:1] not in (b"{", b"n")]
    kept = list(objects)
    for row in odd:
        kept[row] = b"{%b:%b}" % (_encode(key), objects[row])
    return kept, odd
