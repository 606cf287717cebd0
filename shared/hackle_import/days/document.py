"""A day's ledger: one small JSON document a day in the staging place, only ever replaced conditionally, and beside it
what each generation is made of, which is put once."""

import gzip
import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from hackle_import.drop import DAYS
from hackle_import.errors import BrokenDocument, Changed, NewerLedger, NotFound, Unavailable
from hackle_import.settings import DayOrder, Repeats
from hackle_import.stores.protocol import Store
from hackle_import.stores.stored import decoded as read_back
from hackle_import.stores.stored import unzipped
from hackle_import.writing.layout import source_of

REMEDY = "bring back what was there; where that is lost, docs/repair.md tells what to do"
DOCUMENT = 1  # raised when a document would mislead code that does not know what is new in it


class Input(msgspec.Struct, frozen=True):
    """One Parquet file of one drop: its key below `open/`, or in the import place where it was `adopted`; rows, bytes
    and SHA-256 as the drop's commit has them; when the drop was uploaded."""

    key: str
    rows: int
    bytes: int
    digest: str
    uploaded: datetime | None = None
    adopted: bool = False


class Group(msgspec.Struct, frozen=True):
    """Files of the day that were made of the same drops: a row lies in one of `keys`, and never in another one.
    `generation` is the one that wrote them last; 0: they were adopted as they were."""

    keys: list[str]
    inputs: list[Input]
    generation: int

    @property
    def lies_as_dropped(self) -> bool:
        """Whether nothing about a row tells in which file it lies, for they were adopted. Else its `insert_id` does."""
        return len(self.keys) > 1 and bool(source_of(self.keys[0]))


class Generation(msgspec.Struct, frozen=True):
    """All that the day is made of from then on, and all that the bytes of its files hang on: `beside` are published
    files that stay as they are, in which repeats of its rows are looked for, too; `staying` are those that are written
    anew and whose rows stay where they lie."""

    day: str
    number: int
    groups: list[Group]
    repeats: Repeats = Repeats.REPORT
    order: DayOrder = DayOrder.USER
    compression: str = ""
    beside: list[Input] = []
    staying: list[Input] = []

    @property
    def written(self) -> list[Group]:
        return [group for group in self.groups if group.generation == self.number]

    @property
    def digest(self) -> str:
        """Of the keys of all inputs, which hold the versions of drops, whatever the order they were listed in."""
        keys = sorted(one.key for group in self.groups for one in group.inputs)
        settings = (self.number, self.repeats, self.order, self.compression)
        beside = sorted(one.digest for one in self.beside)
        staying = [[(one.key, one.digest) for one in self.staying]] if self.staying else []
        return hashlib.sha256(msgspec.json.encode([*settings, keys, beside, *staying])).hexdigest()

    @property
    def key(self) -> str:
        """Where it is kept, by its content: of two closers with other inputs none takes the other's place."""
        return f"{folder_of(self.day)}{self.number}-{hashlib.sha256(self.text).hexdigest()[:16]}.json.gz"

    @property
    def text(self) -> bytes:
        return msgspec.json.encode(self)


class Part(msgspec.Struct, frozen=True):
    """One Parquet file in the import place; `version` is the storage's, `digest` the SHA-256 of its bytes."""

    key: str
    rows: int
    bytes: int
    digest: str
    version: str


class Intent(msgspec.Struct, frozen=True):
    """A generation that is being published; `kind` is what it does. `replacing` has, of every key that it writes, the
    version that is there before; None: none is."""

    generation: int
    digest: str
    inputs_key: str
    replacing: dict[str, str | None]
    kind: str
    since: datetime


class Summary(msgspec.Struct, frozen=True):
    """Rows of what a generation wrote: `rows_in = rows_written + repeats_removed`. `repeats` counts rows that came
    after another one with their `insert_id`, `repeats_differ` those of them that are not equal to it in all columns."""

    rows_in: int = 0
    rows_written: int = 0
    repeats: int = 0
    repeats_differ: int = 0
    repeats_removed: int = 0

    @staticmethod
    def of(summaries: Iterable["Summary"]) -> "Summary":
        """Of all of them."""
        rows = [
            (one.rows_in, one.rows_written, one.repeats, one.repeats_differ, one.repeats_removed) for one in summaries
        ]
        return Summary(*map(sum, zip(*rows, strict=True)))


class Commit(msgspec.Struct, frozen=True):
    """What is in the import place for the day; `outputs` are all its files, `summary` is of what `generation` wrote;
    `counts` are the digests of the generations that the first file of each group is of."""

    generation: int
    digest: str
    inputs_key: str
    outputs: list[Part]
    summary: Summary
    closed_at: datetime
    counts: dict[str, str] = {}

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.outputs)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.outputs)


