"""The one function with effects and a story: look, decide, convert, say what will be uploaded, upload, commit, clean
up.

In: a drop, which an event hinted at. Out: its receipt. Events may come twice, late or out of order: the object as it
is now
decides. What is the drop's own fault is recorded; everything else raises and is delivered again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from hackle_import import ledger
from hackle_import.drop import Drop
from hackle_import.errors import BadDrop, TryAgain
from hackle_import.mapping import Mapping, find_mapping
from hackle_import.partition import version_of
from hackle_import.places import Places
from hackle_import.receipt import Fault, Outcome, Receipt
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Changed, NotFound, Store, StoredObject
from hackle_import.transfer import Transfer, Withheld

ROUNDS = 5  # of looking again because another worker was quicker; then the platform may deliver the event again


def ingest(
    drop: Drop,
    places: Places,
    rules: Rules,
    clock: Callable[[], datetime],
    *,
    mapping: Mapping | None = None,
    price_per_second: float | None = None,
) -> Receipt:
    """Handles a drop as it is now. `mapping` overrides the drop's own; `price_per_second` is in US dollars.

    Raises TryAgain when other workers kept changing the drop's ledger; whatever a store raises propagates.
    """
    began = clock()

    def timed(receipt: Receipt) -> Receipt:
        seconds = (clock() - began).total_seconds()
        cost = round(seconds * price_per_second, 9) if price_per_second else None
        return replace(receipt, seconds=round(seconds, 3), estimated_cost_usd=cost)

    for _ in range(ROUNDS):
        try:
            return _handled(drop, places, rules, mapping, timed)
        except Changed:
            continue
    raise TryAgain(f"{drop.place}/{drop.key}: other workers changed it {ROUNDS} times meanwhile")


def _handled(
    drop: Drop, places: Places, rules: Rules, mapping: Mapping | None, timed: Callable[[Receipt], Receipt]
) -> Receipt:
    entry, document = ledger.load(places.staging, drop)
    try:
        found = places.drops.head(drop.key)
    except NotFound:
        return timed(_gone(drop, places, entry, document))
    plan = mapping or _plan(drop, places.staging)
    version = version_of(found.version, str(plan) if isinstance(plan, BadDrop) else plan.digest)
    blank = _blank(drop, version, found)
    if found.size == 0:
        return timed(blank)
    if ledger.is_done(entry, version):
        _sweep(places.lake, entry)
        return timed(blank)
    work = _Work(drop, places, rules, found, version, entry, document)
    if isinstance(plan, BadDrop):
        return work.give_up(timed(_failed(blank, plan)))
    return work.convert(plan, blank, timed)


def _blank(drop: Drop, version: str, found: StoredObject) -> Receipt:
    source = f"{drop.place}/{drop.key}"
    return Receipt(source=source, version=version, mapping=drop.mapping, outcome=Outcome.SKIPPED, bytes_in=found.size)


@dataclass
class _Work:
    """One attempt at one version, from the ledger as it was loaded."""

    drop: Drop
    places: Places
    rules: Rules
    found: StoredObject
    version: str
    entry: ledger.Entry
    document: str | None

    def convert(self, mapping: Mapping, blank: Receipt, timed: Callable[[Receipt], Receipt]) -> Receipt:
        with TemporaryDirectory(prefix="hackle-import-") as folder:
            transfer = Transfer(self.drop, self.places, self.rules, self.version, mapping, Path(folder), self.intend)
            try:
                outputs, receipt = transfer.run(self.found, blank)
                return self.commit(outputs, timed(receipt))
            except Withheld as withheld:
                return self.give_up(timed(withheld.receipt))
            except BadDrop as fault:
                return self.give_up(timed(_failed(transfer.counted(blank), fault)))
            except (Changed, NotFound):
                self.undo(transfer.uploaded)
                raise Changed(self.drop.key) from None

    def intend(self, keys: list[str]) -> None:
        self._save(ledger.intend(self.entry, self.version, keys))

    def commit(self, outputs: list[ledger.Output], receipt: Receipt) -> Receipt:
        self._save(ledger.commit(self.entry, self.version, outputs, receipt))
        if receipt.rejects_key is None:
            self.places.staging.delete(self.drop.rejected_key)
        _sweep(self.places.lake, self.entry)
        return receipt

    def give_up(self, receipt: Receipt) -> Receipt:
        self._save(ledger.give_up(self.entry, self.version, receipt))
        _sweep(self.places.lake, self.entry)
        return receipt

    def undo(self, keys: list[str]) -> None:
        """Another worker was quicker: what this one wrote goes, unless the ledger lists it."""
        kept = ledger.listed(ledger.load(self.places.staging, self.drop)[0])
        for key in keys:
            if key not in kept:
                self.places.lake.delete(key)

    def _save(self, entry: ledger.Entry) -> None:
        self.document = ledger.save(self.places.staging, self.drop, entry, self.document)
        self.entry = entry


def _plan(drop: Drop, staging: Store) -> Mapping | BadDrop:
    """A mapping that is missing or wrong is the drop's fault, and a version of its own: correcting it heals it."""
    try:
        return find_mapping(drop.mapping, staging)
    except BadDrop as fault:
        return fault


def _gone(drop: Drop, places: Places, entry: ledger.Entry, document: str | None) -> Receipt:
    """Deleting a drop is housekeeping: its rows stay; what was under way is cleaned up."""
    receipt = Receipt(source=f"{drop.place}/{drop.key}", version="", mapping=drop.mapping, outcome=Outcome.GONE)
    if entry.intent:
        entry = ledger.give_up(entry, entry.settled, receipt)
        ledger.save(places.staging, drop, entry, document)
    _sweep(places.lake, entry)
    return receipt


def _failed(receipt: Receipt, fault: BadDrop) -> Receipt:
    told = Fault(fault.fault.value, fault.message, fault.position)
    return replace(receipt, outcome=Outcome.FAILED, fault=told, rows_written=0, files=0, bytes_out=0, days=[])


def _sweep(lake: Store, entry: ledger.Entry) -> None:
    for key in entry.garbage:
        lake.delete(key)
