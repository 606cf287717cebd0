"""Columns -> rows: those that no finding rejects, in one form in memory whatever they were made of."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from hackle_import.codes import Why
from hackle_import.conform import Target, conform_scalars, good_rows, without_bitmap
from hackle_import.decode import Findings, SourceRows
from hackle_import.mapping import Mapping
from hackle_import.schema import MAP, METRIC, ROWS, TS
from hackle_import.settings import HashKey


def columns(*keys):
    """As many rows as keys, each of which its maps have alone."""
    count = len(keys)
    maps = pa.array([[(key, "x")] for key in keys], MAP)
    texts = pa.array(list(keys), pa.string())
    return [texts, texts, pa.array([0] * count, TS), pa.array([1] * count, METRIC), maps, maps, maps, maps]


def test_rejected_rows_are_left_out_and_the_order_stays():
    findings = Findings()
    findings.reject(1, Why.TS_MISSING, "ts")
    batch = good_rows(columns("a", "b", "c"), findings)
    assert batch.schema == ROWS
    assert batch["event_key"].to_pylist() == ["a", "c"]
    assert [dict(one) for one in batch["identifiers"].to_pylist()] == [{"a": "x"}, {"c": "x"}]


def test_keys_are_encoded_once_each_in_the_order_of_their_appearance_among_good_rows():
    findings = Findings()
    findings.reject(0, Why.TS_MISSING, "ts")
    whole = good_rows(columns("z", "b", "a", "b"), Findings())
    assert whole["identifiers"].keys.dictionary.to_pylist() == ["z", "b", "a"]
    again = good_rows(whole.columns, findings)
    assert again["identifiers"].keys.dictionary.to_pylist() == ["b", "a"]
    assert again.equals(good_rows(columns("b", "a", "b"), Findings()))


def test_equal_rows_take_the_same_memory_however_they_were_made():
    findings = Findings()
    findings.reject(2, Why.TS_MISSING, "ts")
    assert good_rows(columns("a", "b", "c"), findings).nbytes == good_rows(columns("a", "b"), Findings()).nbytes
    with_bitmap = pa.array(["a", None], pa.string()).fill_null("b")
    assert without_bitmap(with_bitmap).buffers()[0] is None


def test_no_row_at_all_is_an_empty_batch():
    batch = good_rows(columns(), Findings())
    assert (batch.num_rows, batch.schema) == (0, ROWS)


BOUNDS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signs", "text", "amount"),
    [
        ({}, "1234.5", "1234.5"),
        ({"decimal": ","}, "1234,5", "1234.5"),
        ({"decimal": ",", "thousands": "."}, "1.234,5", "1234.5"),
        ({"thousands": ","}, "1,234.5", "1234.5"),
        ({}, "1,234.5", None),
        ({"decimal": ","}, "1234.5", None),  # else a number of whole thousands would become a fraction
    ],
)
def test_an_amount_is_read_by_the_signs_of_the_target_and_by_no_others(signs, text, amount):
    given = {"insert_id": "a", "event_key": "purchase", "ts": "2025-01-02", "metric_value": text}
    texts = {name: pa.array([one], pa.string()) for name, one in given.items()}
    source = SourceRows([b"{}"], [1], texts, {}, Findings())
    *_, amounts = conform_scalars(source, Target(Mapping(), *BOUNDS, **signs))
    assert amounts.to_pylist() == [Decimal(amount or 0)]
    assert {why for why, _, _ in source.findings.rejects.values()} == (set() if amount else {Why.METRIC_UNREADABLE})


def test_a_target_that_is_shown_shows_no_key():
    assert "of privacy" not in repr(Target(Mapping(), *BOUNDS, hash_key=HashKey(b"of privacy")))
