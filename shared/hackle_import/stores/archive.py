"""The files in a zip archive on the local disk, to be read only: exports are often downloaded as one.

In: keys, which are the names in the archive. Out: bytes, and versions made of a file's checksum and size. Nothing is
unpacked to disk; of a file never more comes out than the archive says it holds.
"""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self
from zipfile import BadZipFile, ZipFile, ZipInfo

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop, Changed, NotFound, shown
from hackle_import.settings import RATIO_FROM_BYTES
from hackle_import.stores.protocol import StoredObject

MAGIC = b"PK\x03\x04"
WORKBOOKS = (b"[Content_Types].xml", b"xl/", b"opendocument.spreadsheet")  # what one of them begins with
_DAMAGE = (BadZipFile, zlib.error, EOFError)
_UNKNOWN = (NotImplementedError, RuntimeError)  # what zipfile raises for other compressions, and for passwords


def is_archive(path: Path) -> bool:
    """By content: downloads have any name. A workbook is packed so, too, but is one file to whoever has it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(512)
    return head.startswith(MAGIC) and not any(mark in head for mark in WORKBOOKS)


class Archive:
    """A source of drops, open until it is left. Raises ValueError for what is no whole archive, for names that lead out
    of it or are no plain paths, and for two files of one name. A file that expands by more than `max_ratio` is a bad
    drop, once it is read."""

    def __init__(self, path: str | Path, max_ratio: int) -> None:
        whole = Path(path).resolve()
        self.place = str(whole)
        self._modified = datetime.fromtimestamp(whole.stat().st_mtime, UTC)
        try:
            self._zip = ZipFile(whole)
        except BadZipFile as broken:
            raise ValueError(f"{path} is no whole zip archive: {broken}") from None
        self._key, self._at, self._max_ratio = "", 0, max_ratio
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        self._zip.close()

    def keys(self, prefix: str) -> Iterator[str]:
        names = sorted((name for name in self._zip.namelist() if not name.endswith("/")), key=_bytes)
        for name, next_name in zip(names, [*names[1:], ""], strict=True):
            if not all(name.split("/")) or {".", ".."} & set(name.split("/")):
                raise ValueError(f"{self.place} holds a name that is no plain path, or leads out of it: {shown(name)}")
            if name == next_name:
                raise ValueError(f"{self.place} holds two files of one name: {shown(name)}")
        yield from (name for name in names if name.startswith(prefix))

    def head(self, key: str) -> StoredObject:
        found = self._info(key)
        return StoredObject(key, f"{found.CRC:08x}-{found.file_size}", found.file_size, self._modified)

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        """Ranges in order cost one pass. Raises BadDrop for what is damaged, or packed in a way that is not known."""
        if self.head(key).version != version:
            raise Changed(key)
        self._check_ratio(self._info(key))
        try:
            return self._range(key, start, end)
        except _DAMAGE as damage:
            raise BadDrop(Fault.CORRUPT, f"the zip archive is damaged: {damage}", f"byte {start} of the file") from None
        except _UNKNOWN as unknown:
            raise BadDrop(Fault.UNKNOWN_FORMAT, f"the zip archive cannot be read: {unknown}", "") from None

    def _range(self, key: str, start: int, end: int) -> bytes:
        if self._file is None or (key, start) != (self._key, self._at):
            if self._file is not None:
                self._file.close()
            self._file = self._zip.open(key)
            self._file.seek(start)
        content = self._file.read(end - start)
        self._key, self._at = key, start + len(content)
        return content

    def _check_ratio(self, found: ZipInfo) -> None:
        if found.file_size > RATIO_FROM_BYTES and found.file_size > found.compress_size * self._max_ratio:
            raise BadDrop(Fault.RATIO, f"expands by more than {self._max_ratio} in the zip archive", "byte 0")

    def _info(self, key: str) -> ZipInfo:
        try:
            return self._zip.getinfo(key)
        except KeyError:
            raise NotFound(key) from None


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
