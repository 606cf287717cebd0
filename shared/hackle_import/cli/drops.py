"""Drops by the names that people type: a key, a folder of keys, with or without `incoming/` or the place before it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from hackle_import.cli import tell
from hackle_import.cli.outside import local_identity
from hackle_import.drop import INCOMING, STATE, Drop
from hackle_import.errors import NewerLedger, NotFound
from hackle_import.identity.files import Known, known_files
from hackle_import.ingest import ledger
from hackle_import.ingest.ledger import Entry
from hackle_import.stores.protocol import Store

MOST_ASKED = 100  # drops whose size is looked at


class KnownDrop(Drop, frozen=True, kw_only=True):
    """A drop by the name that the ledger has for it, `digest`; `rejects` is the key of its rejects file, if it has
    one; `paths` are what it was and is called."""

    digest: str
    rejects: str | None
    paths: frozenset[str]

    @property
    def source(self) -> str:
        return self.digest

    @property
    def rejected_key(self) -> str:
        return self.rejects or Drop(self.place, self.key, self.mapping, self.place_id).rejected_key


def found_drops(store: Store, names: tuple[str, ...]) -> list[tuple[Drop, Entry | None]]:
    """Every drop that one of `names` names, each once: what the ledger knows, and what lies there unhandled. Raises
    click.UsageError for a name that names none."""
    known = list(known_drops(store))
    found: dict[str, tuple[Drop, Entry | None]] = {}
    for name in names:
        some: list[tuple[Drop, Entry | None]] = [(drop, entry) for drop, entry in known if _is_named(drop, store, name)]
        for drop, entry in some or _unhandled(store, name):
            found[drop.state_key] = drop, entry
    return list(found.values())


def known_drops(store: Store) -> Iterator[tuple[KnownDrop, Entry]]:
    """The drops that the ledger has documents of, where they lie now; those that only a newer release understands are
    told."""
    files = known_files(store)
    for key, entry, _ in ledger.dated(store):
        if isinstance(entry, NewerLedger):
            tell(str(entry))
        elif entry.receipt is not None:
            digest = digest_in(key)
            rejects = entry.rejects.key if entry.rejects else None
            place, name = _path_of(store, entry.source, entry.receipt.source, files.get(digest))
            paths = frozenset({entry.source, entry.receipt.source, name, f"{place}/{name}"})
            yield KnownDrop(place, name, entry.receipt.mapping, digest=digest, rejects=rejects, paths=paths), entry


def digest_in(key: str) -> str:
    """Of a drop, by the key of its ledger document."""
    return key.removeprefix(STATE).removesuffix(".json")


def _path_of(store: Store, source: str, handled: str, file: Known | None) -> tuple[str, str]:
    """Place and key of a drop by what the ledger says, wherever the staging place was then; of a file that `convert`
    took, as it was given last."""
    if source.startswith(INCOMING):
        return store.place, source
    if file is not None:
        return file.place, file.key
    if handled.endswith(f"/{source}"):
        return handled.removesuffix(f"/{source}"), source
    place, _, name = handled.rpartition("/")
    return place, name


class Standing(NamedTuple):
    """What lies below incoming/ beside what the ledger knows: keys of drops that were not handled, those of drops that
    have no bytes (in a bucket, of those that were not handled, as far as MOST_ASKED go), and how many with rows in the
    import place are there no more."""

    unhandled: list[str]
    empty: list[str]
    gone: int


def standing_of(store: Store, handled: set[str], with_rows: set[str]) -> Standing:
    """By the keys that the ledger knows, and those of drops that have rows in the import place."""
    there = {key for key in store.keys(INCOMING) if Drop.at(store.place, key)}
    new = sorted(there - handled)
    asked = new[:MOST_ASKED] if "://" in store.place else sorted(there)  # a disk answers at once
    empty = [key for key in asked if _size(store, key) == 0]
    gone = sum(key.startswith(INCOMING) for key in with_rows - there)
    return Standing(sorted(set(new) - set(empty)), empty, gone)


def _size(store: Store, key: str) -> int | None:
    try:
        return store.head(key).size
    except NotFound:
        return None  # deleted since it was listed


def _is_named(drop: KnownDrop, store: Store, name: str) -> bool:
    short = name.removeprefix(f"{store.place}/")
    names = {short, f"{INCOMING}{short}", f"{drop.place}/{name}"}
    paths = drop.paths
    if "://" not in name:
        names.add(str(Path(name).absolute()))
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") for path in paths for one in names if one)


def keys_named(store: Store, name: str) -> list[str]:
    """The keys of drops that lie there and that `name` names: at least one. Raises click.UsageError."""
    key = name.removeprefix(f"{store.place}/")
    for one in dict.fromkeys((key, INCOMING + key)):
        below = f"{one.rstrip('/')}/"
        if below.startswith(INCOMING):
            found = (found for found in store.keys(one) if found == one or found.startswith(below))
            if keys := [found for found in found if Drop.at(store.place, found)]:
                return keys
    raise click.UsageError(f"no drop {key!r} in {store.place}: `hackle-import status` names those that there are")


def _unhandled(store: Store, name: str) -> Iterator[tuple[Drop, None]]:
    keys = keys_named(store, name)
    identity = "" if "://" in store.place else local_identity(store)
    for key in keys:
        drop = Drop.at(store.place, key, identity)
        assert drop is not None, "it is named as one"
        yield drop, None
