"""Rejected rows as a file in the form that they were dropped in: mend it, and drop it under a name of its own."""

import csv
from collections.abc import Sequence
from io import StringIO
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
from hackle_import.reading.cells import split_cells
from hackle_import.reading.chunks import beginning
from hackle_import.reading.decompress import text_pieces
from hackle_import.reading.formats import HEAD_BYTES, Format, format_of
from hackle_import.reading.pinned import PinnedReader
from hackle_import.reading.table import Table
from hackle_import.settings import Limits
from hackle_import.writing.rejects import RAW_BYTES

if TYPE_CHECKING:
    from hackle_import.stores import Store


def write_to_mend(path: Path, drop: Drop, rows: Sequence[dict[str, Any]], staging: "Store", named: str | None) -> None:
    """Writes `rows` of the rejects file; tells what is not as it was dropped. A file that is there is not replaced."""
    mapping = _mapping(drop, staging, named)
    texts = [row["raw"] for row in rows if row["raw"] != WITHHELD.decode()]
    text = _written(drop, texts, mapping)
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{path} is there already: name another file") from None
    many = f"{len(texts):,} rows in {path}: mend them" if len(texts) != 1 else f"1 row in {path}: mend it"
    tell(f"{many}, and drop the file beside {drop.key}, under a name of its own")
    if len(texts) < len(rows):
        tell(f"{len(rows) - len(texts):,} rows are no records, and the mapping has [privacy]: they are not shown")
    if mapping.privacy != Privacy():
        tell("what [privacy] names is left out of these rows, or hashed: where it counts, mend the file at its source")
    if long := sum(len(text.encode()) >= RAW_BYTES for text in texts):
        tell(f"{long:,} rows are longer than 1 MiB, and only their beginnings are kept: mend those at their source")


def _mapping(drop: Drop, staging: "Store", named: str | None) -> Mapping:
    if named is not None:
        return mapping_named(named)
    try:
        return find_mapping(drop.mapping, staging)
    except BadDrop:
        tell(f"the mapping {drop.mapping!r} is not in the staging place: name it by --mapping, if it has [csv]")
        return Mapping()


def _written(drop: Drop, texts: list[str], mapping: Mapping) -> str:
    kind, header = _form(drop, mapping)
    if kind is Format.JSON_ARRAY:
        return "[\n" + ",\n".join(texts) + "\n]\n"
    return "".join(f"{text}\n" for text in (*header, *texts))


def _form(drop: Drop, mapping: Mapping) -> tuple[Format, list[str]]:
    """The format, and the header line of a table that has one: as the drop is now, if it is there."""
    try:
        with source_of(drop.place) as source, PinnedReader(source, source.head(drop.key)) as reader:
            head, text = beginning(text_pieces(drop.key, reader, Limits()), HEAD_BYTES)
            kind = format_of(drop.key, head, is_table=mapping.csv != Csv())
            if kind not in DELIMITERS or mapping.csv.header:
                return kind, []
            table, _ = found_table(text, DELIMITERS[kind], mapping, Limits())
            return kind, [_as_dropped(head, table)]
    except NotFound:
        told = "the drop is gone, and with it its header line" if ".csv" in drop.key or ".tsv" in drop.key else ""
    except BadDrop as broken:
        told = f"the drop cannot be read: {broken.message}"
    if told:
        tell(f"{told}: put the header before the rows")
    return Format.NDJSON, []


def _as_dropped(head: bytes, table: Table) -> str:
    """The header as its line is written, quotes and all."""
    delimiter = table.dialect.delimiter
    for line in head.decode("utf-8", "replace").splitlines():
        cells = split_cells(line, table.dialect)
        if cells and [name.strip() for name in cells] == list(table.header):
            return line
    if len(delimiter) > 1:
        return delimiter.join(table.header)
    written = StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow(table.header)
    return written.getvalue()
