"""A drop's identity: which keys are drops, which mapping each names, and the keys that belong to it in the staging
place."""

import hashlib
import re

from msgspec import Struct

INCOMING = "incoming/"
MAPPINGS = "mappings/"
STATE = "state/"
FOLDER_STATE = f"{STATE}folders/"  # of what is kept of folders: no drop's own document lies there
REJECTED = "rejected/"
EXPORTS = "exports/"  # parts that manifests below incoming/ name: no drops
OPEN = "open/"  # drops' files, where closed days are published
DAYS = "days/"  # a day's ledger, report and marker
BACKFILLS = "backfills/"  # how far each was told
EXPORT_STATE = f"{STATE}exports/"  # of what a warehouse's days are at: no drop's own document lies there
PLACE_KEY = f"{STATE}place.json"  # which place a local folder is: no drop's document
FOLDERS = (INCOMING, MAPPINGS, STATE, REJECTED, EXPORTS, OPEN, DAYS, BACKFILLS)  # of the staging place
NO_DROP = "not a drop: those lie below incoming/<mapping>/, such as incoming/hackle/"
PASSED_OVER = "hidden files, and what an export leaves beside its data, are passed over"
MAX_PART_BYTES = 255  # between two slashes, on every file system in use
MAX_KEY_BYTES = 1024  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html; GCS has the same limit
_FOLDER_MARKERS = ("/", "_$folder$")  # what their names end with
_REJECTED_ENDING = ".rejected.ndjson.gz"
_LONG = f"{REJECTED}.long/"  # no drop's own path leads there: no mapping begins with a dot
_LONG_NAME_BYTES = 100  # of a name that is shortened: enough to know it by


_HIDDEN = re.compile(
    r"(?:^|/)(?:(?:__MACOSX|_temporary|_delta_log|\.[^/.][^/]*)/.*"
    r"|\.[^/]*"
    r"|_SUCCESS|_metadata|_common_metadata|_(?:committed|started)_[^/]*"  # Hadoop and Spark; Databricks
    r"|[^/]*\.(?:crc|md5|sha1|sha256|metadata)"  # Spark; Athena
    r"|(?:[^/]*[_-])?manifest(?:\.json)?|[0-9a-f-]{36}-manifest\.csv"  # Redshift, PostHog; Athena
    r"|Thumbs\.db|desktop\.ini"
    r"|(?i:readme|licen[cs]e|notice|changelog|notes?)(?i:\.(?:txt|md|rst|pdf|html?))?|[^/]*\.(?i:md|rst))$"
)


class Drop(Struct, frozen=True):
    """One object below `incoming/<mapping>/`. `place` is the staging store's, so that two buckets never share a drop;
    `place_id` is what it is known by where its path may change."""

    place: str
    key: str
    mapping: str
    place_id: str = ""

    @classmethod
    def at(cls, place: str, key: str, place_id: str = "") -> "Drop | None":
        """The drop that `key` (relative to `place`) names, or None for anything else: our own outputs, folder markers,
        and what is hidden, such as a file that is still on its way."""
        mapping, slash, rest = key.removeprefix(INCOMING).partition("/")
        if not key.startswith(INCOMING) or not mapping or not slash or not rest or is_folder_marker(key):
            return None
        if mapping.startswith(".") or is_hidden(rest):
            return None
        return cls(place, key, mapping, place_id)

    @property
    def source(self) -> str:
        """Digest of the place and the key: part of every output's name, so that two drops never share one."""
        return digest_of(self.place_id or self.place, self.key)

    @property
    def folders(self) -> str:
        """Those in which a file lies beside what its key says: of a drop none, for all is said by its key."""
        return ""

    @property
    def state_key(self) -> str:
        return f"{STATE}{self.source}.json"

    @property
    def folder_key(self) -> str:
        """Of what is kept of the drop's folder; folders that differ in digits alone, as those of days do, are one."""
        folder = re.sub(r"[0-9]+", "#", self.key.rpartition("/")[0])
        return f"{FOLDER_STATE}{digest_of(self.place_id or self.place, folder, self.mapping)}.json"

    def rejects_copy_key(self, version: str, number: int) -> str:
        """Where what expires rejected rows finds it, too. As with outputs, no two versions share one, though their
        rejects be equal."""
        return f"{REJECTED}.copies/{self.source}-{version}-{number}.rejected.ndjson.gz"

    @property
    def rejected_key(self) -> str:
        """Beside the drop's own path. Where some storage has no such name, it is the beginning of the file's, and the
        drop's digest, apart from all paths of drops: no two drops share one."""
        path = f"{REJECTED}{self.key.removeprefix(INCOMING)}{_REJECTED_ENDING}"
        is_below_another = f"{_REJECTED_ENDING}/" in path  # where a folder and a file cannot have one name
        return path if is_name_anywhere(path, self.place) and not is_below_another else self.rejected_key_apart

    @property
    def rejected_key_apart(self) -> str:
        """By the beginning of the file's name and the digest of the drop."""
        name = self.key.rpartition("/")[2].encode("utf-8", "replace")[:_LONG_NAME_BYTES].decode(errors="ignore")
        return f"{_LONG}{name}-{self.source}{_REJECTED_ENDING}"


def digest_of(*parts: str) -> str:
    """What names are told apart by, in names: 16 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def is_name_anywhere(key: str, place: str = "") -> bool:
    """Whether every storage takes this key, below the prefix of a bucket that `place` may name, and shows it."""
    parts = key.split("/")
    if not all(parts) or any(part.startswith(".") for part in parts) or max(map(_size, parts)) > MAX_PART_BYTES:
        return False
    prefix = place.partition("://")[2].partition("/")[2]
    return _size(f"{prefix}/{key}") <= MAX_KEY_BYTES


def _size(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def is_folder_marker(key: str) -> bool:
    """Whether this is an object by which a console or Hadoop shows a folder."""
    return key.endswith(_FOLDER_MARKERS)


def is_hidden(path: str) -> bool:
    """Whether a file's name says that it holds no events: it is still on its way, a system's own, or what an export
    leaves beside its files."""
    return _HIDDEN.search(path) is not None


def drop_in(place: str, bucket: str, name: str) -> Drop | None:
    """The drop that an event names by bucket (`s3://bucket`) and full object name, in the staging place; None when it
    is another bucket's, lies outside the place's prefix, or is no drop."""
    prefix = place.removeprefix(bucket)
    if prefix == place or not f"/{name}".startswith(f"{prefix}/") or (prefix and not prefix.startswith("/")):
        return None
    return Drop.at(place, f"/{name}"[len(prefix) + 1 :])
