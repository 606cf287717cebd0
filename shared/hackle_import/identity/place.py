"""Which place a local folder is: an id, made once, that lies in its `state/`. So a folder that was moved, or is mounted
elsewhere, is the same place, and another one at its former path is not.

A bucket's name is its own alone, and never changes: it needs no id.
"""

from collections import Counter
from collections.abc import Callable

import msgspec

from hackle_import.drop import PLACE_KEY, Drop
from hackle_import.errors import Changed, Misconfigured, NotFound
from hackle_import.ingest import ledger
from hackle_import.stores.protocol import Store


class PlaceId(msgspec.Struct, frozen=True):
    """`path` is where the folder was last. `source` is what releases that know no ids read: the document of nothing."""

    identity: str
    path: str
    source: str = ""


def identity_of(staging: Store, new_id: str, is_another: Callable[[str, str], bool]) -> str:
    """What `Drop.place_id` is in a local folder; `new_id` where it has none yet. `is_another(path, identity)`: whether
    another folder than this lies there, and holds a ledger of this identity.

    A ledger that an earlier release wrote goes by the folder's path: that is its id. Raises Misconfigured for a copy of
    a folder that is still there: each of both would take the other's files for its own.
    """
    found, version = _load(staging)
    if found is None:
        former = _former(staging)
        if former is not None and former != staging.place and is_another(former, former):
            raise _copied(staging.place, former)
        _save(staging, PlaceId(former or new_id, staging.place), None)
        found, version = _load(staging)
        assert found is not None, "it was put, by this process or another"
    if found.path != staging.place:
        if is_another(found.path, found.identity):
            raise _copied(staging.place, found.path)
        _save(staging, msgspec.structs.replace(found, path=staging.place), version)
    return found.identity


def id_of(staging: Store) -> str | None:
    """As it lies there."""
    found, _ = _load(staging)
    return found.identity if found else None


def place_id_of(staging: Store) -> str:
    """What `Drop.place_id` is: of a local folder as it lies there, which may be moved; a bucket needs none."""
    return "" if "://" in staging.place else id_of(staging) or ""


def _copied(place: str, other: str) -> Misconfigured:
    told = f"{place} is a copy of {other}: both hold one ledger, and would take each other's files for their own"
    return Misconfigured(f"{told}; remove one of both, or {place}/state to make it a place of its own")


def _load(staging: Store) -> tuple[PlaceId | None, str | None]:
    try:
        body, found = staging.get(PLACE_KEY)
    except NotFound:
        return None, None
    return msgspec.json.decode(body, type=PlaceId), found.version


def _save(staging: Store, place: PlaceId, replacing: str | None) -> None:
    """Another process that was quicker wrote as good a one."""
    body = msgspec.json.encode(place)
    try:
        if replacing is None:
            staging.put_if_absent(PLACE_KEY, body)
        else:
            staging.put_if_version(PLACE_KEY, body, replacing)
    except Changed:
        return


def _former(staging: Store) -> str | None:
    """The path by which an earlier release knew the folder: this one's, or that of most documents, which tell it."""
    places: Counter[str] = Counter()
    for key, entry in ledger.documents(staging):
        receipt = entry.receipt
        place = receipt.source.removesuffix(f"/{entry.source}") if receipt else staging.place
        places[place] += Drop(place, entry.source, "").state_key == key
    if places[staging.place]:
        return staging.place
    known = [place for place, documents in places.most_common(1) if documents]
    return known[0] if known else None
