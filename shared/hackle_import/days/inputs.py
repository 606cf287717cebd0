"""What the drops have for a day, as their ledgers say it: files that commits list. Other files below `open/` are under
way, or garbage."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from hackle_import.days.document import Generation, Input
from hackle_import.drop import STATE
from hackle_import.errors import BrokenDocument, NotFound
from hackle_import.ingest import ledger
from hackle_import.places import Places
from hackle_import.receipt import Receipt
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store
from hackle_import.writing.layout import day_of_key, source_of

_AT_ONCE = 16  # ledgers that are asked for


class Look(Struct, frozen=True):
    """`now` are each drop's files of the day by its source, `receipts` what was said of it last, `names` its key;
    `unfinished` are drops that are being handled; `is_whole`: nothing else lies below `open/` for the day."""

    now: dict[str, list[Input]] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    is_whole: bool = True


def listed(places: Places, rules: Rules, day: str) -> list[str]:
    """Keys below the open place, which is `places.drops`."""
    return [key for key in places.drops.keys(f"{folder_of(rules, day)}/") if source_of(key)]


def digest_of(keys: Iterable[str]) -> str:
    """What tells a listing from another one."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def folder_of(rules: Rules, day: str) -> str:
    """Of the day, in the import place and below `open/`."""
    return rules.day_folder.format(day=day)


def look(places: Places, rules: Rules, day: str, keys: list[str], known: Iterable[str]) -> Look:
    """`keys` are those that were listed, `known` the sources of drops that the day is made of already. Raises
    NewerLedger for a drop whose ledger this code must leave alone, BrokenDocument for one that it cannot read, and what
    a store raises."""
    found = Look()
    committed: set[str] = set()
    for source, entry in _entries(places.staging, sorted({*map(source_of, keys), *known})):
        found.now[source] = _inputs(entry, rules, day) if entry else []
        committed.update(one.key for one in found.now[source])
        if entry:
            found.names[source] = entry.source
        if entry and entry.receipt:
            found.receipts[source] = entry.receipt
        if entry and any(day_of_key(key, rules.day_folder) == day for key in entry.intent):
            found.unfinished.add(source)
    return replace(found, is_whole=committed.issuperset(keys) and not found.unfinished)


def keep_adopted(look: Look, generation: Generation) -> None:
    """Of a drop without a ledger nobody knows what it has by now: what was adopted of it stays."""
    for one in (one for group in generation.groups for one in group.inputs):
        source = source_of(one.key)
        if source and source not in look.names:
            look.now[source] = [*look.now.get(source, []), one]


def published(places: Places, rules: Rules, day: str) -> list[str]:
    """Keys of the day in the import place."""
    return list(places.lake.keys(f"{folder_of(rules, day)}/"))


def adopted(keys: Iterable[str]) -> dict[str, list[Input]]:
    """Of what is published the files that no close put there, by the drops that wrote them."""
    found: dict[str, list[Input]] = {}
    for key in keys:
        if source := source_of(key):
            found.setdefault(source, []).append(Input(key, 0, 0, "", adopted=True))
    return found


def _inputs(entry: ledger.Entry, rules: Rules, day: str) -> list[Input]:
    if entry.commit is None:
        return []
    uploaded = entry.commit.receipt.uploaded
    of_day = (one for one in entry.commit.outputs if day_of_key(one.key, rules.day_folder) == day)
    return [Input(one.key, one.rows, one.bytes, one.digest, uploaded) for one in of_day]


def _entries(staging: Store, sources: list[str]) -> list[tuple[str, ledger.Entry | None]]:
    def entry_of(source: str) -> ledger.Entry | None:
        key = f"{STATE}{source}.json"
        try:
            return ledger.decoded(key, staging.get(key)[0])
        except NotFound:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise BrokenDocument(key, str(wrong), "bring back what was there") from None

    with ThreadPoolExecutor(_AT_ONCE, "ledger") as pool:
        asked = [(source, pool.submit(entry_of, source)) for source in sources]
        return [(source, one.result()) for source, one in asked]
