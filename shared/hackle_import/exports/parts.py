"""The parts that a manifest names -> their rows, or why the export is not whole.

All parts are looked at before the first is read, and each read is pinned to the version that was found: what is
missing, is of another size or was written anew is told, and none of the export's rows are written.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pyarrow.compute as pc
from msgspec import Struct
from msgspec.structs import replace

from hackle_import.codes import Fault
from hackle_import.conform import Target
from hackle_import.convert import open_drop
from hackle_import.engine import Converted
from hackle_import.errors import BadDrop, Changed, NotFound, shown
from hackle_import.exports.manifest import Manifest, Part
from hackle_import.reading.chunks import beginning
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.pinned import PinnedReader
from hackle_import.settings import Limits
from hackle_import.stores.protocol import Source, StoredObject

_AHEAD = 3  # parts whose first block is on its way while one is read: most parts are one block
_HEADS = 8  # at once
_MOST_TOLD = 5  # of what is wrong with parts


class Export(Struct, frozen=True):
    """`found` are the manifest's parts as they are now, in its order."""

    manifest: Manifest
    found: Sequence[StoredObject]
    store: Source

    def converted(self, target: Target, limits: Limits, decoder: str) -> Generator[Converted]:
        """Chunk by chunk; the limit on bytes is that of all parts together. Raises BadDrop where a part cannot be read,
        or rows are not as many as the manifest says."""
        total, before = _Total(limits.max_bytes), 0
        with closing(_readers(self.store, self.found)) as readers:
            for part, reader in zip(self.manifest.parts, readers, strict=True):
                rows, stored = 0, part.size
                for converted in _of_part(part, self._opened(part, reader, target, limits, total, decoder)):
                    lines = None if converted.lines is None else pc.add(converted.lines, before)
                    yield replace(converted, part=part.key, lines=lines, bytes_in=stored)
                    rows += converted.rows_in if converted.records is None else converted.records
                    stored = 0
                _compare(rows, part.rows, f"part {shown(part.key)}")
                before += rows
        _compare(before, self.manifest.rows, f"all {len(self.found):,} parts")

    def _opened(
        self, part: Part, reader: PinnedReader, target: Target, limits: Limits, total: "_Total", decoder: str
    ) -> Iterator[Converted]:
        name = f"{part.key}.{self.manifest.format}" if self.manifest.format else part.key
        text = total.counted(text_pieces(name, reader, limits, target.mapping.csv.encoding))
        head, text = beginning(text, 1)
        if head:  # a part of no rows may be of no bytes, which have no format
            yield from open_drop(name, text, target, limits).converted(decoder)


class _Total:
    """Counts decompressed bytes over all parts."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._bytes += len(piece)
            if self._bytes > self._most:
                raise BadDrop(Fault.TOO_LARGE, f"more than {self._most} bytes in all parts when decompressed")
            yield piece


def open_export(manifest: Manifest, store: Source) -> Export:
    """Looks at every part. Raises BadDrop, which names those that are not as the manifest says."""
    with ThreadPoolExecutor(_HEADS, "head") as pool:
        found = list(pool.map(lambda part: _head(store, part), manifest.parts))
    pairs = list(zip(manifest.parts, found, strict=True))
    if pairs and not any(found):
        raise BadDrop(Fault.EXPORT_EXPIRED, f"none of its {len(pairs):,} parts is there: {shown(pairs[0][0].key)}")
    if wrong := [f"{shown(part.key)}: {what}" for part, there in pairs if (what := _wrong(part, there))]:
        more = f"; and {len(wrong) - _MOST_TOLD:,} more" if len(wrong) > _MOST_TOLD else ""
        told = "; ".join(wrong[:_MOST_TOLD]) + more
        raise BadDrop(Fault.EXPORT_INCOMPLETE, f"{len(wrong):,} of {len(pairs):,} parts: {told}")
    return Export(manifest, [one for one in found if one is not None], store)


def _head(store: Source, part: Part) -> StoredObject | None:
    try:
        return store.head(part.key)
    except NotFound:
        return None


def _wrong(part: Part, found: StoredObject | None) -> str | None:
    """S3's version, as a manifest may have it, is the ETag, with or without its quotes, and without a version's id."""
    if found is None:
        return "not there"
    if found.size != part.size:
        return f"{found.size:,} bytes; the manifest says {part.size:,}"
    if part.version and part.version.strip('"') not in (found.version, found.version.partition(";")[0]):
        return "another version than the manifest names"
    return None


def _readers(store: Source, found: Sequence[StoredObject]) -> Generator[PinnedReader]:
    """A reader of each object in turn; those of the next ones are begun before it is read."""
    left, ahead = iter(found), deque[PinnedReader]()
    try:
        while True:
            while len(ahead) <= _AHEAD and (following := next(left, None)) is not None:
                ahead.append(PinnedReader(store, following))
            if not ahead:
                return
            with ahead.popleft() as reader:
                yield reader
    finally:
        for reader in ahead:
            with reader:
                pass


def _of_part(part: Part, converted: Iterator[Converted]) -> Iterator[Converted]:
    """The same; what is raised names the part."""
    name = f"part {shown(part.key)}"
    try:
        yield from converted
    except (Changed, NotFound):
        raise BadDrop(Fault.EXPORT_INCOMPLETE, "it was replaced or deleted while it was read", name) from None
    except BadDrop as broken:
        position = f"{name}, {broken.position}" if broken.position else name
        raise BadDrop(broken.fault, broken.message, position) from None


def _compare(rows: int, told: int | None, position: str) -> None:
    if told is not None and rows != told:
        raise BadDrop(Fault.EXPORT_INCOMPLETE, f"{rows:,} rows; the manifest says {told:,}", position)
