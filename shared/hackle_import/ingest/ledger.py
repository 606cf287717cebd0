"""The ledger: one small JSON document per drop, and the decisions on it as pure functions, document in, document out.

What has been committed, what is about to be uploaded (the intent), and what must not stay (garbage) are all in the one
document, and it is only ever replaced conditionally: the worker that loses a conditional put looks again.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from hackle_import.drop import EXPORT_STATE, FOLDER_STATE, PLACE_KEY, STATE, Drop
from hackle_import.errors import Changed, NewerLedger, NotFound, Unavailable
from hackle_import.ingest.version import Version, changed
from hackle_import.receipt import Receipt
from hackle_import.stores.protocol import Store

IN_STAGING = "/"  # before the key of a copy: no key of the import place begins with it
DOCUMENT = 2  # raised when a document would mislead code that does not know what is new in it; 1 had no number
_LONGEST_WORK = timedelta(days=1)  # no platform lets a worker run so long


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
    every event. `deleted` holds those that nobody writes any more, and that are gone, and since when: a slow worker may
    still delete them, so their names are not used again. `rejects` is the rejects file of what was handled last, but
    for versions that failed: those leave it. `made_of` are the parts of `settled`, see `version`. `forgotten` is the
    upload that was taken back, if one was and none was made since: it is not made again, whatever the mapping.
    """

    source: str
    settled: str = ""
    receipt: Receipt | None = None
    commit: Commit | None = None
    intent_version: str = ""
    intent: list[str] = []
    garbage: dict[str, datetime] = {}
    rejects: Rejects | None = None
    made_of: dict[str, str] = {}
    deleted: dict[str, datetime] = {}
    document: int = 1
    forgotten: str | None = None


def is_done(entry: Entry, version: Version) -> bool:
    """Whether this very version has been handled and nothing of it is under way."""
    return entry.settled == version.digest and not entry.intent_version and not changes(entry, version)


def changes(entry: Entry, version: Version) -> list[str]:
    """Why a drop that was handled is to be made anew: the names of what its version is made of that are no longer the
    same; none where there is no such reason."""
    if not entry.settled:
        return []
    fault = entry.receipt.fault if entry.receipt else None
    return changed(version, entry.made_of, fault.code if fault else None)


def intend(entry: Entry, version: Version, keys: Iterable[str], now: datetime) -> Entry:
    """The worker at `version` is about to upload `keys`; what another worker left unfinished becomes garbage."""
    same = entry.intent_version == version.digest
    intent = _union(entry.intent if same else [], keys)
    garbage = entry.garbage if same else garbage_after(entry, entry.intent, [], now)
    return msgspec.structs.replace(entry, intent_version=version.digest, intent=intent, garbage=garbage)


def commit(
    entry: Entry, version: Version, outputs: list[Output], receipt: Receipt, rejects: Rejects | None, now: datetime
) -> Entry:
    """`outputs` are the drop's rows from now on; whatever else was there or may have been uploaded is garbage."""
    garbage = garbage_after(entry, _union(entry.intent, _keys(entry)), _named(outputs, rejects), now)
    done = Commit(version.digest, outputs, receipt)
    return _settled(entry, version, receipt, done, garbage, rejects)


def forget(entry: Entry, version: Version, upload: str | None, receipt: Receipt, now: datetime) -> Entry:
    """The drop has no rows from now on. `upload` is the one that is there, None where the drop is gone."""
    return msgspec.structs.replace(commit(entry, version, [], receipt, None, now), forgotten=upload)


def give_up(entry: Entry, version: Version | None, receipt: Receipt, rejects: Rejects | None, now: datetime) -> Entry:
    """A version that failed or is withheld changes nothing: the rows of the last commit stay. None is no version: what
    was handled before is what was handled last."""
    kept = _named(entry.commit.outputs if entry.commit else [], rejects)
    garbage = garbage_after(entry, _union(entry.intent, _keys(entry)), kept, now)
    settled = _settled(entry, version, receipt, entry.commit, garbage, rejects)
    return msgspec.structs.replace(settled, forgotten=entry.forgotten)


def garbage_after(entry: Entry, more: Iterable[str], kept: Iterable[str], now: datetime) -> dict[str, datetime]:
    """What must not stay: `more` from `now` on, and what was garbage before, but for `kept`."""
    garbage = dict.fromkeys(more, now) | entry.garbage
    for key in kept:
        garbage.pop(key, None)
    return garbage


