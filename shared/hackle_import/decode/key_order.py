"""Which of a map's equal keys stands last: a Python dict keeps the place where a key came first."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")
# Built once: `json.loads` with hooks makes a decoder at every call. Every object becomes its names, as often as given.
_names_of = json.JSONDecoder(
    object_pairs_hook=lambda pairs: [name for name, _ in pairs], parse_int=len, parse_float=len
).decode


def case_repeats(names: Mapping[str, object]) -> bool:
    """Whether two of them differ by case only."""
    return len({name.lower() for name in names}) < len(names)


def by_last_place(names: Sequence[str], entries: dict[str, _T]) -> dict[str, _T]:
    """`entries` with each key where it came last among `names`, if some differ by case only: the last of those wins."""
    if len(names) == len(entries) or not case_repeats(entries):
        return entries
    places = {name: place for place, name in enumerate(names)}
    return {name: entries[name] for name in sorted(entries, key=places.__getitem__)}


def in_text_order(text: bytes, entries: dict[str, _T]) -> dict[str, _T]:
    """Likewise, of the valid JSON object that they were decoded from."""
    return by_last_place(_names_of(text.decode()), entries) if case_repeats(entries) else entries
