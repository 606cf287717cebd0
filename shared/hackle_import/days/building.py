"""The files of a generation, on temporary disk: every input is read once, rows are partitioned by `insert_id` until
memory holds all that may repeat each other, then by file and user until it holds those that are to be sorted. Of what
is published and stays, only rows are taken that one that is written may repeat; all, where they may repeat that one.

The same inputs give the same bytes, in whatever order they are found. Memory holds a bucket or two; disk holds each row
twice at most, compressed, and the files.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct
from msgspec.structs import replace

from hackle_import.days.adopted import apart, lying, stayed
from hackle_import.days.counts import Counted, Counts
from hackle_import.days.document import Group, Input, Summary
from hackle_import.days.ordering import Ordering
from hackle_import.days.partitions import Partitions
from hackle_import.days.repeats import Marks, find
from hackle_import.days.rows import PLACE, PLACED, digest_of_ids, encoded, remainder
from hackle_import.errors import Misconfigured, Unaccounted
from hackle_import.settings import DayOrder, Repeats
from hackle_import.writing.parquet import ParquetFile

BUCKET_BYTES = 20 << 20  # of Arrow memory, in which rows that repeat each other are looked for
DISK = 5  # bytes of temporary disk that a byte of input may take: its rows twice, compressed, and the file
_IN_MEMORY = 6  # bytes of Arrow memory that a byte of Parquet becomes, about
_READ_ROWS = 16_384


class Built(Struct, frozen=True):
    """A file of the day that waits to be put."""

    key: str
    path: Path
    rows: int
    digest: str


class Plan(Struct, frozen=True):
    """`groups` are all that are read, in the order in which the day got them: a row repeats one of a group before it.
    `written` are the numbers of those that are written. `read` gives an input's file; `checkpoint` raises what the work
    is to end with; `begin_ms` is when the day begins; `staying` are files in the place of some that are written, whose
    rows stay where they lie."""

    groups: Sequence[Group]
    written: Sequence[int]
    read: Callable[[Input], Path]
    repeats: Repeats
    order: DayOrder
    compression: str
    begin_ms: int
    footer: Mapping[str, str]
    checkpoint: Callable[[], None]
    staying: Sequence[Input] = ()

    @property
    def starts(self) -> list[int]:
        """The places at which groups begin, and the end."""
        return [0, *accumulate(sum(one.rows for one in group.inputs) for group in self.groups)]

    @property
    def stays(self) -> list[int]:
        """The numbers of groups that are only read."""
        return [number for number in range(len(self.groups)) if number not in self.written]

    @property
    def files(self) -> list[tuple[int, int]]:
        """Groups that are written, by their numbers, and parts of them."""
        return [(number, part) for number in self.written for part in range(len(self.groups[number].keys))]

    def files_of(self, number: int) -> range:
        """The places in `files` of a group."""
        first = self.files.index((number, 0))
        return range(first, first + len(self.groups[number].keys))

    @property
    def is_counted_anew(self) -> bool:
        """Whether rows that stay may repeat others now: they came after what is written."""
        return any(number > min(self.written, default=number) for number in self.stays)

    @property
    def bytes(self) -> int:
        """Of what is partitioned, but for a few rows."""
        partitioned = range(len(self.groups)) if self.is_counted_anew else self.written
        inputs = [one for number in partitioned for one in self.groups[number].inputs]
        return sum(one.bytes for one in (*inputs, *self.staying))

    @property
    def disk(self) -> int:
        """Bytes that are needed at most: of what is only read, a file at a time lies there."""
        stays = (one.bytes for number in self.stays for one in self.groups[number].inputs)
        return DISK * self.bytes + max(stays, default=0)


class Done(Struct, frozen=True):
    """`files` in the order of their groups. By the numbers of groups: `summaries` of all, of those that are only read
    with nothing but repeats; `counted` of those that are written."""

    files: list[Built]
    summaries: dict[int, Summary]
    counted: dict[int, Counted]


def build(plan: Plan, folder: Path, zone: ZoneInfo) -> Done:
    """Raises Misconfigured where the disk is too small, Unaccounted for a bug, and what `read` raises."""
    require_disk(folder, plan.disk)
    buckets = max(1, -(-plan.bytes * _IN_MEMORY // BUCKET_BYTES))
    of_file = max(1, -(-buckets // max(len(plan.files), 1)))
    counts = {number: Counts(zone) for number in plan.written}
    with closing(Ordering(folder, plan.order, of_file, plan.begin_ms)) as ordering:
        with closing(Partitions(folder / "by-id")) as by_id:
            _partition(plan, by_id, buckets, counts)
            summaries = _judge(plan, by_id, ordering)
        built = [_file(plan, folder, ordering, place, counts[number]) for place, (number, _) in enumerate(plan.files)]
    for number in plan.written:
        summaries[number] = _accounted(plan, number, built, summaries[number])
    return Done(built, summaries, {number: one.counted for number, one in counts.items()})


def _accounted(plan: Plan, number: int, built: list[Built], summary: Summary) -> Summary:
    """Conservation of a group. Raises Unaccounted."""
    keys = set(plan.groups[number].keys)
    rows = sum(one.rows for one in built if one.key in keys)
    if summary.rows_in != rows + summary.repeats_removed:
        raise Unaccounted(f"{plan.footer['day']}: {summary.rows_in} rows in, {rows} written")
    return replace(summary, rows_written=rows)


def require_disk(folder: Path, needed: int) -> None:
    """Raises Misconfigured before anything is read: a disk that is full in the middle of a day tells nobody why."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        told = f"the day needs {_size(needed)} of temporary disk, and {_size(free)} are free in {folder.parent}"
        raise Misconfigured(
            f"{told}: give the function more, or close it by the command, where TMPDIR names a larger disk"
        )


