"""Which columns of a table are exported: those that the source's file names, as long as an export has their types."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from msgspec.structs import replace

from hackle_import.warehouse.casts import day_type, unexportable
from hackle_import.warehouse.client import NoTable, Refused, Warehouse
from hackle_import.warehouse.source import Column, ColumnType, Source
from hackle_import.warehouse.state import Book


def newest_columns(warehouse: Warehouse, source: Source, days: Sequence[date]) -> tuple[date, list[Column]]:
    """The first of `days` that has a table, and its columns. Raises NoTable where none has."""
    for day in days:
        with suppress(NoTable):
            return day, warehouse.columns(source, day)
    raise NoTable(source.table)


def columns_on(warehouse: Warehouse, source: Source, day: date, known: Sequence[Column]) -> Sequence[Column]:
    """Of the columns that are known those of a day's table: an older one may lack some, or a field of a record. Raises
    NoTable."""
    return known_of(warehouse.columns(source, day), known) if source.is_sharded else known


def known_of(found: Sequence[Column], known: Sequence[Column]) -> list[Column]:
    """Of the columns that are known, in their order, those that a table has, as it has them."""
    there = {one.name: one for one in found}
    return [_known_of(there[one.name], one) for one in known if one.name in there]


def _known_of(found: Column, known: Column) -> Column:
    return replace(found, fields=tuple(known_of(found.fields, known.fields)))


def book_of(source: Source, found: Sequence[Column], former: Book) -> Book:
    """The source's document with its columns. Raises Refused, final, for what the table cannot give."""
    chosen = [one for one in found if "*" in source.columns or one.name in source.columns]
    chosen = [one for one in chosen if one.name not in source.exclude]
    there = {one.name for one in found}
    named = {name for name in (*source.columns, *source.exclude, source.day.column) if name and name != "*"}
    if missing := sorted(name for name in named if name not in there and not name.startswith("_PARTITION")):
        raise Refused(f"there is no column {', '.join(missing)}; there are: {', '.join(sorted(there))}", final=True)
    if wrong := unexportable(source.kind, chosen):
        remedy = "write the columns into `except`, or cast them in a query"
        raise Refused(f"{', '.join(wrong)}: no export has such a type; {remedy}", final=True)
    types = {one.name: day_type(one) for one in found}
    kind = source.day.type or types.get(source.day.column) or _pseudo(source.day.column)
    if kind is None:
        raise Refused(f"{source.day.column} holds neither dates nor times: days cannot be cut by it", final=True)
    return Book(source.digest, chosen, kind, former.wanted)


def _pseudo(column: str) -> ColumnType | None:
    """The type of a column that BigQuery adds by itself, and no table lists; any will do where there is none."""
    added: dict[str, ColumnType] = {"_PARTITIONDATE": "date", "_PARTITIONTIME": "timestamptz", "": "timestamptz"}
    return added.get(column)
