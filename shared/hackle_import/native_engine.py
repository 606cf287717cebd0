"""NDJSON by the decoder in C. A record that is not plain goes the Python way, by the same rules, back to its place."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.conform import good_rows
from hackle_import.decode import Findings
from hackle_import.engine import Converted, Engine
from hackle_import.native import Decoded, Decoder, Records
from hackle_import.records import Chunk
from hackle_import.records.lines import Lines


def native_engine(decoder: Decoder, python: Engine) -> Callable[[Lines | Chunk], Converted]:
    """`python` takes what is not plain, and must be bound to the same target as the decoder's plan."""

    def convert(lines: Lines | Chunk) -> Converted:
        if isinstance(lines, Chunk):
            return replace(python(lines), decoder="native")
        decoded = decoder.decode(lines.text, lines.first, lines.max_line_bytes)
        if len(decoded.other.start):
            return _merged(decoded, lines, python)
        return Converted(decoded.rows.num_rows, decoded.rows, [], Counter(decoded.notes), decoder="native")

    return convert


def _merged(decoded: Decoded, lines: Lines, python: Engine) -> Converted:
    chunk = lines.chunk_of(
        _cut(lines.text, decoded.other), [lines.first + line for line in decoded.other.line.to_pylist()]
    )
    other = python(chunk)
    rejected = {reject[0] for reject in other.rejects}
    written = pa.array([line - lines.first for line in chunk.lines if line not in rejected], pa.int32())
    order = pc.sort_indices(pa.concat_arrays([decoded.lines, written]))
    batch = pa.concat_batches([decoded.rows, other.batch]).take(order)
    rows_in = decoded.rows.num_rows + other.rows_in
    notes = other.notes + Counter(decoded.notes)
    return Converted(rows_in, good_rows(batch.columns, Findings()), other.rejects, notes, decoder="native")


def _cut(text: bytes, records: Records) -> list[bytes]:
    places = zip(records.start.to_pylist(), records.length.to_pylist(), strict=True)
    return [text[start : start + length] for start, length in places]
