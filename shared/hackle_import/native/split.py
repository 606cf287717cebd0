"""Records that became several rows in C, and what Python is to make rows of -> parts in the order of the drop."""

from collections.abc import Iterator

import pyarrow as pa
from msgspec.structs import replace

from hackle_import.native.library import Decoded, Records
from hackle_import.native.merged import Part
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.each import Each, place_of


def whole_records(rows: Records) -> Records:
    """Those that rows are of, each once."""
    lines = rows.line.to_pylist()
    first = pa.array(
        [number for number, line in enumerate(lines) if not number or lines[number - 1] != line], pa.int32()
    )
    return Records(*(column.take(first) for column in (rows.start, rows.length, rows.line, rows.place)))


def parts_of(decoded: Decoded, first: int, others: Chunk, each: Each | None, *, goes_on: bool) -> Iterator[Part]:
    """One part, unless `each` makes of `others`, which are whole records, more rows than a chunk may have. `goes_on`:
    the text's last record has more rows than were decoded."""
    if each is None:
        yield Part(decoded, first, others)
        return
    only, left = _only(decoded.other, first), len(others.records) + len(others.unread)
    records = decoded.split + left - len(only)
    chunks = each(others, only) if left else iter([others])
    chunk = next(chunks)
    for following in chunks:
        before, decoded = _divided(decoded, (chunk.lines[-1] - first, place_of((chunk.marks or [b""])[-1])))
        yield Part(before, first, chunk, 0, goes_on=True)
        chunk = following
    yield Part(decoded, first, chunk, records, goes_on)


def _only(rows: Records, first: int) -> dict[int, set[int]]:
    """By the line in the drop of records not all of whose rows are Python's, those that are."""
    found = dict[int, set[int]]()
    for line, place in zip(rows.line.to_pylist(), rows.place.to_pylist(), strict=True):
        if place >= 0:
            found.setdefault(first + line, set()).add(place)
    return found


def _divided(decoded: Decoded, last: tuple[int, int]) -> tuple[Decoded, Decoded]:
    """The rows up to a line, counted from 0, and a place in its list, and the rest, with what was counted of all."""
    keys = list(zip(decoded.lines.to_pylist(), decoded.places.to_pylist(), strict=True))
    count = sum(key <= last for key in keys)
    parts = pa.array(range(count), pa.int32()), pa.array(range(count, len(keys)), pa.int32())
    one, other = (
        {"rows": decoded.rows.take(rows), "lines": decoded.lines.take(rows), "places": decoded.places.take(rows)}
        for rows in parts
    )
    return replace(decoded, **one, notes={}, left_out=0), replace(decoded, **other)
