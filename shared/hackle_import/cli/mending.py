"""Rejected rows as a file in the form that they were dropped in: mend it, and drop it under a name of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import Struct

from hackle_import.cli import tell
from hackle_import.cli.inputs import mapping_named, source_of
from hackle_import.cli.names import many
from hackle_import.cli.tables import pasted
from hackle_import.convert.opening import DELIMITERS, found_table, names_of
from hackle_import.decode.privacy import WITHHELD
from hackle_import.drop import INCOMING, Drop
from hackle_import.errors import BadDrop, NotFound
from hackle_import.mapping import Csv, Mapping, Privacy, find_mapping, names_a_preset
from hackle_import.reading.chunks import beginning
from hackle_import.reading.decompress import encoding_of, first_bytes, text_pieces
from hackle_import.reading.each import put_back
from hackle_import.reading.formats import HEAD_BYTES, Format, format_of
from hackle_import.reading.pinned import PinnedReader
from hackle_import.reading.table import Table
from hackle_import.reading.table_head import with_line_feeds, without_lines
from hackle_import.settings import Limits
from hackle_import.writing.rejects import RAW_BYTES

if TYPE_CHECKING:
    from hackle_import.stores import Source, Store


_PLAIN = (".ndjson", ".jsonl", ".json")
_ENDINGS = {  # of names under which a file is read as what it is
    Format.NDJSON: _PLAIN,
    Format.JSON_ARRAY: (".json",),
    Format.JSON_SEQUENCE: (".json",),
    Format.CSV: (".csv",),
    Format.TSV: (".tsv",),
    Format.TABLE: (".csv", ".tsv"),
}
_OTHER_ENDINGS = (".gz", ".gzip", ".zst", ".zstd", ".bz2", ".zip")  # what is written is not compressed


class Form(Struct, frozen=True):
    """How a drop is written: what stands before, between and after its rows, such as the header of a table; `encoding`
    as Python names it; `endings` are those of names that fit."""

    before: str = ""
    between: str = "\n"
    after: str = "\n"
    encoding: str = "utf-8"
    endings: Sequence[str] = _PLAIN

    def of(self, rows: Sequence[str]) -> str:
        """A file of these rows."""
        return self.before + self.between.join(rows) + self.after


def write_to_mend(path: Path, drop: Drop, rows: Sequence[dict[str, Any]], staging: "Store", named: str | None) -> None:
    """Writes `rows` of the rejects file; tells what is not as it was dropped, and what to do next. A file that is there
    is not replaced."""
    mapping = _mapping(drop, staging, named)
    texts = [_as_dropped(row["raw"], mapping) for row in rows if row["raw"] != WITHHELD.decode()]
    form = _form(drop, mapping)
    _check_name(path, form)
    try:
        with path.open("x", encoding=form.encoding, errors="replace", newline="") as file:
            file.write(form.of(texts))
    except FileExistsError:
        raise click.UsageError(f"{path} is there already: name another file") from None
    written = "" if form.encoding == "utf-8" else f" (the file is {form.encoding}, as the drop is)"
    them = "it" if len(texts) == 1 else "them"
    tell(f"{many(len(texts), 'row')} in {path}: mend {them}, {_next(path, drop, staging, named)}{written}")
    _tell_what_lacks(texts, len(rows), mapping)


def _as_dropped(raw: str, mapping: Mapping) -> str:
    """Of a row that is one of several of a record, a record with that one."""
    return raw if mapping.each is None else put_back(raw.encode(), names_of(mapping.each)).decode()


def _check_name(path: Path, form: Form) -> None:
    known = {*_OTHER_ENDINGS, *(ending for endings in _ENDINGS.values() for ending in endings)}
    if path.suffix.lower() in known.difference(form.endings):
        told = "" if path.suffix.lower() not in _OTHER_ENDINGS else ", since it is not compressed"
        raise click.UsageError(f"{path}: give a name that ends with {' or '.join(form.endings)}{told}")


def _next(path: Path, drop: Drop, staging: "Store", named: str | None) -> str:
    if drop.key.startswith(INCOMING):
        return f"and drop the file beside {drop.key}, under a name of its own"
    chosen = named or (drop.mapping if names_a_preset(drop.mapping) else f"{drop.mapping}.toml")
    mapping = "" if chosen == "hackle" else f" --mapping {pasted(chosen)}"
    out = pasted(staging.place.removesuffix("-ledger"))
    return f"then `hackle-import convert {pasted(str(path))}{mapping} --out {out}`"


def _tell_what_lacks(texts: Sequence[str], rows: int, mapping: Mapping) -> None:
    if len(texts) < rows:
        tell(f"{rows - len(texts):,} rows are no records, and the mapping has [privacy]: they are not shown")
    if mapping.privacy != Privacy():
        tell("what [privacy] names is left out of these rows, or hashed: where it counts, mend the file at its source")
    if long := sum(len(text.encode()) >= RAW_BYTES for text in texts):
        tell(f"{long:,} rows are longer than 1 MiB, and only their beginnings are kept: mend those at their source")
    if unread := sum("\ufffd" in text for text in texts):
        tell(f"{unread:,} rows hold bytes that are no text, which stand as U+FFFD or ?: mend those at their source")


def _mapping(drop: Drop, staging: "Store", named: str | None) -> Mapping:
    if named is not None:
        return mapping_named(named)
    try:
        return find_mapping(drop.mapping, staging)
    except BadDrop:
        needed = "name it by --mapping, if it has [csv], records or each"
        tell(f"the mapping {drop.mapping!r} is not in the staging place: {needed}")
        return Mapping()


def _form(drop: Drop, mapping: Mapping) -> Form:
    """As the drop is now, if it is there."""
    try:
        with source_of(drop.place) as source:
            return _form_in(source, drop.key, mapping)
    except NotFound:
        told = "the drop is gone, and with it its header line" if ".csv" in drop.key or ".tsv" in drop.key else ""
    except BadDrop as broken:
        told = f"the drop cannot be read: {broken.message}"
    if told:
        tell(f"{told}: put the header before the rows")
    return _json_form(Format.NDJSON, mapping, mapping.csv.encoding or "utf-8")


def _form_in(source: "Source", key: str, mapping: Mapping) -> Form:
    found = source.head(key)
    with PinnedReader(source, found) as reader:
        encoding = encoding_of(key, first_bytes(key, reader, Limits()), mapping.csv.encoding) or "utf-8"
    with PinnedReader(source, found) as reader:
        head, text = beginning(text_pieces(key, reader, Limits(), mapping.csv.encoding), HEAD_BYTES)
        kind = format_of(key, head, is_table=mapping.csv != Csv())
        if kind not in DELIMITERS:
            return _json_form(kind, mapping, encoding)
        if mapping.each is not None:
            return Form()  # its rows are JSON
        table, _ = found_table(text, DELIMITERS[kind], mapping, Limits())
        return _table_form(kind, encoding, head, table)


def _json_form(kind: Format, mapping: Mapping, encoding: str) -> Form:
    if mapping.records is not None:
        names = [msgspec.json.encode(name).decode() for name in names_of(mapping.records)]
        before = "".join(f"{{{name}:" for name in names)
        return Form(f"{before}[\n", ",\n", "\n]" + "}" * len(names) + "\n", encoding)
    if kind is Format.JSON_ARRAY:
        return Form("[\n", ",\n", "\n]\n", encoding, _ENDINGS[kind])
    return Form(encoding=encoding, endings=_ENDINGS[kind])


def _table_form(kind: Format, encoding: str, head: bytes, table: Table) -> Form:
    """With all lines up to the header's end, as they are written: what precedes it is passed over in the mended file,
    too."""
    first = head.split(b"\n", 1)[0]
    line_end = "\r\n" if first.endswith(b"\r") else "\n"
    if b"\r" in first.removesuffix(b"\r"):
        head = b"".join(with_line_feeds([head]))
    lines = head.decode("utf-8", "replace").split("\n")
    count = table.first_line - 1
    if table.skipped:
        rest = without_lines([head], count)
        rows = Table(rest, table.dialect, len(head), names=table.header, first_line=table.first_line).chunks()
        header = next(rows)
        count = header.lines[0] + header.records[0].count(b"\n")
    before = "".join(f"{line}\n" for line in lines[:count])
    return Form(before, line_end, line_end, encoding, _ENDINGS[kind])
