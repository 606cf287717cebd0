"""Which format and compression a drop has: by its extension, by its content where there is none.

In: the name and the first bytes. Out: a format, or BadDrop where name and content contradict each other.
"""

from enum import StrEnum
from itertools import chain, islice
from pathlib import PurePosixPath

import msgspec

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop

HEAD_BYTES = 2 << 20  # of text, by which a format is told: a drop may begin with many bad lines


class Compression(StrEnum):
    """How a drop is stored."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"


class Format(StrEnum):
    """How the text of a drop holds its records."""

    NDJSON = "ndjson"
    JSON_ARRAY = "json_array"
    JSON_SEQUENCE = "json_sequence"  # objects with white space between them; a single object is the usual case
    CSV = "csv"
    TSV = "tsv"
    TABLE = "table"  # of which neither says by what its cells are divided


_MAGIC = {b"\x1f\x8b": Compression.GZIP, b"\x28\xb5\x2f\xfd": Compression.ZSTD, b"BZh": Compression.BZIP2}
_ZIP = b"PK\x03\x04"
_WORKBOOK = "an Excel workbook: save it as CSV UTF-8, and drop that"
_PACKED = {
    b"[Content_Types].xml": _WORKBOOK,
    b"xl/": _WORKBOOK,
    b"opendocument.spreadsheet": "a spreadsheet: save it as CSV",
}
_BINARY = {b"PAR1": "a Parquet file", b"Obj\x01": "an Avro file", b"ORC": "an ORC file", b"\xd0\xcf\x11\xe0": _WORKBOOK}
_MAGIC_BYTES = 512  # of a file that may be what is not read here
_COMPRESSIONS = {
    ".gz": Compression.GZIP,
    ".gzip": Compression.GZIP,
    ".zst": Compression.ZSTD,
    ".zstd": Compression.ZSTD,
    ".bz2": Compression.BZIP2,
}
_AFTER_OPENING = {b"", b'"', b"{", b"[", b"}", b"]", b" ", b"\t", b"\r", b"\n"}
_SIGNS = (b"|", b";", b"\x01")
_decode = msgspec.json.Decoder(msgspec.Raw).decode
_JSON, _LINES, _TABLES = {".json"}, {".ndjson", ".jsonl"}, {".csv": Format.CSV, ".tsv": Format.TSV}


def compression_of(name: str, head: bytes) -> Compression:
    """By content, since uploads with `Content-Encoding: gzip` keep a plain name. A compressed name over plain content
    raises BadDrop: that is what a broken upload looks like."""
    if head.startswith(_ZIP):
        zipped = "a zip archive: drop the files in it, or `convert` it from a disk"
        told = next((told for mark, told in _PACKED.items() if mark in head), zipped)
        raise BadDrop(Fault.UNKNOWN_FORMAT, told, "byte 0")
    found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), Compression.NONE)
    named = _COMPRESSIONS.get(PurePosixPath(name).suffix.lower(), found)
    if named is not found:
        raise BadDrop(Fault.WRONG_EXTENSION, f"named as {named}, but its content is {_told(found)}", "byte 0")
    return found


def refuse_binary(text: bytes) -> None:
    """Raises BadDrop where a decompressed text begins as a file of columns or a workbook does."""
    for magic, told in _BINARY.items():
        if text.startswith(magic) and b"\0" in text[:_MAGIC_BYTES]:
            what = told if told is _WORKBOOK else f"{told}: write its rows as NDJSON or CSV, and drop those"
            raise BadDrop(Fault.UNKNOWN_FORMAT, what, "byte 0")


def format_of(name: str, head: bytes, *, is_table: bool = False) -> Format:
    """`head` is decompressed text in UTF-8 without BOM; `is_table`: the mapping says how a table is written, which
    counts where the name says nothing. Raises BadDrop where the text is not what the name says."""
    extension = _extension(name)
    if extension in _TABLES:
        if _looks_like_json(head, is_table=is_table):
            raise BadDrop(Fault.WRONG_EXTENSION, f"named {extension}, but its content looks like JSON", "byte 0")
        return _TABLES[extension]
    if extension in _LINES or extension in _JSON:
        return _json(head, lines=extension in _LINES, fault=Fault.NOT_JSON)
    if _looks_like_json(head, is_table=is_table):
        return _json(head, lines=False, fault=Fault.UNKNOWN_FORMAT)
    return Format.TABLE if is_table else _table(head)


def _looks_like_json(head: bytes, *, is_table: bool) -> bool:
    """A header may begin with a bracket or a brace, too: `{adid},{event_name}` of Adjust, `[order],[ts]` of SQL Server;
    and where the mapping says that this is a table, its first cell may be an object."""
    text = head.lstrip()
    if text[:1] not in (b"{", b"["):
        return False
    if text[1:2] in _AFTER_OPENING and not is_table:
        return True
    try:
        _decode(text.split(b"\n", 1)[0])
    except msgspec.DecodeError as wrong:
        return "truncated" in str(wrong)  # it goes on behind the line
    return True


def is_json_by_name(name: str) -> bool:
    """Whether the name says that this is no table."""
    return _extension(name) in _LINES | _JSON


def stem_of(name: str) -> str:
    """The file's name without what says its format and compression."""
    path = PurePosixPath(name)
    if path.suffix.lower() in _COMPRESSIONS:
        path = path.with_suffix("")
    return path.stem if _extension(name) else path.name


def _extension(name: str) -> str:
    path = PurePosixPath(name)
    if path.suffix.lower() in _COMPRESSIONS:
        path = path.with_suffix("")
    suffix = path.suffix.lower()
    return suffix if suffix in _JSON | _LINES | set(_TABLES) else ""


def _json(head: bytes, *, lines: bool, fault: Fault) -> Format:
    text = head.lstrip()
    if text[:1] == b"[" and not lines:
        return Format.JSON_ARRAY
    rows = (line for row in text.split(b"\n") if (line := row.strip()))
    first = list(islice(rows, 2))
    # A complete head may hold bad rows beside good ones; one without any object is no JSON at all.
    if first and not any(row[:1] in (b"{", b"[") for row in chain(first, rows)):
        raise BadDrop(fault, "no line of its beginning is a JSON object", "byte 0")
    return Format.JSON_SEQUENCE if not lines and _is_spread(first) else Format.NDJSON


def _is_spread(rows: list[bytes]) -> bool:
    """Whether an object is written over several lines: its first line ends open, and the next begins no new object."""
    return len(rows) > 1 and rows[0][:1] == b"{" and rows[0][-1:] != b"}" and rows[1][:1] != b"{"


def _table(head: bytes) -> Format:
    first = head.split(b"\n", 1)[0]
    if b"\t" in first:
        return Format.TSV
    if b"," in first:
        return Format.CSV
    if any(sign in first for sign in _SIGNS) or first[:4].lower() == b"sep=":
        return Format.TABLE
    raise BadDrop(Fault.UNKNOWN_FORMAT, "neither its name nor its content tells JSON or CSV", "byte 0")


def _told(found: Compression) -> str:
    return "not compressed" if found is Compression.NONE else f"{found}"