def _size(count: int) -> str:
    return f"{count >> 20:,} MiB" if count >= 1 << 20 else f"{count >> 10:,} KiB"


def _partition(plan: Plan, by_id: Partitions, buckets: int, counts: dict[int, Counts]) -> None:
    marks = Marks() if plan.stays or plan.staying else None
    for number in plan.written:
        for batch in _gathered(_counted(plan, number, counts[number])):
            digests = digest_of_ids(batch["insert_id"])
            by_id.add(batch, remainder(digests, buckets))
            if marks:
                marks.add(digests)
    if marks:
        stays = _gathered(batch for number in plan.stays for _, batch in _rows_of(plan, number))
        _partition_marked(stays, by_id, buckets, None if plan.is_counted_anew else marks)
        _partition_marked(_gathered(_staying(plan)), by_id, buckets, marks)


def _partition_marked(batches: Iterable[pa.RecordBatch], by_id: Partitions, buckets: int, marks: Marks | None) -> None:
    """Rows of which one that is written has the id; None: all."""
    for batch in batches:
        digests = digest_of_ids(batch["insert_id"])
        wanted = marks.have(digests) if marks else pa.repeat(True, len(digests))
        by_id.add(batch.filter(wanted), remainder(digests.filter(wanted), buckets))


def _staying(plan: Plan) -> Iterator[pa.RecordBatch]:
    """Where rows lie by now."""
    numbers = {plan.groups[number].keys[part]: file for file, (number, part) in enumerate(plan.files)}
    for one in plan.staying:
        plan.checkpoint()
        path = plan.read(one)
        yield from lying(path, numbers[one.key])
        path.unlink()


