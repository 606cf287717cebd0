"""A manifest's JSON -> which parts an export has and how many rows they hold, or what is wrong with it.

There are two forms, and both are told by the name: our own (`*.export.json`, whose first key is `hackle_export`), and
the one that Redshift writes with `UNLOAD … MANIFEST VERBOSE` (`*.manifest`):
https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import re
from itertools import islice
from typing import Annotated, Literal

import msgspec

from hackle_import.codes import Fault
from hackle_import.drop import EXPORTS, is_name_anywhere
from hackle_import.errors import BadDrop, shown
from hackle_import.reading.pinned import PinnedReader

OURS, REDSHIFT = ".export.json", ".manifest"
MAX_BYTES = 4 << 20
MAX_PARTS = 10_000
_FIRST_KEY = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"hackle_export"\s*:')
_NAMES_PARTS = re.compile(rb'"entries"|%b' % EXPORTS.encode())
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` in the staging place; `size` in bytes as stored; `version` is the storage's, empty where it is not told,
    and so is `rows` None."""

    key: str
    size: _Count
    version: str = ""
    rows: _Count | None = None


class Manifest(msgspec.Struct, frozen=True):
    """`rows` are those of all parts, None where nobody counted them; `format` is theirs, empty where their names and
    contents tell it. What whoever exports adds beside these is passed over."""

    hackle_export: Literal[1]
    rows: _Count | None
    parts: list[Part]
    format: Literal["", "ndjson", "json", "csv", "tsv"] = ""


class _Meta(msgspec.Struct, frozen=True):
    content_length: _Count
    record_count: _Count


class _Entry(msgspec.Struct, frozen=True):
    url: str
    meta: _Meta


class _Redshift(msgspec.Struct, frozen=True):
    entries: list[_Entry]
    meta: _Meta


class _Url(msgspec.Struct, frozen=True):
    url: str


class _Urls(msgspec.Struct, frozen=True):
    entries: list[_Url]


def is_manifest_name(key: str) -> bool:
    """Whether a drop of this name may be a manifest."""
    return key.endswith((OURS, REDSHIFT))


def is_manifest(key: str, source: PinnedReader) -> bool:
    """Whether a drop is a manifest; nothing of it is read."""
    return key.endswith(REDSHIFT) or (key.endswith(OURS) and _FIRST_KEY.match(source.peek(512)) is not None)


def read_manifest(key: str, source: PinnedReader, place: str) -> Manifest | None:
    """With parts in the order of their keys; `place` is the staging place's. None for what is named as Redshift's is,
    and is none of an export. Raises BadDrop for one that is not valid."""
    body = b"".join(islice(iter(source.next_block, b""), 2))  # blocks are as large as the limit
    if len(body) > MAX_BYTES:
        raise _bad(f"it has more than {MAX_BYTES:,} bytes: export the day in slices")
    if key.endswith(REDSHIFT) and _is_beside(key, body):
        return None
    try:
        manifest = _redshift(body) if key.endswith(REDSHIFT) else msgspec.json.decode(_unmarked(body), type=Manifest)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise _bad(_told(wrong, redshift=key.endswith(REDSHIFT))) from None
    return _checked(manifest, place)


def _is_beside(key: str, body: bytes) -> bool:
    """Whether it lies beside the files that it names, which `UNLOAD` calls as it calls the manifest, and which are
    drops then; or whether it names none."""
    try:
        urls = [one.url for one in msgspec.json.decode(body, type=_Urls).entries]
    except msgspec.ValidationError:
        return _NAMES_PARTS.search(body) is None
    except (msgspec.DecodeError, RecursionError):  # an object that breaks off may have been one of ours
        return not _unmarked(body).lstrip().startswith(b"{")
    prefix = key.rpartition("/")[2].removesuffix("manifest")
    return all(f"/{EXPORTS}" not in url and url.rpartition("/")[2].startswith(prefix) for url in urls)


def _redshift(body: bytes) -> Manifest:
    found = msgspec.json.decode(body, type=_Redshift)
    parts = [Part(one.url, one.meta.content_length, "", one.meta.record_count) for one in found.entries]
    return Manifest(1, found.meta.record_count, parts)


def _unmarked(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf")


def _told(wrong: Exception, *, redshift: bool) -> str:
    told = "it nests too deep" if isinstance(wrong, RecursionError) else str(wrong)
    verbose = ": UNLOAD writes sizes and counts with MANIFEST VERBOSE" if redshift and "meta" in told else ""
    return f"{told}{verbose}"


def _checked(manifest: Manifest, place: str) -> Manifest:
    if len(manifest.parts) > MAX_PARTS:
        raise _bad(f"it names {len(manifest.parts):,} parts; the limit is {MAX_PARTS:,}: export the day in slices")
    parts = [msgspec.structs.replace(part, key=_key(part.key, place)) for part in manifest.parts]
    keys = [part.key for part in parts]
    if twice := next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None:
        raise _bad(f"it names the part {shown(twice)} twice")
    return msgspec.structs.replace(manifest, parts=sorted(parts, key=lambda part: part.key.encode()))


def _key(named: str, place: str) -> str:
    """A manifest comes from whoever may drop: it leads to nothing but exported parts."""
    key = named.removeprefix(f"{place}/")
    if not key.startswith(EXPORTS) or not is_name_anywhere(key, place):
        raise _bad(f"the part {shown(named)} does not lie below {place}/{EXPORTS}: only there parts are read")
    return key


def _bad(message: str) -> BadDrop:
    return BadDrop(Fault.BAD_MANIFEST, message)
