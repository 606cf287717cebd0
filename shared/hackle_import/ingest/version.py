"""What a version of a drop is made of, each part by its digest, so that the ledger can say which of them changed.

What decides is what a reader of a day's folder finds there:

- **rows**: all that a row, or the day's folder that it lies in, hangs on. The drop's content and when it was taken (the
  bound of `ts` hangs on that), its mapping, the format version, and the settings that change rows. The zone and the
  folder of days are among them: they tell which rows a reader of a day gets. Another one is another version, and the
  drop is made anew at its next event, `run` or `replay`.
- **ends**: limits that end a whole drop and change no row. They make anew only what failed by one of them.
- **files**: how the same rows are cut into files and encoded. It makes no drop anew.

All of them are part of the names: two workers that are set differently, or hold another release of Arrow, never write
other bytes under one name.
"""

import hashlib
import hmac
from collections.abc import Mapping as Parts
from datetime import UTC

import msgspec
import pyarrow as pa

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.mapping import Mapping, Privacy
from hackle_import.settings import Rules
from hackle_import.stores.protocol import StoredObject
from hackle_import.writing.layout import FORMAT_VERSION

HASH_KEY = "HACKLE_HASH_KEY"
TAKEN_BACK = "taken back"  # a part of no version of a drop that has rows
ENDS = frozenset({Fault.TOO_LARGE, Fault.RATIO, Fault.TOO_MANY_DAYS})  # what the limits in `ends` end a drop with


class Version(msgspec.Struct, frozen=True):
    """A part's name is what a user knows it by, such as the setting's."""

    rows: dict[str, str]
    ends: dict[str, str] = {}
    files: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """Whether a drop is done hangs on this one."""
        return _digest(self.rows)

    @property
    def name(self) -> str:
        """The digest in the names of outputs."""
        return _digest(self.parts)

    @property
    def parts(self) -> dict[str, str]:
        return self.rows | self.ends | self.files

    @property
    def key_id(self) -> str:
        """Tells hash keys apart and leads back to none; empty where none was used."""
        return self.rows.get(HASH_KEY, "")


def version_of(found: StoredObject, described: Mapping | BadDrop, rules: Rules) -> Version:
    """`described` is the mapping, or why there is none: correcting it is another version."""
    limits = rules.limits
    content = found.version if isinstance(described, BadDrop) else told_version(found, described, rules)
    rows = {
        "drop": _part(content, _taken(found)),
        "mapping": _part(str(described) if isinstance(described, BadDrop) else described.digest),
        "format version": FORMAT_VERSION,
        "HACKLE_OSNAMES": _part(*(rules.osnames if rules.osnames is not None else "*")),
        "HACKLE_DAY_TIMEZONE": rules.day_timezone.key,
        "HACKLE_DAY_FOLDER": rules.day_folder,
        "HACKLE_MAX_LINE_BYTES": str(limits.max_line_bytes),
        "deepest nesting": str(limits.max_depth),
        "earliest ts": rules.earliest.astimezone(UTC).isoformat(),
        HASH_KEY: _key_id(described, rules.hash_key),
    }
    ends = {
        "HACKLE_MAX_RATIO": str(limits.max_ratio),
        "HACKLE_MAX_BYTES": str(limits.max_bytes),
        "days of a drop": str(limits.max_days),
    }
    files = {
        "HACKLE_SPOOL_BYTES": str(limits.spool_bytes),
        "HACKLE_COMPRESSION": rules.compression,
        "pyarrow": pa.__version__,
    }
    return Version(rows, ends, files)


def taken_back(found: StoredObject | None) -> Version:
    """Of a drop whose rows are to be nowhere; `found` is None where the drop is gone, too."""
    return Version({"drop": upload_of(found) if found else "", TAKEN_BACK: FORMAT_VERSION})


def upload_of(found: StoredObject) -> str:
    """Which upload of a drop this is: the same bytes put again are another, also where their version is the same."""
    return _part(found.version, _taken(found))


def told_version(found: StoredObject, mapping: Mapping, rules: Rules) -> str:
    """The drop's content version as outputs and their names tell it. S3's ETag is a hash of the drop's bytes, against
    which values can be tried: with `[privacy]` it is keyed. Where there is no key it is told together with the random
    id of the object's version, as one digest; a bucket without versions has no such id, and needs a key."""
    if mapping.privacy == Privacy():
        return found.version
    if not rules.hash_key:
        return _part(found.version)
    return hmac.digest(rules.hash_key, found.version.encode(), "sha256").hex()[:32]


def changed(version: Version, former: Parts[str, str], fault: str | None) -> list[str]:
    """The parts for which a drop is to be made anew, that a version with the parts `former` ended; `fault` is the code
    that it failed with."""
    if TAKEN_BACK in former:
        return []  # nothing changed: it came again
    if not former:
        return ["release"]  # one that did not keep them
    looked_at = version.rows | (version.ends if fault in ENDS else {})
    names = [name for name, part in looked_at.items() if former.get(name) != part]
    if HASH_KEY in names:  # by another key the same content has another digest
        names = [name for name in names if name != "drop"]
    return names


def _key_id(described: Mapping | BadDrop, key: bytes) -> str:
    if isinstance(described, BadDrop) or described.privacy == Privacy() or not key:
        return ""
    return hmac.digest(key, b"hackle-import: which key this is", "sha256").hex()[:16]


def _taken(found: StoredObject) -> str:
    return found.modified.astimezone(UTC).isoformat()


def _digest(parts: Parts[str, str]) -> str:
    return hashlib.sha256(msgspec.json.encode(sorted(parts.items()))).hexdigest()[:16]


def _part(*texts: str) -> str:
    return hashlib.sha256(msgspec.json.encode(texts)).hexdigest()[:16]
