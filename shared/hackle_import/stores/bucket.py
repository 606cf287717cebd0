"""Where a store's keys lie within a bucket."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
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
