"""The rules of the scalar columns but `insert_id`, each by a table of texts: what is written, what is rejected, what is noted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from hackle_import.codes import Note, Why
from hackle_import.conform.event_key import conform_event_key
from hackle_import.conform.metric_value import conform_metric_value
from hackle_import.conform.ts import conform_ts
from hackle_import.decode import Findings
from hackle_import.mapping import Mapping, Ts
from hackle_import.schema import EVENT_KEY_CHARACTERS

EARLY, LATE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def texts(*values):
    return pa.array(values, pa.string())


def said(findings, row=0):
    """A row's reject, or its notes."""
    if row in findings.rejects:
        return findings.rejects[row][0]
    return {note for note, rows in findings.notes.items() if row in rows}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", set()),
        ("구" * EVENT_KEY_CHARACTERS, set()),
        ("x" * (EVENT_KEY_CHARACTERS + 1), Why.EVENT_KEY_TOO_LONG),
        ("", Why.EVENT_KEY_MISSING),
        (None, Why.EVENT_KEY_MISSING),
        ("$session_start", {Note.EVENT_KEY_RESERVED}),
        (" ", set()),
    ],
)
def test_an_event_key_is_there_and_fits(text, expected):
    findings = Findings()
    assert conform_event_key(texts("other", text), findings).to_pylist() == ["other", text or ""]
    assert said(findings, 1) == expected
    assert said(findings, 0) == set()


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        (None, "0", set()),
        ("", "0", set()),
        ("-0", "0", set()),
        ("12.5", "12.5", set()),
        ("-1e3", "-1000", set()),
        ("0.0000005", "0", {Note.METRIC_ROUNDED}),
        ("0.0000015", "0.000002", {Note.METRIC_ROUNDED}),
        ("1.0000000", "1", set()),
        ("999999999999999", "999999999999999", set()),
        ("1000000000000000", "1000000000000000", {Note.METRIC_OVER_LIMIT}),
        ("999999999999999999", "999999999999999999", {Note.METRIC_OVER_LIMIT}),
        ("1000000000000000000", "0", Why.METRIC_TOO_LARGE),
        ("999999999999999999.9999999", "0", Why.METRIC_TOO_LARGE),
        ("1e999999999999999999999", "0", Why.METRIC_TOO_LARGE),
        ("1e-999999999999999999999", "0", set()),
        ("1,5", "0", Why.METRIC_UNREADABLE),
        ("01", "1", set()),
        ("+12.5", "12.5", set()),
        (".5", "0.5", set()),
        ("-12.", "-12", set()),
        (" ", "0", set()),
        ("+-1", "0", Why.METRIC_UNREADABLE),
        (".", "0", Why.METRIC_UNREADABLE),
        ("NaN", "0", Why.METRIC_UNREADABLE),
        (" 1\u00a0", "1", set()),
    ],
)
def test_a_metric_value_is_exact_to_six_decimals(text, value, expected):
    findings = Findings()
    assert conform_metric_value(texts("7", text), Mapping(), findings).to_pylist() == [Decimal(7), Decimal(value)]
    assert said(findings, 1) == expected


def test_a_metric_value_above_hackle_s_limit_is_rejected_where_the_mapping_asks_for_that():
    findings = Findings()
    conform_metric_value(texts("1000000000000000"), Mapping(limits="reject"), findings)
    assert said(findings) is Why.OVER_LIMIT


def test_a_metric_value_cannot_be_cut_to_hackle_s_limit_and_is_noted():
    findings = Findings()
    found = conform_metric_value(texts("1000000000000000"), Mapping(limits="truncate"), findings)
    assert (found.to_pylist(), findings) == ([Decimal(10**15)], Findings(notes={Note.METRIC_OVER_LIMIT: {0}}))


def test_a_metric_value_that_is_no_number_is_zero_where_the_mapping_asks_for_that():
    findings = Findings()
    found = conform_metric_value(texts("1", "₩1", "true", "1e500"), Mapping(on_bad_metric="zero"), findings)
    assert (found.to_pylist(), findings.rejects) == ([1, 0, 0, 0], {})
    assert findings.notes == {Note.METRIC_ZERO: {1, 2, 3}}


