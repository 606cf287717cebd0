"""What exporting days would come to: rows, bytes, and US dollars of the warehouse. Nothing is exported."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from hackle_import.warehouse.client import NoTable, Warehouse
from hackle_import.warehouse.columns import columns_on
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import Book

SAMPLE_ROWS = 10
MOST_SCANNED = 10 << 30  # bytes that a look at some rows may be billed by; BigQuery scans a day whole for them, too
_MOST_ASKED = 31  # days whose scan is asked for one by one; the others take as much on an average
_DOLLARS_A_TIB = 6.25  # scanned, on demand: https://cloud.google.com/bigquery/pricing


class Outlook(NamedTuple):
    """Of a day: `rows` None where they are not told, `scanned` None where bytes are not billed, or nobody asked."""

    day: date
    is_there: bool
    rows: int | None
    scanned: int | None


class Total(NamedTuple):
    """Of all days; what a day does not tell is taken to be as much as the others on an average."""

    days: int
    rows: int
    scanned: int | None

    @property
    def dollars(self) -> float | None:
        """US dollars that the warehouse bills; None where it bills time."""
        return None if self.scanned is None else dollars(self.scanned)


def dollars(scanned: int) -> float:
    """US dollars of what a statement of BigQuery scans."""
    return scanned / 2**40 * _DOLLARS_A_TIB


def outlooks(source: Source, warehouse: Warehouse, book: Book, days: Sequence[date]) -> list[Outlook]:
    """In the order of `days`. Raises Refused and Unavailable."""
    seen = warehouse.seen(source, book.columns, book.day_type, days)
    asked = [day for day in days if day in seen][:_MOST_ASKED]
    scanned = {}
    for day in asked:
        columns = columns_on(warehouse, source, day, book.columns)
        scanned[day] = warehouse.scanned(source, columns, book.day_type, day)
    return [Outlook(day, day in seen, seen[day].rows if day in seen else None, scanned.get(day)) for day in days]


def total(found: Sequence[Outlook]) -> Total:
    """Of the days that have a table."""
    there = [one for one in found if one.is_there]
    rows = [one.rows for one in there if one.rows is not None]
    scanned = [one.scanned for one in there if one.scanned is not None]
    return Total(len(there), _extended(rows, len(there)), _extended(scanned, len(there)) if scanned else None)


def sampled(source: Source, warehouse: Warehouse, book: Book, found: Sequence[Outlook]) -> list[str]:
    """Some rows of the newest day that has any, each a JSON object; none where that would scan too much."""
    for one in found:
        if one.is_there and one.rows != 0 and (one.scanned or 0) <= MOST_SCANNED:
            try:
                columns = columns_on(warehouse, source, one.day, book.columns)
                if lines := warehouse.sample(source, columns, book.day_type, one.day, SAMPLE_ROWS):
                    return lines
            except NoTable:
                continue
    return []


def _extended(known: Sequence[int], days: int) -> int:
    return round(sum(known) / len(known) * days) if known else 0
