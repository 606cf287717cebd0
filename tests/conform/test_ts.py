"""`ts`: numbers of every magnitude and unit, and what is told of a row whose time is none."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from hackle_import.codes import Why
from hackle_import.conform.ts import conform_ts
from hackle_import.decode import Findings
from hackle_import.mapping import Ts

ANY = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
THIS_CENTURY = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def conformed(*texts, shape=Ts(), bounds=ANY):  # noqa: B008 - frozen
    """Milliseconds since 1970, and what is told of each row that is rejected."""
    findings = Findings()
    found = conform_ts(pa.array(texts, pa.string()), shape, bounds, findings)
    return found.cast(pa.int64()).to_pylist(), {row: told[2] for row, told in findings.rejects.items()}


@pytest.mark.parametrize(
    ("number", "milliseconds"),
    [
        (0, 0),
        (1, 1000),
        (99_999_999_999, 99_999_999_999_000),
        (10**11, 10**11),
        (10**14 - 1, 10**14 - 1),
        (10**14, 10**11),
        (10**17 - 1, 10**14 - 1),
        (10**17, 10**11),
        (10**18 - 1, 10**12 - 1),
    ],
)
def test_a_number_is_seconds_or_thousandths_of_them_by_its_magnitude(number, milliseconds):
    """Whole ones are read together, others one by one."""
    assert conformed(f"{number}") == conformed(f"{number}.0") == ([milliseconds], {})


@pytest.mark.parametrize(
    ("unit", "number", "milliseconds"),
    [
        ("s", 253_402_214_399, 253_402_214_399_000),
        ("ms", 253_402_214_399_999, 253_402_214_399_999),
        ("us", 1_999, 1),
        ("us", 10**18 - 1, None),
        ("us", 10**17 - 1, 10**14 - 1),
        ("ns", 1_999_999, 1),
        ("ns", 10**18 - 1, 10**12 - 1),
        ("s", 10**18 - 1, None),
    ],
)
def test_a_number_is_of_the_unit_that_the_mapping_says_however_large(unit, number, milliseconds):
    expected = ([milliseconds], {}) if milliseconds else ([number], {0: Why.TS_OUT_OF_RANGE.meaning})
    for text in (f"{number}", f"{number}.0"):
        found, told = conformed(text, shape=Ts(unit=unit))
        assert told == expected[1]
        assert told or found == expected[0]


@pytest.mark.parametrize(
    ("text", "shape", "hint"),
    [
        ("20250102", Ts(), ' 20250102 was read as seconds since 1970; for a date: ts.format = "%Y%m%d".'),
        ("45659.5", Ts(), " 45659.5 was read as seconds since 1970; for Excel's: ts.excel = true."),
        ("45659", Ts(unit="s"), ""),
        ("20250102", Ts(unit="s"), ""),
        ("12345", Ts(excel=True), ""),
        ("20251302", Ts(), ""),
        ("1999-12-31T00:00:00Z", Ts(), ""),
    ],
)
def test_a_time_out_of_range_tells_what_the_number_may_have_been_meant_for(text, shape, hint):
    assert conformed(text, shape=shape, bounds=THIS_CENTURY)[1] == {0: Why.TS_OUT_OF_RANGE.meaning + hint}


def test_what_is_no_time_is_told_with_the_mapping_s_own_formats():
    assert conformed("soon")[1] == {0: Why.TS_UNREADABLE.meaning}
    told = "`ts` is neither %d/%m/%Y, %d.%m.%Y, ISO 8601 nor an epoch number."
    assert conformed("soon", shape=Ts(format=("%d/%m/%Y", "%d.%m.%Y")))[1] == {0: told}


def test_a_row_without_a_time_is_1970_and_rows_behind_it_are_read():
    found, told = conformed(None, " ", "soon", "1970-01-01 00:00:00.007", "8.0")
    assert found == [0, 0, 0, 7, 8000]
    assert told == {0: Why.TS_MISSING.meaning, 1: Why.TS_MISSING.meaning, 2: Why.TS_UNREADABLE.meaning}
