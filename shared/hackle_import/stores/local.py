"""A local folder to the contract of a bucket: writes are atomic, conditional writes hold between processes.

In: keys, as paths below the folder. Out: bytes, and versions made of a file's time, size and inode.
Never: a path outside the folder, not even through a link.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from stat import S_ISREG

from hackle_import.drop import MAX_PART_BYTES
from hackle_import.errors import Changed, NotFound, Unavailable
from hackle_import.stores.protocol import Listed, StoredObject

_OWN = ".hackle-import-"  # temporary files and the lock: no objects
_NO_FILE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_Condition = Callable[[StoredObject | None], bool]


class LocalStore:
    """Raises ValueError for a key that would leave the folder or that no file can have."""

    def __init__(self, folder: str | Path) -> None:
        self._root = Path(folder).resolve()
        self.place = str(self._root)

    def head(self, key: str) -> StoredObject:
        return _newest(key, self._path(key))

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        try:
            with self._path(key).open("rb") as file:
                before = _stored(key, os.fstat(file.fileno()))
                content = file.read()
                if _stored(key, os.fstat(file.fileno())) != before:  # another program writes in place
                    raise Unavailable(f"{key} is being written")
                return content, before
        except _NO_FILE:
            raise NotFound(key) from None

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        path = self._path(key)
        try:
            with path.open("rb") as file:
                file.seek(start)
                content = file.read(end - start)
                read_from, newest = _stored(key, os.fstat(file.fileno())), _stored(key, path.stat())
        except _NO_FILE:
            raise NotFound(key) from None
        if read_from.version != version or newest.version != version:
            raise Changed(key)
        return content

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, None)

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, lambda former: former is None)

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        return self._put(key, body, lambda former: former is not None and former.version == version)

    def delete(self, key: str) -> None:
        self.delete_many([key])

    def delete_many(self, keys: Sequence[str]) -> None:
        paths = [path for path in map(self._path, keys) if path.is_file()]
        if not paths:
            return
        with self._locked():
            for path in paths:
                path.unlink(missing_ok=True)
                _sync(path.parent)
                self._remove_empty(path.parent)

    def keys(self, prefix: str) -> Iterator[str]:
        yield from (key for key in self._below(self._root, "", prefix) if key.startswith(prefix))

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        for key in self.keys(prefix):
            if os.fsencode(key) > os.fsencode(after):
                try:
                    found = self.head(key)
                except NotFound:
                    continue  # deleted since it was listed
                yield Listed(key, found.size, found.modified)

    def _below(self, folder: Path, path: str, prefix: str) -> Iterator[str]:
        # A folder sorts as its name and a slash do: that is the order of whole keys.
        for name, entry in sorted(_entries(folder), key=lambda found: os.fsencode(found[0])):
            key = path + name
            if not name.endswith("/"):
                if entry.is_file() and not name.startswith(_OWN) and self._holds(entry):
                    yield key
            elif key.startswith(prefix) or prefix.startswith(key):
                yield from self._below(folder / entry.name, key, prefix)

    def _holds(self, entry: os.DirEntry[str]) -> bool:
        return not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(self._root)

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if not all(parts) or {".", ".."} & set(parts) or "\0" in key or parts[-1].startswith(_OWN):
            raise ValueError(f"no key of a local folder: {key!r}")
        if max(len(os.fsencode(part)) for part in parts) > MAX_PART_BYTES:
            raise ValueError(f"no key of a local folder, a part is longer than {MAX_PART_BYTES} bytes: {key!r}")
        path = f"{self.place}/{key}" if self.place != "/" else f"/{key}"
        if (real := os.path.realpath(path)) != path and not Path(real).is_relative_to(self._root):
            raise ValueError(f"a link leads out of the folder: {key!r}")
        return Path(path)

    def _put(self, key: str, body: bytes | Path, condition: _Condition | None) -> StoredObject:
        path = self._path(key)
        self._root.mkdir(parents=True, exist_ok=True)
        temporary = self._root / f"{_OWN}{secrets.token_hex(8)}"
        try:
            _write(temporary, body)
            with self._locked() as lock:
                former = _former(key, path)
                if condition is not None and not condition(former):
                    raise Changed(key)
                _stamp(temporary, lock, former)
                _move(temporary, path, key)
                return _newest(key, path)
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        # Opened to append: a mode that truncates would reset the file's time, see _stamp.
        with (self._root / f"{_OWN}lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file.fileno()

    def _remove_empty(self, folder: Path) -> None:
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:
                return  # not empty
            folder = folder.parent


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name + ("/" if entry.is_dir(follow_symlinks=False) else ""), entry
    except FileNotFoundError:
        return  # never made, or removed while its parent was listed


def _write(temporary: Path, body: bytes | Path) -> None:
    """On the disk when it returns: what the ledger says was written must outlive a power cut, as the ledger does."""
    if isinstance(body, bytes):
        temporary.write_bytes(body)
    else:
        shutil.copyfile(body, temporary)  # within the kernel, where it can
    _sync(temporary)


def _sync(path: Path) -> None:
    """What was written of a file; of a folder, its names. https://man7.org/linux/man-pages/man2/fsync.2.html"""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _stamp(temporary: Path, lock: int, former: StoredObject | None) -> None:
    """Gives the file a time later than any that this folder gave out: two writes within one tick of the file system's
    clock are two versions, and so is what is written after a delete. The lock's own time is the newest given out."""
    taken = max(os.fstat(lock).st_mtime_ns, int(former.version.partition("-")[0]) if former else 0)
    written = max(temporary.stat().st_mtime_ns, taken + 1)
    os.utime(temporary, ns=(written, written))
    os.utime(lock, ns=(written, written))


def _move(temporary: Path, path: Path, key: str) -> None:
    """A power cut afterwards takes nothing back: neither the file's name nor those of folders that were made for it."""
    try:
        made = list(takewhile(lambda folder: not folder.exists(), (path.parent, *path.parent.parents)))
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as held:
        raise ValueError(f"no key of a local folder, a file and a folder would share a name: {key!r}") from held
    for folder in (path.parent, *(folder.parent for folder in made)):
        _sync(folder)


def _former(key: str, path: Path) -> StoredObject | None:
    try:
        return _newest(key, path)
    except NotFound:
        return None


def _newest(key: str, path: Path) -> StoredObject:
    try:
        return _stored(key, path.stat())
    except _NO_FILE:
        raise NotFound(key) from None


def _stored(key: str, found: os.stat_result) -> StoredObject:
    if not S_ISREG(found.st_mode):
        raise NotFound(key)
    version = f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"
    return StoredObject(key, version, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