def forget_garbage(entry: Entry, swept: Collection[str], now: datetime) -> Entry:
    """Garbage that was deleted since `now` is forgotten where nobody can have written it since: who could, had begun
    before it became garbage. Its name is free when nobody can delete it any more: who read of it here may do so for as
    long as he works, and this document is saved by one who works as long."""
    gone = {key for key in swept if now - entry.garbage.get(key, now) >= _LONGEST_WORK}
    deleted = {key: since for key, since in entry.deleted.items() if now - since < 2 * _LONGEST_WORK}
    garbage = {key: since for key, since in entry.garbage.items() if key not in gone}
    return msgspec.structs.replace(entry, garbage=garbage, deleted=deleted | dict.fromkeys(sorted(gone), now))


def is_free(entry: Entry, key: str) -> bool:
    """Whether no other worker may still delete what is uploaded under this key."""
    return key not in entry.garbage and key not in entry.deleted


def listed(entry: Entry) -> set[str]:
    """Keys that a worker which yields must leave alone: committed ones, and those of another worker's intent."""
    return {*entry.intent, *_keys(entry)}


def load(store: Store, drop: Drop) -> tuple[Entry, str | None]:
    """The drop's document and the version to replace it by; an empty one and None where there is none yet."""
    try:
        body, found = store.get(drop.state_key)
    except NotFound:
        return Entry(drop.key), None
    return decoded(drop.key, body), found.version


def save(store: Store, drop: Drop, entry: Entry, replacing: str | None) -> str:
    """Replaces the document that was loaded. Raises Changed when another worker did so first.

    An answer that was lost, or that a client's own retry turned into a refusal, is resolved by looking.
    """
    entry = msgspec.structs.replace(entry, document=DOCUMENT)
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


def entries(store: Store) -> Iterator[Entry | NewerLedger]:
    """Every drop's document, streamed; in place of one that this code must leave alone, why."""
    return (entry for _, entry, _ in dated(store))


def documents(store: Store) -> Iterator[tuple[str, Entry]]:
    """Those that this code knows, by their keys."""
    return ((key, entry) for key, entry, _ in dated(store) if isinstance(entry, Entry))


def dated(store: Store) -> Iterator[tuple[str, Entry | NewerLedger, datetime]]:
    """Every drop's document by its key, and when it was written."""
    for key in store.keys(STATE):
        if key == PLACE_KEY or key.startswith((EXPORT_STATE, FOLDER_STATE)):
            continue
        try:
            body, found = store.get(key)
        except NotFound:
            continue  # deleted between the listing and the read
        try:
            yield key, decoded(key, body), found.modified
        except NewerLedger as newer:
            yield key, newer, found.modified


def decoded(key: str, body: bytes) -> Entry:
    """A document; `key` tells whose, where it does not tell itself. What this code does not know is passed over, unless
    the document would mislead it: then NewerLedger is raised, and the drop is left as it is."""
    try:
        known = _KNOWN.decode(body)
        if known.document <= DOCUMENT:
            return _ENTRY.decode(body)
    except msgspec.ValidationError:  # an outcome of a later day
        known = _Known(key)
    raise NewerLedger(key, known.source or key)


class _Known(msgspec.Struct):
    """What every document has had, and will have."""

    source: str = ""
    document: int = 1


# Made once, and here: what msgspec 0.22 finds out of a type when it is asked first, two threads that ask at once find
# out together, and the process ends by a segmentation fault. Ledgers are read by several.
_KNOWN, _ENTRY = msgspec.json.Decoder(_Known), msgspec.json.Decoder(Entry)


def _settled(
    entry: Entry,
    version: Version | None,
    receipt: Receipt,
    commit: Commit | None,
    garbage: dict[str, datetime],
    rejects: Rejects | None,
) -> Entry:
    settled, made_of = (version.digest, version.parts) if version else (entry.settled, entry.made_of)
    done = Entry(entry.source, settled, receipt, commit, garbage=garbage, rejects=rejects)
    return msgspec.structs.replace(done, made_of=made_of, deleted=entry.deleted)


def _keys(entry: Entry) -> list[str]:
    return _named(entry.commit.outputs if entry.commit else [], entry.rejects)


def _named(outputs: list[Output], rejects: Rejects | None) -> list[str]:
    return [output.key for output in outputs] + ([rejects.copy] if rejects else [])


def _union(*lists: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key for keys in lists for key in keys))
