"""A mapping for one drop: what hangs on the drop's name, and `[fillers]`, are said by defaults and translations."""

from collections.abc import Callable
from functools import partial

import msgspec

from hackle_import.mapping.fillers import KNOWN
from hackle_import.mapping.mapping import Entries, Fields, Fillers, Mapping, Value
from hackle_import.mapping.times import time_in_name
from hackle_import.schema import REQUIRED_KEYS

_replace = msgspec.structs.replace
_REQUIRED_SCALARS = ("insert_id", "event_key")


def resolved(mapping: Mapping, name: str, folders: str = "") -> Mapping:
    """`name` is the drop's, with its folders; `folders` are others, in which a file lies that is no drop."""
    fields = mapping.sources
    if fields.ts.file is not None:
        fields = _replace(fields, ts=_dated(fields.ts, name, folders))
    if mapping.fillers != Fillers():
        fields = _without_fillers(fields, missing_texts(mapping.fillers))
    return mapping if fields is mapping.sources else _replace(mapping, for_drop=fields)


def missing_texts(fillers: Fillers) -> frozenset[str]:
    """Those that the mapping takes for missing."""
    return frozenset(fillers.texts) | (KNOWN if fillers.known else frozenset())


def _dated(value: Value, name: str, folders: str) -> Value:
    found = time_in_name(name, value.file or "", folders)
    return _replace(value, file=None, default=value.default if found is None else found)


def _without_fillers(fields: Fields, missing: frozenset[str]) -> Fields:
    clear = partial(_translating, missing)
    scalars = {name: clear(getattr(fields, name)) for name in _REQUIRED_SCALARS}
    maps = {name: _cleared(name, getattr(fields, name), clear) for name in REQUIRED_KEYS}
    return _replace(fields, **scalars, **maps)


def _cleared(name: str, entries: Entries, clear: Callable[[Value], Value]) -> Entries:
    named = {
        key: clear(value) if name == "identifiers" or key.lower() in REQUIRED_KEYS[name] else value
        for key, value in entries.named.items()
    }
    return _replace(entries, named=named)


def _translating(missing: frozenset[str], value: Value) -> Value:
    return _replace(value, values=dict.fromkeys(sorted(missing), "") | value.values, missing=missing)
