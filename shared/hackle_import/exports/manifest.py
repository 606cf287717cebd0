"""A manifest's JSON -> which parts an export has and how many rows they hold, or what is wrong with it.

There are two forms: our own (`*.export.json`, which has the key `hackle_export`), and the one that Redshift writes with
`UNLOAD … MANIFEST VERBOSE` (`*.manifest`): https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
What has such a name and no record fails: taken for a drop without rows it would take those of the last export away.
"""

import re
from collections import Counter
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar
from unicodedata import category

import msgspec

from hackle_import.codes import Fault
from hackle_import.drop import EXPORTS, is_name_anywhere
from hackle_import.errors import BadDrop, NotFound, shown
from hackle_import.reading.pinned import PinnedReader
from hackle_import.stores.protocol import Source

OURS, REDSHIFT = ".export.json", ".manifest"
MAX_BYTES = 4 << 20
MAX_PARTS = 10_000
_MARK = b"\xef\xbb\xbf"
_OUR_KEY = b'"hackle_export"'
_RECORD = re.compile(rb'\s*(?:\[\s*)?\{\s*"')
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh")  # gzip, zstd, bzip2
_RENAME = f"a name that ends in {OURS} or {REDSHIFT} is a manifest's: a drop of events needs another"
_VERBOSE = "UNLOAD writes sizes and counts with MANIFEST VERBOSE"
_TOLD_CHARACTERS = 40  # of a text that is wrong
_Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
_T = TypeVar("_T")
_WHOLE = "a whole number, 0 or more"
_WRITE = {
    "hackle_export": "1",
    "rows": "a whole number, or null where nobody counted",
    "parts": "a list of objects with key and size, or [] where there are no rows",
    "key": f'a text such as "{EXPORTS}shop/2025-01-02/0001/part-0.ndjson.gz"',
    "size": f"the part's bytes as stored: {_WHOLE}",
    "version": "a text: the ETag in S3, the generation in Cloud Storage",
    "format": '"ndjson", "json", "csv" or "tsv", or leave it out',
    "entries": f"a list of files: {_VERBOSE}",
    "url": f"the address of a file: {_VERBOSE}",
    "meta": f"an object of sizes and counts: {_VERBOSE}",
    "content_length": f"{_WHOLE}: {_VERBOSE}",
    "record_count": f"{_WHOLE}: {_VERBOSE}",
}
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
_WRONG = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<field>.*)`", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


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
    """Whether a drop is to be read as a manifest; nothing of it is read. Records of JSON may be named as ours are."""
    if not key.endswith(OURS):
        return key.endswith(REDSHIFT)
    head = source.peek(MAX_BYTES)
    return _OUR_KEY in head or not _RECORD.match(head.removeprefix(_MARK))


def read_manifest(key: str, source: PinnedReader, drops: Source, place: str) -> Manifest | None:
    """With parts in the order of their keys; `place` is that of parts. None for Redshift's that lies beside the files
    that it names, which are `drops` themselves. Raises BadDrop for one that is not valid."""
    body = b"".join(islice(iter(source.next_block, b""), 2))  # blocks are as large as the limit
    if len(body) > MAX_BYTES:
        raise _bad(f"it has more than {MAX_BYTES:,} bytes: export the day in slices")
    content = _content(body)
    if not key.endswith(REDSHIFT):
        return _checked(_ours(content), place)
    return None if _is_beside(key, content, drops) else _checked(_redshift(content), place)


def _content(body: bytes) -> dict[str, Any]:
    text = body.removeprefix(_MARK)
    if not text.strip():
        raise _bad(f"it is empty; {_RENAME}")
    if body.startswith(_COMPRESSED):
        raise _bad("it is compressed: put it as plain JSON")
    try:
        content = msgspec.json.decode(text)
    except RecursionError:
        raise _bad("it nests too deep") from None
    except UnicodeDecodeError:
        raise _bad(f"it is not UTF-8; {_RENAME}") from None
    except (msgspec.DecodeError, ValueError) as wrong:
        raise _bad(f"no JSON: {wrong}; {_RENAME}") from None
    if not isinstance(content, dict):
        raise _bad(f"an object is wanted, not {_KINDS.get(type(content), 'a number')}; {_RENAME}")
    return content


def _is_beside(key: str, content: dict[str, Any], drops: Source) -> bool:
    """Whether it lies beside the files that it names, which `UNLOAD` calls as it calls the manifest."""
    try:
        urls = [one.url for one in msgspec.convert(content, _Urls).entries]
    except msgspec.ValidationError:
        return False
    folder, _, name = key.rpartition("/")
    names, prefix = [url.rpartition("/")[2] for url in urls], name.removesuffix("manifest")
    if not names or any(f"/{EXPORTS}" in url for url in urls) or not all(one.startswith(prefix) for one in names):
        return False
    return not _has_control(names[0]) and _is_there(drops, f"{folder}/{names[0]}")


def _is_there(drops: Source, key: str) -> bool:
    try:
        drops.head(key)
    except NotFound:
        return False
    return True


def _ours(content: dict[str, Any]) -> Manifest:
    """What it says it is comes first: of what is none of ours, nothing is shown."""
    version = content.get("hackle_export")
    if version is None:
        raise _bad(f"hackle_export: missing; write 1; {_RENAME}; Redshift's own manifest is named {REDSHIFT}")
    if version != 1 or isinstance(version, bool | float):
        raise _bad(f"hackle_export: {_value(version)}; write 1")
    return _converted(content, Manifest)


def _redshift(content: dict[str, Any]) -> Manifest:
    if "entries" not in content:
        told = f"entries: missing; write {_WRITE['entries']}"
        raise _bad(f"{told}; {_RENAME}; a manifest of your own is named {OURS}")
    found = _converted(content, _Redshift)
    parts = [Part(one.url, one.meta.content_length, "", one.meta.record_count) for one in found.entries]
    return Manifest(1, found.meta.record_count, parts)


def _converted(content: dict[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as wrong:
        raise _bad(_told(str(wrong), content)) from None


def _told(wrong: str, content: Any) -> str:
    """What msgspec says as a key, what it holds and what to write."""
    found = _WRONG.fullmatch(wrong)
    what, path = (found["what"], found["path"] or "") if found else (wrong, "")
    if field := _FIELD.fullmatch(what):
        key = ".".join(filter(None, (path, field["field"])))
        if field["how"] == "contains unknown":
            return f"{shown(key)}: unknown key; a part has key, size, version and rows"
        return f"{key}: missing; write {_WRITE[field['field']]}"
    if path == "format" and str(content.get(path)).lower() == "parquet":
        told = "parts of Parquet are not read: export them as JSON lines with gzip"
        return f'format: "parquet"; write {_WRITE[path]}: {told}'
    for number, name in _STEP.findall(path):
        content = content[int(number)] if number else content[name]
    last = _STEP.findall(path)[-1][1]
    return f"{path}: {_value(content)}; write {_WRITE.get(last, 'an object')}"


def _value(value: Any) -> str:
    """A number or a short text as it is; of anything else, which may be a row, its kind."""
    if isinstance(value, dict | list) or (isinstance(value, str) and len(value) > _TOLD_CHARACTERS):
        return _KINDS[type(value)]
    return shown(msgspec.json.encode(value).decode())


def _checked(manifest: Manifest, place: str) -> Manifest:
    if len(manifest.parts) > MAX_PARTS:
        raise _bad(f"it names {len(manifest.parts):,} parts; the limit is {MAX_PARTS:,}: export the day in slices")
    if not manifest.parts and manifest.rows is None:
        raise _bad("rows: null; write 0 where there are no rows: nothing else takes those of the last export away")
    parts = [msgspec.structs.replace(part, key=_key(part.key, place)) for part in manifest.parts]
    if twice := [key for key, times in Counter(part.key for part in parts).items() if times > 1]:
        raise _bad(f"it names the part {shown(twice[0])} twice")
    return msgspec.structs.replace(manifest, parts=sorted(parts, key=lambda part: part.key.encode()))


def _key(named: str, place: str) -> str:
    """A manifest comes from whoever may drop: it leads to nothing but exported parts."""
    key = named.removeprefix(f"{place}/")
    if not key.startswith(EXPORTS) or not is_name_anywhere(key, place):
        raise _bad(f"the part {shown(named)} does not lie below {place}/{EXPORTS}: only there parts are read")
    if _has_control(key):
        raise _bad(f"the part {shown(named)} has a control character in its name: rename it")
    return key


def _has_control(name: str) -> bool:
    """Also half of a pair, which no storage takes."""
    return any(category(char) in ("Cc", "Cs") for char in name)


def _bad(message: str) -> BadDrop:
    return BadDrop(Fault.BAD_MANIFEST, message)
