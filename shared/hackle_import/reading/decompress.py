"""Stored bytes -> text in UTF-8 without BOM, in pieces, within the limits on size and ratio.

gzip may have several members, zstd several frames, bzip2 several streams. Truncated or damaged data raises BadDrop with
the byte of the decompressed text that was reached; what the store raised is passed on as it is.
"""

import codecs
import io
import itertools
from collections.abc import Iterator
from typing import cast

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading import frames
from hackle_import.reading.formats import Compression, compression_of, is_json_by_name, refuse_binary
from hackle_import.reading.frames import MAX_WINDOW_LOG, bz2_pieces, gzip_pieces, needs_memory, zstd_pieces
from hackle_import.reading.pinned import PinnedReader
from hackle_import.reading.recode import recoded
from hackle_import.settings import RATIO_FROM_BYTES, Limits

MARKED = "utf-8-sig"
_LEAST_BYTES = 64 << 10  # of a piece: whoever takes it keeps more of each than its bytes
_DAMAGE: tuple[type[Exception], ...] = (EOFError, *frames.DAMAGE)
_PIECES = {Compression.GZIP: gzip_pieces, Compression.ZSTD: zstd_pieces, Compression.BZIP2: bz2_pieces}
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, *_UTF32)


def text_pieces(name: str, source: PinnedReader, limits: Limits, encoding: str | None = None) -> Iterator[bytes]:
    """Pieces of a few MB at most. `encoding` is that of a table without a byte order mark. Raises BadDrop."""
    pieces = _decompressed(name, source, limits)
    first = next(pieces, b"")
    refuse_binary(first)
    written = encoding_of(name, first, encoding)
    if written is None or written == MARKED:
        yield _unmarked(first)
        yield from pieces
    else:
        yield from recoded(written, itertools.chain([first], pieces))


def encoding_of(name: str, first: bytes, encoding: str | None) -> str | None:
    """How a text is written that begins so, as Python names it; None is UTF-8 without a mark. `encoding` is what the
    mapping says of a table without a mark."""
    if first.startswith(_WIDE):
        return "utf-32" if first.startswith(_UTF32) else "utf-16"
    if first.startswith(codecs.BOM_UTF8):
        return MARKED
    return None if is_json_by_name(name) else encoding


def first_bytes(name: str, source: PinnedReader, limits: Limits) -> bytes:
    """The beginning of a drop, decompressed, as it is written. Raises BadDrop."""
    return next(_decompressed(name, source, limits), b"")


def _unmarked(text: bytes) -> bytes:
    while text.startswith(codecs.BOM_UTF8):  # there are files with two
        text = text.removeprefix(codecs.BOM_UTF8)
    return text


def _decompressed(name: str, source: PinnedReader, limits: Limits) -> Iterator[bytes]:
    size = 0
    for piece in _gathered(_told(_stored_pieces(name, source), source)):
        size += len(piece)
        _check(size, source.bytes_read, limits)
        yield piece


def _stored_pieces(name: str, source: PinnedReader) -> Iterator[bytes]:
    compression = compression_of(name, source.peek(512))
    if compression is Compression.NONE:
        return iter(source.next_block, b"")
    stored = io.BufferedReader(cast(io.RawIOBase, source), 256 << 10)
    return _PIECES[compression](stored.read)


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


def _at(size: int) -> str:
    return f"after byte {size} of the decompressed text"
