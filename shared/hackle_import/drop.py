"""A drop's identity: which keys are drops, which mapping each names, and the keys that belong to it in the staging
place."""

import hashlib
from dataclasses import dataclass

INCOMING = "incoming/"
MAPPINGS = "mappings/"
STATE = "state/"
REJECTED = "rejected/"
FOLDERS = (INCOMING, MAPPINGS, STATE, REJECTED)  # of the staging place
NO_DROP = "not a drop: those lie below incoming/<mapping>/, such as incoming/hackle/"
_FOLDER_MARKERS = ("/", "_$folder$")  # what their names end with
_MAX_KEY_BYTES = 1024  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html; GCS has the same limit


@dataclass(frozen=True, slots=True)
class Drop:
    """One object below `incoming/<mapping>/`. `place` is the staging store's, so that two buckets never share a
    drop."""

    place: str
    key: str
    mapping: str

    @classmethod
    def at(cls, place: str, key: str) -> "Drop | None":
        """The drop that `key` (relative to `place`) names, or None for anything else: our own outputs, folder
        markers."""
        mapping, slash, rest = key.removeprefix(INCOMING).partition("/")
        if not key.startswith(INCOMING) or not mapping or not slash or not rest or is_folder_marker(key):
            return None
        return cls(place, key, mapping)

    @property
    def source(self) -> str:
        """Digest of the bucket and the key: part of every output's name, so that two drops never share one."""
        return hashlib.sha256(f"{self.place}\0{self.key}".encode("utf-8", "surrogateescape")).hexdigest()[:16]

    @property
    def state_key(self) -> str:
        return f"{STATE}{self.source}.json"

    def rejects_copy_key(self, version: str, number: int) -> str:
        """Where what expires rejected rows finds it, too. As with outputs, no two versions share one, though their
        rejects be equal."""
        return f"{REJECTED}.copies/{self.source}-{version}-{number}.rejected.ndjson.gz"

    @property
    def rejected_key(self) -> str:
        """Beside the drop's own path; a path too long for that keeps its beginning and gets the drop's digest."""
        path, ending = self.key.removeprefix(INCOMING), ".rejected.ndjson.gz"
        if len(f"{REJECTED}{path}{ending}".encode()) <= _MAX_KEY_BYTES:
            return f"{REJECTED}{path}{ending}"
        room = _MAX_KEY_BYTES - len(f"{REJECTED}-{self.source}{ending}")
        return f"{REJECTED}{path.encode()[:room].decode(errors='ignore')}-{self.source}{ending}"


def is_folder_marker(key: str) -> bool:
    """Whether this is an object by which a console or Hadoop shows a folder."""
    return key.endswith(_FOLDER_MARKERS)


def drop_in(place: str, bucket: str, name: str) -> Drop | None:
    """The drop that an event names by bucket (`s3://bucket`) and full object name, in the staging place; None when
    it is
    another bucket's, lies outside the place's prefix, or is no drop."""
    prefix = place.removeprefix(bucket)
    if prefix == place or not f"/{name}".startswith(f"{prefix}/") or (prefix and not prefix.startswith("/")):
        return None
    return Drop.at(place, f"/{name}"[len(prefix) + 1 :])
