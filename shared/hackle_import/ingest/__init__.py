"""The one function with effects and a story: look, decide, convert, announce the uploads, upload, commit, clean up.

In: a drop, which an event hinted at. Out: its receipt. Events may come twice, late or out of order: the object as it is
now decides. What is the drop's own fault is recorded; everything else raises and is delivered again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import BadDrop, Changed, NotFound, TryAgain, Withheld, forget_frames
from hackle_import.ingest import kept_rejects, ledger
from hackle_import.ingest.transfer import Transfer, unwritten
from hackle_import.mapping import Mapping, find_mapping
from hackle_import.places import Places, until
from hackle_import.receipt import Fault, Outcome, Receipt
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store, StoredObject
from hackle_import.writing.layout import version_of

# Before the platform does: a drop that takes too long ends with a reason. One step without a look at the time, such as
# the last row group of a file, takes a second or two.
STOP_BEFORE = timedelta(seconds=10)
ROUNDS = 5  # of looking again because another worker was quicker; then the platform may deliver the event again


def ingest(
    drop: Drop,
    places: Places,
    rules: Rules,
    clock: Callable[[], datetime],
    *,
    mapping: Mapping | None = None,
    price_per_second: float | None = None,
    again: bool = False,
    deadline: datetime | None = None,
) -> Receipt:
    """Handles a drop as it is now. `mapping` overrides the drop's own; `price_per_second` is in US dollars; `again`
    also handles a version that has been handled; at `deadline` the work is given up, between two steps or while a store
    is waited for.

    Raises TryAgain when other workers kept changing the drop's ledger, and when the deadline is over; whatever a store
    raises propagates.
    """
    began = clock()

    def timed(receipt: Receipt) -> Receipt:
        seconds = (clock() - began).total_seconds()
        cost = round(seconds * price_per_second, 9) if price_per_second else None
        return replace(receipt, seconds=round(seconds, 3), estimated_cost_usd=cost)

    def checkpoint() -> None:
        if deadline is not None and clock() > deadline:
            raise TryAgain(f"{drop.place}/{drop.key}: not done in time: raise memory or timeout, or split the drop")

    with until(deadline, clock, places) as in_time:
        for number in range(ROUNDS):
            try:
                receipt = _handled(drop, in_time, rules, mapping, again, _Timing(began, timed, checkpoint))
            except Changed as changed:
                forget_frames(changed)
                continue
            yielded = number > 0 and receipt.outcome is Outcome.SKIPPED
            return replace(receipt, outcome=Outcome.SUPERSEDED) if yielded else receipt
    raise TryAgain(f"{drop.place}/{drop.key}: other workers changed it {ROUNDS} times meanwhile")


@dataclass(frozen=True)
class _Timing:
    """When the work began; what adds its seconds to a receipt; what raises TryAgain once the deadline is over."""

    began: datetime
    timed: Callable[[Receipt], Receipt]
    checkpoint: Callable[[], None]


def _handled(
    drop: Drop, places: Places, rules: Rules, mapping: Mapping | None, again: bool, timing: _Timing
) -> Receipt:
    timed = timing.timed
    entry, document = ledger.load(places.staging, drop)
    try:
        found = places.drops.head(drop.key)
    except NotFound:
        gone = Receipt(source=f"{drop.place}/{drop.key}", version="", mapping=drop.mapping, outcome=Outcome.GONE)
        return _let_be(drop, places, entry, document, timed(gone), timing.began)
    plan = mapping or _plan(drop, places.staging)
    version = version_of(found.version, str(plan) if isinstance(plan, BadDrop) else plan.digest)
    blank = _blank(drop, version, found)
    if found.size == 0:
        return _let_be(drop, places, entry, document, timed(blank), timing.began)
    if not again and ledger.is_done(entry, version) and kept_rejects.in_place(places.staging, drop, entry.rejects):
        _sweep(places, entry.garbage)
        return timed(blank)
    work = _Work(drop, places, rules, found, version, entry, document, timing)
    if isinstance(plan, BadDrop):
        return work.give_up(timed(_failed(blank, plan)))
    return work.convert(plan, blank)


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
    timing: _Timing

    def convert(self, mapping: Mapping, blank: Receipt) -> Receipt:
        timed, taken = self.timing.timed, frozenset(self.entry.garbage)
        with TemporaryDirectory(prefix="hackle-import-") as folder:
            transfer = Transfer(
                self.drop,
                self.places,
                self.rules,
                self.version,
                mapping,
                Path(folder),
                self.intend,
                taken,
                self.timing.checkpoint,
            )
            try:
                outputs, receipt = transfer.run(self.found, blank)
                return self.commit(outputs, timed(receipt), transfer.rejects)
            except Withheld as withheld:
                return self.give_up(timed(withheld.receipt), transfer.rejects)
            except BadDrop as fault:
                return self.give_up(timed(_failed(transfer.counted(blank), fault)))
            except (Changed, NotFound):
                self.undo(transfer.uploaded)
                raise Changed(self.drop.key) from None

    def intend(self, keys: list[str]) -> None:
        self._save(ledger.intend(self.entry, self.version, keys, self.timing.began))

    def commit(self, outputs: list[ledger.Output], receipt: Receipt, rejects: ledger.Rejects | None) -> Receipt:
        """The rejects file is put or removed before the ledger says so: a worker that then loses, or is started anew,
        finds it out of place and handles the drop again."""
        if rejects is None:
            self.places.staging.delete(self.drop.rejected_key)
        self._save(ledger.commit(self.entry, self.version, outputs, receipt, rejects, self.timing.began))
        return receipt

    def give_up(self, receipt: Receipt, rejects: ledger.Rejects | None = None) -> Receipt:
        """Without rejects of its own a version leaves those of the one before."""
        kept = rejects or kept_rejects.restore(self.places.staging, self.drop, self.entry.rejects)
        self._save(ledger.give_up(self.entry, self.version, receipt, kept, self.timing.began))
        return receipt

    def undo(self, keys: list[str]) -> None:
        """Another worker was quicker: what this one wrote goes, unless the ledger lists it."""
        kept = ledger.listed(ledger.load(self.places.staging, self.drop)[0])
        _sweep(self.places, (key for key in keys if key not in kept))

    def _save(self, entry: ledger.Entry) -> None:
        """What becomes garbage, and what was, is deleted once the ledger says so."""
        former, self.entry = self.entry, entry
        self.document = ledger.save(self.places.staging, self.drop, entry, self.document)
        if not entry.intent_version:
            _sweep(self.places, former.garbage | entry.garbage)


def _plan(drop: Drop, staging: Store) -> Mapping | BadDrop:
    """A mapping that is missing or wrong is the drop's fault, and a version of its own: correcting it heals it."""
    try:
        return find_mapping(drop.mapping, staging)
    except BadDrop as fault:
        return fault


def _let_be(
    drop: Drop, places: Places, entry: ledger.Entry, document: str | None, receipt: Receipt, now: datetime
) -> Receipt:
    """Deleting or emptying a drop is housekeeping: its rows stay; what was under way is cleaned up."""
    if entry.intent or not kept_rejects.in_place(places.staging, drop, entry.rejects):
        rejects = kept_rejects.restore(places.staging, drop, entry.rejects)
        entry = ledger.give_up(entry, entry.settled, receipt, rejects, now)
        ledger.save(places.staging, drop, entry, document)
    _sweep(places, entry.garbage)
    return receipt


def _failed(receipt: Receipt, fault: BadDrop) -> Receipt:
    told = Fault(fault.fault.value, fault.message, fault.position)
    return unwritten(replace(receipt, outcome=Outcome.FAILED, fault=told))


def _sweep(places: Places, keys: Iterable[str]) -> None:
    for key in keys:
        if key.startswith(ledger.IN_STAGING):
            places.staging.delete(key.removeprefix(ledger.IN_STAGING))
        else:
            places.lake.delete(key)
