"""What a drop would become, from a sample of its beginning: rows beside what they become, what is rejected and
remarked, what nothing uses, what was guessed. Reads as much as the sample needs; writes nothing.

The drop is opened as `convert` opens it; its rows go one by one through Python's decoder and the same rules. The
decoder in C gives the same, and is not needed for so few rows.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa

from hackle_import.codes import Note
from hackle_import.conform import Target, conform
from hackle_import.convert.opening import Decode, open_drop
from hackle_import.decode import SourceRows
from hackle_import.errors import BadDrop
from hackle_import.preview.ambiguities import ambiguities_of
from hackle_import.preview.estimate import Estimate, estimate
from hackle_import.preview.unused import Unused, Usage
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.pinned import PinnedReader
from hackle_import.receipt import Failure
from hackle_import.settings import Limits, Rules
from hackle_import.writing.rejects import text_of

SAMPLE_ROWS = 1000
SAMPLES = 3  # lines shown of each code
_BLOCK_BYTES = 256 << 10


class Row(msgspec.Struct, frozen=True):
    """A source row, and the row it becomes; `code`, `field` and `message` of a reject; `code` is `filtered` where the
    mapping leaves the row out. `ambiguities` are what had to be guessed."""

    line: int
    source: str
    row: dict[str, object] | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None
    notes: list[str] = []
    ambiguities: list[str] = []


class Counted(msgspec.Struct, frozen=True):
    """How many rows of the sample a code was said of, and the first of their lines."""

    code: str
    rows: int
    lines: list[int]


class Preview(msgspec.Struct, frozen=True):
    """`rows` are the first ones; the counts are of the whole sample. `fault` is why reading ended early, if it did."""

    source: str
    mapping: str
    rows: list[Row]
    rows_sampled: int
    rows_written: int
    rows_rejected: int
    rows_filtered: int
    rejects: list[Counted]
    notes: list[Counted]
    ambiguities: list[Counted]
    unused: list[Unused]
    estimate: Estimate
    fault: Failure | None = None


@dataclass
class _Sample:
    rows: list[Row] = field(default_factory=list)
    batches: list[pa.RecordBatch] = field(default_factory=list)
    bytes: int = 0
    pulled: int = 0
    fault: Failure | None = None
    whole: bool = True


def preview(
    name: str, mapping_name: str, source: PinnedReader, size: int, target: Target, rules: Rules, shown: int = 10
) -> Preview:
    """`size` is that of the drop as stored, in bytes; `shown` how many rows to show. Raises what the store raises."""
    sample, usage = _Sample(), Usage(target.mapping)
    try:
        for chunk, decode in _rows(name, source, target, rules.limits, sample):
            if len(sample.rows) == SAMPLE_ROWS:
                sample.whole = False
                break
            sample.bytes += len(chunk.text) + 1
            _take(sample, chunk, decode, target)
            usage.add(decode, chunk)
    except BadDrop as broken:
        sample.fault = Failure(broken.fault.value, broken.message, broken.position)
    read = size if sample.whole else round(source.bytes_consumed * min(1, sample.bytes / sample.pulled))
    return _preview(
        name, mapping_name, sample, usage, estimate(sample.batches, len(sample.rows), read, size, rules), shown
    )


def _pulled(pieces: Iterator[bytes], sample: _Sample) -> Iterator[bytes]:
    for piece in pieces:
        sample.pulled += len(piece)
        yield piece


def _rows(
    name: str, source: PinnedReader, target: Target, limits: Limits, sample: _Sample
) -> Iterator[tuple[Chunk, Decode]]:
    """Chunks of a single row."""
    with closing(_pulled(text_pieces(name, source, limits, target.mapping.csv.encoding), sample)) as pieces:  # type: ignore[type-var]
        opened = open_drop(name, pieces, target, limits, _BLOCK_BYTES)
        for chunk in opened.chunks:
            ones = [Chunk(record, [record], [line]) for record, line in zip(chunk.records, chunk.lines, strict=True)]
            ones += [Chunk(b"", (), (), [row]) for row in chunk.unread]
            yield from ((one, opened.decode) for one in sorted(ones, key=_line))


def _line(chunk: Chunk) -> int:
    return chunk.lines[0] if chunk.lines else chunk.unread[0].line


def _take(sample: _Sample, chunk: Chunk, decode: Decode, target: Target) -> None:
    if chunk.unread:
        (row,) = chunk.unread
        sample.rows.append(Row(row.line, text_of(row.raw), code=row.why.value, message=row.message))
        return
    source = decode(chunk)
    if source.filtered:
        private = "(left out)" if source.shown is not None else text_of(chunk.records[0])
        sample.rows.append(Row(chunk.lines[0], private, code="filtered"))
        return
    batch = conform(source, target)
    sample.batches.append(batch)
    sample.rows.append(_row(source, batch, target))


def _row(source: SourceRows, batch: pa.RecordBatch, target: Target) -> Row:
    (record,) = source.records if source.shown is None else source.shown
    line, text = source.lines[0], text_of(record)
    if source.findings.rejects:
        why, name, message = source.findings.rejects[0]
        found = ambiguities_of(source, {}, target.mapping)
        return Row(line, text, code=why.value, field=name, message=message, ambiguities=found)
    row = {name: dict(value) if isinstance(value, list) else value for name, value in batch.to_pylist()[0].items()}
    notes = [note.value for note in Note if note in source.findings.notes]
    return Row(line, text, row, notes=notes, ambiguities=ambiguities_of(source, row, target.mapping))


def _preview(name: str, mapping_name: str, sample: _Sample, usage: Usage, estimated: Estimate, shown: int) -> Preview:
    rows = sample.rows
    filtered = [row for row in rows if row.code == "filtered"]
    rejected = [row for row in rows if row.code not in (None, "filtered")]
    return Preview(
        name,
        mapping_name,
        rows[:shown],
        len(rows),
        len(rows) - len(filtered) - len(rejected),
        len(rejected),
        len(filtered),
        _counted([(row.line, row.code or "") for row in rejected]),
        _counted([(row.line, note) for row in rows for note in row.notes]),
        _counted([(row.line, found) for row in rows for found in row.ambiguities]),
        usage.unused(),
        estimated,
        sample.fault,
    )


def _counted(found: list[tuple[int, str]]) -> list[Counted]:
    lines: dict[str, list[int]] = {}
    for line, code in found:
        lines.setdefault(code, []).append(line)
    counted = [Counted(code, len(numbers), numbers[:SAMPLES]) for code, numbers in lines.items()]
    return sorted(counted, key=lambda one: (-one.rows, one.code))
