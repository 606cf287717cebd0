"""What one worker does to the storage for a drop. Nothing else in the core changes anything there.

Each public method is a step of the protocol, and `ingest` tells their order; `tests/simulation` leaves them out one by
one, to see that each is needed.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import NotFound
from hackle_import.ingest import kept_rejects, ledger
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.ledger import IN_STAGING, Entry, Output, Rejects
from hackle_import.places import Places
from hackle_import.receipt import Receipt
from hackle_import.stores.protocol import StoredObject
from hackle_import.writing.spool import DayFile


class Steps:
    """Begins with the drop's ledger document as it is now; `now` is the time that the worker writes into it.

    Each step that saves the document raises Changed when another worker was quicker.
    """

    def __init__(self, drop: Drop, places: Places, now: datetime) -> None:
        self._drop, self._places, self._now = drop, places, now
        self._entry, self._document = ledger.load(places.staging, drop)
        self._uploaded: list[str] = []

    def look(self) -> StoredObject | None:
        """The drop's newest version, None when it is gone."""
        try:
            return self._places.drops.head(self._drop.key)
        except NotFound:
            return None

    def is_done(self, version: str) -> bool:
        """Whether this version has been handled, and its rejects file is where it was put."""
        return ledger.is_done(self._entry, version) and self._has_its_rejects()

    def is_forgotten(self, found: StoredObject) -> bool:
        """Whether this content was taken back."""
        return self._entry.forgotten == found.version

    def is_known(self) -> bool:
        """Whether the ledger holds anything of the drop."""
        return self._document is not None

    def is_free(self, key: str) -> bool:
        """Whether no other worker may still delete what is uploaded under this key."""
        return key not in self._entry.garbage

    def intend(self, version: str, keys: Iterable[str]) -> None:
        """Before any of the keys is uploaded."""
        self._save(ledger.intend(self._entry, version, keys, self._now))

    def upload(self, key: str, file: DayFile) -> Output:
        """Puts a finished file into the lake."""
        with file.path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        self._uploaded.append(key)
        self._places.lake.put(key, file.path)
        return Output(key, file.rows, file.path.stat().st_size, digest)

    def put_rejects(self, attempt: Attempt, path: Path) -> Rejects:
        """Announces the copy, then puts it, then puts the file that people read."""
        copies = map(attempt.rejects_copy_key, count())
        copy = next(key for key in copies if self.is_free(IN_STAGING + key))
        self.intend(attempt.version, [IN_STAGING + copy])
        self._uploaded.append(IN_STAGING + copy)
        self._places.staging.put(copy, path)
        put = self._places.staging.put(self._drop.rejected_key, path)
        return Rejects(put.key, put.version, IN_STAGING + copy)

    def commit(self, version: str, outputs: list[Output], receipt: Receipt, rejects: Rejects | None) -> Receipt:
        """The rejects file is put or removed before the ledger says so: a worker that then loses, or is started anew,
        finds it out of place and handles the drop again."""
        if rejects is None:
            self._places.staging.delete(self._drop.rejected_key)
        self._save(ledger.commit(self._entry, version, outputs, receipt, rejects, self._now))
        return receipt

    def give_up(self, version: str, receipt: Receipt, rejects: Rejects | None = None) -> Receipt:
        """Without rejects of its own a version leaves those of the one before."""
        kept = rejects or kept_rejects.restore(self._places.staging, self._drop, self._entry.rejects)
        self._save(ledger.give_up(self._entry, version, receipt, kept, self._now))
        return receipt

    def let_be(self, receipt: Receipt) -> Receipt:
        """Deleting or emptying a drop is housekeeping: its rows stay; what was under way is cleaned up."""
        if self._entry.intent or not self._has_its_rejects():
            return self.give_up(self._entry.settled, receipt)
        self.sweep(self._entry.garbage)
        return receipt

    def forget(self, found: StoredObject | None, receipt: Receipt) -> Receipt:
        """The rejects file goes first, as with a commit: its rows are the drop's, too."""
        self._places.staging.delete(self._drop.rejected_key)
        content = found.version if found else None
        self._save(ledger.forget(self._entry, receipt.version, content, receipt, self._now))
        return receipt

    def leave_forgotten(self, found: StoredObject, forgotten: Receipt, skipped: Receipt) -> Receipt:
        """What a worker that was slower than `forget` left is taken back, too."""
        if self._entry.intent or not self._has_its_rejects():
            self.forget(found, forgotten)
            return skipped
        return self.leave(skipped)

    def leave(self, receipt: Receipt) -> Receipt:
        """A version that is done needs nothing but what is due at every event."""
        self.sweep(self._entry.garbage)
        done = self._entry.receipt
        return replace(receipt, former=done.outcome, fault=done.fault) if done else receipt

    def undo(self) -> None:
        """Another worker was quicker: what this one wrote goes, unless the ledger lists it."""
        kept = ledger.listed(ledger.load(self._places.staging, self._drop)[0])
        self.sweep(key for key in self._uploaded if key not in kept)

    def sweep(self, keys: Iterable[str]) -> None:
        """Deletes what the ledger does not list."""
        for key in keys:
            if key.startswith(IN_STAGING):
                self._places.staging.delete(key.removeprefix(IN_STAGING))
            else:
                self._places.lake.delete(key)

    def _has_its_rejects(self) -> bool:
        return kept_rejects.in_place(self._places.staging, self._drop, self._entry.rejects)

    def _save(self, entry: Entry) -> None:
        """What becomes garbage, and what was, is deleted once the ledger says so."""
        former, self._entry = self._entry, entry
        self._document = ledger.save(self._places.staging, self._drop, entry, self._document)
        if not entry.intent_version:
            self.sweep(former.garbage | entry.garbage)
