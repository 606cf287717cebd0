"""Stored bytes -> text in UTF-8 without BOM, in pieces, within the limits on size and ratio.

gzip may have several members, zstd several frames, bzip2 several streams. Truncated or damaged data raises BadDrop with
the byte of the decompressed text that was reached; what the store raised is passed on as it is.
"""

import codecs
import io
import itertools
import zlib
from collections.abc import Iterator
from typing import cast

from isal import igzip, isal_zlib

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading import frames
from hackle_import.reading.formats import Compression, compression_of
from hackle_import.reading.frames import MAX_WINDOW_LOG, PIECE_BYTES, bz2_pieces, needs_memory, zstd_pieces
from hackle_import.reading.pinned import PinnedReader
from hackle_import.settings import RATIO_FROM_BYTES, Limits

_LEAST_BYTES = 64 << 10  # of a piece: whoever takes it keeps more of each than its bytes
# isal answers OverflowError where a name in a header has no end.
_DAMAGE: tuple[type[Exception], ...] = (EOFError, *frames.DAMAGE, zlib.error, isal_zlib.error, OverflowError)  # type: ignore[arg-type]
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_pieces(name: str, source: PinnedReader, limits: Limits) -> Iterator[bytes]:
    """Pieces of a few MB at most. Raises BadDrop."""
    pieces = _decompressed(name, source, limits)
    first = next(pieces, b"")
    if first.startswith(_UTF16):
        yield from _recoded(first, pieces)
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from pieces


def _decompressed(name: str, source: PinnedReader, limits: Limits) -> Iterator[bytes]:
    size = 0
    for piece in _gathered(_told(_stored_pieces(name, source), source)):
        size += len(piece)
        _check(size, source.bytes_read, limits)
        yield piece


def _stored_pieces(name: str, source: PinnedReader) -> Iterator[bytes]:
    compression = compression_of(name, source.peek(8))
    if compression is Compression.NONE:
        return iter(source.next_block, b"")
    stored = io.BufferedReader(cast(io.RawIOBase, source), 256 << 10)
    if compression is Compression.ZSTD:
        return zstd_pieces(stored.read)
    if compression is Compression.BZIP2:
        return bz2_pieces(stored.read)
    plain = igzip.IGzipFile(fileobj=stored)  # type: ignore[no-untyped-call]
    return iter(lambda: plain.read1(PIECE_BYTES), b"")  # not read(): it would lose what precedes a fault


def _told(pieces: Iterator[bytes], source: PinnedReader) -> Iterator[bytes]:
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            yield piece
    except _DAMAGE as damage:
        if source.failure is not None:
            raise source.failure from None
        raise _fault_of(damage, size) from None


def _fault_of(damage: Exception, size: int) -> BadDrop:
    if isinstance(damage, EOFError):
        return BadDrop(Fault.TRUNCATED, "the compressed data ends before its end mark", _at(size))
    if needs_memory(damage):
        most = f"a window of more than {1 << (MAX_WINDOW_LOG - 20)} MiB: compress it without --long and --ultra"
        return BadDrop(Fault.TOO_LARGE, most, _at(size))
    return BadDrop(Fault.CORRUPT, f"the compressed data is damaged: {damage}", _at(size))


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in pieces that are not tiny, but for the last one, and for what comes before a fault."""
    parts, held, fault = list[bytes](), 0, None
    try:
        for piece in pieces:
            parts.append(piece)
            held += len(piece)
            if held >= _LEAST_BYTES:
                yield b"".join(parts)
                parts, held = [], 0
    except BadDrop as broken:
        fault = broken
    if parts:
        yield b"".join(parts)
    if fault is not None:
        raise fault


def _check(size: int, stored: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise BadDrop(Fault.TOO_LARGE, f"more than {limits.max_bytes} bytes when decompressed", _at(size))
    if size > RATIO_FROM_BYTES and size > stored * limits.max_ratio:
        raise BadDrop(Fault.RATIO, f"expands by more than {limits.max_ratio}", _at(size))


def _recoded(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")()
    size = 0
    try:
        for piece in itertools.chain([first], pieces):
            yield decoder.decode(piece).encode()
            size += len(piece)
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as wrong:
        raise BadDrop(Fault.WRONG_ENCODING, f"not UTF-16: {wrong.reason}", _at(size)) from None


def _at(size: int) -> str:
    return f"after byte {size} of the decompressed text"
