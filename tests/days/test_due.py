"""Which days are closed when, on the clocks of a zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hackle_import.days.due import begin_ms, due_at, newest_due, to_look_at, window
from hackle_import.settings import DayRules

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "zone", "newest"),
    [
        ("2025-01-10T01:59:59", ZoneInfo("UTC"), "2025-01-08"),
        ("2025-01-10T02:00:00", ZoneInfo("UTC"), "2025-01-09"),
        ("2025-01-09T16:59:59", SEOUL, "2025-01-08"),
        ("2025-01-09T17:00:00", SEOUL, "2025-01-09"),
        ("2025-03-09T07:00:00", NEW_YORK, "2025-03-08"),  # 02:00 is not on that day's clocks
        ("2025-11-02T06:59:59", NEW_YORK, "2025-10-31"),
    ],
)
def test_a_day_is_due_at_an_hour_of_the_next_one(now, zone, newest):
    assert newest_due(datetime.fromisoformat(now).replace(tzinfo=UTC), zone, 2).isoformat() == newest


def test_a_day_begins_at_midnight_of_its_zone():
    assert begin_ms("2025-01-02", SEOUL) == int(datetime(2025, 1, 1, 15, tzinfo=UTC).timestamp() * 1000)
    assert due_at("2025-03-08", NEW_YORK, 2).astimezone(UTC) == datetime(2025, 3, 9, 7, tzinfo=UTC)


def test_days_between_those_that_are_known_are_closed_though_nothing_came():
    newest, rules = date(2025, 1, 9), DayRules(look_back=5)
    assert to_look_at(newest, rules, [], []) == ["2025-01-09"]
    assert to_look_at(newest, rules, ["2025-01-07"], []) == ["2025-01-09", "2025-01-08", "2025-01-07"]
    assert to_look_at(newest, rules, ["2024-01-01"], []) == [f"2025-01-0{n}" for n in (9, 8, 7, 6, 5)]
    assert to_look_at(newest, rules, [], ["2024-06-01", "2025-01-10"])[-1] == "2024-06-01"
    assert to_look_at(newest, rules, ["2024-06-01"], ["2024-06-01"])[-1] == "2024-06-01"  # a late drop is not lost
    assert "2025-01-10" not in to_look_at(newest, rules, [], ["2025-01-10"])
    assert window(newest, DayRules(look_back=2)) == ["2025-01-08", "2025-01-09"]
