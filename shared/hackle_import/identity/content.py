"""What a file holds, as one hash, made of the bytes that its conversion reads anyway: nothing is read twice for it.

The hash is one with a key, of a fast digest of 128 bits: equal files are found by it, and an unkeyed one of a file of a
single row would lead back to the row.
"""

import hmac
from collections.abc import Iterator

import xxhash

from hackle_import.errors import BadDrop
from hackle_import.reading.pinned import BLOCK_BYTES
from hackle_import.stores.protocol import Source, StoredObject


class Digested:
    """A source that digests what is read of one version in order, from its beginning on. `handled` is that version;
    where none was read, the newest; None before it was asked for."""

    def __init__(self, source: Source, hash_key: bytes, found: StoredObject | None = None) -> None:
        self.place, self._source, self._hash_key = source.place, source, hash_key
        self.handled = self._newest = found
        self._digest, self._at = xxhash.xxh3_128(), 0

    def head(self, key: str) -> StoredObject:
        self._newest = self._source.head(key)
        if not self._at:
            self.handled = self._newest
        return self._newest

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        content = self._source.read(key, version, start, end)
        if not start:
            self._digest.reset()
            self.handled, self._at = self._newest, 0
        if (
            start == self._at
            and self.handled is not None
            and (key, version) == (self.handled.key, self.handled.version)
        ):
            self._digest.update(content)
            self._at += len(content)
        return content

    def keys(self, prefix: str) -> Iterator[str]:
        return self._source.keys(prefix)

    @property
    def is_begun(self) -> bool:
        """Whether something was read."""
        return self._at > 0

    def content(self) -> str:
        """The hash of what was handled, of which what was not read before is read now; empty for an empty one, and for
        an archive that is damaged. Raises what a read does."""
        found = self.handled
        if found is None or not found.size:
            return ""
        try:
            while self._at < found.size:
                self.read(found.key, found.version, self._at, min(self._at + BLOCK_BYTES, found.size))
        except BadDrop:  # the conversion tells it
            return ""
        return hmac.digest(self._hash_key, self._digest.digest(), "sha256").hex()
