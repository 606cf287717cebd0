"""A mapping's `[privacy]`: values that must not be read any further are taken out of a record, or become keyed hashes,
before anything else looks at it. Names match whatever their case, and whether a dot divides objects or is part of a
key; a list on the way is gone through, and so is JSON in a text."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hackle_import.decode.maps import value_text
from hackle_import.mapping import Privacy
from hackle_import.mapping.expressions import path_of

WITHHELD = b"withheld: the mapping has [privacy], and the record cannot be read"
_entries_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.encode
_Act = Callable[[bytes], bytes | None]


class Redactor:
    """`key` is HACKLE_HASH_KEY. Records must be JSON."""

    def __init__(self, privacy: Privacy, key: bytes) -> None:
        self._key = key
        self._tree: dict[str, Any] = {}
        for act, expressions in ((self._hashed, privacy.hash), (_dropped, privacy.drop)):
            for expression in expressions:
                self._add(act, _steps(".".join(map(str, path_of(expression) or ()))))

    def __call__(self, record: bytes) -> bytes:
        return self._object(record, self._tree)

    def _add(self, act: _Act, path: Sequence[str]) -> None:
        """What is dropped or hashed whole has no parts left; `drop` comes last, and wins."""
        node = self._tree
        for name in path[:-1]:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                return
        node[path[-1]] = act

    def _redacted(self, raw: bytes, tree: dict[str, Any]) -> bytes | None:
        """None where nothing may stay."""
        if raw[:1] == b'"':
            return self._text(raw, tree)
        if raw[:1] == b"[":
            told = (self._redacted(bytes(one), tree) for one in _elements_of(raw))
            return _encode([msgspec.Raw(b"null" if one is None else one) for one in told])
        return self._object(raw, tree) if raw[:1] == b"{" else raw

    def _object(self, raw: bytes, tree: dict[str, Any]) -> bytes:
        kept = {}
        for name, value in _entries_of(raw).items():
            act = _reached(tree, _steps(name))
            told = bytes(value) if act is None else self._told(bytes(value), act)
            if told is not None:
                kept[name] = msgspec.Raw(told)
        return _encode(kept)

    def _text(self, raw: bytes, tree: dict[str, Any]) -> bytes | None:
        """Of a text that begins as JSON and is none, what it holds cannot be told: it goes."""
        text = msgspec.json.decode(raw, type=str).strip()
        if text[:1] not in ("{", "[", '"'):
            return raw
        try:
            told = self._redacted(text.encode(), tree)
        except (msgspec.DecodeError, RecursionError):
            return None
        return _encode((told or b"").decode())

    def _told(self, raw: bytes, act: "dict[str, Any] | _Act") -> bytes | None:
        return self._redacted(raw, act) if isinstance(act, dict) else act(raw)

    def _hashed(self, raw: bytes) -> bytes | None:
        text = value_text(raw)
        if not text:  # the hash of an empty text would look like a value
            return None
        return _encode(hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest())


def _dropped(_: bytes) -> None:
    return None


def _steps(name: str) -> list[str]:
    return name.casefold().split(".")


def _reached(tree: dict[str, Any], steps: Sequence[str]) -> "dict[str, Any] | _Act | None":
    node: dict[str, Any] = tree
    for step in steps:
        found: dict[str, Any] | _Act | None = node.get(step)
        if not isinstance(found, dict):
            return found
        node = found
    return node