AT = datetime(2025, 1, 2, 3, 4, 5, 678000, UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-02T03:04:05.678Z", AT),
        ("2025-01-02 12:04:05.678+09:00", AT),
        ("20250102T030405.678Z", AT),
        ("2025-01-02T03:04:05,678999Z", AT),
        ("1735787045678", AT),
        ("1735787045678999", AT),
        ("1735787045.678", AT),
        ("1.735787045678e9", AT),
        ("2025-01-02", AT.replace(hour=0, minute=0, second=0, microsecond=0)),
        ("2025-02-30T00:00:00Z", Why.TS_UNREADABLE),
        ("2025-01-02T03:04:05+09:60", Why.TS_UNREADABLE),
        ("2025-01-02 03:04:05.678901 UTC", AT),
        ("2025-01-02 03:04:05.678 GMT", AT),
        ("2025-01-02 03:04:05.678 Z", AT),
        ("2025-01-02 12:04:05.678 +0900", AT),
        ("2025-01-02 12:04:05.678+09", AT),
        ("2025-01-02 12:04:05.678 GMT+09:00", AT),
        ("2025-01-02T03:04UTC", AT.replace(second=0, microsecond=0)),
        (" 2025/1/2 3:04:05.678 ", AT),
        ("2025.01.02 03:04:05.678", AT),
        ("2025. 1. 2. 오전 3:04:05.678", AT),
        ("2025. 1. 2 오후 3:04", AT.replace(hour=15, second=0, microsecond=0)),
        ("2025-01-02 12:04:05.678 AM", AT.replace(hour=0)),
        ("2025.01.02", AT.replace(hour=0, minute=0, second=0, microsecond=0)),
        ("2025. 1. 2.", AT.replace(hour=0, minute=0, second=0, microsecond=0)),
        ("2025-01-02 12:04:05.678 오전", AT.replace(hour=0)),
        ("2025. 1. 2. 3:04 오후", AT.replace(hour=15, second=0, microsecond=0)),
        ("2025-01-02 오후 3:04 PM", Why.TS_UNREADABLE),
        ("2025-01-02 13:04 PM", Why.TS_UNREADABLE),
        ("2025-01-02 304", Why.TS_UNREADABLE),
        ("2025/01-02", Why.TS_UNREADABLE),
        ("01/02/2025", Why.TS_UNREADABLE),
        ("1.2.2025 03:04", Why.TS_UNREADABLE),
        (" ", Why.TS_MISSING),
        ("yesterday", Why.TS_UNREADABLE),
        ("", Why.TS_MISSING),
        (None, Why.TS_MISSING),
        ("1999-12-31T23:59:59.999Z", Why.TS_OUT_OF_RANGE),
        ("2030-01-01T00:00:00.001Z", Why.TS_OUT_OF_RANGE),
        ("-0", Why.TS_OUT_OF_RANGE),
    ],
)
def test_a_time_is_truncated_to_milliseconds_and_bounded(text, expected):
    findings = Findings()
    found = conform_ts(texts("2025-01-01T00:00:00Z", text), Ts(), (EARLY, LATE), findings)
    assert (findings.rejects.get(1) or found.to_pylist()[1:])[0] == expected
    assert 0 not in findings.rejects


@pytest.mark.parametrize("bound", [EARLY, LATE])
def test_both_bounds_of_time_are_included(bound):
    findings = Findings()
    conform_ts(texts(bound.isoformat()), Ts(), (EARLY, LATE), findings)
    assert not findings.rejects


