"""A zone's offsets, as the decoder in C looks them up, give what Python gives of any clock of the world."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hackle_import.native.zones import zone_offsets

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 28, 12, tzinfo=UTC)
ZERO, MILLISECOND, HOUR = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1), 3_600_000


def in_python(shown, zone):
    return ((ZERO + shown * MILLISECOND).replace(tzinfo=ZoneInfo(zone)) - ZERO) // MILLISECOND


def by_offsets(times, offsets):
    starts = [start for start, _ in offsets[1:]]
    return [shown - offsets[bisect_right(starts, shown)][1] for shown in times]


def test_every_zone_of_the_world_is_known_around_each_of_its_changes():
    for zone in sorted(available_timezones()):
        offsets = zone_offsets(zone, FIRST, LAST)
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
