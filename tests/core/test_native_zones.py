"""Clocks that are put forward and back are read in C as Python reads them."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.test_native_mappings import assert_same, plain, target_of
from core.test_properties import EARLY, LATE
from hackle_import.native.zones import zone_offsets
from support.samples import event, ndjson

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 11, 28, 12, tzinfo=UTC)
ZERO, MILLISECOND, HOUR = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1), 3_600_000
SHAPES = (
    'timezone = "{}"',
    'epoch_timezone = "{}"',
    'timezone = "{}"\nexcel = true',
    'timezone = "{}"\nformat = "%d/%m/%Y %H:%M:%S"',
)
CHANGES = (  # what clocks show just before, while and after they are changed: New York's, Berlin's, Lord Howe's half hour
    "2024-03-10 01:59:59.999", "2024-03-10 02:00:00", "2024-03-10 02:59:59.999", "2024-03-10 03:00:00",
    "2024-11-03 00:59:59.999", "2024-11-03 01:00:00", "2024-11-03 01:59:59.999", "2024-11-03 02:00:00",
    "2024-03-31 01:59:59", "2024-03-31 02:30:00", "2024-03-31 03:00:00", "2024-10-27 02:59:59", "2024-10-27 03:00:00",
    "2024-04-07 01:29:59", "2024-04-07 01:45:00", "2024-04-07 02:00:00", "2024-10-06 02:15:00", "2024-10-06 02:30:00",
)  # fmt: skip


def in_python(shown, zone):
    return ((ZERO + shown * MILLISECOND).replace(tzinfo=ZoneInfo(zone)) - ZERO) // MILLISECOND


def by_offsets(times, offsets):
    starts = [start for start, _ in offsets[1:]]
    return [shown - offsets[bisect_right(starts, shown)][1] for shown in times]


@pytest.mark.parametrize("first", [FIRST, datetime(1970, 1, 1, tzinfo=UTC)])
def test_every_zone_of_the_world_is_known_around_each_of_its_changes(first):
    for zone in sorted(available_timezones()):
        offsets = zone_offsets(zone, first, LAST)
        near = [start + more for start, _ in offsets[1:] for more in (-HOUR, -1, 0, HOUR)]
        assert by_offsets(near, offsets) == [in_python(one, zone) for one in near], zone


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(available_timezones())),
    st.lists(st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)), min_size=50, max_size=50),
)
def test_every_zone_of_the_world_is_known_at_any_time(zone, times):
    offsets, shown = zone_offsets(zone, FIRST, LAST), [(one.replace(tzinfo=UTC) - ZERO) // MILLISECOND for one in times]
    assert by_offsets(shown, offsets) == [in_python(one, zone) for one in shown]


@pytest.mark.parametrize("bounds", [(datetime.min, LAST), (FIRST, datetime.max), (datetime(1600, 1, 1), LAST)])
def test_at_the_ends_of_the_calendar_a_zone_is_python_s(bounds):
    assert zone_offsets("Europe/Berlin", *(one.replace(tzinfo=UTC) for one in bounds)) == ()
    assert zone_offsets("UTC", *(one.replace(tzinfo=UTC) for one in bounds)) == ((0, 0),)


def written(shape, moment):
    """A time as a text of the shape."""
    days, milliseconds = (
        (moment - datetime(1899, 12, 30)) / timedelta(days=1),
        (moment - datetime(1970, 1, 1)) / MILLISECOND,
    )
    if "format" in shape:
        return f"{moment:%d/%m/%Y %H:%M:%S}"
    return (
        repr(days)
        if "excel" in shape
        else str(int(milliseconds))
        if "epoch" in shape
        else moment.isoformat(" ", "milliseconds")
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"])
def test_a_clock_that_is_changed_is_read_in_c(shape, zone):
    target = target_of(f"[ts]\n{shape.format(zone)}\n")
    assert EARLY < datetime(2024, 3, 1, tzinfo=UTC) < datetime(2024, 11, 30, tzinfo=UTC) < LATE
    text = ndjson(*(event(1) | {"ts": written(shape, datetime.fromisoformat(one))} for one in CHANGES))
    assert_same(text, target)
    assert plain(text, target) == len(CHANGES)
