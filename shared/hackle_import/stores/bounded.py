"""A store whose calls end in time, whatever the network and a cloud's library do: each runs on a thread of its own,
which is left behind when it has not answered. What it asked for may still happen, as with any answer that is lost; it
does not ask again.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from math import inf
from pathlib import Path
from typing import TypeVar

from hackle_import.errors import TryAgain
from hackle_import.stores.protocol import Catalogue, Listed, Source, Store, StoredObject

T = TypeVar("T")
_left: ContextVar[Callable[[], float]] = ContextVar("left", default=lambda: inf)


def in_time() -> bool:
    """Whether another try may begin: for the stores, whose libraries try again by themselves."""
    return _left.get()() >= 0


class BoundedSource:
    """`left` tells the seconds that are left; the threads are `pool`'s. Every call may raise TryAgain. Two of one store
    are equal: what was read of it once needs not be read again by the next."""

    def __init__(self, source: Source, left: Callable[[], float], pool: ThreadPoolExecutor) -> None:
        self.place = source.place
        self._source, self._left, self._pool = source, left, pool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundedSource) and self._source == other._source

    def __hash__(self) -> int:
        return hash(self._source)

    def head(self, key: str) -> StoredObject:
        return self._in_time(self._source.head, key)

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        return self._in_time(self._source.read, key, version, start, end)

    def keys(self, prefix: str) -> Iterator[str]:
        return self._each(self._source.keys(prefix))

    def _each(self, found: Iterator[T]) -> Iterator[T]:
        while (one := self._in_time(next, found, None)) is not None:
            yield one

    def _in_time(self, call: Callable[..., T], *arguments: object) -> T:
        left = self._left()
        if left < 0:
            raise TryAgain(f"{self.place}: no time is left: raise memory or timeout, or split the drop")
        answer = self._pool.submit(self._call, call, *arguments)
        try:
            return answer.result(left)
        except TimeoutError:
            if answer.done():  # the call's own
                return answer.result()
            raise TryAgain(f"{self.place} did not answer before the time was over") from None

    def _call(self, call: Callable[..., T], *arguments: object) -> T:
        _left.set(self._left)
        return call(*arguments)


class Bounded(BoundedSource):
    """A store that can be written, too."""

    def __init__(self, store: Store, left: Callable[[], float], pool: ThreadPoolExecutor) -> None:
        super().__init__(store, left, pool)
        self._store = store

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        return self._in_time(self._store.get, key)

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        return self._in_time(self._store.put, key, body)

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        return self._in_time(self._store.put_if_absent, key, body)

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        return self._in_time(self._store.put_if_version, key, body, version)

    def delete(self, key: str) -> None:
        self._in_time(self._store.delete, key)

    def delete_many(self, keys: Sequence[str]) -> None:
        self._in_time(self._store.delete_many, keys)


class BoundedCatalogue(Bounded):
    """A store whose listings tell more than keys."""

    def __init__(self, store: Catalogue, left: Callable[[], float], pool: ThreadPoolExecutor) -> None:
        super().__init__(store, left, pool)
        self._catalogue = store

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        return self._each(self._catalogue.listed(prefix, after))
