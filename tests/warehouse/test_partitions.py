"""Which partitions tell of a day."""

from datetime import date

import pytest
from msgspec.structs import replace

from hackle_import.warehouse.client import Refused
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.partitions import require_partitions, seen_by_partitions
from support.sources import BIGQUERY

SOURCE = load_source(BIGQUERY.encode(), "shop")
UTC_SOURCE = replace(SOURCE, day=replace(SOURCE.day, timezone="UTC"))
DAY = date(2025, 1, 9)
ROWS = [["20250108", "3", "300", "1"], ["20250109", "4", "400", "1"], ["2025011000", "5", "500", "1"]]


def test_a_day_of_another_zone_lies_in_two_partitions_and_its_rows_are_not_told():
    seen = seen_by_partitions(SOURCE, [DAY], "timestamptz", ROWS)[DAY]
    assert (seen.rows, seen.bytes) == (None, None)
    for at in (0, 1):
        changed = [[*row[:3], "2"] if number == at else row for number, row in enumerate(ROWS)]
        assert seen_by_partitions(SOURCE, [DAY], "timestamptz", changed)[DAY] != seen
    other = [*ROWS[:2], ["2025011000", "5", "500", "2"]]
    assert seen_by_partitions(SOURCE, [DAY], "timestamptz", other)[DAY] == seen


def test_a_day_that_has_its_own_is_told_with_rows_and_bytes_by_hours_too():
    hours = [["2025010900", "1", "100", "1"], ["2025010923", "2", "200", "1"], ["2025011000", "5", "500", "1"]]
    seen = seen_by_partitions(UTC_SOURCE, [DAY], "timestamptz", hours)[DAY]
    assert (seen.rows, seen.bytes) == (3, 300)
    assert seen_by_partitions(SOURCE, [DAY], "date", ROWS)[DAY].rows == 4
    assert seen_by_partitions(UTC_SOURCE, [date(2025, 1, 1)], "timestamptz", ROWS)[date(2025, 1, 1)].rows == 0


@pytest.mark.parametrize(
    "partitioning",
    [{}, {"timePartitioning": {"type": "MONTH", "field": "event_time"}}, {"timePartitioning": {"type": "DAY", "field": "at"}}, {"timePartitioning": {"type": "DAY"}}],
)  # fmt: skip
def test_a_table_whose_partitions_are_no_days_of_the_column_is_refused(partitioning):
    with pytest.raises(Refused, match='write changed_by = "checksum"') as refused:
        require_partitions(SOURCE, partitioning)
    assert refused.value.final


def test_a_table_that_is_partitioned_by_when_rows_came_has_a_column_of_its_own():
    own = replace(SOURCE, day=replace(SOURCE.day, column="_PARTITIONTIME"))
    assert require_partitions(own, {"timePartitioning": {"type": "HOUR"}}) is None
    assert require_partitions(SOURCE, {"timePartitioning": {"type": "DAY", "field": "event_time"}}) is None
