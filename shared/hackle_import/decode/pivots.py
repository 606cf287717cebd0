"""Lists of records with a key and a value -> entries: GA4's `event_params` and the like."""

from collections.abc import Sequence
from itertools import islice

import msgspec

from hackle_import.codes import Why
from hackle_import.decode import MAX_ENTRIES, MapColumn
from hackle_import.decode.entries import first_there
from hackle_import.decode.key_order import by_last_place
from hackle_import.decode.paths import PathDecoder
from hackle_import.decode.unfolded import Unfolder, outer_paths
from hackle_import.decode.weight import elements, is_heavy
from hackle_import.mapping import Pivot
from hackle_import.mapping.expressions import Path, path_of

_elements_of = msgspec.json.Decoder(list[msgspec.Raw] | None).decode
_all_elements_of = msgspec.json.Decoder(list[list[msgspec.Raw] | None]).decode


class PivotDecoder:
    """The entries of one pivot; equal records are decoded once a chunk."""

    def __init__(self, pivot: Pivot, max_depth: int) -> None:
        self._key, self._values = _path(pivot.key), [_path(value) for value in pivot.values]
        self._decode = PathDecoder([self._key, *self._values])
        self._unfold = Unfolder(outer_paths([self._key, *self._values]), max_depth)

    def __call__(self, lists: Sequence[bytes]) -> MapColumn:
        """One map a list, `null` for an empty one. What is no list of objects is `broken`."""
        return self._folded(lists) if is_heavy(lists) else self._together(lists)

    def _folded(self, lists: Sequence[bytes]) -> MapColumn:
        """One list after the other: together they would take too much memory."""
        column = MapColumn()
        for number, text in enumerate(lists):
            found = self._together([text]) if not is_heavy([text]) else self._fold(text)
            column.keys += found.keys
            column.values += found.values
            column.lengths += found.lengths
            if found.repeated:
                column.repeated.add(number)
            if found.broken:
                column.broken[number] = found.broken[0]
        return column

    def _fold(self, text: bytes) -> MapColumn:
        """The one map of a list of very many records."""
        if text[:1] != b"[":
            return self._together([text])
        given: dict[str, str | None] = {}
        keys, listed, repeated = list[str](), elements(text), False
        while some := list(islice(listed, MAX_ENTRIES)):
            part = self._together([b"[" + b",".join(some) + b"]"])
            if part.broken:
                return part
            given |= zip(part.keys, part.values, strict=True)
            keys += part.keys
            repeated = repeated or bool(part.repeated)
            if len(given) > MAX_ENTRIES:
                return MapColumn(lengths=[0], broken={0: (Why.TOO_MANY_ENTRIES, Why.TOO_MANY_ENTRIES.meaning)})
        names = by_last_place(keys, given)
        twice = repeated or len(names) < len(keys)
        return MapColumn(list(names), list(names.values()), [len(names)], repeated={0} if twice else set())

    def _together(self, lists: Sequence[bytes]) -> MapColumn:
        column = MapColumn()
        records = _records(lists, column)
        numbers: dict[bytes, int] = {}
        places = [[numbers.setdefault(bytes(one), len(numbers)) for one in listed] for listed in records]
        keys, values = self._entries(list(numbers), places, column)
        for number, listed in enumerate(places):
            entries = [(keys[place], values[place]) for place in listed if keys[place]]
            given = {key: value for key, value in entries if key is not None}
            names = by_last_place([key for key, _ in entries if key is not None], given)
            column.keys += names
            column.values += names.values()
            column.lengths.append(len(names))
            if len(names) < len(entries):
                column.repeated.add(number)
        return column

    def _entries(
        self, records: list[bytes], places: list[list[int]], column: MapColumn
    ) -> tuple[list[str | None], list[str | None]]:
        wrong = {number for number, record in enumerate(records) if record[:1] != b"{"}
        for number, listed in enumerate(places):
            if wrong.intersection(listed):
                column.broken[number] = Why.WRONG_TYPE, "a list of objects is needed"
        objects = [b"{}" if number in wrong else record for number, record in enumerate(records)]
        if self._unfold.tree and self._decode.fitting(objects) is None:
            objects = list(map(self._unfold, objects))
        texts, _ = self._decode(objects)
        return texts[self._key].texts, first_there([texts[path].texts for path in self._values])


def _records(lists: Sequence[bytes], column: MapColumn) -> list[list[msgspec.Raw]]:
    try:
        return [found or [] for found in _all_elements_of(b"[" + b",".join(lists) + b"]")]
    except msgspec.ValidationError:
        return [_record_list(number, text, column) for number, text in enumerate(lists)]


def _record_list(number: int, text: bytes, column: MapColumn) -> list[msgspec.Raw]:
    try:
        return _elements_of(text) or []
    except msgspec.ValidationError:
        column.broken[number] = Why.WRONG_TYPE, "a list of objects is needed"
        return []


def _path(expression: str) -> Path:
    path = path_of(expression)
    assert path is not None, "the format asks for plain paths"
    return path
