"""What days would come to: nobody is asked more than he has to be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hackle_import.stores.memory import MemoryStore
from hackle_import.warehouse.columns import book_of
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.outlook import MOST_SCANNED, dollars, outlooks, sampled, total
from hackle_import.warehouse.state import Book
from support.sources import BIGQUERY, GA4, REDSHIFT
from support.warehouse import COLUMNS, MemoryWarehouse

DAY = date(2025, 1, 9)


@pytest.fixture
def warehouse():
    made = MemoryWarehouse(MemoryStore(lambda: datetime.now(UTC)), lambda: datetime.now(UTC), "bigquery")
    for back in range(40):
        made.rows[DAY - timedelta(days=back)] = dict.fromkeys(range(back), 0)
    return made


def looked(warehouse, text=BIGQUERY, days=45):
    source = load_source(text.encode(), "shop")
    book = book_of(source, COLUMNS[source.kind], Book())
    return source, book, outlooks(source, warehouse, book, [DAY - timedelta(days=back) for back in range(days)])


def test_scans_are_asked_for_day_by_day_and_of_many_days_extended(warehouse):
    asked = []
    warehouse.scanned = lambda source, columns, day_type, day: asked.append(day) or 100
    _, _, found = looked(warehouse)
    assert (len(asked), asked[0]) == (31, DAY)
    assert total(found) == (40, sum(range(40)), 4000)
    assert [one.is_there for one in found].count(False) == 5


def test_a_table_a_day_is_asked_for_the_columns_that_it_has(warehouse):
    asked = {}
    warehouse.columns = lambda source, day: COLUMNS["bigquery"][: 1 if day < DAY else None]
    warehouse.scanned = lambda source, columns, day_type, day: asked.update({day: [one.name for one in columns]}) or 100
    warehouse.sample = lambda source, columns, *_: [one.name for one in columns]
    source, book, found = looked(warehouse, GA4, days=2)
    assert asked == {DAY: ["id", "event_time"], DAY - timedelta(days=1): ["id"]}
    assert sampled(source, warehouse, book, found) == ["id"]  # the newest day has no rows


def test_a_tebibyte_is_billed_by_its_list_price(warehouse):
    assert dollars(2**40) == 6.25
    warehouse.scanned = lambda *_: None
    assert total(looked(warehouse, REDSHIFT)[2]).dollars is None


def test_rows_are_those_of_the_newest_day_that_has_any_and_never_of_one_that_costs_too_much(warehouse):
    source, book, found = looked(warehouse)
    assert len(sampled(source, warehouse, book, found)) == 1
    dear = [one._replace(scanned=MOST_SCANNED + 1) for one in found]
    assert sampled(source, warehouse, book, dear) == []
