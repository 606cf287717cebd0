"""NDJSON by the decoder in C. A record that is not plain goes the Python way, by the same rules, back to its place."""

from collections.abc import Callable, Sequence
from typing import overload

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.conform import Target, conform_scalars, good_rows
from hackle_import.conform.maps import conform_osnames
from hackle_import.decode import SCALARS, Findings, SourceRows
from hackle_import.engine import Converted, Engine, notes_of, rejects_of
from hackle_import.native import Decoded, Decoder, Records
from hackle_import.records import Chunk
from hackle_import.records.lines import Lines


def native_engine(decoder: Decoder, target: Target, python: Engine) -> Callable[[Lines | Chunk], Converted]:
    """`python` takes what is not plain, and must be bound to the same target."""

    def convert(lines: Lines | Chunk) -> Converted:
        if isinstance(lines, Chunk):
            return python(lines)
        decoded = decoder.decode(lines.text, lines.max_line_bytes)
        source = _source(decoded, lines)
        batch = _conformed(decoded, source, target)
        plain = Converted(len(source.records), batch, rejects_of(source), notes_of(source.findings), decoder="native")
        if not len(decoded.other.start):
            return plain
        return _merged(plain, source.lines, decoded.other, lines, python)

    return convert


class _Cut(Sequence[bytes]):
    """Records of a text, cut when they are asked for: few are."""

    def __init__(self, text: bytes, records: Records) -> None:
        self._text, self._records = text, records

    def __len__(self) -> int:
        return len(self._records.start)

    @overload
    def __getitem__(self, row: int) -> bytes: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[bytes]: ...
    def __getitem__(self, row: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(row, slice):
            return [self[number] for number in range(len(self))[row]]
        start = self._records.start[row].as_py()
        return self._text[start : start + self._records.length[row].as_py()]


def _source(decoded: Decoded, lines: Lines) -> SourceRows:
    texts = dict(zip(SCALARS, decoded.scalars, strict=True))
    records = _Cut(lines.text, decoded.plain)
    return SourceRows(records, _numbers(lines, decoded.plain), texts, {}, Findings())


def _numbers(lines: Lines, records: Records) -> list[int]:
    """The line of the drop that each record is on."""
    return [lines.first + line for line in records.line.to_pylist()]


def _conformed(decoded: Decoded, source: SourceRows, target: Target) -> pa.RecordBatch:
    scalars = conform_scalars(source, target)
    *maps, platform = decoded.maps
    platform = conform_osnames(platform, decoded.osname, target.osnames, source.findings)
    return good_rows([*scalars, *maps, platform], source.findings)


def _merged(plain: Converted, plain_lines: Sequence[int], others: Records, lines: Lines, python: Engine) -> Converted:
    chunk = lines.chunk_of(list(_Cut(lines.text, others)), _numbers(lines, others))
    other = python(chunk)
    numbers = pa.array(_written(plain_lines, plain) + _written(chunk.lines, other), pa.int64())
    batch = good_rows(pa.concat_batches([plain.batch, other.batch]).take(pc.sort_indices(numbers)).columns, Findings())
    rejects = sorted(plain.rejects + other.rejects, key=lambda reject: reject[0])
    return Converted(plain.rows_in + other.rows_in, batch, rejects, plain.notes + other.notes, decoder="native")


def _written(lines: Sequence[int], converted: Converted) -> list[int]:
    rejected = {reject[0] for reject in converted.rejects}
    return [line for line in lines if line not in rejected]
