"""Texts that a mapping names, and maps put together from parts: whole objects, lists of keys and values, named texts.
Rows whose parts are equal share one map."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from itertools import accumulate, compress, islice
from operator import sub

from hackle_import.decode import MapColumn
from hackle_import.decode.key_order import case_repeats, in_text_order
from hackle_import.decode.maps import value_text
from hackle_import.decode.paths import entries_of
from hackle_import.mapping import Value
from hackle_import.mapping.fillers import bare

_JOINT = "\x1f"  # U+001F, the separator of units: texts hold none; as values.c has it
_Combination = tuple[int, ...]  # a map of each part


def first_there(columns: Sequence[list[str | None]]) -> list[str | None]:
    """An empty text stands only where no column has more; as many rows as the first column."""
    found = columns[0]
    for column in columns[1:]:
        found = [text or (other if other or text is None else text) for text, other in zip(found, column, strict=True)]
    return found


def texts_of(value: Value, columns: Sequence[list[str | None]], rows: int) -> list[str | None]:
    """What a mapping says of one text: `columns` are its sources. A translation to an empty text makes it missing."""
    if value.const is not None:
        return [value.const] * rows
    if not columns:
        return [value.default] * rows
    if value.join:
        given = iter(columns)
        parts = [first_there(list(islice(given, size))) for size in value.parts]
        return [_JOINT.join(filter(None, texts)) if all(texts) else None for texts in zip(*parts, strict=True)]
    if value.values:
        columns = [[_translated(value, text) for text in column] for column in columns]
    found = first_there(columns)
    return found if value.default is None else [text or value.default for text in found]


def _translated(value: Value, text: str | None) -> str | None:
    if text is None:
        return None
    if text in value.values:
        return value.values[text] or None
    return None if value.missing and bare(text) in value.missing else text


def named_entries(names: Sequence[str], columns: Sequence[Sequence[str | None]], rows: int) -> MapColumn:
    """One entry a name, as `columns` has it."""
    if not names:
        return MapColumn(lengths=[0] * rows)
    numbers: dict[tuple[str | None, ...], int] = {}
    row_maps = [numbers.setdefault(texts, len(numbers)) for texts in zip(*columns, strict=True)]
    values = [text for texts in numbers for text in texts]
    return MapColumn(list(names) * len(numbers), values, [len(names)] * len(numbers), row_maps)


def filtered(column: MapColumn, only: Sequence[str], exclude: Sequence[str]) -> MapColumn:
    """The entries whose key matches a glob of `only`, if there are any, and none of `exclude`, whatever its case."""
    if not only and not exclude:
        return column
    chosen = _chosen(column.keys, only, exclude)
    kept = list(map(chosen.__getitem__, column.keys))
    before = list(accumulate(kept, initial=0))
    ends = [before[end] for end in accumulate(column.lengths, initial=0)]
    return MapColumn(
        list(compress(column.keys, kept)),
        list(compress(column.values, kept)),
        list(map(sub, ends[1:], ends)),
        column.row_maps,
        column.repeated,
        column.broken,
    )


def chosen_entries(
    records: Sequence[bytes], only: Sequence[str], exclude: Sequence[str], beside: Sequence[str] = ()
) -> MapColumn:
    """`filtered`, for objects most of which is left out: the rest is not decoded. `beside` are names, as they are
    written, that are left out, too."""
    objects = list(map(entries_of, records))
    chosen = _chosen([key for one in objects for key in one], only, exclude) | dict.fromkeys(beside, False)
    if case_repeats(chosen):
        objects = [in_text_order(record, one) for record, one in zip(records, objects, strict=True)]
    column = MapColumn()
    for one in objects:
        keys = [key for key in one if chosen[key]]
        column.keys += keys
        column.values += [value_text(bytes(one[key])) for key in keys]
        column.lengths.append(len(keys))
    return column


def joined(parts: Sequence[MapColumn], rows: int) -> MapColumn:
    """Each row's parts one after the other; of keys that are equal in lower case the later one wins: that is what a
    mapping's order is for."""
    parts = [part for part in parts if part.broken or _has_entries(part) or _may_repeat(part)] or list(parts[:1])
    return parts[0] if len(parts) == 1 else _combined(parts, rows)


def _combined(parts: Sequence[MapColumn], rows: int) -> MapColumn:
    """Rows that have the same maps of all parts share one."""
    maps_of_rows = zip(*(range(rows) if part.row_maps is None else part.row_maps for part in parts), strict=True)
    numbers: dict[_Combination, int] = {}
    column = MapColumn(row_maps=[numbers.setdefault(maps, len(numbers)) for maps in maps_of_rows])
    _note(column, parts, numbers)
    append = _append_distinct if _are_distinct(parts) else _append
    readers = [_reader(part) for part in parts]
    for number, combination in enumerate(numbers):
        if append(column, [read(one) for read, one in zip(readers, combination, strict=True)]):
            column.repeated.add(number)
    return column


def _has_entries(part: MapColumn) -> bool:
    return any(value is not None for value in part.values)


def _may_repeat(part: MapColumn) -> bool:
    """Whether a map may have a key twice: that is noted though each is null."""
    keys = set(part.keys)
    return bool(part.repeated) or len({key.lower() for key in keys}) < len(keys)


def _note(column: MapColumn, parts: Sequence[MapColumn], numbers: dict[_Combination, int]) -> None:
    """What is said of a part's map is said of every map that holds it."""
    for place, part in enumerate(parts):
        for combination, number in numbers.items() if part.repeated or part.broken else ():
            if combination[place] in part.repeated:
                column.repeated.add(number)
            if combination[place] in part.broken:
                column.broken.setdefault(number, part.broken[combination[place]])


def _are_distinct(parts: Sequence[MapColumn]) -> bool:
    """Whether no key of one part is one of another."""
    keys = [{key.lower() for key in set(part.keys)} for part in parts]
    return len(set().union(*keys)) == sum(map(len, keys))


_Entries = tuple[list[str], list[str | None]]


def _reader(part: MapColumn) -> Callable[[int], _Entries]:
    ends = list(accumulate(part.lengths, initial=0))
    return lambda number: (part.keys[ends[number] : ends[number + 1]], part.values[ends[number] : ends[number + 1]])


def _append_distinct(column: MapColumn, found: list[_Entries]) -> bool:
    length = len(column.keys)
    for keys, values in found:
        column.keys += keys
        column.values += values
    column.lengths.append(len(column.keys) - length)
    return False


def _append(column: MapColumn, found: list[_Entries]) -> bool:
    """Whether a key came twice in one part. A null leaves out what stands before it in its own part, and nothing of
    another."""
    keys = [key for names, _ in found for key in names]
    values = [value for _, texts in found for value in texts]
    repeated = False
    if len({key.lower() for key in keys}) < len(keys):
        stands = [{key.lower(): (key, value) for key, value in zip(*part, strict=True)} for part in found]
        last = {name: one for part in stands for name, one in part.items() if one[1] is not None}
        repeated = sum(map(len, stands)) < len(keys)
        keys, values = [key for key, _ in last.values()], [value for _, value in last.values()]
    column.keys += keys
    column.values += values
    column.lengths.append(len(keys))
    return repeated


def _chosen(keys: Sequence[str], only: Sequence[str], exclude: Sequence[str]) -> dict[str, bool]:
    def matches(key: str, globs: Sequence[str]) -> bool:
        return any(fnmatchcase(key.lower(), glob.lower()) for glob in globs)

    return {key: (not only or matches(key, only)) and not matches(key, exclude) for key in set(keys)}
