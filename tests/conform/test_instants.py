"""One time's text becomes its instant: whatever its offset, the half of its day, its unit, or its distance from 1970."""

from datetime import UTC, datetime

import pytest

from hackle_import.conform.instants import instant
from hackle_import.mapping import Ts

BEYOND = (datetime(9999, 12, 31, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000 + 86_400_000


def milliseconds(*at):
    """Of a moment in UTC."""
    return (datetime(*at, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000


@pytest.mark.parametrize(
    ("offset", "hour", "minute"),
    [
        ("Z", 12, 0),
        ("+00:00", 12, 0),
        ("+05:30", 6, 30),
        ("+0530", 6, 30),
        ("+05:59", 6, 1),
        ("-03:30", 15, 30),
        ("-0330", 15, 30),
        ("-03", 15, 0),
        ("UTC-03:30", 15, 30),
        ("GMT+09", 3, 0),
    ],
)
def test_an_offset_is_taken_away(offset, hour, minute):
    assert instant(f"2025-01-02T12:00:00{offset}", Ts()) == milliseconds(2025, 1, 2, hour, minute)


@pytest.mark.parametrize("offset", ["+05:60", "+05:75", "+24:00", "-24:00", "+5", "05:30", "KST"])
def test_what_is_no_offset_makes_no_time(offset):
    assert instant(f"2025-01-02T12:00:00{offset}", Ts()) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("12:04 AM", 0),
        ("1:04 AM", 1),
        ("11:04 am", 11),
        ("12:04 PM", 12),
        ("1:04 pm", 13),
        ("5:04 PM", 17),
        ("11:04 오후", 23),
        ("오전 12:04", 0),
        ("오후 5:04", 17),
        ("0:04 PM", None),
        ("13:04 AM", None),
        ("오전 0:04", None),
        ("오전 5:04 AM", None),
    ],
)
def test_half_a_day_has_hours_from_1_to_12(text, hour):
    assert instant(f"2025-01-02 {text}", Ts()) == (None if hour is None else milliseconds(2025, 1, 2, hour, 4))


@pytest.mark.parametrize("fraction", ["6", "67", "678", "6789", "678901", "6789012", "678901234", "678" + "9" * 30])
def test_a_fraction_of_a_second_is_cut_off_at_the_millisecond(fraction):
    expected = int(fraction[:3].ljust(3, "0"))
    assert instant(f"2025-01-02T03:04:05.{fraction}Z", Ts()) == milliseconds(2025, 1, 2, 3, 4, 5) + expected
    assert instant(f"0.{fraction}", Ts()) == expected


def test_before_1970_a_time_is_cut_off_toward_the_past():
    assert instant("1969-12-31T23:59:59.9995Z", Ts()) == instant("-0.0005", Ts()) == -1
    assert instant("-1.5", Ts()) == -1500


@pytest.mark.parametrize("shape", [Ts(), Ts(epoch_timezone="Asia/Seoul"), Ts(unit="s")])
def test_a_number_is_a_time_out_of_every_range_up_to_10_to_the_21_and_none_from_there_on(shape):
    assert instant("9" * 21, shape) > BEYOND
    assert instant(f"-{'9' * 21}", shape) < -BEYOND
    assert {instant(text, shape) for text in ("1" + "0" * 21, "1" + "0" * 20 + "1", "1" * 22, "1e21", "-1e21")} == {
        None
    }


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("60.9", None),
        ("61", milliseconds(1900, 3, 1)),
        ("61.5", milliseconds(1900, 3, 1, 12)),
        ("2958465", milliseconds(9999, 12, 31)),
        ("2958465.999999", milliseconds(9999, 12, 31, 23, 59, 59) + 914),
        ("2958465.9999999999", None),
        ("2958466", None),
        ("1" * 40, None),
        ("-61", None),
    ],
)
def test_a_spreadsheet_s_days_are_those_of_1900_3_1_to_9999_12_31(text, moment):
    assert instant(text, Ts(excel=True)) == moment


@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/Adak", "UTC"])
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999"])
def test_the_first_and_the_last_year_are_times_in_every_zone(zone, text):
    away = abs(instant(text, Ts(timezone=zone)) - instant(text + "Z", Ts()))
    assert away < 86_400_000
