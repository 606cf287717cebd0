"""What one closer does to the storage for a day: nothing else writes below Hackle's prefix where closed days are
published.

Each public method is a step of the protocol, and `days` tells their order; `tests/simulation` leaves them out one by
one, to see that each is needed.
"""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow.parquet as pq
from msgspec.structs import replace

from hackle_import.days import deciding, document
from hackle_import.days.building import Built
from hackle_import.days.counts import Counted
from hackle_import.days.document import Change, Commit, Day, Generation, Group, Held, Input, Intent, Part, Summary
from hackle_import.errors import Changed, NotFound, Unavailable
from hackle_import.places import Places
from hackle_import.reading.pinned import PinnedReader
from hackle_import.stores.protocol import Source, StoredObject
from hackle_import.stores.stored import unzipped


class InputGone(Exception):  # noqa: N818 - named, as all errors here, by what happened
    """A file that the generation is made of is not there any more: its drop was replaced, or Hackle deleted it."""

    def __init__(self, one: Input) -> None:
        super().__init__(one.key)
        self.input = one


class Counts(msgspec.Struct, frozen=True):
    """What was counted of one group; its repeats are those of rows in it and in groups before it."""

    summary: Summary
    counted: Counted


class Steps:
    """Begins with the day's document as it is now. Each step that saves it raises Changed when another closer was
    quicker."""

    def __init__(self, day: str, places: Places, now: datetime) -> None:
        self._places, self._now = places, now
        self.document, self._version = document.load(places.staging, day)

    def generation(self) -> Generation | None:
        """What the day's intent or else its commit is made of; None for neither."""
        known = self.document.intent or self.document.commit
        return document.generation_at(self._places.staging, known.inputs_key) if known else None

    def intend(self, generation: Generation, kind: str) -> None:
        """Before any file is put: what it is made of, then which keys it writes, and what they replace."""
        document.put_generation(self._places.staging, generation)
        keys = [key for group in generation.written for key in group.keys]
        replacing = {key: self._version_of(key) for key in keys}
        intent = Intent(generation.number, generation.digest, generation.key, replacing, kind, self._now)
        self._save(replace(self.document, intent=intent))

    def fetch(self, one: Input, path: Path) -> Path:
        """An input's file, or what this generation wrote in its place by now. Raises InputGone, also where it is
        neither."""
        store = self._places.lake if one.adopted else self._places.drops
        try:
            is_it = _fetched(store, store.head(one.key), path) == one.digest
        except (Changed, NotFound):
            raise InputGone(one) from None
        if not is_it and not (one.adopted and self.document.intent and _told(path) == self.document.intent.digest):
            raise InputGone(one)
        return path

    def put(self, built: Built, intent: Intent) -> Part:
        """Puts one file in the place of what the intent says is there. Raises Changed when something else is there by
        now: the intent knows that then."""
        replacing = intent.replacing[built.key]
        try:
            if replacing is None:
                put = self._places.lake.put_if_absent(built.key, built.path)
            else:
                put = self._places.lake.put_if_version(built.key, built.path, replacing)
        except (Changed, Unavailable) as refused:
            there = self.published(built.key, intent)
            if there is None and isinstance(refused, Changed):
                self._aim_again(built.key, intent)
            if there is None:
                raise
            return there
        return Part(built.key, built.rows, put.size, built.digest, put.version)

    def published(self, key: str, intent: Intent) -> Part | None:
        """The file of this generation, if it is in its place."""
        with TemporaryDirectory(prefix="hackle-import-") as folder:
            path = Path(folder) / "part"
            try:
                found = self._places.lake.head(key)
                digest = _fetched(self._places.lake, found, path)
            except NotFound:
                return None
            rows = pq.read_metadata(path).num_rows
            return Part(key, rows, found.size, digest, found.version) if _told(path) == intent.digest else None

    def put_counts(self, intent: Intent, counts: Mapping[str, Counts]) -> None:
        """Before the files: whoever finds those finds these. By the first key of each group whose counts are new."""
        body = gzip.compress(msgspec.json.encode(counts), mtime=0)
        document.put_once(self._places.staging, counts_key(self.document.day, intent.digest), body)

    def counts(self, digest: str) -> dict[str, Counts]:
        """Of a generation; none where they are not there. Raises BrokenDocument."""
        key = counts_key(self.document.day, digest)
        try:
            body = self._places.staging.get(key)[0]
        except NotFound:
            return {}
        remedy = "bring back what was there, or delete it: its rows are uncounted then, until the day is written anew"
        return unzipped(key, body, dict[str, Counts], remedy)

    def counts_of(self, group: Group) -> Counts | None:
        """What the day's commit has of a group; None where that is not known."""
        digest = self.document.commit.counts.get(group.keys[0]) if self.document.commit else None
        return self.counts(digest).get(group.keys[0]) if digest else None

    def commit(self, generation: Generation, parts: Sequence[Part], counted: Mapping[str, Counts]) -> None:
        """These files, and the former ones that the generation leaves as they are, are the day from now on; `counted`
        is what was put of it."""
        intent, former = self.document.intent, self.document.commit
        assert intent is not None  # it was announced
        written = {part.key for part in parts}
        kept = [part for part in (former.outputs if former else []) if part.key not in written]
        keys = (group.keys[0] for group in generation.written)
        summary = Summary.of(counted[key].summary for key in keys if key in counted)
        counts = (former.counts if former else {}) | dict.fromkeys(counted, intent.digest)
        outputs = sorted([*kept, *parts], key=lambda part: part.key)
        done = Commit(generation.number, intent.digest, intent.inputs_key, outputs, summary, self._now, counts)
        changes = [*self.document.changes, *self._change(former, done, generation, intent.kind)]
        self._save(replace(self.document, commit=done, intent=None, changes=changes, looked=""))

    def beside(self, generation: Generation) -> list[Input]:
        """What is published, or adopted, and stays as it is, but for what Hackle deleted."""
        written = {key for group in generation.written for key in group.keys}
        if self.document.commit is None:
            adopted = [one for group in generation.groups if group.generation == 0 for one in group.inputs]
            return [one for one in adopted if self._version_of(one.key) is not None]
        outputs = (part for part in self.document.commit.outputs if part.key not in written)
        stays = (part for part in outputs if self._version_of(part.key) == part.version)
        return [Input(part.key, part.rows, part.bytes, part.digest, adopted=True) for part in stays]

    def gone(self, generation: Generation) -> list[str]:
        """What a close wrote, and somebody deleted or replaced. (What was adopted, no close can write again.)"""
        known = {part.key: part.version for part in (self.document.commit.outputs if self.document.commit else [])}
        return [key for key in written_by_closes(generation) if self._version_of(key) != known.get(key)]

    def is_open(self, one: Input) -> bool:
        """Whether a drop's file is below the open place."""
        try:
            self._places.drops.head(one.key)
        except NotFound:
            return False
        return True

    def staying(self, generation: Generation) -> list[Input]:
        """What is in the place of files that it writes anew, and whose rows stay where they lie."""
        known = {part.key: part for part in (self.document.commit.outputs if self.document.commit else [])}
        found = []
        for key in (key for group in generation.written if group.lies_as_dropped for key in group.keys):
            version, part = self._version_of(key), known.get(key)
            if part is not None and part.version == version:
                found.append(Input(key, part.rows, part.bytes, part.digest, adopted=True))
            elif version is not None:
                found.append(self.described(Input(key, 0, 0, "", adopted=True)))
        return found

    def note(self, held: Sequence[Held], looked: str, missing: Sequence[str]) -> None:
        """What the day does not show, and the listing that this was said of; nothing is saved where all that is
        known."""
        noted = replace(self.document, held=list(held), looked=looked, missing=list(missing))
        if noted != self.document:
            self._save(noted)

    def part_of(self, one: Input) -> Part:
        """An adopted file, as it is in the import place."""
        found = self._places.lake.head(one.key)
        return Part(one.key, one.rows, found.size, one.digest, found.version)

    def described(self, one: Input) -> Input:
        """An adopted file of which no drop's ledger tells: its rows and digest are read."""
        with TemporaryDirectory(prefix="hackle-import-") as folder:
            path = Path(folder) / "adopted"
            digest = _fetched(self._places.lake, self._places.lake.head(one.key), path)
            with pq.ParquetFile(path) as file:
                return Input(one.key, file.metadata.num_rows, path.stat().st_size, digest, adopted=True)

    def _change(self, former: Commit | None, done: Commit, generation: Generation, kind: str) -> list[Change]:
        if former is None:
            return []
        if kind == "rewritten":
            before = document.generation_at(self._places.staging, former.inputs_key)
            added, removed = deciding.changed(before.groups, generation.groups)
        else:
            added, removed = done.rows - former.rows, 0
        return [Change(done.generation, kind, done.closed_at, added, removed)]

    def _aim_again(self, key: str, intent: Intent) -> None:
        aimed = replace(intent, replacing={**intent.replacing, key: self._version_of(key)})
        if aimed != intent:
            self._save(replace(self.document, intent=aimed))

    def _version_of(self, key: str) -> str | None:
        try:
            return self._places.lake.head(key).version
        except NotFound:
            return None

    def _save(self, changed: Day) -> None:
        self._version = document.save(self._places.staging, changed, self._version)
        self.document = changed


def written_by_closes(generation: Generation) -> list[str]:
    """Keys of all that is not as it was adopted."""
    return [key for group in generation.groups if group.generation for key in group.keys]


def counts_key(day: str, digest: str) -> str:
    """Of what was counted of a generation, by the digest of that."""
    return f"{document.folder_of(day)}counts-{digest[:16]}.json.gz"


def _told(path: Path) -> str:
    """The digest of the generation that wrote a file of the day; empty where none did."""
    told: dict[bytes, bytes] = pq.read_metadata(path).metadata or {}
    return told.get(b"hackle_import.inputs", b"").decode()


def _fetched(store: Source, found: StoredObject, path: Path) -> str:
    digest = hashlib.sha256()
    with PinnedReader(store, found) as source, path.open("wb") as file:
        while block := source.next_block():
            digest.update(block)
            file.write(block)
    return digest.hexdigest()
