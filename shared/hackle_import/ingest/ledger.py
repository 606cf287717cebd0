"""The ledger: one small JSON document per drop, and the decisions on it as pure functions, document in, document out.

What has been committed, what is about to be uploaded (the intent), and what must not stay (garbage) are all in the one
document, and it is only ever replaced conditionally: the worker that loses a conditional put looks again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from hackle_import.drop import PLACE_KEY, STATE, Drop
from hackle_import.errors import Changed, NotFound, Unavailable
from hackle_import.receipt import Receipt
from hackle_import.stores.protocol import Store

IN_STAGING = "/"  # before the key of a copy: no key of the import place begins with it
_FORGOTTEN_AFTER = timedelta(days=1)


class Output(msgspec.Struct, frozen=True):
    """One Parquet file of a commit; `digest` is the SHA-256 of its bytes, in hex."""

    key: str
    rows: int
    bytes: int
    digest: str


class Rejects(msgspec.Struct, frozen=True):
    """A rejects file: its key in the staging place, the storage's version of it, and the key of the copy of it."""

    key: str
    version: str
    copy: str


class Commit(msgspec.Struct, frozen=True):
    """What is in the import place for a drop. `version` is the digest that is part of the names of `outputs`."""

    version: str
    outputs: list[Output]
    receipt: Receipt


class Entry(msgspec.Struct, frozen=True):
    """A drop's ledger document.

    `settled` is the version that was handled last, whatever its outcome; `receipt` is that outcome's. `intent` holds
    every key, of outputs and of the copy of the rejects, that the worker at `intent_version` may have uploaded.
    `garbage` holds keys that nothing lists, that a slow worker may still write, and since when: they are deleted at
    every event. `rejects` is the rejects file of what was handled last, but for versions that failed: those leave it.
    `forgotten` is the content version that was taken back, if one was: it is not made again, whatever the mapping.
    """

    source: str
    settled: str = ""
    receipt: Receipt | None = None
    commit: Commit | None = None
    intent_version: str = ""
    intent: list[str] = []
    garbage: dict[str, datetime] = {}
    rejects: Rejects | None = None
    forgotten: str | None = None


def is_done(entry: Entry, version: str) -> bool:
    """Whether this very version has been handled and nothing of it is under way."""
    return entry.settled == version and not entry.intent_version


def intend(entry: Entry, version: str, keys: Iterable[str], now: datetime) -> Entry:
    """The worker at `version` is about to upload `keys`; what another worker left unfinished becomes garbage."""
    same = entry.intent_version == version
    intent = _union(entry.intent if same else [], keys)
    garbage = entry.garbage if same else garbage_after(entry, entry.intent, [], now)
    return msgspec.structs.replace(entry, intent_version=version, intent=intent, garbage=garbage)


def commit(
    entry: Entry, version: str, outputs: list[Output], receipt: Receipt, rejects: Rejects | None, now: datetime
) -> Entry:
    """`outputs` are the drop's rows from now on; whatever else was there or may have been uploaded is garbage."""
    garbage = garbage_after(entry, _union(entry.intent, _keys(entry)), _named(outputs, rejects), now)
    done = Commit(version, outputs, receipt)
    return Entry(entry.source, version, receipt, done, garbage=garbage, rejects=rejects)


def forget(entry: Entry, version: str, content: str | None, receipt: Receipt, now: datetime) -> Entry:
    """The drop has no rows from now on. `content` is the version of its content, None where it is gone."""
    return msgspec.structs.replace(commit(entry, version, [], receipt, None, now), forgotten=content)


def give_up(entry: Entry, version: str, receipt: Receipt, rejects: Rejects | None, now: datetime) -> Entry:
    """A version that failed or is withheld changes nothing: the rows of the last commit stay."""
    kept = _named(entry.commit.outputs if entry.commit else [], rejects)
    garbage = garbage_after(entry, _union(entry.intent, _keys(entry)), kept, now)
    return Entry(
        entry.source, version, receipt, entry.commit, garbage=garbage, rejects=rejects, forgotten=entry.forgotten
    )


def garbage_after(entry: Entry, more: Iterable[str], kept: Iterable[str], now: datetime) -> dict[str, datetime]:
    """What must not stay: `more` from `now` on, and what was garbage before, but for `kept`.

    Garbage is forgotten once no worker that could write it is alive: no platform lets one run for a day."""
    young = {key: since for key, since in entry.garbage.items() if now - since < _FORGOTTEN_AFTER}
    garbage = dict.fromkeys(more, now) | young
    for key in kept:
        garbage.pop(key, None)
    return garbage


def listed(entry: Entry) -> set[str]:
    """Keys that a worker which yields must leave alone: committed ones, and those of another worker's intent."""
    return {*entry.intent, *_keys(entry)}


def load(store: Store, drop: Drop) -> tuple[Entry, str | None]:
    """The drop's document and the version to replace it by; an empty one and None where there is none yet."""
    try:
        body, found = store.get(drop.state_key)
    except NotFound:
        return Entry(drop.key), None
    return msgspec.json.decode(body, type=Entry), found.version


def save(store: Store, drop: Drop, entry: Entry, replacing: str | None) -> str:
    """Replaces the document that was loaded. Raises Changed when another worker did so first.

    An answer that was lost, or that a client's own retry turned into a refusal, is resolved by looking.
    """
    body = msgspec.json.encode(entry)
    try:
        if replacing is None:
            return store.put_if_absent(drop.state_key, body).version
        return store.put_if_version(drop.state_key, body, replacing).version
    except (Changed, Unavailable):
        there, version = load(store, drop)
        if version is None or version == replacing or there != entry:
            raise
        return version


def entries(store: Store) -> Iterator[Entry]:
    """Every drop's document, streamed."""
    return (entry for _, entry in documents(store))


def documents(store: Store) -> Iterator[tuple[str, Entry]]:
    """Every drop's document by its key, streamed."""
    return ((key, entry) for key, entry, _ in dated(store))


def dated(store: Store) -> Iterator[tuple[str, Entry, datetime]]:
    """Every drop's document by its key, and when it was written."""
    for key in store.keys(STATE):
        if key == PLACE_KEY:
            continue
        try:
            body, found = store.get(key)
        except NotFound:
            continue  # deleted between the listing and the read
        yield key, msgspec.json.decode(body, type=Entry), found.modified


def _keys(entry: Entry) -> list[str]:
    return _named(entry.commit.outputs if entry.commit else [], entry.rejects)


def _named(outputs: list[Output], rejects: Rejects | None) -> list[str]:
    return [output.key for output in outputs] + ([rejects.copy] if rejects else [])


def _union(*lists: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key for keys in lists for key in keys))
