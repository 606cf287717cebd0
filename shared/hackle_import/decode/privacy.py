"""A mapping's `[privacy]`: values that must not be read any further are taken out of a record, or become keyed hashes,
before anything else looks at it. Names match whatever their case, and whether a dot divides objects or is part of a
key; a list on the way is gone through, and so is JSON in a text."""

import hashlib
import hmac
from collections.abc import Sequence
from enum import Enum, auto

import msgspec

from hackle_import.decode.maps import value_text
from hackle_import.mapping import Privacy
from hackle_import.mapping.expressions import path_of

WITHHELD = b"withheld: the mapping has [privacy], and the record cannot be read"
_entries_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.encode


class Act(Enum):
    """What is done with a value."""

    DROP = auto()
    HASH = auto()


Tree = dict[str, "Tree | Act"]


def tree_of(privacy: Privacy) -> Tree:
    """Acts by names, one in another. What is dropped or hashed whole has no parts left; `drop` comes last, and wins."""
    tree: Tree = {}
    for act, expressions in ((Act.HASH, privacy.hash), (Act.DROP, privacy.drop)):
        for expression in expressions:
            _add(tree, act, _steps(".".join(map(str, path_of(expression) or ()))))
    return tree


def reached(tree: Tree, name: str) -> Tree | Act | None:
    """What is to be done with the value of that name, or below it."""
    node = tree
    for step in _steps(name):
        found = node.get(step)
        if not isinstance(found, dict):
            return found
        node = found
    return node


class Redactor:
    """`key` is HACKLE_HASH_KEY. Records must be JSON."""

    def __init__(self, privacy: Privacy, key: bytes) -> None:
        self._key, self._tree = key, tree_of(privacy)

    def __call__(self, record: bytes) -> bytes:
        return self._object(record, self._tree)

    def _redacted(self, raw: bytes, tree: Tree) -> bytes | None:
        """None where nothing may stay."""
        if raw[:1] == b'"':
            return self._text(raw, tree)
        if raw[:1] == b"[":
            told = (self._redacted(bytes(one), tree) for one in _elements_of(raw))
            return _encode([msgspec.Raw(b"null" if one is None else one) for one in told])
        return self._object(raw, tree) if raw[:1] == b"{" else raw

    def _object(self, raw: bytes, tree: Tree) -> bytes:
        kept = {}
        for name, value in _entries_of(raw).items():
            act = reached(tree, name)
            told = bytes(value) if act is None else self._told(bytes(value), act)
            if told is not None:
                kept[name] = msgspec.Raw(told)
        return _encode(kept)

    def _text(self, raw: bytes, tree: Tree) -> bytes | None:
        """Of a text that begins as JSON and is none, what it holds cannot be told: it goes."""
        text = msgspec.json.decode(raw, type=str).strip()
        if text[:1] not in ("{", "[", '"'):
            return raw
        try:
            told = self._redacted(text.encode(), tree)
        except (msgspec.DecodeError, RecursionError):
            return None
        return _encode((told or b"").decode())

    def _told(self, raw: bytes, act: Tree | Act) -> bytes | None:
        if isinstance(act, dict):
            return self._redacted(raw, act)
        return self._hashed(raw) if act is Act.HASH else None

    def _hashed(self, raw: bytes) -> bytes | None:
        text = value_text(raw)
        if not text:  # the hash of an empty text would look like a value
            return None
        return _encode(hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest())


def _add(tree: Tree, act: Act, path: Sequence[str]) -> None:
    for name in path[:-1]:
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):
            return
        tree = below
    tree[path[-1]] = act


def _steps(name: str) -> list[str]:
    return name.casefold().split(".")