@pytest.mark.parametrize(
    ("shape", "text", "expected"),
    [
        (Ts(unit="s"), "1735787045", AT.replace(microsecond=0)),
        (Ts(unit="ms"), "1735787045", datetime(1970, 1, 21, 2, 9, 47, 45000, UTC)),
        (Ts(timezone="Asia/Seoul"), "2025-01-02 12:04:05.678", AT),
        (Ts(format=("%d/%m/%Y %H:%M",)), "02/01/2025 03:04", AT.replace(second=0, microsecond=0)),
        (Ts(format=("%d/%m/%Y",)), "2025-01-02T03:04:05.678Z", AT),
        (Ts(format=("%d/%m/%Y", "%d.%m.%Y")), "02.01.2025", AT.replace(hour=0, minute=0, second=0, microsecond=0)),
        (Ts(format=("%Y-%m-%d %H:%M:%S.%f %z",)), "2025-01-02 12:04:05.678 +0900", AT),
        (Ts(format=("%Y-%m-%d %H:%M:%S.%f %z",)), "2025-01-02 12:04:05.678 +09", AT),
        (Ts(format=("%Y-%m-%d %H:%M:%S.%f %z",)), "2025-01-02 03:04:05.678 UTC", AT),
        (Ts(format=("%d/%m/%Y %H:%M:%S.%f %z",)), "02/01/2025 03:04:05.678 UTC", AT),
        (Ts(format=("%d/%m/%Y %H:%M:%S.%f %z",)), "02/01/2025 03:04:05.678 GMT", AT),
        (Ts(format=("%d/%m/%Y %H:%M:%S.%f %z",)), "02/01/2025 12:04:05.678 +09", AT),
        (Ts(format=("%d/%m/%Y %H:%M:%S.%f%z",)), "02/01/2025 12:04:05.678+09", AT),
        (Ts(format=("%z %Y/%d/%m-%H",)), "+0900 2025/02/01-12", AT.replace(minute=0, second=0, microsecond=0)),
        (Ts(format=("%d %m %Y %H:%M:%S.%f %Z",)), "02 01 2025 03:04:05.678 GMT", AT),
        (Ts(format=("%d %m %Y %H:%M:%S.%f %Z",), timezone="Asia/Seoul"), "02 01 2025 12:04:05.678 KST", AT),
        (Ts(format=("%d %m %Y %H:%M:%S.%f %Z",)), "02 01 2025 12:04:05.678 KST", Why.TS_UNREADABLE),
        (
            Ts(format=("%d %m %Y %H:%M %Z",), timezone="America/New_York"),
            "02 07 2025 03:04 EST",
            datetime(2025, 7, 2, 8, 4, tzinfo=UTC),
        ),
        (
            Ts(format=("%d %m %Y %H:%M %Z",), timezone="America/New_York"),
            "02 07 2025 03:04 EDT",
            datetime(2025, 7, 2, 7, 4, tzinfo=UTC),
        ),
        (
            Ts(format=("%d %m %Y %H:%M %Z",), timezone="America/New_York"),
            "02 01 2025 03:04 EDT",
            datetime(2025, 1, 2, 7, 4, tzinfo=UTC),
        ),
        (
            Ts(format=("%d %m %Y %H:%M %Z",), timezone="America/New_York"),
            "02 11 2025 01:30 EDT",
            datetime(2025, 11, 2, 5, 30, tzinfo=UTC),
        ),
        (
            Ts(format=("%d %m %Y %H:%M %Z",), timezone="America/New_York"),
            "02 11 2025 01:30 EST",
            datetime(2025, 11, 2, 6, 30, tzinfo=UTC),
        ),
        (
            Ts(format=("%d %m %Y %H:%M %Z",), timezone="America/New_York"),
            "03 11 2024 01:30 EST",
            datetime(2024, 11, 3, 6, 30, tzinfo=UTC),
        ),
        (Ts(format=("%d/%m/%Y %p %I:%M:%S.%f",)), "02/01/2025 오전 3:04:05.678", AT),
        (Ts(epoch_timezone="Asia/Seoul"), "1735819445678", AT),
        (Ts(epoch_timezone="Asia/Seoul", timezone="Asia/Seoul"), "2025-01-02 12:04:05.678", AT),
        (Ts(epoch_timezone="America/New_York"), "1720000000", datetime(2024, 7, 3, 13, 46, 40, tzinfo=UTC)),
        (Ts(excel=True), "45659.127843495372", AT),
        (Ts(excel=True, timezone="Asia/Seoul"), "45659.5028435", AT.replace(microsecond=678000)),
        (Ts(excel=True), "1735787045678", Why.TS_UNREADABLE),
        (Ts(excel=True), "2025-01-02T03:04:05.678Z", AT),
        (Ts(format=("%d/%m/%Y",)), "13/13/2025", Why.TS_UNREADABLE),
    ],
)
def test_a_mapping_says_how_times_are_written(shape, text, expected):
    findings, bounds = Findings(), (EARLY - timedelta(days=40 * 365), LATE)
    found = conform_ts(texts(text), shape, bounds, findings)
    assert (findings.rejects.get(0) or found.to_pylist())[0] == expected
