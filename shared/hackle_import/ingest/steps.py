"""What one worker does to the storage for a drop. Nothing else in the core changes anything there.

Each public method is a step of the protocol, and `ingest` tells their order; `tests/simulation` leaves them out one by
one, to see that each is needed.
"""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import NotFound
from hackle_import.ingest import kept_rejects, ledger
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.ledger import IN_STAGING, Entry, Output, Rejects
from hackle_import.ingest.version import Version, upload_of
from hackle_import.places import Places
from hackle_import.receipt import Receipt
from hackle_import.stores.protocol import StoredObject
from hackle_import.writing.spool import DayFile

_LARGE_BYTES = 1 << 20  # of a file whose digest is made while it is uploaded: below it a thread costs more


class Steps:
    """Begins with the drop's ledger document as it is now; `now` is the time that the worker writes into it.

    Each step that saves the document raises Changed when another worker was quicker.
    """

    def __init__(self, drop: Drop, places: Places, now: datetime) -> None:
        self._drop, self._places, self._now = drop, places, now
        self._entry, self._document = ledger.load(places.staging, drop)
        self._uploaded: list[str] = []
        self._is_clean = False

    @property
    def former(self) -> Receipt | None:
        """Of the version that is in the import place."""
        return self._entry.commit.receipt if self._entry.commit else None

    def look(self) -> StoredObject | None:
        """The drop's newest version, None when it is gone."""
        try:
            return self._places.drops.head(self._drop.key)
        except NotFound:
            return None

    def is_done(self, version: Version) -> bool:
        """Whether this version has been handled, and its rejects file is where it was put."""
        return ledger.is_done(self._entry, version) and self._has_its_rejects()

    def changes(self, version: Version) -> list[str]:
        """Why a drop that was handled is to be made anew, in names of what its version is made of."""
        return ledger.changes(self._entry, version)

    def is_forgotten(self, found: StoredObject) -> bool:
        """Whether this upload was taken back. The same bytes put again are a new wish."""
        return self._entry.forgotten == upload_of(found)

    def is_known(self) -> bool:
        """Whether the ledger holds anything of the drop."""
        return self._document is not None

    def is_free(self, key: str) -> bool:
        """Whether no other worker may still delete what is uploaded under this key."""
        return ledger.is_free(self._entry, key)

    def intend(self, version: Version, keys: Iterable[str]) -> None:
        """Before any of the keys is uploaded."""
        self._clean()
        self._save(ledger.intend(self._entry, version, keys, self._now))

    def upload(self, key: str, file: DayFile) -> Output:
        """Puts a finished file into the lake."""
        self._uploaded.append(key)
        size = file.path.stat().st_size
        if size < _LARGE_BYTES:
            self._places.lake.put(key, file.path)
            return Output(key, file.rows, size, _digest(file.path))
        with ThreadPoolExecutor(1, "digest") as beside:
            digest = beside.submit(_digest, file.path)
            self._places.lake.put(key, file.path)
            return Output(key, file.rows, size, digest.result())

    def put_rejects(self, attempt: Attempt, path: Path | None) -> Rejects | None:
        """Announces the copy, then puts it, then puts the file that people read; None is no rejects, and removes that.
        All that before the ledger says so: a worker that then loses, or is started anew, finds the file out of place
        and handles the drop again."""
        if path is None:
            self._places.staging.delete(self._drop.rejected_key)
            return None
        copies = map(attempt.rejects_copy_key, count())
        copy = next(key for key in copies if self.is_free(IN_STAGING + key))
        self.intend(attempt.version, [IN_STAGING + copy])
        self._uploaded.append(IN_STAGING + copy)
        self._places.staging.put(copy, path)
        put = self._places.staging.put(self._drop.rejected_key, path)
        return Rejects(put.key, put.version, IN_STAGING + copy)

    def commit(self, version: Version, outputs: list[Output], receipt: Receipt, rejects: Rejects | None) -> Receipt:
        """The outputs are the drop's rows from now on; what they replace is deleted at once."""
        self._clean()
        self._save(ledger.commit(self._entry, version, outputs, receipt, rejects, self._now))
        return receipt

    def give_up(self, version: Version | None, receipt: Receipt, rejects: Rejects | None = None) -> Receipt:
        """Without rejects of its own a version leaves those of the one before; None is no version."""
        self._clean()
        kept = rejects or kept_rejects.restore(self._places.staging, self._drop, self._entry.rejects)
        self._save(ledger.give_up(self._entry, version, receipt, kept, self._now))
        return receipt

    def let_be(self, receipt: Receipt) -> Receipt:
        """Deleting or emptying a drop is housekeeping: its rows stay; what was under way is cleaned up."""
        if self._entry.intent or not self._has_its_rejects():
            return self.give_up(None, receipt)
        self.sweep(self._entry.garbage)
        return receipt

    def forget(self, found: StoredObject | None, version: Version, receipt: Receipt) -> Receipt:
        """The rejects file goes first, as with a commit: its rows are the drop's, too."""
        self._places.staging.delete(self._drop.rejected_key)
        upload = upload_of(found) if found else None
        self._clean()
        self._save(ledger.forget(self._entry, version, upload, receipt, self._now))
        return receipt

    def leave_forgotten(self, found: StoredObject, version: Version, forgotten: Receipt, skipped: Receipt) -> Receipt:
        """What a worker that was slower than `forget` left is taken back, too."""
        if self._entry.intent or not self._has_its_rejects():
            self.forget(found, version, forgotten)
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
        """Deletes what the ledger does not list, each place's keys at once: until they are gone, a reader of the day
        sees rows of two versions. Outputs first."""
        staged: list[str] = []
        written: list[str] = []
        for key in keys:
            (staged if key.startswith(IN_STAGING) else written).append(key)
        if written:
            self._places.lake.delete_many(written)
        if staged:
            self._places.staging.delete_many([key.removeprefix(IN_STAGING) for key in staged])

    def _clean(self) -> None:
        """Before the document is saved for the first time: what it calls garbage may be forgotten only once it is
        gone."""
        if self._entry.garbage and not self._is_clean:
            self.sweep(self._entry.garbage)
        if not self._is_clean:
            self._entry = ledger.forget_garbage(self._entry, self._entry.garbage, self._now)
        self._is_clean = True

    def _has_its_rejects(self) -> bool:
        return kept_rejects.in_place(self._places.staging, self._drop, self._entry.rejects)

    def _save(self, entry: Entry) -> None:
        """What is garbage then is deleted once the ledger says so."""
        self._entry = entry
        self._document = ledger.save(self._places.staging, self._drop, entry, self._document)
        if not entry.intent_version:
            self.sweep(entry.garbage)


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
