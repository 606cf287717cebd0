"""What both clouds' stores share: where their keys lie within a bucket, and what an empty range is."""

from msgspec import Struct

from hackle_import.errors import Changed
from hackle_import.stores.protocol import StoredObject


class Bucket(Struct, frozen=True):
    """A bucket and a prefix in it, without slashes at its ends; the prefix may be empty."""

    scheme: str
    name: str
    prefix: str

    @property
    def place(self) -> str:
        return f"{self.scheme}://{self.name}" + (f"/{self.prefix}" if self.prefix else "")

    def full(self, key: str) -> str:
        """The object's name in the bucket."""
        return f"{self.prefix}/{key}" if self.prefix else key

    def key(self, full: str) -> str:
        """The reverse of `full`."""
        return full.removeprefix(f"{self.prefix}/") if self.prefix else full


def nothing_of(newest: StoredObject, version: str) -> bytes:
    """An empty range of `version`, for which neither cloud has a request. Raises Changed as any other read."""
    if newest.version != version:
        raise Changed(newest.key)
    return b""
