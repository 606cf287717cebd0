"""What the core asks of a storage; how one may refuse is in `errors`: NotFound, Changed, Unavailable.

In: keys, which are paths relative to the store's place (`incoming/hackle/a.json`). Out: bytes and versions.
Never here: what a key means; that is for `drop`, `writing.layout` and `ingest.ledger`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class StoredObject(Struct, frozen=True):
    """One version of one object.

    `version` is opaque and differs between any two contents of a key; `size` is in bytes as stored; `modified` is the
    time at which the storage took this version, with a zone.
    """

    key: str
    version: str
    size: int
    modified: datetime


class Listed(Struct, frozen=True):
    """An object as a listing tells it: `size` in bytes as stored, `modified` with a zone; None where it tells none."""

    key: str
    size: int | None = None
    modified: datetime | None = None


class Source(Protocol):
    """Objects to read. Every call may raise Unavailable; anything a storage raises beside that is a bug or a
    misconfiguration and propagates."""

    @property
    def place(self) -> str:
        """Where it is, as a user writes it, without a trailing slash: `s3://bucket/prefix`, `gs://bucket`,
        `/a/folder`."""

    def head(self, key: str) -> StoredObject:
        """The newest version of `key`. Raises NotFound."""

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        """Bytes `start` (included) to `end` (excluded, at most the size) of exactly this version, all of them.

        Raises Changed when this version is not the newest any more, NotFound when the key is gone, BrokenOff (which is
        an Unavailable) with the bytes that came when not all of them did.
        """

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix`, in the order of their UTF-8 bytes, streamed page by page."""


class Store(Source, Protocol):
    """A folder of objects."""

    def __hash__(self) -> int:
        """What was read is remembered by store."""

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        """A small object (a ledger document, a mapping) whole, with the version that was read. Raises NotFound."""

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        """Creates or replaces `key` at once: a reader sees the old bytes or the new ones, never a part."""

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        """Creates `key`. Raises Changed when it exists: of several callers, exactly one succeeds."""

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        """Replaces `key`. Raises Changed unless its newest version is `version` (also when it is gone)."""

    def delete(self, key: str) -> None:
        """Removes `key`; one that is not there is no error, because the wish is fulfilled."""

    def delete_many(self, keys: Sequence[str]) -> None:
        """Removes all of them, in as few requests as the storage takes; any of those may be gone when it raises."""


class Catalogue(Store, Protocol):
    """A store whose listings tell more than keys."""

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """What `keys` gives, from the first key behind `after` on, with size and time: no request more than that."""
