"""The texts of JSON objects -> entries of text: strings as they are, numbers by their own text, nested values as compact JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hackle_import.codes import Why
from hackle_import.decode import MapColumn

_decode = msgspec.json.Decoder(dict[str, Any], float_hook=str).decode
_decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode
_TEXT = {int: str, bool: ("false", "true").__getitem__, type(None): lambda _: None}
_NEGATIVE_ZERO = re.compile(rb"[:\s]-0[\s,}]")
_SPACED_COLON = re.compile(rb'"\s+:')
_STRING_OR_SPACE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[ \t\r\n]++', re.DOTALL)
# Built once: `json.loads` with hooks makes a decoder at every call. Every object becomes its number of entries.
_count_entries = json.JSONDecoder(object_pairs_hook=len, parse_int=len, parse_float=len).decode


def decode_maps(texts: Sequence[bytes]) -> MapColumn:
    """One map a text, in order; equal texts share one."""
    numbers: dict[bytes, int] = {}
    row_maps = [numbers.setdefault(text, len(numbers)) for text in texts]
    column = MapColumn(row_maps=row_maps if len(numbers) < len(texts) else None)
    for number, text in enumerate(numbers):
        try:
            _append(column, number, text)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            column.broken[number] = _reason(text, wrong)
            column.lengths.append(0)
    return column


def _append(column: MapColumn, number: int, text: bytes) -> None:
    entries, values = _entries(text)
    column.keys.extend(entries)
    column.values.extend(values)
    column.lengths.append(len(entries))
    if text.count(b":") != len(entries) and _repeats_a_key(text, len(entries)):
        column.repeated.add(number)


def _entries(text: bytes) -> tuple[dict[str, Any], list[str | None]]:
    if text == b"null":
        return {}, []
    if b"-0" in text and _NEGATIVE_ZERO.search(text):  # msgspec would make 0 of it
        return _exact_entries(text)
    try:
        entries = _decode(text)
        return entries, [value if value.__class__ is str else _TEXT[value.__class__](value) for value in entries.values()]
    except (KeyError, ValueError):  # a nested value; or digits without end, which Python makes no integer of
        return _exact_entries(text)


def _exact_entries(text: bytes) -> tuple[dict[str, Any], list[str | None]]:
    entries = _decode_raw(text)
    return entries, [value_text(bytes(raw)) for raw in entries.values()]


def value_text(raw: bytes) -> str | None:
    """The text of a valid JSON value; None for null."""
    opening = raw[:1]
    if opening == b'"':
        return _decode_text(raw)
    if opening in b"{[":
        return _STRING_OR_SPACE.sub(_tidied, raw).decode()
    return None if raw == b"null" else raw.decode()


def _tidied(found: re.Match[bytes]) -> bytes:
    token = found[0]
    if token[0] != 0x22:
        return b""
    return _encode(_decode_text(token)) if b"\\" in token else token


def _repeats_a_key(text: bytes, entries: int) -> bool:
    if text == b"null":
        return False
    if text.count(b'":') == entries and not _SPACED_COLON.search(text):
        return False
    return _count_entries(text.decode()) != entries


def _reason(text: bytes, wrong: Exception) -> tuple[Why, str]:
    if text[:1] != b"{":
        return Why.WRONG_TYPE, "an object is needed"
    return Why.NOT_JSON, str(wrong) if isinstance(wrong, msgspec.DecodeError) else "not UTF-8"
