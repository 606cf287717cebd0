"""What C made of a drop's texts, and what Python makes of the records that C leaves to it -> rows in the drop's order.

Python takes the records of a few texts at once: to be begun costs it as much as many records do.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from msgspec.structs import replace

from hackle_import.conform import good_rows
from hackle_import.decode import Findings
from hackle_import.engine import Converted, Engine
from hackle_import.errors import BadDrop
from hackle_import.native.library import Decoded
from hackle_import.reading.chunks import Chunk
from hackle_import.seen.sources import Sources

_MOST_PARTS = 8  # that wait: each is some MiB of rows
_MOST_RECORDS, _MOST_BYTES = 1000, 1 << 20  # that wait for Python


class Part(Struct, frozen=True):
    """A text that C decoded: the number of its first line or element in the drop, and the records that are left to
    Python. `records`: how many the text has, where records become several rows, which `others` then are;
    `goes_on`: the next part has more rows of the last one."""

    decoded: Decoded
    first: int
    others: Chunk
    records: int | None = None
    goes_on: bool = False


def merged(parts: Iterable[Part | Chunk], python: Engine) -> Iterator[Converted]:
    """A part each, in their order. `python` takes what is left of them, and alone a chunk that is no part; it must be
    bound to the same target as the decoder's plan. What it notes of several parts is told with the last one."""
    waiting = list[Part]()
    try:
        for part in parts:
            if isinstance(part, Chunk):
                yield from _together(waiting, python)
                waiting = []
                yield replace(python(part), decoder="native")
                continue
            waiting.append(part)
            if not _may_wait(waiting):
                yield from _together(waiting, python)
                waiting = []
    except BadDrop:  # a mapping may keep what precedes the fault
        yield from _together(waiting, python)
        raise
    yield from _together(waiting, python)


def _may_wait(parts: Sequence[Part]) -> bool:
    """Whether Python may be asked later."""
    records = sum(_left(part) for part in parts)
    large = sum(len(part.others.text) for part in parts) >= _MOST_BYTES
    return 0 < records < _MOST_RECORDS and len(parts) < _MOST_PARTS and not large and not parts[-1].goes_on


def _left(part: Part) -> int:
    """How many records, or their rows, are left to Python."""
    return len(part.others.records) + len(part.others.unread)


def _together(parts: Sequence[Part], python: Engine) -> Iterator[Converted]:
    if not any(map(_left, parts)):
        yield from map(_plain, parts)
        return
    made = python(_joined([part.others for part in parts]))
    yield from (_in_order(part, own) for part, own in zip(parts, _divided(made, parts), strict=True))


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    records = list(chain.from_iterable(chunk.records for chunk in chunks))
    lines = list(chain.from_iterable(chunk.lines for chunk in chunks))
    marks = list(chain.from_iterable(chunk.marks or () for chunk in chunks))
    unread = [one for two in chunks for one in two.unread]
    return Chunk(b"\n".join(chunk.text for chunk in chunks), records, lines, unread, marks or None)


def _divided(made: Converted, parts: Sequence[Part]) -> Iterator[Converted]:
    """What Python made, a part each."""
    assert made.lines is not None, "Python tells the lines of what it made"
    rows, rejects = made.lines.to_pylist(), [reject.line for reject in made.rejects]
    firsts = [part.first for part in parts[1:]]
    row_ends = [0, *(bisect_left(rows, first) for first in firsts), len(rows)]
    reject_ends = [0, *(bisect_left(rejects, first) for first in firsts), len(rejects)]
    for part, row, reject in zip(parts, pairwise(row_ends), pairwise(reject_ends), strict=True):
        last = part is parts[-1]
        left_out = _left(part) - (row[1] - row[0]) - (reject[1] - reject[0])
        yield Converted(
            _left(part),
            made.batch.slice(row[0], row[1] - row[0]),
            made.rejects[slice(*reject)],
            made.notes if last else Counter(),
            left_out,
            sources=made.sources if last else Sources(),
            lines=made.lines.slice(row[0], row[1] - row[0]),
            places=None if made.places is None else made.places.slice(row[0], row[1] - row[0]),
        )


def _plain(part: Part) -> Converted:
    decoded, taken = part.decoded, part.decoded.rows.num_rows + part.decoded.left_out
    lines = lines_from(decoded.lines, part.first)
    notes, left_out = Counter(decoded.notes), decoded.left_out
    return Converted(taken, decoded.rows, [], notes, left_out, "native", lines=lines, records=part.records)


def _in_order(part: Part, other: Converted) -> Converted:
    """With the rows that Python made in their places."""
    plain = _plain(part)
    if not other.rows_in:
        return replace(plain, notes=plain.notes + other.notes, sources=other.sources)
    lines = pa.concat_arrays([plain.lines, other.lines])
    order = pc.sort_indices(lines if other.places is None else _keys(lines, part.decoded.places, other.places))
    batch = pa.concat_batches([plain.batch, other.batch]).take(order)
    return Converted(
        plain.rows_in + other.rows_in,
        good_rows(batch.columns, Findings()),
        other.rejects,
        plain.notes + other.notes,
        plain.rows_filtered + other.rows_filtered,
        "native",
        other.sources,
        lines.take(order),
        records=part.records,
    )


def _keys(lines: pa.Int64Array, plain: pa.Int32Array, other: pa.Int64Array) -> pa.Int64Array:
    """By which rows stand in the drop's order: their lines, and their places in the lists of their records."""
    return pc.add(pc.shift_left(lines, 32), pa.concat_arrays([plain.cast(pa.int64()), other]))


def lines_from(numbers: pa.Int32Array, first: int) -> pa.Int64Array:
    """Numbers of a text's lines or elements, counted from 0, as those of the drop."""
    return pc.add(numbers.cast(pa.int64()), first)
