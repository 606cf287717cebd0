"""Rows of an adopted drop that has several files, written anew: they lie as they were dropped, so nothing about a row
tells in which file. Each stays where it is now; only one that is in none of them goes by its `insert_id`.

Whoever is broken off between two files, or does the same again, finds the same: a file that was written anew holds the
rows that belong into it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hackle_import.days.rows import PLACE, PLACED, texts

_READ_ROWS = 16_384


def lying(path: Path, file: int) -> Iterator[pa.RecordBatch]:
    """Rows that file number `file` holds by now: their place is below 0, and tells the file."""
    with pq.ParquetFile(path) as opened:
        for batch in opened.iter_batches(_READ_ROWS, use_threads=False):
            places = pa.repeat(pa.scalar(-1 - file, pa.int64()), batch.num_rows)
            yield pa.RecordBatch.from_arrays([*batch.columns, places], schema=PLACED)


def apart(rows: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """The rows that are to be written or only read, and those of `lying`."""
    is_lying = pc.less(rows[PLACE], 0)
    if not pc.any(is_lying).as_py():
        return rows, rows.slice(0, 0)
    return rows.filter(pc.invert(is_lying)), rows.filter(is_lying)


def stayed(rows: pa.RecordBatch, now: pa.RecordBatch, files: range, partitioned: pa.Int64Array) -> pa.Int64Array:
    """Of each row the part that it belongs into: `files` are the numbers of the parts' files, `now` rows of `lying`,
    `partitioned` the parts of rows that are in none. All rows of an id must be in both."""
    numbers = pc.subtract(pc.subtract(-1, now[PLACE]), files.start)
    is_here = pc.and_(pc.greater_equal(numbers, 0), pc.less(numbers, len(files)))
    now, numbers = now.filter(is_here), numbers.filter(is_here)
    found = pc.coalesce(numbers.take(pc.index_in(rows["insert_id"], now["insert_id"])), partitioned)
    several = _several(rows["insert_id"], now["insert_id"])
    if not len(several):
        return found
    mask, of_now = pc.is_in(rows["insert_id"], several), pc.is_in(now["insert_id"], several)
    parts = _matched(
        _contents(rows, mask),
        partitioned.filter(mask).to_pylist(),
        _contents(now, of_now),
        numbers.filter(of_now).to_pylist(),
    )
    return pc.replace_with_mask(found, mask, pa.array(parts, pa.int64()))


def _several(*ids: pa.StringArray) -> pa.StringArray:
    """Ids that a column has more than once."""
    counts = [pc.value_counts(column) for column in ids]
    return pa.concat_arrays([one.field("values").filter(pc.greater(one.field("counts"), 1)) for one in counts])


def _contents(rows: pa.RecordBatch, mask: pa.BooleanArray) -> list[tuple[str, ...]]:
    """All that a row is, its id first."""
    picked = rows.take(pc.indices_nonzero(mask))
    return list(zip(*(column.to_pylist() for column in (picked["insert_id"], *texts(picked))), strict=True))


def _matched(
    rows: Sequence[tuple[str, ...]], partitioned: Sequence[int], now: Sequence[tuple[str, ...]], parts: Sequence[int]
) -> list[int]:
    """Rows that are equal to one that lies there stay first, then others with its id take the room that is left."""
    equal: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for part, content in sorted(zip(parts, now, strict=True), reverse=True):
        equal[content].append(part)
    found = {place: equal[content].pop() for place, content in enumerate(rows) if equal[content]}
    room: dict[str, list[int]] = defaultdict(list)
    for part, name in sorted(((part, content[0]) for content, left in equal.items() for part in left), reverse=True):
        room[name].append(part)
    for place, content in enumerate(rows):
        if place not in found:
            found[place] = room[content[0]].pop() if room[content[0]] else partitioned[place]
    return _copies_in_order(rows, [found[place] for place in range(len(rows))])


def _copies_in_order(rows: Sequence[tuple[str, ...]], parts: list[int]) -> list[int]:
    """Of rows that are equal in all columns, the first lie in the first files: so they do when this is done again."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, content in enumerate(rows):
        places[content].append(place)
    found = list(parts)
    for some in places.values():
        for place, part in zip(some, sorted(parts[one] for one in some), strict=True):
            found[place] = part
    return found
