"""A local folder to the contract of a bucket: writes are atomic, conditional writes hold between processes."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from hackle_import.stores.protocol import Changed, NotFound, StoredObject

_OWN = ".hackle-import-"  # temporary files and the lock: no objects


class LocalStore:
    """Keys are paths below the folder. Raises ValueError for a key that would leave it."""

    def __init__(self, folder: str | Path) -> None:
        self._root = Path(folder).resolve()
        self.place = str(self._root)

    def head(self, key: str) -> StoredObject:
        try:
            return _stored(key, self._path(key).stat())
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(key) from None

    def get(self, key: str) -> tuple[bytes, StoredObject]:
        try:
            with self._path(key).open("rb") as file:
                return file.read(), _stored(key, os.fstat(file.fileno()))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotFound(key) from None

    def read(self, key: str, version: str, start: int, end: int) -> bytes:
        try:
            with self._path(key).open("rb") as file:
                file.seek(start)
                content = file.read(end - start)
                if _stored(key, os.fstat(file.fileno())).version != version or self.head(key).version != version:
                    raise Changed(key)
                return content
        except FileNotFoundError:
            raise NotFound(key) from None

    def put(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, lambda _: True)

    def put_if_absent(self, key: str, body: bytes | Path) -> StoredObject:
        return self._put(key, body, lambda former: former is None)

    def put_if_version(self, key: str, body: bytes | Path, version: str) -> StoredObject:
        return self._put(key, body, lambda former: former is not None and former.version == version)

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        self._remove_empty(path.parent)

    def keys(self, prefix: str) -> Iterator[str]:
        if self._root.is_dir():
            yield from (key for key in self._below(self._root, "", prefix) if key.startswith(prefix))

    def _below(self, folder: Path, path: str, prefix: str) -> Iterator[str]:
        # A folder sorts as its name and a slash do: that is the order of whole keys.
        names = (
            (entry.name + ("/" if entry.is_dir(follow_symlinks=False) else ""), entry) for entry in os.scandir(folder)
        )
        for name, entry in sorted(names, key=lambda found: os.fsencode(found[0])):
            key = path + name
            if not name.endswith("/"):
                if entry.is_file() and not name.startswith(_OWN):
                    yield key
            elif key.startswith(prefix) or prefix.startswith(key):
                yield from self._below(folder / entry.name, key, prefix)

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if not all(parts) or {".", ".."} & set(parts) or "\0" in key or parts[-1].startswith(_OWN):
            raise ValueError(f"no key of a local folder: {key!r}")
        path = self._root.joinpath(*parts)
        if not path.parent.resolve().is_relative_to(self._root):
            raise ValueError(f"a link leads out of the folder: {key!r}")
        return path

    def _put(self, key: str, body: bytes | Path, allowed: Callable[[StoredObject | None], bool]) -> StoredObject:
        path = self._path(key)
        self._root.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("wb", dir=self._root, prefix=_OWN, delete=False) as file:
            temporary = Path(file.name)
            if isinstance(body, bytes):
                file.write(body)
            else:
                with body.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
        try:
            with self._locked():
                former = self._former(key)
                if not allowed(former):
                    raise Changed(key)
                return self._replace(key, path, temporary, former)
        finally:
            temporary.unlink(missing_ok=True)

    def _replace(self, key: str, path: Path, temporary: Path, former: StoredObject | None) -> StoredObject:
        written = temporary.stat().st_mtime_ns
        if former is not None:  # two writes within one tick of the file system's clock are two versions
            written = max(written, int(former.version.partition("-")[0]) + 1)
            os.utime(temporary, ns=(written, written))
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)
        return self.head(key)

    def _former(self, key: str) -> StoredObject | None:
        try:
            return self.head(key)
        except NotFound:
            return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._root / f"{_OWN}lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _remove_empty(self, folder: Path) -> None:
        while folder != self._root and folder.is_dir():
            try:
                folder.rmdir()
            except OSError:
                return  # not empty
            folder = folder.parent


def _stored(key: str, found: os.stat_result) -> StoredObject:
    version = f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"
    return StoredObject(key, version, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
