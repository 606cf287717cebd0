"""The document of a folder's last drop, beside the ledger. No protocol rests on it: what another worker wrote meanwhile
stands, and what cannot be understood is none."""

import msgspec

from hackle_import.drop import Drop
from hackle_import.errors import Changed, NotFound, Unavailable
from hackle_import.seen.changes import Folder, Names
from hackle_import.seen.sources import Sources
from hackle_import.stores.protocol import Store


class LastDrop:
    """Of the folder of a drop, for one version of it. Raises what the store raises when it is read."""

    def __init__(self, staging: Store, drop: Drop, version: str) -> None:
        self._staging, self._drop, self._version = staging, drop, version
        self._document: str | None = None
        self._folder = self._loaded()

    @property
    def names(self) -> Names | None:
        """What the drop is to be compared with; None of a first one."""
        return self._folder.before_version(self._version) if self._folder else None

    def put(self, seen: Sources) -> None:
        """Before the commit: a worker that is started anew finds what it is to be compared with all the same. Nothing
        is written where no name is another."""
        found = Folder.after(self.names, self._version, seen)
        if self._folder is not None and found.names == self._folder.names:
            return
        body = msgspec.json.encode(found)
        try:
            if self._document is None:
                self._staging.put_if_absent(self._drop.folder_key, body)
            else:
                self._staging.put_if_version(self._drop.folder_key, body, self._document)
        except (Changed, Unavailable):
            return  # the other worker's drop is the last one; and a hint that is not kept costs a note, no row

    def _loaded(self) -> Folder | None:
        try:
            body, found = self._staging.get(self._drop.folder_key)
        except NotFound:
            return None
        self._document = found.version
        try:
            return msgspec.json.decode(body, type=Folder)
        except msgspec.DecodeError:  # of another version of this program
            return None
