"""Rejected rows as a file in the form that they were dropped in: mend it, and drop it under a name of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hackle_import.cli import tell
from hackle_import.cli.sources import mapping_named, source_of
from hackle_import.convert.opening import DELIMITERS, found_table
from hackle_import.decode.privacy import WITHHELD
from hackle_import.drop import Drop
from hackle_import.errors import BadDrop, NotFound
from hackle_import.mapping import Csv, Mapping, Privacy, find_mapping
from hackle_import.reading.chunks import beginning
from hackle_import.reading.decompress import encoding_of, first_bytes, text_pieces
from hackle_import.reading.formats import HEAD_BYTES, Format, format_of
from hackle_import.reading.pinned import PinnedReader
from hackle_import.reading.sniff import with_line_feeds, without_lines
from hackle_import.reading.table import Table
from hackle_import.settings import Limits
from hackle_import.writing.rejects import RAW_BYTES

if TYPE_CHECKING:
    from hackle_import.stores import Source, Store


@dataclass(frozen=True, slots=True)
class Form:
    """How a drop is written. `before` is what stands in front of the rows of a table, such as its header; `encoding` as
    Python names it."""

    kind: Format = Format.NDJSON
    before: str = ""
    encoding: str = "utf-8"
    line_end: str = "\n"

    def of(self, rows: Sequence[str]) -> str:
        """A file of these rows."""
        if self.kind is Format.JSON_ARRAY:
            return "[\n" + ",\n".join(rows) + "\n]\n"
        return self.before + "".join(row + self.line_end for row in rows)


def write_to_mend(path: Path, drop: Drop, rows: Sequence[dict[str, Any]], staging: "Store", named: str | None) -> None:
    """Writes `rows` of the rejects file; tells what is not as it was dropped. A file that is there is not replaced."""
    mapping = _mapping(drop, staging, named)
    texts = [row["raw"] for row in rows if row["raw"] != WITHHELD.decode()]
    form = _form(drop, mapping) if mapping.each is None else Form()
    try:
        with path.open("x", encoding=form.encoding, errors="replace", newline="") as file:
            file.write(form.of(texts))
    except FileExistsError:
        raise click.UsageError(f"{path} is there already: name another file") from None
    many = f"{len(texts):,} rows in {path}: mend them" if len(texts) != 1 else f"1 row in {path}: mend it"
    written = "" if form.encoding == "utf-8" else f" (the file is {form.encoding}, as the drop is)"
    tell(f"{many}, and drop the file beside {drop.key}, under a name of its own{written}")
    _tell_what_lacks(texts, len(rows), mapping)


def _tell_what_lacks(texts: Sequence[str], rows: int, mapping: Mapping) -> None:
    if mapping.each is not None:
        tell(
            f"rows of {mapping.each} stand alone here, with what was beside the list in `record`: put them into a list"
        )
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
        tell(f"the mapping {drop.mapping!r} is not in the staging place: name it by --mapping, if it has [csv]")
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
    return Form(encoding=mapping.csv.encoding or "utf-8")


def _form_in(source: "Source", key: str, mapping: Mapping) -> Form:
    found = source.head(key)
    with PinnedReader(source, found) as reader:
        encoding = encoding_of(key, first_bytes(key, reader, Limits()), mapping.csv.encoding) or "utf-8"
    with PinnedReader(source, found) as reader:
        head, text = beginning(text_pieces(key, reader, Limits(), mapping.csv.encoding), HEAD_BYTES)
        kind = format_of(key, head, is_table=mapping.csv != Csv())
        if kind not in DELIMITERS:
            return Form(kind, encoding=encoding)
        table, _ = found_table(text, DELIMITERS[kind], mapping, Limits())
        return _table_form(kind, encoding, head, table)


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
    return Form(kind, "".join(f"{line}\n" for line in lines[:count]), encoding, line_end)
