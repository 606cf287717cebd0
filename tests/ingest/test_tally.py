"""What is counted, and the receipts that come of it."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from hackle_import.codes import Fault, Why
from hackle_import.decode import Reject
from hackle_import.drop import Drop
from hackle_import.engine import Converted
from hackle_import.errors import BadDrop, Unaccounted
from hackle_import.ingest.ledger import Output
from hackle_import.ingest.tally import Tally, superseded
from hackle_import.ingest.timing import Timing
from hackle_import.receipt import Outcome
from hackle_import.schema import ROWS
from support.world import V1

BEGAN = datetime(2025, 1, 10, 12, tzinfo=UTC)
DROP = Drop.at("s3://staging", "incoming/hackle/a.ndjson")
BROKEN = BadDrop(Fault.TRUNCATED, "it ends too early", "after byte 7")
NOTHING = pa.RecordBatch.from_pylist([], schema=ROWS)
REJECT = Reject(1, Why.TS_MISSING, "ts", "it is missing", b"{}")


def timing(price=None):
    return Timing("a drop", lambda: BEGAN + timedelta(seconds=1.2345), BEGAN, price_per_second=price)


@pytest.fixture
def tally():
    """Two chunks: seven rows, of which two are rejected and one is filtered; one file of three rows is uploaded."""
    tally = Tally(DROP, timing(), V1, 700)
    tally.add(Converted(4, NOTHING, [REJECT], Counter(key_repeated=2), rows_filtered=1, decoder="native"))
    tally.add(Converted(3, NOTHING, [REJECT], Counter(key_repeated=1, insert_id_made=1), decoder="native"))
    tally.add_output(20_089, Output("2025-01-01/a.parquet", 3, 900, "digest"))
    return tally


def counts(receipt):
    return receipt.rows_in, receipt.rows_written, receipt.rows_rejected, receipt.rows_filtered


def test_a_receipt_says_of_which_drop_it_is_and_what_it_took():
    receipt = Tally(DROP, timing(price=0.1), V1, 700).skipped()
    assert (receipt.source, receipt.version, receipt.mapping) == (
        "s3://staging/incoming/hackle/a.ndjson",
        V1.digest,
        "hackle",
    )
    assert (receipt.outcome, receipt.bytes_in) == ("skipped", 700)
    assert (receipt.seconds, receipt.estimated_cost_usd) == (1.234, 0.12345)
    assert Tally(DROP, timing()).gone().estimated_cost_usd is None


def test_what_decoded_nothing_names_no_decoder(tally):
    blank = Tally(DROP, timing(), V1, 700)
    assert {receipt.decoder for receipt in (blank.gone(), blank.skipped(), blank.failed(BROKEN))} == {""}
    assert tally.failed(BROKEN).decoder == "native"


def test_written_rows_are_those_that_were_uploaded(tally):
    tally.add_output(20_088, Output("2024-12-31/a.parquet", 1, 100, "digest"))
    receipt = tally.accounted()
    assert (receipt.outcome, counts(receipt)) == (Outcome.WRITTEN, (7, 4, 2, 1))
    assert (receipt.files, receipt.bytes_out, receipt.days) == (2, 1000, ["2024-12-31", "2025-01-01"])
    assert receipt.rows_by_day == {"2024-12-31": 1, "2025-01-01": 3}
    assert (receipt.rejects, receipt.rejects_key) == ({"ts_missing": 2}, DROP.rejected_key)
    assert list(receipt.notes.items()) == [("insert_id_made", 1), ("key_repeated", 3)]


@pytest.mark.parametrize(
    ("rejects", "filtered", "outcome"),
    [([REJECT], 0, "rejected"), ([REJECT], 5, "rejected"), ([], 6, "empty"), ([], 0, "empty")],
)
def test_a_drop_without_a_good_row_is_never_called_written(rejects, filtered, outcome):
    tally = Tally(DROP, timing(), V1, 700)
    tally.add(Converted(len(rejects) + filtered, NOTHING, rejects, Counter(), rows_filtered=filtered))
    assert tally.accounted().outcome == outcome


def test_a_receipt_says_when_the_drop_came_and_when_it_was_handled(tally):
    told = Tally(DROP, timing(), V1, 700, uploaded=BEGAN - timedelta(hours=1)).skipped()
    assert (told.uploaded, told.handled) == (BEGAN - timedelta(hours=1), BEGAN)


def test_a_row_that_is_nowhere_is_a_bug(tally):
    with pytest.raises(Unaccounted, match="7 rows in, 3 written"):
        tally.accounted()


def test_a_broken_drop_tells_how_far_it_was_read_and_claims_no_row(tally):
    receipt = tally.failed(BROKEN)
    assert (receipt.outcome, counts(receipt)) == (Outcome.FAILED, (7, 0, 2, 1))
    assert (receipt.fault.code, receipt.fault.message) == ("truncated", "it ends too early")
    assert (receipt.files, receipt.days, receipt.rejects_key, receipt.notes) == (0, [], None, {})


def test_rows_before_a_fault_are_told_beside_it(tally):
    tally.add_fault(BROKEN)
    receipt = tally.written()
    assert (receipt.outcome, receipt.rows_written, receipt.fault.position) == (Outcome.FAILED, 3, "after byte 7")


def test_a_drop_that_is_withheld_claims_no_row_and_names_its_rejects(tally):
    receipt = tally.withheld()
    assert (receipt.outcome, counts(receipt)) == (Outcome.WITHHELD, (7, 0, 2, 1))
    assert (receipt.files, receipt.bytes_out, receipt.days) == (0, 0, [])
    assert receipt.rejects_key == DROP.rejected_key


@pytest.mark.parametrize(("ratio", "is_above"), [(0.0, True), (0.28, True), (2 / 7, False), (1.0, False)])
def test_rejects_are_too_many_above_the_ratio_not_at_it(tally, ratio, is_above):
    assert tally.has_rejects_above(ratio) == is_above


def test_no_rows_are_never_too_many_rejects():
    assert not Tally(DROP, timing()).has_rejects_above(0.0)


def test_a_receipt_of_who_came_too_late_differs_in_the_outcome_alone(tally):
    receipt = tally.skipped()
    late = superseded(receipt)
    assert late.outcome is Outcome.SUPERSEDED
    assert late.line() == receipt.line().replace("skipped", "superseded")
