"""Objects in memory: for tests and simulations, to the same contract as a bucket."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from threading import Lock

from hackle_import.errors import Changed, NotFound
from hackle_import.stores.protocol import Listed, StoredObject


class MemoryStore:
    """Safe between threads."""

    def __init__(self, clock: Callable[[], datetime], place: str = "memory") -> None:
        self.place = place
        self._clock = clock
        self._objects: dict[str, tuple[bytes, StoredObject]] = {}
        self._versions = count(1)
        self._lock = Lock()

    def head(self, key: str) -> StoredObject:
        return self.get(key)[1]

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        with self._lock:
            if key not in self._objects:
                raise NotFound(key)
            return self._objects[key]

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        body, found = self.get(key)
        if found.version != version:
            raise Changed(key)
        return body[start:end]

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, lambda _: True)

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, lambda former: former is None)

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        return self._put(key, body, lambda former: former is not None and former.version == version)

    def delete(self, key: str) -> None:
        self.delete_many([key])

    def delete_many(self, keys: Sequence[str]) -> None:
        with self._lock:
            for key in keys:
                self._objects.pop(key, None)

    def keys(self, prefix: str) -> Iterator[str]:
        with self._lock:
            found = [key for key in self._objects if key.startswith(prefix)]
        yield from sorted(found, key=str.encode)

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        for key in self.keys(prefix):
            if key.encode() > after.encode() and (there := self._objects.get(key)):
                yield Listed(key, there[1].size, there[1].modified)

    def _put(self, key: str, body: bytes | Path, allowed: Callable[[StoredObject | None], bool]) -> StoredObject:
        content = body if isinstance(body, bytes) else body.read_bytes()
        with self._lock:
            former = self._objects.get(key)
            if not allowed(former[1] if former else None):
                raise Changed(key)
            found = StoredObject(key, str(next(self._versions)), len(content), self._clock())
            self._objects[key] = (content, found)
            return found
