"""What is known of a source's days: one small JSON document a day, only ever replaced conditionally.

The worker that loses a conditional put leaves the day to the one that was quicker.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from hackle_import.drop import EXPORT_STATE
from hackle_import.errors import Changed, NotFound, Unavailable
from hackle_import.stores.protocol import Store
from hackle_import.warehouse.source import Column, ColumnType


class Phase(StrEnum):
    """Where a day is."""

    NEW = "new"  # nothing was done yet
    ASKED = "asked"  # a statement is about to be sent, or was: its answer is not known
    RUNNING = "running"  # it was taken
    EXPORTED = "exported"  # it ended, and a person let it through: to be offered
    OFFERED = "offered"  # its manifest is a drop
    FAILED = "failed"  # to be tried again, unless only a person can mend it
    LATE = "late"  # its table is not there yet
    WITHHELD = "withheld"  # it has far fewer rows than before: a person is to look


OPEN = (Phase.ASKED, Phase.RUNNING, Phase.EXPORTED)


class Seen(msgspec.Struct, frozen=True):
    """What the warehouse tells of a day without exporting it: `fingerprint` is another one when a row of it changed;
    `rows` and `bytes` None where they are not told."""

    fingerprint: str
    rows: int | None = None
    bytes: int | None = None


class State(msgspec.Struct, frozen=True):
    """A day's document. `digest` is the source's, `job` the warehouse's id of the statement, `since` when the phase
    began, `asked` when the attempt did. `seen` is of what is being exported, `offered` of what was published last, and
    `rows` how many rows that had. `exported_rows` and `files` are what the statement that ended wrote. `final`: only a
    person can mend it; `is_refused`: so it is, and nothing but a grant or a table is needed."""

    phase: Phase = Phase.NEW
    digest: str = ""
    attempt: int = 0
    job: str = ""
    since: datetime | None = None
    asked: datetime | None = None
    seen: Seen | None = None
    offered: Seen | None = None
    rows: int | None = None
    exported_rows: int | None = None
    files: int | None = None
    accepted: bool = False
    error: str = ""
    final: bool = False
    is_refused: bool = False
    tries: int = 0
    next_try: datetime | None = None
    history: list[str] = []


class Book(msgspec.Struct, frozen=True):
    """A source's own document: the columns that are exported, kept until the file changes, so that a column that is
    added changes no row's text; and the days that a person asked for, and when."""

    digest: str = ""
    columns: list[Column] = []
    day_type: ColumnType = "timestamptz"
    wanted: dict[str, datetime] = {}


def state_key(source: str, day: date) -> str:
    """Of a day's document."""
    return f"{EXPORT_STATE}{source}/{day}.json"


def book_key(source: str) -> str:
    """Of a source's own."""
    return f"{EXPORT_STATE}{source}.json"


def load_state(store: Store, source: str, day: date) -> tuple[State, str | None]:
    """The document, and the version to replace it by."""
    try:
        body, found = store.get(state_key(source, day))
    except NotFound:
        return State(), None
    return msgspec.json.decode(body, type=State), found.version


def save_state(store: Store, source: str, day: date, state: State, replacing: str | None) -> str:
    """Raises Changed when another worker was quicker."""
    return _save(store, state_key(source, day), msgspec.json.encode(state), replacing)


def load_book(store: Store, source: str) -> tuple[Book, str | None]:
    """As `load_state`."""
    try:
        body, found = store.get(book_key(source))
    except NotFound:
        return Book(), None
    return msgspec.json.decode(body, type=Book), found.version


def save_book(store: Store, source: str, book: Book, replacing: str | None) -> str:
    """Raises Changed when another worker was quicker."""
    return _save(store, book_key(source), msgspec.json.encode(book), replacing)


def _save(store: Store, key: str, body: bytes, replacing: str | None) -> str:
    """An answer that was lost, or that a client's own retry turned into a refusal, is resolved by looking."""
    try:
        if replacing is None:
            return store.put_if_absent(key, body).version
        return store.put_if_version(key, body, replacing).version
    except (Changed, Unavailable):
        try:
            there, found = store.get(key)
        except NotFound:
            raise Changed(key) from None
        if there != body or found.version == replacing:
            raise
        return found.version
