"""How far a backfill is, is what the ledger says: whatever was sent twice, done before, or reported by nobody."""

from datetime import timedelta

from hackle_import.backfill.progress import number_of, progress
from hackle_import.drop import Drop
from hackle_import.errors import NewerLedger
from hackle_import.ingest.ledger import Entry
from hackle_import.receipt import Outcome, Receipt
from support.samples import NOW

DROPS = [Drop("s3://drops", f"incoming/hackle/{number}", "hackle") for number in range(10)]
SOURCES = {number_of(drop.state_key) for drop in DROPS}
BEGAN = NOW - timedelta(hours=5)


def document(number, outcome=Outcome.WRITTEN, minutes=30, rows=10):
    receipt = Receipt(
        source=DROPS[number].key, version="v", mapping="hackle", outcome=outcome, rows_in=rows, bytes_in=1000
    )
    return DROPS[number].state_key, Entry(DROPS[number].key, receipt=receipt), NOW - timedelta(minutes=minutes)


def test_each_drop_is_done_or_left():
    failed = document(1, Outcome.FAILED, rows=0)
    begun = (DROPS[2].state_key, Entry(DROPS[2].key, intent_version="v"), NOW)
    newer = (DROPS[3].state_key, NewerLedger("state/x.json", "x"), NOW)
    other = ("state/00ff00ff00ff00ff.json", Entry("incoming/hackle/other"), NOW)
    odd = ("state/note.txt", Entry("x"), NOW)
    found = progress(SOURCES, BEGAN, [document(0), failed, begun, newer, other, odd], NOW)
    assert (found.told, found.done, found.unmended, found.left, found.rows, found.bytes) == (10, 3, 1, 7, 10, 2000)


def test_the_rate_is_of_the_last_hour_and_tells_the_time_left():
    found = progress(SOURCES, BEGAN, [document(number, minutes=20 * number) for number in range(6)], NOW)
    assert (found.an_hour, found.left, found.hours_left) == (4, 4, 1)


def test_of_a_backfill_that_began_now_the_rate_is_of_its_own_time():
    began = NOW - timedelta(minutes=6)
    before = document(9, minutes=30)  # done before it began: done, and nothing of its rate
    found = progress(SOURCES, began, [document(0, minutes=1), document(1, minutes=2), before], NOW)
    assert (found.done, round(found.an_hour), found.left) == (3, 20, 7)


def test_a_store_that_tells_whole_seconds_takes_no_drop_from_the_rate():
    began = NOW.replace(microsecond=300_000)
    key, entry, _ = document(0)
    found = progress(SOURCES, began, [(key, entry, began.replace(microsecond=0))], began + timedelta(milliseconds=400))
    assert (found.done, round(found.an_hour)) == (1, 9000)


def test_without_a_rate_no_time_is_promised():
    found = progress(SOURCES, BEGAN, [document(0, minutes=120)], NOW)
    assert (found.an_hour, found.hours_left) == (0, None)
    assert progress(SOURCES, NOW, [], NOW).hours_left is None
