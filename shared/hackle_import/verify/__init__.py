"""Finished Parquet, read as Hackle would read it: what is wrong with it, fault by fault. Writes nothing there.

Memory holds one row group, some 40 MiB of `insert_id`s, and the names of all files: it does not grow with the rows.
Temporary disk holds one file, and 20 bytes a row.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hackle_import.conform.insert_id import CANONICAL
from hackle_import.drop import STATE
from hackle_import.errors import Changed, NewerLedger, NotFound
from hackle_import.ingest import ledger
from hackle_import.ingest.kept_rejects import is_expired
from hackle_import.reading.pinned import PinnedReader
from hackle_import.schema import EVENT_KEY_CHARACTERS, MAPS, REQUIRED_KEYS, SCHEMA
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store
from hackle_import.verify.closed_days import ClosedDays
from hackle_import.verify.repeats import Repeats
from hackle_import.writing.layout import day_name, day_of_key, days


class Violation(msgspec.Struct, frozen=True):
    """A fault of one object: a code and words, without any row's content."""

    key: str
    code: str
    message: str


class Verification:
    """One pass over an import place; with `staging`, also against the ledger there; `days` are those that were closed.
    `files` and `rows` count what was read so far."""

    def __init__(self, lake: Store, rules: Rules, staging: Store | None, days: ClosedDays | None = None) -> None:
        self._lake, self._rules, self._staging, self._days = lake, rules, staging, days
        self._keys: list[str] = []
        self._left_alone: list[str] = []  # parts of the names of what this release can't hold against the ledger
        self.rows = 0

    @property
    def files(self) -> int:
        return len(self._keys)

    def faults(self) -> Iterator[Violation]:
        """Objects in the order of keys; then ids that repeat, then what the ledger lists and is not there."""
        missing: dict[str, ledger.Output] = {}
        for entry in ledger.entries(self._staging) if self._staging else ():
            if isinstance(entry, NewerLedger):
                self._left_alone.append(f"-{entry.key.removeprefix(STATE).removesuffix('.json')}-")
                yield Violation(entry.source, "newer_ledger", str(entry))
                continue
            if entry.commit:
                missing |= {output.key: output for output in entry.commit.outputs}
                yield from miscounted(entry.source, entry.commit)
            if self._staging:
                yield from self._rejects(entry, self._staging)
        yield from unknown(self._days) if self._days else ()
        missing = self._days.listed(missing) if self._days else missing
        with TemporaryDirectory(prefix="hackle-import-") as folder, closing(Repeats(Path(folder) / "ids")) as ids:
            for key in self._lake.keys(""):
                try:
                    yield from self._object(key, Path(folder) / "file", missing.get(key), ids)
                except NotFound:
                    continue  # deleted since it was listed, which Hackle may do
                except Changed:
                    yield Violation(key, "changed", "it was replaced while it was read: verify again")
                missing.pop(key, None)
            if not (self._days and self._days.is_open):  # those of open files go with the close
                yield from self._repeats(ids)
        lacking = [key for key in missing if self._days is None or not self._days.may_lack(key)]
        yield from (Violation(key, "missing", "the ledger lists it, and it is not there") for key in lacking)

    def _repeats(self, ids: Repeats) -> Iterator[Violation]:
        found = sorted(ids.rows().items())
        for number, some in groupby(found, key=lambda one: one[0][0]):
            others = {first: count for (_, first), count in some}
            same = others.pop(number, 0)
            told = [_repeated(sum(others.values()), self._where(list(others)))] if others else []
            told += [_repeated(same, "the same file")] if same else []
            yield Violation(self._keys[number], "insert_id_repeated", ", ".join(told))

    def _where(self, files: list[int]) -> str:
        more = len(files) - 1
        return self._keys[files[0]] + (f" and {more:,} more file{'s' if more > 1 else ''}" if more else "")

    def _rejects(self, entry: ledger.Entry, staging: Store) -> Iterator[Violation]:
        missing = f"the rejected rows of {entry.source} are not there"
        if entry.rejects:
            try:
                if staging.head(entry.rejects.key).version != entry.rejects.version:
                    yield Violation(entry.rejects.key, "rejects_differ", "it is not the file that the ledger holds")
            except NotFound:
                if not is_expired(staging, entry.rejects):
                    yield Violation(entry.rejects.key, "rejects_missing", missing)
        elif entry.commit and entry.commit.receipt.rejects_key:
            yield Violation(entry.commit.receipt.rejects_key, "rejects_missing", missing)

    def _object(self, key: str, path: Path, listed: ledger.Output | None, ids: Repeats) -> Iterator[Violation]:
        day = day_of_key(key, self._rules.day_folder)
        if day is None:
            yield Violation(key, "unexpected", "no Parquet file of a day folder")
            return
        digest = _fetch(self._lake, key, path)
        self._keys.append(key)
        if self._staging and listed is None and not any(part in key for part in self._left_alone):
            yield Violation(key, "orphaned", "no commit lists it")
        elif listed and listed.digest != digest:
            yield Violation(key, "altered", "its bytes are not those that were committed")
        before = self.rows
        try:
            yield from self._rows_of(key, path, day, ids)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as wrong:  # damaged pages are an OSError
            yield Violation(key, "unreadable", " ".join(str(wrong).split()))
            return
        if listed and listed.rows != self.rows - before:
            yield Violation(key, "rows_differ", f"{self.rows - before} rows, {listed.rows} in the ledger")

    def _rows_of(self, key: str, path: Path, day: str, ids: Repeats) -> Iterator[Violation]:
        with pq.ParquetFile(path) as file:
            if not file.schema_arrow.remove_metadata().equals(SCHEMA):
                yield Violation(key, "schema", "not Hackle's columns, types, order or nullability")
            for number in range(file.num_row_groups):
                group = file.read_row_group(number).combine_chunks()
                self.rows += group.num_rows
                for batch in group.to_batches() if group.schema.remove_metadata().equals(SCHEMA) else ():
                    batch.validate(full=True)  # text that is no UTF-8
                    canonical = pc.match_substring_regex(batch["insert_id"], CANONICAL)
                    ids.add(batch["insert_id"].filter(canonical), self.files - 1)
                    for code, count in faults(batch, canonical, day, self._rules):
                        yield Violation(key, code, f"row group {number}: {count} rows")


