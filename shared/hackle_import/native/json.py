"""JSON by the decoder in C. A record that is not plain goes the Python way, by the same rules, back to its place."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from hackle_import.conform import good_rows
from hackle_import.decode import Findings
from hackle_import.engine import Converted, Engine
from hackle_import.native.library import Decoded, Decoder, Elements, Lines, Records
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.elements import EXPECTED, Find, Found
from hackle_import.reading.lines import Text, TooLong, chunk_of


def native_lines(
    texts: Iterable[Text | TooLong], decoder: Decoder, python: Engine, max_line_bytes: int
) -> Iterator[Converted]:
    """NDJSON. `python` takes what is not plain, and must be bound to the same target as the decoder's plan."""
    first = 1
    for text in texts:
        if isinstance(text, TooLong):
            yield replace(python(text.chunk(first, max_line_bytes)), decoder="native")
            first += 1
            continue
        left = text
        while left.size:
            lines = Lines(first, max_line_bytes)
            decoded = decoder.decode(left.head, left.piece, left.start, left.end, lines)
            records = cut(left.joined(), decoded.other) if len(decoded.other.line) else []
            yield merged(decoded, first, chunk_of(records, numbers_of(decoded.other, first), max_line_bytes), python)
            first, left = first + lines.count, left.behind(lines.at)


def with_sources(converted: Iterable[Converted], decoder: Decoder) -> Iterator[Converted]:
    """JSON that this decoder converts, with what it saw of the mapping's sources."""
    for one in converted:
        one.sources.add(decoder.sources())
        yield one


def native_find(decoder: Decoder, python: Engine, array: bool) -> Find[Converted]:
    """Finds the elements of JSON and converts them in one go. `python` takes what is not plain, and must be bound to
    the same target as the decoder's plan."""

    def find(text: bytes, first: int, expects: str, final: bool) -> Found[Converted]:
        state = Elements(array, final, EXPECTED.index(expects))
        trouble, decoded = decoder.decode_elements(text, first, state)
        records = cut(text, decoded.other)
        others = Chunk(b"\n".join(records), records, numbers_of(decoded.other, first))
        made = merged(decoded, first, others, python) if state.count else None
        return Found(made, state.count, state.at, EXPECTED[state.expects], trouble)

    return find


def merged(decoded: Decoded, first: int, others: Chunk, python: Engine) -> Converted:
    """What was decoded, with `others` where they belong. `first` is the number of the text's first line or element."""
    taken = decoded.rows.num_rows + decoded.left_out
    if not len(decoded.other.line):
        notes, lines = Counter(decoded.notes), lines_from(decoded.lines, first)
        return Converted(taken, decoded.rows, [], notes, decoded.left_out, "native", lines=lines)
    other = python(others)
    assert other.lines is not None, "Python tells the lines of what it made"
    numbers = pa.concat_arrays([decoded.lines, pc.subtract(other.lines, first).cast(pa.int32())])
    order = pc.sort_indices(numbers)
    batch = pa.concat_batches([decoded.rows, other.batch]).take(order)
    rows_in, left_out = taken + other.rows_in, decoded.left_out + other.rows_filtered
    notes = other.notes + Counter(decoded.notes)
    rows = good_rows(batch.columns, Findings())
    lines = lines_from(numbers.take(order), first)
    return Converted(rows_in, rows, other.rejects, notes, left_out, "native", other.sources, lines)


def lines_from(numbers: pa.Int32Array, first: int) -> pa.Int64Array:
    """Numbers of a text's lines or elements, counted from 0, as those of the drop."""
    return pc.add(numbers.cast(pa.int64()), first)


def numbers_of(records: Records, first: int) -> list[int]:
    """The lines or elements of a drop that records are."""
    return [first + line for line in records.line.to_pylist()]


def cut(text: bytes, records: Records) -> list[bytes]:
    """Records of a text."""
    places = zip(records.start.to_pylist(), records.length.to_pylist(), strict=True)
    return [text[start : start + length] for start, length in places]
