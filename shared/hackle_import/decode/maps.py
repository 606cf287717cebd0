"""The texts of JSON objects -> entries of text: strings as they are, numbers by their own text, nested values as
compact JSON.

All texts of a chunk are decoded in one call; only where that fails, or a value is unusual, are they looked at one by
one.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, chain, repeat
from typing import Any

import msgspec

from hackle_import.codes import Why
from hackle_import.decode import MAX_ENTRIES, MapColumn
from hackle_import.decode.key_order import in_text_order
from hackle_import.decode.weight import is_heavy, names

_decode_all = msgspec.json.Decoder(list[dict[str, Any] | None], float_hook=str).decode
_decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode
_without_spaces = msgspec.json.format
_NESTED = (
    "\0nested"  # stands for a value until its map is decoded again; a text that equals it costs time, nothing else
)
_TEXT: dict[type, Callable[[Any], str | None]] = {
    bool: ("false", "true").__getitem__,
    type(None): lambda _: None,
}
_UNSURE = {int: "0", dict: _NESTED, list: _NESTED}  # that 0 may have been -0
_NEGATIVE_ZERO = re.compile(rb"-0[\s,}]")
_SPACED_COLON = re.compile(rb'"\s+:')
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
# Built once: `json.loads` with hooks makes a decoder at every call. Every object becomes its number of entries.
_count_entries = json.JSONDecoder(object_pairs_hook=len, parse_int=len, parse_float=len).decode


def decode_maps(texts: Sequence[bytes]) -> MapColumn:
    """One map a text, in order; equal texts share one. A text is a JSON value, `null` for no map."""
    distinct = list(dict.fromkeys(texts))
    try:
        column = None if is_heavy(distinct) else _all_at_once(distinct)
    except (msgspec.DecodeError, UnicodeDecodeError):
        column = None
    column = column or _one_by_one(distinct)
    if len(distinct) < len(texts):
        numbers = dict(zip(distinct, range(len(distinct)), strict=True))
        column.row_maps = list(map(numbers.__getitem__, texts))
    return column


def _all_at_once(texts: list[bytes]) -> MapColumn:
    joined = b"[" + b",".join(texts) + b"]"
    maps = [entries or {} for entries in _decode_all(joined)]
    if len(maps) != len(texts):
        raise msgspec.DecodeError("a text is more than one value")
    lengths = list(map(len, maps))
    unsure: list[str] = []
    text_of = _TEXT | {kind: partial(_marked, unsure, mark) for kind, mark in _UNSURE.items()}
    values = [
        value
        if value.__class__ is str
        else str(value)
        if value.__class__ is int and value
        else text_of[value.__class__](value)
        for value in chain.from_iterable(map(dict.values, maps))
    ]
    colons = list(map(bytes.count, texts, repeat(b":")))
    for number, within in _take_exactly(texts, values, lengths, set(unsure)).items():
        colons[number] -= within
    column = MapColumn(list(chain.from_iterable(maps)), values, lengths, repeated=_repeated(texts, colons, lengths))
    _order(column, texts)
    return column


def _order(column: MapColumn, texts: list[bytes]) -> None:
    """Puts the entries of maps with a key twice where they came last."""
    if not column.repeated:
        return
    starts = list(accumulate(column.lengths, initial=0))
    for number in column.repeated:
        here = slice(starts[number], starts[number + 1])
        entries = in_text_order(texts[number], dict(zip(column.keys[here], column.values[here], strict=True)))
        column.keys[here], column.values[here] = list(entries), list(entries.values())


def _marked(unsure: list[str], mark: str, _: object) -> str:
    unsure.append(mark)
    return mark


def _take_exactly(texts: list[bytes], values: list[str | None], lengths: list[int], unsure: set[str]) -> dict[int, int]:
    """Decodes again the maps with a nested value, or with a number whose text msgspec does not keep: -0; `unsure` are
    the marks of those. Answers how many colons the values that it took have, by map."""
    places = [place for mark in sorted(unsure) for place in _places(mark, values)]
    starts = list(accumulate(lengths, initial=0)) if places else []
    within = dict[int, int]()
    for number in {bisect_right(starts, place) - 1 for place in places}:
        start, text = starts[number], texts[number]
        if _NESTED in values[start : starts[number + 1]] or _NEGATIVE_ZERO.search(text):
            taken = [bytes(raw) for raw in _decode_raw(text).values()]
            values[start : starts[number + 1]] = map(value_text, taken)
            within[number] = sum(raw.count(b":") for raw in taken)
    return within


def _places(text: str, values: list[str | None]) -> Iterator[int]:
    place = -1
    try:
        while True:
            place = values.index(text, place + 1)
            yield place
    except ValueError:
        return


def _repeated(texts: list[bytes], colons: list[int], lengths: list[int]) -> set[int]:
    """Maps with a key twice: they have more colons than entries; so have those with a colon in a text, hence the
    rest."""
    if colons == lengths:
        return set()
    more = [number for number, count in enumerate(colons) if count != lengths[number]]
    return {number for number in more if _repeats_a_key(texts[number], lengths[number])}


def _one_by_one(texts: list[bytes]) -> MapColumn:
    column = MapColumn()
    for number, text in enumerate(texts):
        keys: list[str] = []
        values: list[str | None] = []
        try:
            if _is_crowded(text):
                column.broken[number] = Why.TOO_MANY_ENTRIES, Why.TOO_MANY_ENTRIES.meaning
            elif text != b"null":
                keys, values = _exact_entries(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            column.broken[number] = _reason(text, wrong)
        column.keys += keys
        column.values += values
        column.lengths.append(len(keys))
        if keys and _repeats_a_key(text, len(keys)):
            column.repeated.add(number)
    _order(column, texts)
    return column


def _is_crowded(text: bytes) -> bool:
    """Whether an object has more keys than any map may have; it is not decoded for that."""
    if text[:1] != b"{" or text.count(b":") <= MAX_ENTRIES:
        return False
    found = set[str]()
    for name in names(text):
        found.add(_decode_text(name))
        if len(found) > MAX_ENTRIES:
            return True
    return False


def _exact_entries(text: bytes) -> tuple[list[str], list[str | None]]:
    entries = _decode_raw(text)
    return list(entries), [value_text(bytes(raw)) for raw in entries.values()]


def value_text(raw: bytes) -> str | None:
    """The text of a valid JSON value; None for null."""
    opening = raw[:1]
    if opening == b'"':
        return _decode_text(raw)
    if opening in b"{[":
        tidy = _without_spaces(raw, indent=-1)
        return (_STRING.sub(_spelled, tidy) if b"\\" in tidy else tidy).decode()
    return None if raw == b"null" else raw.decode()


def _spelled(found: re.Match[bytes]) -> bytes:
    """A string with no escape that it can do without."""
    return _encode(_decode_text(found[0]))


def _repeats_a_key(text: bytes, entries: int) -> bool:
    if text == b"null":
        return False
    if text.count(b'":') == entries and not _SPACED_COLON.search(text):
        return False
    return bool(_count_entries(text.decode()) != entries)


def _reason(text: bytes, wrong: Exception) -> tuple[Why, str]:
    if text[:1] != b"{":
        return Why.WRONG_TYPE, "an object is needed"
    return Why.NOT_JSON, str(wrong) if isinstance(wrong, msgspec.DecodeError) else "not UTF-8"
