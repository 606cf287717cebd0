"""A source, tried: what it may, what it sees, and in one line what lacks. Nothing is exported."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hackle_import.errors import BadDrop, Unavailable
from hackle_import.mapping import find_mapping
from hackle_import.stores.protocol import Store
from hackle_import.warehouse.client import NoTable, Refused, Warehouse
from hackle_import.warehouse.columns import book_of
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import Book

_PLACES = {"redshift": ("s3://", "Amazon S3"), "bigquery": ("gs://", "Cloud Storage")}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was tried."""

    what: str
    is_well: bool
    told: str


def checked(store: Store, source: Source, warehouse: Warehouse, now: datetime) -> Iterator[Line]:
    """Each in turn; what cannot be tried after one that failed is left out."""
    scheme, told = _PLACES[source.kind]
    yield Line("staging place", store.place.startswith(scheme), f"{store.place}; {source.kind} writes to {told} alone")
    try:
        mapping = find_mapping(source.mapping, store)
        by_line = mapping.insert_id.when_missing == "content+line"
        yield Line("mapping", not by_line, 'write when_missing = "content+copy"' if by_line else source.mapping)
    except BadDrop as wrong:
        yield Line("mapping", False, wrong.message)
    yesterday = now.astimezone(source.zone).date() - timedelta(days=1)
    days = [yesterday - timedelta(days=back) for back in range(source.lookback_days)]
    try:
        columns = warehouse.columns(source, days[-1])
        book = book_of(source, columns, Book())
        yield Line("columns", True, ", ".join(f"{one.name} {one.type}" for one in book.columns))
        seen = warehouse.seen(source, book.columns, book.day_type, days)
    except (Refused, Unavailable) as refused:
        yield Line("warehouse", False, str(refused))
        return
    except NoTable as missing:
        yield Line("warehouse", False, f"there is no table {missing}")
        return
    for day in days:
        rows = seen[day].rows if day in seen else None
        yield Line(str(day), day in seen, "no table yet" if rows is None else f"{rows:,} rows")
