"""Rows by day become files: whatever comes together, and however little memory there is, a day's rows stay in order."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.errors import TryAgain
from hackle_import.schema import ROWS, SCHEMA
from hackle_import.writing import spool
from hackle_import.writing.layout import by_day, by_number, day_name
from hackle_import.writing.spool import Spool

UTC_ZONE, FOOTER = ZoneInfo("UTC"), {"source": "incoming/hackle/a"}
DAY = timedelta(days=1)
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def batch(*days, first=0):
    """A row for each of `days` (from 2025-01-01 on); its `event_key` is its number."""
    count = len(days)
    entries = [[("id", f"u{number}")] for number in range(count)]
    columns = {
        "insert_id": [f"00000000-0000-4000-8000-{number:012d}" for number in range(count)],
        "event_key": [f"{first + number:06d}" for number in range(count)],
        "ts": [FIRST + day * DAY for day in days],
        "metric_value": [0] * count,
    }
    return pa.RecordBatch.from_arrays(
        [pa.array(columns.get(field.name, entries), field.type) for field in ROWS], schema=ROWS
    )


def spooled(folder, *batches, buffer_bytes=1 << 20):
    """(day, the numbers of its rows) of every file."""
    rows = Spool(folder, UTC_ZONE, buffer_bytes, FOOTER)
    try:
        for one in batches:
            rows.add(one)
        return [(day_name(file.day), numbers(file.path.read_bytes())) for file in rows.seal(lambda: None)]
    finally:
        rows.close()


def numbers(body):
    return [int(key) for key in pq.read_table(BytesIO(body))["event_key"].to_pylist()]


def test_each_day_becomes_a_file_days_in_order_and_rows_in_theirs(tmp_path):
    came = spooled(tmp_path / "spool", batch(1, 0, 1), batch(0, 0, first=3))
    assert came == [("2025-01-01", [1, 3, 4]), ("2025-01-02", [0, 2])]


@pytest.mark.parametrize(("came", "new"), [([0, 0, 1], 0), ([2, 0, 2], 1), ([4, 3, 2], 3)])
def test_rows_fit_while_the_disk_has_room_for_them_twice_and_for_the_end_of_each_new_day_s_file(tmp_path, came, new):
    rows = Spool(tmp_path / "spool", UTC_ZONE, 1 << 20, FOOTER)
    rows.add(batch(0, 1))
    more = batch(*came)
    most = rows.disk_bytes + 2 * more.nbytes + new * spool._FOOTER_BYTES
    assert (rows.fits(more, most), rows.fits(more, most - 1)) == (True, False)
    rows.close()


@given(batches=st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=8), buffer_bytes=st.sampled_from([1, 3000]))
def test_no_row_is_lost_doubled_or_out_of_order_however_little_memory_there_is(tmp_path_factory, batches, buffer_bytes):
    offsets = [sum(map(len, batches[:place])) for place in range(len(batches))]
    made = [batch(*days, first=first) for first, days in zip(offsets, batches, strict=True)]
    came = dict(spooled(tmp_path_factory.mktemp("any") / "spool", *made, buffer_bytes=buffer_bytes))
    days = [day for one in batches for day in one]
    expected = {}
    for number, day in enumerate(days):
        expected.setdefault((FIRST + day * DAY).date().isoformat(), []).append(number)
    assert came == expected


def test_a_day_of_many_rows_is_cut_into_row_groups_and_files_by_its_rows_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "ROW_GROUP_ROWS", 4)
    monkeypatch.setattr(spool, "FILE_BYTES", 4 * batch(0, 0).nbytes)
    made = [batch(0, 0, first=2 * number) for number in range(10)]
    one_by_one = spooled(tmp_path / "a", *made)
    assert [len(rows) for _, rows in one_by_one] == [8, 8, 4]
    assert [number for _, rows in one_by_one for number in rows] == list(range(20))
    assert spooled(tmp_path / "b", *made) == one_by_one


def test_a_few_rows_of_another_day_keep_no_batch_in_memory(tmp_path):
    """Most rows are encoded early; a batch that a single row of a quiet day is left of takes all of its memory."""
    size = batch(*[0] * 500, 1).nbytes
    rows = Spool(tmp_path / "spool", UTC_ZONE, 4 * size, FOOTER)
    before, most = pa.total_allocated_bytes(), 0
    for number in range(100):
        rows.add(batch(*[0] * 500, 1, first=501 * number))
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 16 * size
    assert [file.rows for file in rows.seal(lambda: None)] == [50_000, 100]
    rows.close()


def test_a_file_is_of_the_schema_and_says_where_it_came_from(tmp_path):
    rows = Spool(tmp_path / "spool", UTC_ZONE, 1 << 20, FOOTER)
    rows.add(batch(0))
    (file,) = rows.seal(lambda: None)
    assert file.rows == 1
    with pq.ParquetFile(file.path) as read:
        assert read.schema_arrow.remove_metadata().equals(SCHEMA)
        assert read.metadata.metadata[b"hackle_import.source"] == b"incoming/hackle/a"
    rows.close()


def test_nothing_is_left_on_the_disk(tmp_path):
    rows = Spool(tmp_path / "spool", UTC_ZONE, 1, FOOTER)
    rows.add(batch(*range(40)))
    assert rows.disk_bytes > 0
    assert list((tmp_path / "spool").iterdir())
    rows.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_days_are_those_of_all_rows(tmp_path):
    rows = Spool(tmp_path / "spool", UTC_ZONE, 1 << 20, FOOTER)
    rows.add(batch(0, 3, 3))
    rows.add(batch(3, 7))
    assert rows.days == 3
    rows.close()


def test_sealing_can_be_given_up_between_two_days(tmp_path):
    looks = []

    def checkpoint():
        looks.append(None)
        if len(looks) == 3:
            raise TryAgain("no time is left")

    rows = Spool(tmp_path / "spool", UTC_ZONE, 1 << 20, FOOTER)
    rows.add(batch(*range(9)))
    with pytest.raises(TryAgain):
        rows.seal(checkpoint)
    rows.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_the_disk_refuses_is_raised(tmp_path):
    rows = Spool(tmp_path / "spool", UTC_ZONE, 1 << 20, FOOTER)
    rows.add(batch(0))
    (tmp_path / "spool").rmdir()
    with pytest.raises(OSError, match="No such file"):
        rows.seal(lambda: None)
    (tmp_path / "spool").mkdir()
    rows.close()


def test_rows_of_a_single_day_are_not_copied():
    whole = batch(5, 5, 5)
    part, runs = by_day(whole, UTC_ZONE)
    assert len(runs) == 1
    assert part["ts"].buffers()[1].address == whole["ts"].buffers()[1].address


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=50))
def test_rows_are_dealt_out_by_number_the_order_within_one_kept(dealt):
    whole, runs = by_number(batch(*[0] * len(dealt)), pa.array(dealt))
    parts = {number: numbers_of(whole.slice(start, rows)) for number, start, rows in runs}
    assert list(parts) == sorted(set(dealt))
    assert parts == {one: [place for place, number in enumerate(dealt) if number == one] for one in parts}


def numbers_of(part):
    return [int(key) for key in part["event_key"].to_pylist()]
