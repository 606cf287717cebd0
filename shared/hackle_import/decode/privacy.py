"""A mapping's `[privacy]`: values that must not be read any further are taken out of a record, or become keyed hashes,
before anything else looks at it. Names match whatever their case; a list on the way is gone through."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hackle_import.decode.json_maps import value_text
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
                self._add(act, [str(name).lower() for name in path_of(expression) or ()])

    def __call__(self, record: bytes) -> bytes:
        return self._redacted(record, self._tree)

    def _add(self, act: _Act, path: Sequence[str]) -> None:
        """What is dropped or hashed whole has no parts left; `drop` comes last, and wins."""
        node = self._tree
        for name in path[:-1]:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                return
        node[path[-1]] = act

    def _redacted(self, raw: bytes, tree: dict[str, Any]) -> bytes:
        if raw[:1] == b"[":
            return _encode([msgspec.Raw(self._redacted(bytes(one), tree)) for one in _elements_of(raw)])
        if raw[:1] != b"{":
            return raw
        kept = {}
        for name, value in _entries_of(raw).items():
            act = tree.get(name.lower())
            told = bytes(value) if act is None else self._told(bytes(value), act)
            if told is not None:
                kept[name] = msgspec.Raw(told)
        return _encode(kept)

    def _told(self, raw: bytes, act: "dict[str, Any] | _Act") -> bytes | None:
        return self._redacted(raw, act) if isinstance(act, dict) else act(raw)

    def _hashed(self, raw: bytes) -> bytes | None:
        text = value_text(raw)
        return None if text is None else _encode(hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest())


def _dropped(_: bytes) -> None:
    return None