class Held(msgspec.Struct, frozen=True):
    """A drop whose rows are not in the day as the drop is now: `late` (the day has none of it) or `corrected` (the day
    has its rows in another version, or the drop was taken back). `rows` are what it has now, `name` is its key, `shown`
    what the day has."""

    source: str
    reason: str
    rows: int
    shown: int
    name: str = ""


class Day(msgspec.Struct, frozen=True):
    """`looked` is the digest of the listing below `open/` that the commit is made of, where it is made of all of it;
    `missing` are patterns of `days.toml` that nothing matched when it was closed; `changes` are rows by generation that
    came and went after the first one."""

    day: str
    commit: Commit | None = None
    intent: Intent | None = None
    held: list[Held] = []
    looked: str = ""
    missing: list[str] = []
    changes: list["Change"] = []
    document: int = DOCUMENT

    @property
    def state(self) -> str:
        """`open`, `closing`, `closed`, or `held`: closed, and some drops are not in it as they are now."""
        if self.intent is not None:
            return "closing"
        if self.commit is None:
            return "open"
        return "held" if self.held else "closed"

    @property
    def next_generation(self) -> int:
        return max(self.commit.generation if self.commit else 0, self.intent.generation if self.intent else 0) + 1


class Change(msgspec.Struct, frozen=True):
    """A generation after the first one: what it did, when, and the rows it added and removed; those of a drop that came
    in another version are both."""

    generation: int
    kind: str
    at: datetime
    added: int
    removed: int


def folder_of(day: str) -> str:
    """Of what is kept of the day, in the staging place."""
    return f"{DAYS}{day}/"


def ledger_key(day: str) -> str:
    """Of the day's document."""
    return f"{folder_of(day)}ledger.json"


def day_of_ledger(key: str) -> str:
    """Whose document this is, if it is one."""
    return key.removeprefix(DAYS).partition("/")[0]


def load(staging: Store, day: str) -> tuple[Day, str | None]:
    """The document and the version to replace it by; an empty one and None where there is none yet. Raises
    NewerLedger and BrokenDocument."""
    try:
        body, found = staging.get(ledger_key(day))
    except NotFound:
        return Day(day), None
    return decoded(day, body), found.version


def decoded(day: str, body: bytes) -> Day:
    """Raises NewerLedger for a document that would mislead this code, BrokenDocument for what is none of this day."""
    key = ledger_key(day)
    if read_back(key, body, _Known, REMEDY).document > DOCUMENT:
        raise NewerLedger(key, day)
    found = read_back(key, body, Day, REMEDY)
    if found.day != day or (found.commit is None and found.intent is None):
        raise BrokenDocument(key, f"it does not say what {day} is made of", REMEDY)
    return found


class _Known(msgspec.Struct):
    """What every document has had, and will have."""

    document: int = 1


def save(staging: Store, document: Day, replacing: str | None) -> str:
    """Replaces what was loaded. Raises Changed when another closer did so first. An answer that was lost, or that a
    client's own retry turned into a refusal, is resolved by looking."""
    key, body = ledger_key(document.day), msgspec.json.encode(document)
    try:
        if replacing is None:
            return staging.put_if_absent(key, body).version
        return staging.put_if_version(key, body, replacing).version
    except (Changed, Unavailable):
        there, version = load(staging, document.day)
        if version is None or version == replacing or there != document:
            raise
        return version


def put_generation(staging: Store, generation: Generation) -> None:
    """Before the intent that names it."""
    put_once(staging, generation.key, gzip.compress(generation.text, mtime=0))


def put_once(staging: Store, key: str, body: bytes) -> None:
    """The key is made of the content: who finds it there finds this."""
    try:
        staging.put_if_absent(key, body)
    except Changed:
        return


def generation_at(staging: Store, key: str) -> Generation:
    """Raises BrokenDocument, also where there is none: it was put before anything named it."""
    try:
        return unzipped(key, staging.get(key)[0], Generation, REMEDY)
    except NotFound:
        raise BrokenDocument(key, "it is not there", REMEDY) from None


def documents(staging: Store) -> Iterable[Day | NewerLedger | BrokenDocument]:
    """Every day's document, streamed; in place of one that this code must leave alone, or cannot read, why."""
    for key in staging.keys(DAYS):
        day = day_of_ledger(key)
        if key != ledger_key(day):
            continue
        try:
            yield decoded(day, staging.get(key)[0])
        except NotFound:
            continue  # deleted since it was listed
        except (NewerLedger, BrokenDocument) as left_alone:
            yield left_alone
