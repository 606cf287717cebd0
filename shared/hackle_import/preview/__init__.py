"""What a drop would become, from a sample of its beginning: each field of the source and where it goes, events, days,
what is rejected and remarked, what was guessed, and rows beside what they become. Reads as much as the sample needs;
writes nothing.

The drop is opened as `convert` opens it; its rows go one by one through Python's decoder and the same rules. The
decoder in C gives the same, and is not needed for so few rows.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing

import msgspec
import pyarrow as pa
from msgspec import Struct, field

from hackle_import.codes import Note
from hackle_import.conform import Target, conform
from hackle_import.convert.opening import Opened, open_drop
from hackle_import.decode import SourceRows
from hackle_import.decode.table import MappedTable
from hackle_import.errors import BadDrop
from hackle_import.mapping import Mapping, is_preset
from hackle_import.preview.ambiguities import ambiguities_of
from hackle_import.preview.estimate import Estimate, estimate
from hackle_import.preview.fields import Absent, Field, FieldCounts, Unused, fields_of
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.pinned import PinnedReader
from hackle_import.receipt import Failure
from hackle_import.seen.changes import Names, new_fields
from hackle_import.seen.sources import Sources, absent
from hackle_import.seen.used import where_names
from hackle_import.settings import Limits, Rules
from hackle_import.writing.rejects import text_of

SAMPLE_ROWS = 1000
SAMPLES = 3  # lines shown of each code
EVENTS = 50  # event keys that are counted, the most frequent
_BLOCK_BYTES = 256 << 10


class Row(msgspec.Struct, frozen=True):
    """A source row, and the row it becomes; `code`, `field` and `message` of a reject; `code` is `filtered` where the
    mapping leaves the row out. `ambiguities` are what had to be guessed; `cells` are those of a table, by columns."""

    line: int
    source: str
    row: dict[str, object] | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None
    notes: list[str] = []
    ambiguities: list[str] = []
    cells: dict[str, str] | None = None


class Counted(msgspec.Struct, frozen=True):
    """How many rows of the sample a code was said of, the first of their lines, and the first of them."""

    code: str
    rows: int
    lines: list[int]
    example: Row | None = None


class Preview(msgspec.Struct, frozen=True):
    """`rows` are the first ones; the counts are of the whole sample. `fields_more` fields are not told apart; `events`
    and `days` count rows that would be written. `missed` are sources of `absent`, but for what a preset takes if it is
    there; `new` are fields that nothing uses, and that no former drop of the folder had. `fault` is why reading ended
    early, if it did."""

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
    fields: list[Field]
    absent: list[Absent]
    fields_more: int
    events: dict[str, int]
    days: dict[str, int]
    missed: list[str] = []
    new: list[str] = []
    fault: Failure | None = None


class _Sample(Struct):
    rows: list[Row] = field(default_factory=list)
    batches: list[pa.RecordBatch] = field(default_factory=list)
    bytes: int = 0
    pulled: int = 0
    fault: Failure | None = None
    whole: bool = True
    stated: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)  # of the drop itself, told with its first row
    kept: int = 0
    seen: Sources = field(default_factory=Sources)
    before: Names | None = None


def preview(
    name: str,
    mapping_name: str,
    source: PinnedReader,
    size: int,
    target: Target,
    rules: Rules,
    shown: int = 10,
    stated: Collection[str] = (),
    before: Names | None = None,
) -> Preview:
    """`size` is that of the drop as stored, in bytes; `shown` how many rows to show; `stated` keys of the mapping that
    stand in its file though they say what holds without them: they are no guess; `before` what the last drop of its
    folder had. Raises what the store raises."""
    sample, counts = _Sample(stated=frozenset(stated), before=before), FieldCounts(target.mapping)
    try:
        for chunk, opened in _rows(name, source, target, rules.limits, sample):
            if len(sample.rows) == SAMPLE_ROWS:
                sample.whole = False
                break
            sample.bytes += len(chunk.text) + 1
            _take(sample, chunk, opened, counts)
    except BadDrop as broken:
        sample.fault = Failure(broken.fault.value, broken.message, broken.position)
    read = size if sample.whole else round(source.bytes_consumed * min(1, sample.bytes / sample.pulled))
    estimated = estimate(sample.batches, len(sample.rows), read, size, rules)
    return _preview(name, mapping_name, target.mapping, sample, counts, estimated, rules, shown)


def _pulled(pieces: Iterator[bytes], sample: _Sample) -> Iterator[bytes]:
    for piece in pieces:
        sample.pulled += len(piece)
        yield piece


def _rows(
    name: str, source: PinnedReader, target: Target, limits: Limits, sample: _Sample
) -> Iterator[tuple[Chunk, Opened]]:
    """Chunks of a single row."""
    with closing(_pulled(text_pieces(name, source, limits, target.mapping.csv.encoding), sample)) as pieces:  # type: ignore[type-var]
        opened = open_drop(name, pieces, target, limits, _BLOCK_BYTES)
        sample.notes = list(opened.notes)
        for chunk in opened.chunks:
            ones = list(_apart(chunk))
            ones += [Chunk(b"", (), (), [row]) for row in chunk.unread]
            yield from ((one, opened) for one in sorted(ones, key=_line))


def _apart(chunk: Chunk) -> Iterator[Chunk]:
    """Each record alone."""
    for row, record in enumerate(chunk.records):
        marks = None if chunk.marks is None else [chunk.marks[row]]
        yield Chunk(record, [record], [chunk.lines[row]], marks=marks)


def _line(chunk: Chunk) -> int:
    return chunk.lines[0] if chunk.lines else chunk.unread[0].line


def _take(sample: _Sample, chunk: Chunk, opened: Opened, counts: FieldCounts) -> None:
    if chunk.unread:
        (unread,) = chunk.unread
        sample.rows.append(Row(unread.line, text_of(unread.raw), code=unread.why.value, message=unread.message))
        return
    decode, target = opened.decode, opened.target
    source = decode(chunk)
    sample.seen.add(source.sources)
    if source.filtered:
        private = "(left out)" if source.shown is not None else text_of(chunk.records[0])
        sample.rows.append(Row(chunk.lines[0], private, code="filtered"))
        return
    if source.unread:
        ((line, why, name, message, raw),) = source.unread.values()
        sample.rows.append(Row(line, text_of(raw), code=why.value, field=name, message=message))
        return
    batch = conform(source, target)
    sample.kept += 1
    sample.batches.append(batch)
    (record,) = source.records if source.shown is None else source.shown
    fields = fields_of(record, decode, is_json=source.shown is not None)
    row = _row(source, batch, target, text_of(record), sample.stated)
    is_table = isinstance(decode, MappedTable)
    named = {".".join(path): text for path, text in fields.items() if text} if is_table else None
    sample.rows.append(msgspec.structs.replace(row, cells=named))
    counts.add(fields, row.line, row.row, row.field)


def _row(source: SourceRows, batch: pa.RecordBatch, target: Target, text: str, stated: Collection[str]) -> Row:
    line = source.lines[0]
    if source.findings.rejects:
        why, name, message = source.findings.rejects[0]
        found = ambiguities_of(source, {}, target.mapping, stated)
        return Row(line, text, code=why.value, field=name, message=message, ambiguities=found)
    row = {name: dict(value) if isinstance(value, list) else value for name, value in batch.to_pylist()[0].items()}
    notes = [note.value for note in Note if note in source.findings.notes]
    return Row(line, text, row, notes=notes, ambiguities=ambiguities_of(source, row, target.mapping, stated))


def _preview(
    name: str,
    mapping_name: str,
    mapping: Mapping,
    sample: _Sample,
    counts: FieldCounts,
    estimated: Estimate,
    rules: Rules,
    shown: int,
) -> Preview:
    rows, missing = sample.rows, _absent(mapping, sample, counts)
    filtered = [row for row in rows if row.code == "filtered"]
    rejected = [row for row in rows if row.code not in (None, "filtered")]
    written = [row.row for row in rows if row.row is not None]
    days = Counter(str(row["ts"].astimezone(rules.day_timezone).date()) for row in written)  # type: ignore[attr-defined]
    notes = [(row, note) for row in rows[:1] for note in sample.notes]
    guesses = [(row, found) for row in rows for found in row.ambiguities]
    return Preview(
        source=name,
        mapping=mapping_name,
        rows=rows[:shown],
        rows_sampled=len(rows),
        rows_written=len(written),
        rows_rejected=len(rejected),
        rows_filtered=len(filtered),
        rejects=_counted([(row, row.code or "") for row in rejected]),
        notes=_counted([*notes, *((row, note) for row in rows for note in row.notes)]) + _repeated(rows),
        ambiguities=_counted(guesses),
        unused=counts.unused(),
        estimate=estimated,
        fields=counts.fields(),
        absent=missing,
        fields_more=counts.more,
        events=dict(Counter(str(row["event_key"]) for row in written).most_common(EVENTS)),
        days=dict(sorted(days.items())),
        missed=[] if not rows or is_preset(mapping, mapping_name) else [one.source for one in missing],
        new=new_fields(sample.seen, sample.before),
        fault=sample.fault,
    )


def _absent(mapping: Mapping, sample: _Sample, counts: FieldCounts) -> list[Absent]:
    """Where no row was kept, as much as is known of those that are left out; where none was read, nothing."""
    if not sample.rows:
        return []
    lacked = absent(mapping, sample.seen.present, has_kept=bool(sample.kept))
    found = [one for one in counts.absent(lacked) if sample.kept or set(one.source.split(" or ")).issubset(lacked)]
    told = {source for one in found for source in one.source.split(" or ")}
    return [*found, *(Absent(name, "(where)") for name in lacked if name in where_names(mapping) and name not in told)]


def _repeated(rows: list[Row]) -> list[Counted]:
    """The rows that repeat the `insert_id` of an earlier one; the lines are those of the first two with one id."""
    first: dict[object, Row] = {}
    again = [
        (former, row) for row in rows if row.row and (former := first.setdefault(row.row["insert_id"], row)) is not row
    ]
    lines = [again[0][0].line, again[0][1].line] if again else []
    return [Counted(Note.INSERT_ID_REPEATED.value, len(again), lines, again[0][1])] if again else []


def _counted(found: list[tuple[Row, str]]) -> list[Counted]:
    by_code: dict[str, list[Row]] = {}
    for row, code in found:
        by_code.setdefault(code, []).append(row)
    counted = [
        Counted(code, len(rows), [row.line for row in rows[:SAMPLES]], rows[0]) for code, rows in by_code.items()
    ]
    return sorted(counted, key=lambda one: (-one.rows, one.code))
