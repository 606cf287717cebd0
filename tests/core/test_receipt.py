"""What is said of a handled drop."""

import json

import pytest

from hackle_import.receipt import Failure, Outcome, Receipt


def receipt(**more):
    return Receipt(
        **{"source": "s3://b/incoming/hackle/a", "version": "v", "mapping": "hackle", "outcome": Outcome.WRITTEN} | more
    )


@pytest.mark.parametrize(
    ("rows_in", "written", "rejected", "filtered", "conserves"),
    [
        (0, 0, 0, 0, True),
        (6, 3, 2, 1, True),
        (6, 3, 2, 0, False),
        (5, 3, 2, 1, False),
        (3, 0, 3, 0, True),
        (1, 0, 0, 1, True),
    ],
)
def test_every_row_is_written_rejected_or_filtered(rows_in, written, rejected, filtered, conserves):
    told = receipt(rows_in=rows_in, rows_written=written, rows_rejected=rejected, rows_filtered=filtered)
    assert told.conserves is conserves


@pytest.mark.parametrize("outcome", Outcome)
def test_a_person_looks_at_what_failed_or_is_withheld(outcome):
    assert receipt(outcome=outcome).needs_attention == (outcome in ("failed", "withheld"))


def test_a_receipt_is_one_line_of_json():
    fault = Failure("truncated", "it ends\nearly", "byte 7")
    line = receipt(rejects={"ts_missing": 2}, days=["2025-01-02"], fault=fault).line()
    assert "\n" not in line
    told = json.loads(line)
    assert (told["outcome"], told["rejects"], told["days"]) == ("written", {"ts_missing": 2}, ["2025-01-02"])
    assert told["fault"] == {"code": "truncated", "message": "it ends\nearly", "position": "byte 7"}
