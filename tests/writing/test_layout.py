"""Days are cut in the zone of the settings, and keys are the published layout."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.drop import Drop, drop_in
from hackle_import.schema import TS
from hackle_import.writing.layout import day_name, day_of_key, days, output_key

ZONES = ["UTC", "Asia/Seoul", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_a_row_s_day_is_the_day_in_the_zone(moment, zone):
    (number,) = days(pa.array([moment], pa.timestamp("us", "UTC")).cast(TS, safe=False), ZoneInfo(zone)).to_pylist()
    assert day_name(number) == moment.astimezone(ZoneInfo(zone)).date().isoformat()


@pytest.mark.parametrize("folder", ["{day}", "dt={day}", "a/b={day}/c"])
def test_a_key_tells_its_day(folder):
    drop = Drop("s3://bucket", "incoming/hackle/a b+c.json.gz", "hackle")
    key = output_key(drop, "0123456789abcdef", folder, "2025-01-02", 3)
    assert key.endswith(f"/a_b_c-{drop.source}-0123456789abcdef-00003.parquet")
    assert day_of_key(key, folder) == "2025-01-02"
    assert day_of_key("elsewhere/" + key, folder) is None


def test_two_drops_never_share_a_source():
    keys = [
        "incoming/hackle/a",
        "incoming/hackle/a.json",
        "incoming/hackle/a/b",
        "incoming/hackle/é",
        "incoming/hackle/e\u0301",
    ]
    assert len({Drop(place, key, "hackle").source for place in ("s3://a", "s3://b") for key in keys}) == 10


def test_a_long_key_has_a_rejects_file_of_its_own():
    drops = [Drop("s3://a", "incoming/hackle/" + "é" * 500 + name, "hackle") for name in ("1", "2")]
    assert len({drop.rejected_key for drop in drops}) == 2
    assert all(len(drop.rejected_key.encode()) <= 1024 for drop in drops)


@pytest.mark.parametrize(
    ("place", "bucket", "name", "key"),
    [
        ("s3://b", "s3://b", "incoming/m/a", "incoming/m/a"),
        ("s3://b/p", "s3://b", "p/incoming/m/a", "incoming/m/a"),
        ("s3://b/p", "s3://b", "incoming/m/a", None),
        ("s3://b/p", "s3://b", "pp/incoming/m/a", None),
        ("s3://bucket", "s3://b", "ucket/incoming/m/a", None),
        ("s3://b", "s3://bucket", "incoming/m/a", None),
        ("gs://b", "s3://b", "incoming/m/a", None),
        ("s3://b", "s3://b", "incoming/a", None),
        ("s3://b", "s3://b", "incoming/m/folder/", None),
        ("s3://b", "s3://b", "", None),
    ],
)
def test_an_event_s_object_is_a_drop_only_below_incoming_of_the_staging_place(place, bucket, name, key):
    drop = drop_in(place, bucket, name)
    assert (drop.key if drop else None) == key
