"""Days are cut in the zone of the settings, and keys are the published layout."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.drop import Drop
from hackle_import.schema import TS
from hackle_import.writing import layout
from hackle_import.writing.layout import day_name, day_of_key, days, output_key

ZONES = ["UTC", "Asia/Seoul", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
VERSION = "0123456789abcdef"


def day(*moments, zone="UTC"):
    return [day_name(number) for number in days(pa.array(moments, TS), ZoneInfo(zone)).to_pylist()]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_a_row_s_day_is_the_day_in_the_zone(moment, zone):
    (number,) = days(pa.array([moment], pa.timestamp("us", "UTC")).cast(TS, safe=False), ZoneInfo(zone)).to_pylist()
    assert day_name(number) == moment.astimezone(ZoneInfo(zone)).date().isoformat()


@pytest.mark.parametrize(
    ("zone", "first", "before"),
    [
        ("UTC", datetime(2025, 1, 2, tzinfo=UTC), "2025-01-01"),
        ("UTC", datetime(1970, 1, 1, tzinfo=UTC), "1969-12-31"),
        ("Asia/Seoul", datetime(2025, 1, 1, 15, tzinfo=UTC), "2025-01-01"),
        ("America/New_York", datetime(2025, 3, 9, 5, tzinfo=UTC), "2025-03-08"),  # the clocks go forward on that day
        ("America/New_York", datetime(2025, 3, 10, 4, tzinfo=UTC), "2025-03-09"),
        ("Asia/Kathmandu", datetime(2025, 1, 1, 18, 15, tzinfo=UTC), "2025-01-01"),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), "2011-12-29"),  # which had no 30 December
    ],
)
def test_a_day_begins_with_its_first_millisecond(zone, first, before):
    assert day(first - timedelta(milliseconds=1), first, zone=zone) == [
        before,
        first.astimezone(ZoneInfo(zone)).date().isoformat(),
    ]


def test_no_rows_fall_on_no_day():
    assert day() == day(zone="Asia/Seoul") == []


def test_utc_asks_no_database_of_zones(monkeypatch):
    monkeypatch.setattr(layout, "_offsets", None)
    assert day(datetime(2025, 1, 2, tzinfo=UTC)) == ["2025-01-02"]


@pytest.mark.parametrize(("number", "name"), [(0, "1970-01-01"), (-1, "1969-12-31"), (19_782, "2024-02-29")])
def test_a_day_s_name_is_its_date(number, name):
    assert day_name(number) == name


@pytest.mark.parametrize("folder", ["{day}", "dt={day}", "a/b={day}/c"])
def test_a_key_tells_its_day(folder):
    drop = Drop("s3://bucket", "incoming/hackle/a b+c.json.gz", "hackle")
    key = output_key(drop, VERSION, folder, "2025-01-02", 3)
    assert key.endswith(f"/a_b_c-{drop.source}-0123456789abcdef-00003.parquet")
    assert day_of_key(key, folder) == "2025-01-02"
    assert day_of_key("elsewhere/" + key, folder) is None


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("events.ndjson", "events"),
        ("deep/er/events.csv.gz", "events"),
        ("events-1_2.3.json", "events-1_2.3"),
        ("a  b&&c.json", "a_b_c"),
        ("이벤트 2025.csv", "2025"),
        ("이벤트.csv", "drop"),
        (".hidden.json", "hidden"),
        ("__.json", "drop"),
        ("x" * 70 + ".json", "x" * 64),
        ("_" * 5 + "x" * 70 + ".json", "x" * 59),
    ],
)
def test_a_key_begins_with_what_can_be_said_of_the_drop_s_name(name, stem):
    drop = Drop("s3://bucket", f"incoming/hackle/{name}", "hackle")
    assert output_key(drop, VERSION, "{day}", "2025-01-02", 0) == (
        f"2025-01-02/{stem}-{drop.source}-{VERSION}-00000.parquet"
    )


@pytest.mark.parametrize(
    "key",
    [
        "2025-01-02/a.csv",
        "2025-01-02/a/b.parquet",
        "2025-1-2/a.parquet",
        "2025-01-02a/a.parquet",
        "2025-01-02/.parquet/",
        "2025-01-02/.parquet",
        "x2025-01-02/a.parquet",
        "2025-01-02",
        "",
    ],
)
def test_a_key_that_is_laid_out_otherwise_has_no_day(key):
    assert day_of_key(key, "{day}") is None
    assert day_of_key(f"dt={key}", "dt={day}") is None


def test_a_folder_is_no_pattern():
    assert day_of_key("a+b=2025-01-02/x.parquet", "a+b={day}") == "2025-01-02"
    assert day_of_key("aab=2025-01-02/x.parquet", "a+b={day}") is None
