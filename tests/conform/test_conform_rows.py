"""Columns -> rows: those that no finding rejects, in one form in memory whatever they were made of."""

import pyarrow as pa

from hackle_import.codes import Why
from hackle_import.conform import good_rows, without_bitmap
from hackle_import.decode import Findings
from hackle_import.schema import MAP, METRIC, ROWS, TS


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
