"""JSON records in the native shape -> source columns, by msgspec: equal map texts are decoded once a chunk."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from hackle_import.codes import Why
from hackle_import.decode import MAPS, SCALARS, Findings, MapColumn, SourceRows
from hackle_import.decode.json_maps import decode_maps
from hackle_import.reading.chunks import Chunk

_RAW_NULL = msgspec.Raw(b"null")


class _Row(msgspec.Struct, gc=False):
    insert_id: Any = None
    event_key: Any = None
    ts: Any = None
    metric_value: Any = None
    identifiers: msgspec.Raw = _RAW_NULL
    event_properties: msgspec.Raw = _RAW_NULL
    user_properties: msgspec.Raw = _RAW_NULL
    platform_properties: msgspec.Raw = _RAW_NULL


class _RawRow(msgspec.Struct, gc=False):
    """For rows with a number that no Python integer is made from: every scalar keeps its text."""

    insert_id: msgspec.Raw = _RAW_NULL
    event_key: msgspec.Raw = _RAW_NULL
    ts: msgspec.Raw = _RAW_NULL
    metric_value: msgspec.Raw = _RAW_NULL
    identifiers: msgspec.Raw = _RAW_NULL
    event_properties: msgspec.Raw = _RAW_NULL
    user_properties: msgspec.Raw = _RAW_NULL
    platform_properties: msgspec.Raw = _RAW_NULL


_decode = msgspec.json.Decoder(_Row, float_hook=str).decode
_decode_raw = msgspec.json.Decoder(_RawRow).decode
_EMPTY = _Row()
_QUOTE, _BACKSLASH = b'"\\'


def decode_json(chunk: Chunk, max_depth: int) -> SourceRows:
    """Never raises for what a record holds."""
    findings = Findings()
    find_undecodable(chunk, max_depth, findings)
    rows = _rows(chunk.records, findings)
    texts = {name: _texts([getattr(row, name) for row in rows], name, findings) for name in SCALARS}
    maps = {name: decode_maps([bytes(getattr(row, name)) for row in rows]) for name in MAPS}
    for name in MAPS:
        _report_broken(maps[name], name, findings)
    return SourceRows(chunk.records, chunk.lines, texts, maps, findings)


def find_undecodable(chunk: Chunk, max_depth: int, findings: Findings) -> None:
    """Rejects records that nest too deep or are not UTF-8."""
    for number, record in enumerate(chunk.records):
        if is_too_deep(record, max_depth):
            findings.reject(number, Why.TOO_DEEP, None, f"more than {max_depth} levels")
    try:
        pa.array([chunk.text], pa.binary()).cast(pa.string())  # validates, several times quicker than bytes.decode
    except pa.ArrowInvalid:
        for number, record in enumerate(chunk.records):
            if not _is_utf8(record):
                findings.reject(number, Why.NOT_UTF8, None)


def is_too_deep(text: bytes, max_depth: int) -> bool:
    """Whether JSON nests deeper; it need not be valid."""
    return text.count(b"{") + text.count(b"[") > max_depth and _depth(text) > max_depth


def _rows(records: Sequence[bytes], findings: Findings) -> list[_Row]:
    if not findings.rejects:
        try:
            return [_decode(record) for record in records]
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # one of them is bad: decode them one by one, to know which
    return [_row(number, record, findings) for number, record in enumerate(records)]


def _row(number: int, record: bytes, findings: Findings) -> _Row:
    if number in findings.rejects:
        return _EMPTY
    try:
        return _decode(record)
    except msgspec.ValidationError:
        return _raw_row(number, record, findings)
    except msgspec.DecodeError as wrong:
        findings.reject(number, Why.NOT_JSON, None, str(wrong))
        return _EMPTY


def _raw_row(number: int, record: bytes, findings: Findings) -> _Row:
    try:
        raw = _decode_raw(record)
    except msgspec.ValidationError:
        findings.reject(number, Why.NOT_AN_OBJECT, None)
        return _EMPTY
    scalars = [_value(bytes(getattr(raw, name))) for name in SCALARS]
    return _Row(*scalars, *(getattr(raw, name) for name in MAPS))


def _value(text: bytes) -> Any:
    return text.decode() if text[:1] in b"-0123456789" else msgspec.json.decode(text)


def _texts(values: list[Any], name: str, findings: Findings) -> pa.StringArray:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_text(value, row, name, findings) for row, value in enumerate(values)], pa.string())


def _text(value: Any, row: int, name: str, findings: Findings) -> str | None:
    if value is None or value.__class__ is str:
        return value  # by its class, which is quicker than isinstance
    if value.__class__ is int:
        return str(value)
    kind = {bool: "true or false", dict: "an object", list: "an array"}[value.__class__]
    findings.reject(row, Why.WRONG_TYPE, name, f"{kind}; text or a number is needed")
    return None


def _report_broken(column: MapColumn, name: str, findings: Findings) -> None:
    for row in column.rows_of(set(column.broken)):
        why, message = column.broken[column.row_maps[row] if column.row_maps is not None else row]
        findings.reject(row, why, name, message)


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
