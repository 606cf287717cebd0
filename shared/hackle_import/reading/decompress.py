"""Stored bytes -> text in UTF-8 without BOM, in pieces, within the limits on size and ratio.

gzip may have several members, zstd several frames, bzip2 several streams. Truncated or damaged data raises BadDrop with
the byte of the decompressed text that was reached; what the store raised is passed on as it is.
"""

import bz2
import codecs
import io
import itertools
import sys
import zlib
from collections.abc import Iterator
from typing import cast

from isal import igzip, isal_zlib

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.formats import Compression, compression_of
from hackle_import.reading.pinned import PinnedReader
from hackle_import.settings import Limits

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 1 << 20
_RATIO_FROM_BYTES = 16 << 20  # small files of one repeated row compress beyond any sensible ratio
_DAMAGE: tuple[type[Exception], ...] = (OSError, zlib.error, isal_zlib.error, zstd.ZstdError)  # type: ignore[assignment]
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
    compression = compression_of(name, source.peek(8))
    plain = None if compression is Compression.NONE else _opened(source, compression)
    size = 0
    while piece := source.next_block() if plain is None else _read(plain, source, size):
        size += len(piece)
        _check(size, source.bytes_read, limits)
        yield piece


def _opened(source: PinnedReader, compression: Compression) -> io.BufferedIOBase:
    stored = io.BufferedReader(cast(io.RawIOBase, source), 256 << 10)
    if compression is Compression.GZIP:
        return cast(io.BufferedIOBase, igzip.IGzipFile(fileobj=stored))  # type: ignore[no-untyped-call]
    if compression is Compression.ZSTD:
        return cast(io.BufferedIOBase, zstd.ZstdFile(stored))
    return cast(io.BufferedIOBase, bz2.BZ2File(stored))


def _read(plain: io.BufferedIOBase, source: PinnedReader, size: int) -> bytes:
    try:
        return plain.read1(PIECE_BYTES)  # not read(): it would lose what precedes a fault
    except (EOFError, *_DAMAGE) as damage:
        if source.failure is not None:
            raise source.failure from None
        if isinstance(damage, EOFError):
            raise BadDrop(Fault.TRUNCATED, "the compressed data ends before its end mark", _at(size)) from None
        raise BadDrop(Fault.CORRUPT, f"the compressed data is damaged: {damage}", _at(size)) from None


def _check(size: int, stored: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise BadDrop(Fault.TOO_LARGE, f"more than {limits.max_bytes} bytes when decompressed", _at(size))
    if size > _RATIO_FROM_BYTES and size > stored * limits.max_ratio:
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
