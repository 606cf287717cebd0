"""What a warehouse says is told, and no value of a row with it."""

import pytest

from hackle_import.warehouse.words import bigquery_words


@pytest.mark.parametrize(
    ("reason", "message", "told"),
    [
        ("invalidQuery", "Unrecognized name: evnt_time at [1:20]", "invalidQuery: Unrecognized name: evnt_time at [1:20]"),
        ("invalidQuery", "Invalid timestamp: 'kim@example.com'", "invalidQuery: Invalid timestamp: …"),
        ("invalidQuery", "Division by zero: 1 / 0", "invalidQuery: Division by zero: …"),
        ("invalid", "Cannot read and write in different locations: source: asia-northeast3, destination: US", "invalid: Cannot read and write in different locations: source: asia-northeast3, destination: US"),
        ("", "stopped\nkim", "stopped"),
    ],
)  # fmt: skip
def test_bigquery_s_words_hold_no_value(reason, message, told):
    assert bigquery_words(reason, message) == told
