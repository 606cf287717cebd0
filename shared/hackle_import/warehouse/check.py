"""A source, tried: what it may, what it sees, and in one line what lacks. Nothing is exported."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from msgspec import Struct

from hackle_import.days import expected
from hackle_import.drop import INCOMING
from hackle_import.errors import BadDrop, Misconfigured, Unavailable
from hackle_import.mapping import find_mapping
from hackle_import.stores.protocol import Store
from hackle_import.warehouse.client import NoTable, Refused, Warehouse
from hackle_import.warehouse.columns import book_of, newest_columns
from hackle_import.warehouse.grants import remedy
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import Book

_PLACES = {"redshift": ("s3://", "Amazon S3"), "bigquery": ("gs://", "Cloud Storage")}


class Line(Struct, frozen=True):
    """Something that was tried."""

    what: str
    is_well: bool
    told: str


def checked(parts: Store, store: Store, source: Source, warehouse: Warehouse, now: datetime) -> Iterator[Line]:
    """Each in turn; `parts` is where exports go; what cannot be tried after one that failed is left out."""
    scheme, told = _PLACES[source.kind]
    yield Line("exports", parts.place.startswith(scheme), f"{parts.place}; {source.kind} writes to {told} alone")
    try:
        mapping = find_mapping(source.mapping, store)
        by_line = mapping.insert_id.when_missing == "content+line"
        yield Line("mapping", not by_line, 'write when_missing = "content+copy"' if by_line else source.mapping)
    except BadDrop as wrong:
        yield Line("mapping", False, wrong.message)
    yield from _waiting(store, source)
    yesterday = now.astimezone(source.zone).date() - timedelta(days=1)
    days = [yesterday - timedelta(days=back) for back in range(source.lookback_days)]
    try:
        book = book_of(source, newest_columns(warehouse, source, days)[1], Book())
        yield Line("columns", True, ", ".join(f"{one.name} {one.type}" for one in book.columns))
        yield from _location(warehouse, source, days[-1])
        seen = warehouse.seen(source, book.columns, book.day_type, days)
    except (Refused, Unavailable) as refused:
        told, grant = str(refused), remedy(str(refused))
        yield Line("warehouse", False, f"{told}; {grant}" if grant else told)
        return
    except NoTable as missing:
        yield Line("warehouse", False, f"there is no table {missing}")
        return
    for day in days:
        rows = seen[day].rows if day in seen else None
        yield Line(str(day), day in seen, "no table yet" if rows is None else f"{rows:,} rows")


def _location(warehouse: Warehouse, source: Source, day: date) -> Iterator[Line]:
    """A job of BigQuery reads and writes in one location."""
    with suppress(NoTable):
        told = warehouse.location(source, day)
        if told is not None and source.bigquery is not None:
            same = told.lower() == source.bigquery.location.lower()
            wrong = f'{told}; the file says "{source.bigquery.location}". The bucket of exports must be there, too'
            yield Line("location", same, told if same else wrong)


def _waiting(store: Store, source: Source) -> Iterator[Line]:
    """Whether a day that is closed waits for the source: a file says so, and need not."""
    drop = f"{INCOMING}{source.mapping}/{source.name}/{{day}}.export.json"
    try:
        waits = drop in expected.read(store).expected
    except Misconfigured as wrong:
        yield Line("closed days", False, str(wrong))
        return
    told = f'for a day to wait for it, write expected = ["{drop}"] into {expected.KEY}'
    yield Line("closed days", True, "a day waits for it" if waits else told)
