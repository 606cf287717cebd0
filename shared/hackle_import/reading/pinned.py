"""An object's bytes as a file: ranged reads of one version, each going on where it broke off, the next one under way.

In: a store and one version of an object. Out: a raw binary file. Never mixes versions: the store raises Changed.
"""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from hackle_import.errors import BrokenOff, Unavailable
from hackle_import.stores.protocol import Source, StoredObject

BLOCK_BYTES = 4 << 20
ATTEMPTS, TIMEOUT_SECONDS = 5, 120  # after one that failed, until a byte comes; each one that does begins them anew


class PinnedReader(io.RawIOBase):
    """Sequential reader of one version, to be used as a context; two blocks are in memory at most. `failure` holds what
    a read raised, so that whoever decompresses can tell the store's trouble from the drop's.

    `close` is not what ends the thread: the finalizer of a buffer around this calls it, on any thread and at any time.
    """

    def __init__(self, store: Source, found: StoredObject, block_bytes: int = BLOCK_BYTES) -> None:
        self._read: Callable[[int, int], bytes] = lambda start, end: store.read(found.key, found.version, start, end)
        self._size, self._block_bytes = found.size, block_bytes
        self._pool = ThreadPoolExecutor(1)  # one block ahead, while the last one is decoded
        self._next: Callable[[], bytes] | None = self._fetch(0)
        self._block, self._at = b"", 0
        self.bytes_read = 0
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # the stub's Buffer type is 3.12's
        self._load()
        taken = min(len(buffer), self._left)
        buffer[:taken] = memoryview(self._block)[self._at : self._at + taken]
        self._at += taken
        return taken

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end of a block; they are read again."""
        self._load()
        return self._block[self._at : self._at + size]

    def next_block(self) -> bytes:
        """What is left of a block, without a copy of a whole one; empty at the end."""
        self._load()
        block, self._block = self._block[self._at :], b""
        self._at = 0
        return block

    @property
    def bytes_consumed(self) -> int:
        """Of `bytes_read`, what was asked for."""
        return self.bytes_read - self._left

    @property
    def _left(self) -> int:
        return len(self._block) - self._at

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.close()

    def _load(self) -> None:
        if not self._left:
            self._block, self._at = self._take(), 0

    def _take(self) -> bytes:
        if self._next is None:
            return b""
        try:
            block = self._next()
        except BaseException as failure:
            self.failure = failure
            raise
        self.bytes_read += len(block)
        self._next = self._fetch(self.bytes_read)
        return block

    def _fetch(self, start: int) -> Callable[[], bytes] | None:
        """What waits for the block, None at the end. One that is all of the object is read by who waits: nothing is to
        be done meanwhile, and a thread takes longer than a small drop's bytes do."""
        if start >= self._size:
            return None
        end = min(start + self._block_bytes, self._size)
        if end - start == self._size:
            return partial(self._whole, start, end)
        return self._pool.submit(self._whole, start, end).result

    def _whole(self, start: int, end: int) -> bytes:
        parts = list[bytes]()
        while start < end:
            parts.append(self._some(start, end))
            start += len(parts[-1])
        return b"".join(parts)

    def _some(self, start: int, end: int) -> bytes:
        """At least one byte from `start` on."""
        try:
            return self._once(start, end)
        except Unavailable:
            return self._again(start, end)

    def _again(self, start: int, end: int) -> bytes:
        import stamina  # noqa: PLC0415 - a twentieth of a command's start, and seldom does a storage not answer

        for attempt in stamina.retry_context(on=Unavailable, attempts=ATTEMPTS, timeout=TIMEOUT_SECONDS):
            with attempt:
                return self._once(start, end)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, start: int, end: int) -> bytes:
        try:
            return self._read(start, end)
        except BrokenOff as broken:
            return broken.received
