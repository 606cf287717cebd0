"""The seam: a chunk of records in, a record batch of the target's schema, rejects and notes out. One engine, in
Python, today;
a native one has the same shape."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from hackle_import.codes import Why
from hackle_import.conform import Target, conform
from hackle_import.decode import Findings, SourceRows
from hackle_import.records import Chunk


@dataclass(frozen=True, slots=True)
class Converted:
    """`rejects` are (line, code, field, message, raw record), in the order of lines; `notes` counts written rows."""

    rows_in: int
    batch: pa.RecordBatch
    rejects: list[tuple[int, Why, str | None, str, bytes]]
    notes: Counter[str]


Engine = Callable[[Chunk], Converted]


def python_engine(decode: Callable[[Chunk], SourceRows], target: Target) -> Engine:
    """Decodes by `decode`, then conforms on Arrow arrays."""

    def convert(chunk: Chunk) -> Converted:
        source = decode(chunk)
        batch = conform(source, target)
        return Converted(
            len(chunk.records) + len(chunk.unread), batch, _rejects(chunk, source), _notes(source.findings)
        )

    return convert


def _rejects(chunk: Chunk, source: SourceRows) -> list[tuple[int, Why, str | None, str, bytes]]:
    found = [
        (source.lines[row], why, name, message, source.records[row])
        for row, (why, name, message) in source.findings.rejects.items()
    ]
    found += [(row.line, row.why, None, row.message, row.raw) for row in chunk.unread]
    return sorted(found, key=lambda reject: reject[0])


def _notes(findings: Findings) -> Counter[str]:
    counts = ((note.value, len(rows - findings.rejects.keys())) for note, rows in findings.notes.items())
    return Counter({note: count for note, count in counts if count})
