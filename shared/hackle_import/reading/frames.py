"""gzip members, zstd frames and bzip2 streams, one after the other, at a cost that hangs on their bytes and not on
how many they are.

In: what reads stored bytes. Out: pieces of text. A writer may flush a frame for every row, and an attacker for every
byte: Python's own readers make a decompressor for each frame, and hand it all that follows.
"""

import bz2
import sys
from collections.abc import Callable, Iterator
from typing import Protocol

import pyarrow as pa
from isal import igzip_lib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 1 << 20
_GZIP_BYTES = 15 << 16  # of a piece of gzip: its tiny ones, which others are joined to, are below 64 KiB
MAX_WINDOW_LOG = 26  # 64 MiB, of a frame; what decompresses it holds as much
_STORED_BYTES = 128 << 10
_FIRST_BYTES = 256  # given to a stream that may be as short as that; then twice as many, and so on
_SMALL_BYTES = 512  # of a frame. What so few bytes can say is 16 MiB at most, so that their window may be any
_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}
DAMAGE: tuple[type[Exception], ...] = (OSError, zstd.ZstdError, igzip_lib.error)  # type: ignore[assignment]


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def zstd_pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Raises EOFError where the last frame is not whole, and one of DAMAGE."""
    stored = _Stored(read)
    while stored.some():
        if run := _small_frames(stored.view()):
            yield from _run(stored.take(run))
        else:
            yield from _frame(zstd.ZstdDecompressor(options=_OPTIONS), stored, _STORED_BYTES)


def bz2_pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Raises likewise."""
    stored = _Stored(read)
    while stored.some():
        yield from _frame(bz2.BZ2Decompressor(), stored, _FIRST_BYTES)


def gzip_pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Raises EOFError where the last member is not whole, and one of DAMAGE. Zeros may pad what follows a member."""
    stored = _Stored(read)
    while stored.some():
        yield from _frame(igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP), stored, _FIRST_BYTES, _GZIP_BYTES)
        stored.pass_zeros()


def needs_memory(damage: Exception) -> bool:
    """Whether a frame's window is larger than 2**MAX_WINDOW_LOG bytes: nothing else is wrong with it."""
    return "too much memory" in str(damage)  # of zstd's ZSTD_error_frameParameter_windowTooLarge


class _Stored:
    """Stored bytes, some of them at hand."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read, self._held, self._at = read, b"", 0

    def some(self) -> bool:
        """Whether there are any left."""
        if self._at == len(self._held):
            self._held, self._at = self._read(_STORED_BYTES), 0
        return self._at < len(self._held)

    def view(self) -> memoryview:
        """Of those at hand: enough for a small frame, if there are as many."""
        if len(self._held) - self._at < _SMALL_BYTES:
            self._held, self._at = self._held[self._at :] + self._read(_STORED_BYTES), 0
        return memoryview(self._held)[self._at :]

    def take(self, size: int) -> bytes:
        """At most so many; none at the end."""
        if not self.some():
            return b""
        taken = self._held[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def pass_zeros(self) -> None:
        """As many as come now."""
        while self.some() and self._held[self._at] == 0:
            rest = self._held[self._at :].lstrip(b"\0")
            self._at = len(self._held) - len(rest)

    def give_back(self, size: int) -> None:
        """The last ones of those that were taken last."""
        self._at -= size


def _frame(decompressor: _Decompressor, stored: _Stored, size: int, most: int = PIECE_BYTES) -> Iterator[bytes]:
    """The text of the one frame that begins here, in pieces of at most so many bytes."""
    while not decompressor.eof:
        given = b""
        if decompressor.needs_input:
            given, size = stored.take(size), min(2 * size, _STORED_BYTES)
            if not given:
                raise EOFError
        if text := decompressor.decompress(given, most):
            yield text
    stored.give_back(len(decompressor.unused_data))


def _small_frames(stored: memoryview) -> int:
    """How many bytes the frames take that come first, are whole and small."""
    at = 0
    try:
        while at < len(stored):
            size = zstd.get_frame_size(stored[at : at + _SMALL_BYTES])
            at += size
    except zstd.ZstdError:  # a larger one, or one that is not whole or damaged: to be read alone
        pass
    return at


def _run(frames: bytes) -> Iterator[bytes]:
    """The text of whole frames by Arrow, which makes one decompressor for all of them; of damaged ones, what comes
    before the damage."""
    size = 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(frames), "zstd") as stream:
            while text := stream.read(PIECE_BYTES):
                size += len(text)
                yield text
    except OSError:
        yield from _one_by_one(frames, size)


def _one_by_one(frames: bytes, told: int) -> Iterator[bytes]:
    """But for the first bytes, which have been `told`."""
    parts = iter([frames])
    stored = _Stored(lambda _: next(parts, b""))
    while stored.some():
        for text in _frame(zstd.ZstdDecompressor(options=_OPTIONS), stored, _FIRST_BYTES):
            if rest := text[told:]:
                yield rest
            told = max(told - len(text), 0)