def _counted(plan: Plan, number: int, counts: Counts) -> Iterator[pa.RecordBatch]:
    for one, batch in _rows_of(plan, number):
        counts.add_lag(batch["ts"], one.uploaded)
        yield batch


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Large ones, whatever drops were like: to spread a few rows over all buckets costs as much as thousands."""
    held, rows = [], 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _READ_ROWS:
            yield pa.concat_batches(held)
            held, rows = [], 0
    if held:
        yield pa.concat_batches(held)


def _rows_of(plan: Plan, number: int) -> Iterator[tuple[Input, pa.RecordBatch]]:
    """A group's rows, each batch with the input that it is of. Raises Unaccounted."""
    place = plan.starts[number]
    for one in plan.groups[number].inputs:
        plan.checkpoint()
        before, path = place, plan.read(one)
        for batch in _placed(path, place):
            yield one, batch
            place += batch.num_rows
        path.unlink()
        if place - before != one.rows:
            raise Unaccounted(f"{one.key}: {place - before} rows, {one.rows} in its drop's ledger")


def _placed(path: Path, place: int) -> Iterator[pa.RecordBatch]:
    """A file's rows, numbered from `place` on."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_READ_ROWS, use_threads=False):
            places = pa.array(range(place, place + batch.num_rows), pa.int64())
            place += batch.num_rows
            yield pa.RecordBatch.from_arrays([*batch.columns, places], schema=PLACED)


def _judge(plan: Plan, by_id: Partitions, ordering: Ordering) -> dict[int, Summary]:
    """Repeats go, the other rows are partitioned again, those of groups that are not written left out."""
    starts = plan.starts
    spans = {number: (starts[number], starts[number + 1]) for number in range(len(plan.groups))}
    summaries = {
        number: Summary(end - start if number in plan.written else 0) for number, (start, end) in spans.items()
    }
    for bucket in by_id.numbers:
        plan.checkpoint()
        rows, now = apart(by_id.whole(bucket))
        found = find(rows, plan.repeats, starts[1:-1])
        for number, span in spans.items() if len(found.repeats) else ():
            summary = summaries[number]
            summaries[number] = replace(
                summary,
                repeats=summary.repeats + _within(found.repeats, span),
                repeats_differ=summary.repeats_differ + _within(found.differ, span),
                repeats_removed=summary.repeats_removed + _within(found.removed, span),
            )
        for number in plan.written:
            kept = found.kept
            of_group = kept.filter(_is_within(kept[PLACE], spans[number])) if len(spans) > 1 else kept
            _order(plan, number, of_group, now, ordering)
    return summaries


def _order(plan: Plan, number: int, rows: pa.RecordBatch, now: pa.RecordBatch, ordering: Ordering) -> None:
    """Rows of a group go to its files."""
    files, parts = plan.files_of(number), _parts(plan, number, rows, now)
    for part, file in enumerate(files):
        ordering.add(rows.filter(pc.equal(parts, part)) if len(files) > 1 else rows, file)


def _parts(plan: Plan, number: int, rows: pa.RecordBatch, now: pa.RecordBatch) -> pa.Int64Array:
    """Which part each row of a bucket belongs into; `now` is where those lie that stay."""
    files = plan.files_of(number)
    if len(files) == 1 or not rows.num_rows:
        return pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows)
    partitioned = remainder(digest_of_ids(rows["insert_id"]), len(files))
    return stayed(rows, now, files, partitioned) if now.num_rows else partitioned


def _file(plan: Plan, folder: Path, ordering: Ordering, place: int, counts: Counts) -> Built:
    number, part = plan.files[place]
    path = folder / f"{place}.parquet"
    with closing(ParquetFile(path, plan.compression)) as file:
        for batch in ordering.of_file(place):
            plan.checkpoint()
            counts.add(batch)
            file.write([encoded(batch)])
        file.finish(plan.footer)
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return Built(plan.groups[number].keys[part], path, file.rows, digest)


def _is_within(places: pa.Int64Array, span: tuple[int, int]) -> pa.BooleanArray:
    return pc.and_(pc.greater_equal(places, span[0]), pc.less(places, span[1]))


def _within(places: pa.Int64Array, span: tuple[int, int]) -> int:
    return pc.sum(_is_within(places, span)).as_py() or 0