def _repeated(count: int, where: str) -> str:
    return f"{count:,} rows have the ids of rows in {where}" if count > 1 else f"1 row has the id of a row in {where}"


def unknown(days: ClosedDays) -> Iterator[Violation]:
    """Days whose files nobody here can know."""
    yield from (Violation(newer.source, "newer_ledger", str(newer)) for newer in days.newer)
    yield from (Violation(broken.key, "broken_ledger", str(broken)) for broken in days.broken)


def miscounted(source: str, commit: ledger.Commit) -> Iterator[Violation]:
    """A commit whose receipt doesn't account for its rows or its files."""
    rows = sum(output.rows for output in commit.outputs)
    if rows != commit.receipt.rows_written or not commit.receipt.conserves:
        told = f"{rows} rows committed, {commit.receipt.rows_written} in the receipt"
        yield Violation(source, "receipt_differs", told)


def _fetch(lake: Store, key: str, path: Path) -> str:
    digest = hashlib.sha256()
    with PinnedReader(lake, lake.head(key)) as source, path.open("wb") as file:
        while block := source.next_block():
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def faults(batch: pa.RecordBatch, canonical: pa.BooleanArray, day: str, rules: Rules) -> Iterable[tuple[str, int]]:
    """(code, rows or entries) of what is wrong with rows of the schema that lie in a day's folder; `canonical` tells
    which of them have an `insert_id` in Hackle's form."""
    counts = {"null": sum(column.null_count for column in batch.columns)}
    counts["insert_id_not_uuid"] = _false(canonical)
    lengths = pc.utf8_length(batch["event_key"]).fill_null(0)
    fits = pc.and_(pc.greater(lengths, 0), pc.less_equal(lengths, EVENT_KEY_CHARACTERS))
    counts["event_key_length"] = _false(fits)
    counts["wrong_day"] = sum(
        entry["counts"]
        for entry in pc.value_counts(days(batch["ts"], rules.day_timezone)).to_pylist()
        if day_name(entry["values"]) != day
    )
    for name in MAPS:
        keys = batch[name].keys
        counts[f"{name}_key_not_lower_case"] = _false(pc.equal(keys, _lowered(keys)))
        for key in REQUIRED_KEYS.get(name, ()):
            values = pc.map_lookup(batch[name], pa.scalar(key), "first")
            counts[f"{name}_{key}_missing"] = _false(pc.greater(pc.binary_length(values), 0).fill_null(False))
    return [(code, count) for code, count in counts.items() if count]


def _lowered(keys: pa.StringArray) -> pa.StringArray:
    encoded = keys.dictionary_encode()
    return pa.array([key.lower() for key in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _false(mask: pa.BooleanArray) -> int:
    return pc.sum(pc.invert(mask)).as_py() or 0
