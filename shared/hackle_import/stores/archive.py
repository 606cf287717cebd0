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
from hackle_import.errors import BadDrop, Changed, NotFound
from hackle_import.stores.protocol import StoredObject

MAGIC = b"PK\x03\x04"
_DAMAGE = (BadZipFile, zlib.error, EOFError)
_UNKNOWN = (NotImplementedError, RuntimeError)  # what zipfile raises for other compressions, and for passwords


def is_archive(path: Path) -> bool:
    """By content: downloads have any name."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class Archive:
    """A source of drops, open until it is left. Raises ValueError for what is no whole archive, and for names that lead
    out of it."""

    def __init__(self, path: str | Path) -> None:
        whole = Path(path).resolve()
        self.place = str(whole)
        self._modified = datetime.fromtimestamp(whole.stat().st_mtime, UTC)
        try:
            self._zip = ZipFile(whole)
        except BadZipFile as broken:
            raise ValueError(f"{path} is no whole zip archive: {broken}") from None
        self._key, self._at = "", 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        self._zip.close()

    def keys(self, prefix: str) -> Iterator[str]:
        for name in sorted(self._zip.namelist(), key=str.encode):
            if name.startswith("/") or ".." in name.split("/"):
                raise ValueError(f"{self.place} holds a name that leads out of it: {name!r}")
            if not name.endswith("/") and name.startswith(prefix):
                yield name

    def head(self, key: str) -> StoredObject:
        found = self._info(key)
        return StoredObject(key, f"{found.CRC:08x}-{found.file_size}", found.file_size, self._modified)

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        """Ranges in order cost one pass. Raises BadDrop for what is damaged, or packed in a way that is not known."""
        if self.head(key).version != version:
            raise Changed(key)
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

    def _info(self, key: str) -> ZipInfo:
        try:
            return self._zip.getinfo(key)
        except KeyError:
            raise NotFound(key) from None
