"""The seam: a chunk of records in; a record batch of Hackle's schema, rejects and notes out.

The engine here is all Python and takes every chunk; `native` hands it the records that are not plain.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from operator import itemgetter

import pyarrow as pa
from msgspec import Struct, field

from hackle_import.conform import Target, conform
from hackle_import.decode import Findings, Reject, SourceRows
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.each import place_of
from hackle_import.seen.sources import Sources


class Converted(Struct, frozen=True):
    """`rejects` are in the order of lines; `notes` counts written rows; `decoder` made them.
    `sources` is what was seen of the mapping's; `lines`: on which each row of the batch is, in an export counted
    through all parts; `part`: which of its parts the rows are of, by which rejects count their lines; `bytes_in`: of a
    part that begins here, as stored; `records`: how many were read, and `places`: those of
    the batch's rows in their records' lists, where a record becomes several rows."""

    rows_in: int
    batch: pa.RecordBatch
    rejects: list[Reject]
    notes: Counter[str]
    rows_filtered: int = 0
    decoder: str = "python"
    sources: Sources = field(default_factory=Sources)
    lines: pa.Int64Array | None = None
    part: str = ""
    bytes_in: int = 0
    records: int | None = None
    places: pa.Int64Array | None = None


Engine = Callable[[Chunk], Converted]


def python_engine(decode: Callable[[Chunk], SourceRows], target: Target) -> Engine:
    """Decodes by `decode`, then conforms on Arrow arrays."""

    def convert(chunk: Chunk) -> Converted:
        source = decode(chunk)
        batch = conform(source, target)
        rejects = [Reject(row.line, row.why, None, row.message, row.raw) for row in chunk.unread]
        rejects += rejects_of(source) if chunk.marks is None else _in_order(chunk, source)
        rejects.sort(key=itemgetter(0))
        rows_in = len(chunk.records) + len(chunk.unread)
        return Converted(
            rows_in,
            batch,
            rejects,
            notes_of(source.findings),
            source.filtered,
            sources=source.sources,
            lines=lines_of(source),
            records=chunk.cut,
            places=None if source.marks is None else _places_of(source, source.marks),
        )

    return convert


def lines_of(source: SourceRows) -> pa.Int64Array:
    """Of the rows that were not rejected, as the batch has them."""
    rejected = source.findings.rejects
    lines = [line for row, line in enumerate(source.lines) if row not in rejected] if rejected else source.lines
    return pa.array(lines, pa.int64())


def _places_of(source: SourceRows, marks: Sequence[bytes]) -> pa.Int64Array:
    """Of the rows that were not rejected; -1 of one that is its record's only one."""
    rejected = source.findings.rejects
    return pa.array([place_of(mark) for row, mark in enumerate(marks) if row not in rejected], pa.int64())


def rejects_of(source: SourceRows) -> list[Reject]:
    """The rows that were rejected: first those that cannot be read."""
    return [*source.unread.values(), *_rejected(source).values()]


def _rejected(source: SourceRows) -> dict[int, Reject]:
    """Rows that can be read, and are rejected nevertheless."""
    shown = source.records if source.shown is None else source.shown
    return {
        row: Reject(source.lines[row], why, name, message, shown[row])
        for row, (why, name, message) in sorted(source.findings.rejects.items())
    }


def _in_order(chunk: Chunk, source: SourceRows) -> list[Reject]:
    """Of records that became several rows: as the rows stand in the chunk."""
    given, kept = zip(chunk.lines, chunk.marks or (), strict=True), source.marks or ()
    numbers = {one: number for number, one in enumerate(given)}
    found = {numbers[source.lines[row], kept[row]]: one for row, one in _rejected(source).items()}
    return [one for _, one in sorted((source.unread | found).items(), key=itemgetter(0))]


def notes_of(findings: Findings) -> Counter[str]:
    """Rows by note, but for those that were rejected."""
    counts = ((note.value, len(rows - findings.rejects.keys())) for note, rows in findings.notes.items())
    return Counter({note: count for note, count in counts if count})
