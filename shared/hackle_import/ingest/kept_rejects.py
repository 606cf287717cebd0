"""The rejects file has no version in its name: a worker that crashes or loses may leave another version's there. So
each is kept a second time, under a name of its own that the ledger holds, and comes back from there.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hackle_import.drop import Drop
from hackle_import.errors import Changed, NotFound
from hackle_import.ingest.ledger import IN_STAGING, Rejects
from hackle_import.reading.pinned import PinnedReader
from hackle_import.stores.protocol import Store


def in_place(staging: Store, drop: Drop, rejects: Rejects | None) -> bool:
    """Whether the rejects file is the one that the ledger holds; None is none. One that is gone along with its copy has
    expired, and is done with."""
    try:
        return staging.head(drop.rejected_key).version == (rejects.version if rejects else None)
    except NotFound:
        return rejects is None or is_expired(staging, rejects)


def is_expired(staging: Store, rejects: Rejects) -> bool:
    """Of a rejects file that is not in its place: whether its copy is gone, too."""
    try:
        staging.head(rejects.copy.removeprefix(IN_STAGING))
    except NotFound:
        return True
    return False


def restore(staging: Store, drop: Drop, rejects: Rejects | None) -> Rejects | None:
    """Brings back what the ledger holds, and returns it as it is now: None when there is nothing to bring back. Raises
    Changed when the copy goes meanwhile: another worker removes it, or it expires."""
    if in_place(staging, drop, rejects):
        return rejects
    if rejects is None or is_expired(staging, rejects):
        staging.delete(drop.rejected_key)
        return None
    with TemporaryDirectory(prefix="hackle-import-") as folder:
        path = Path(folder) / "rejects"
        _fetch(staging, rejects.copy.removeprefix(IN_STAGING), path)
        return Rejects(drop.rejected_key, staging.put(drop.rejected_key, path).version, rejects.copy)


def _fetch(staging: Store, key: str, path: Path) -> None:
    try:
        with PinnedReader(staging, staging.head(key)) as reader, path.open("wb") as file:
            shutil.copyfileobj(reader, file)
    except NotFound:
        raise Changed(key) from None
