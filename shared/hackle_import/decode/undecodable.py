"""Records that no decoder is asked about, because of what JSON may not be here: nested too deep, or not UTF-8."""

from collections.abc import Sequence
from itertools import repeat

import msgspec
import pyarrow as pa

from hackle_import.codes import Why
from hackle_import.decode import Findings
from hackle_import.reading.chunks import Chunk

_Found = tuple[Why, None, str] | None
_check_object = msgspec.json.Decoder(msgspec.defstruct("Any", [])).decode  # members are checked, and not kept
_OFTEN = 16  # bytes: a drop may hold millions of such records, so the equal ones of a chunk are looked at once

_QUOTE, _BACKSLASH = b'"\\'


def find_undecodable(chunk: Chunk, max_depth: int, findings: Findings) -> None:
    """Rejects records that nest deeper than `max_depth`, or are not UTF-8."""
    most = sum(max(map(bytes.count, chunk.records, repeat(sign)), default=0) for sign in (b"{", b"["))
    for number, record in enumerate(chunk.records if most > max_depth else ()):
        if is_too_deep(record, max_depth):
            findings.reject(number, Why.TOO_DEEP, None, f"more than {max_depth} levels")
    try:
        pa.array([chunk.text], pa.binary()).cast(pa.string())  # validates, several times quicker than bytes.decode
    except pa.ArrowInvalid:
        for number, record in enumerate(chunk.records):
            if not _is_utf8(record):
                findings.reject(number, Why.NOT_UTF8, None)


def find_no_objects(records: Sequence[bytes], findings: Findings) -> None:
    """Rejects records that are no JSON object, of those that are not rejected yet."""
    known: dict[bytes, _Found] = {}
    for row, record in enumerate(records):
        if row in findings.rejects:
            continue
        if len(record) > _OFTEN:
            found = _no_object(record)
        elif record in known:
            found = known[record]
        else:
            found = known[record] = _no_object(record)
        if found is not None:
            findings.rejects[row] = found


def _no_object(record: bytes) -> _Found:
    try:
        _check_object(record)
    except msgspec.ValidationError:
        return Why.NOT_AN_OBJECT, None, Why.NOT_AN_OBJECT.meaning
    except msgspec.DecodeError as wrong:
        return Why.NOT_JSON, None, str(wrong)
    return None


def is_too_deep(text: bytes, max_depth: int) -> bool:
    """Whether JSON nests deeper than `max_depth`; it need not be valid."""
    return text.count(b"{") + text.count(b"[") > max_depth and _depth(text) > max_depth


def _depth(record: bytes) -> int:
    deepest = depth = 0
    quoted = escaped = False
    for byte in record:
        if quoted:
            quoted, escaped = escaped or byte != _QUOTE, byte == _BACKSLASH and not escaped
        elif byte == _QUOTE:
            quoted = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _is_utf8(record: bytes) -> bool:
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return True
