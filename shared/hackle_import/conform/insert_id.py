"""`insert_id`: a canonical UUID. What is none becomes one by its text; what is missing, by the row's own text."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Note, Why
from hackle_import.conform.copies import Copies
from hackle_import.decode import SourceRows

# Ids made by one release must stay the same in all later ones: Hackle finds duplicates by them.
_NAMESPACE = UUID("b0b3a9a4-7a0e-5c55-9d0c-2f1f1f0e6f3b").bytes
CANONICAL = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_HEX = re.compile("[0-9a-fA-F]{32}")


def conform_insert_id(
    source: SourceRows, when_missing: str, hash_key: bytes = b"", copies: Copies | None = None
) -> pa.StringArray:
    """`when_missing` is the mapping's: `content`, `content+line`, `content+copy` or `reject`; `hash_key` that of
    `[privacy]`; `copies` counts equal rows of the drop, for `content+copy`."""
    texts = source.texts["insert_id"]
    canonical = pc.match_substring_regex(texts, CANONICAL).fill_null(False)
    if pc.all(canonical, min_count=0).as_py():
        return texts
    ids = texts.to_pylist()
    hashed, made = [], []
    records, make = _making(source, hash_key)
    for row in pc.indices_nonzero(pc.invert(canonical)).to_pylist():
        text = ids[row]
        if text:
            ids[row], known = canonical_uuid(text)
            hashed += [] if known else [row]
        elif when_missing == "reject":
            source.findings.reject(row, Why.INSERT_ID_MISSING, "insert_id")
            ids[row] = ""
        else:
            mark = b"" if source.marks is None else source.marks[row]
            line = b"\n%d" % source.lines[row] if when_missing == "content+line" else b""
            ids[row] = make(records[row] + mark + line)
            if when_missing == "content+copy" and copies is not None and (number := copies.number(ids[row])) > 1:
                ids[row] = make(records[row] + mark + b"\ncopy %d" % number)
            made.append(row)
    source.findings.note(hashed, Note.INSERT_ID_HASHED)
    source.findings.note(made, Note.INSERT_ID_MADE)
    return pa.array(ids, pa.string())


def canonical_uuid(text: str) -> tuple[str, bool]:
    """The UUID in lower case, and whether the text was one: in any form that `uuid.UUID` takes, but for the white space
    and underscores that it lets through, which would make one id of two texts."""
    bare = text.lower().replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "")
    if _HEX.fullmatch(bare):
        return str(UUID(hex=bare)), True
    return uuid_of(text.encode()), False


def _making(source: SourceRows, hash_key: bytes) -> tuple[Sequence[bytes], Callable[[bytes], str]]:
    """What an id is made of, and how: nothing that `[privacy]` takes out may be found by trying values against it."""
    if source.shown is None:
        return source.records, uuid_of
    return (source.records, partial(keyed_uuid_of, hash_key)) if hash_key else (source.shown, uuid_of)


def uuid_of(text: bytes) -> str:
    """RFC 9562 UUIDv5 of bytes (`uuid.uuid5` of Python 3.11 takes text only)."""
    return _uuid(hashlib.sha1(_NAMESPACE + text, usedforsecurity=False).digest(), 5)


def keyed_uuid_of(key: bytes, text: bytes) -> str:
    """RFC 9562 UUIDv8 of bytes: HMAC-SHA-256, so that only who has the key can tell what it was made of."""
    return _uuid(hmac.digest(key, _NAMESPACE + text, "sha256"), 8)


def _uuid(digest: bytes, version: int) -> str:
    made = bytearray(digest[:16])  # by hand: UUID(bytes=…) costs five times as much
    made[6], made[8] = made[6] & 0x0F | version << 4, made[8] & 0x3F | 0x80
    digits = made.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
