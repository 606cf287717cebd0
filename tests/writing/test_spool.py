"""Rows by day become files: whatever comes together, and however little memory there is, a day's rows stay in order."""

from io import BytesIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.errors import TryAgain
from hackle_import.schema import SCHEMA
from hackle_import.writing import spool
from hackle_import.writing.layout import by_day, by_number, day_name
from hackle_import.writing.parquet import weight_of_keys
from hackle_import.writing.spool import Spool
from support.batches import DAY, FIRST, batch, with_keys

UTC_ZONE, FOOTER = ZoneInfo("UTC"), {"source": "incoming/hackle/a"}


def opened(folder, buffer_bytes=1 << 20):
    return Spool(folder, UTC_ZONE, buffer_bytes, FOOTER, "snappy")


def spooled(folder, *batches, buffer_bytes=1 << 20):
    """(day, the numbers of its rows) of every file."""
    rows = opened(folder, buffer_bytes)
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


@pytest.mark.parametrize(("batches", "less", "expected"), [(4, 0, [8, 8, 4]), (4, 1, [4] * 5), (6, 0, [12, 8])])
def test_a_day_of_many_rows_is_cut_into_row_groups_and_files_by_its_rows_alone(
    tmp_path, monkeypatch, batches, less, expected
):
    monkeypatch.setattr(spool, "ROW_GROUP_ROWS", 4)
    monkeypatch.setattr(spool, "FILE_BYTES", batches * batch(0, 0).nbytes - less)
    made = [batch(0, 0, first=2 * number) for number in range(10)]
    one_by_one = spooled(tmp_path / "a", *made)
    assert [len(rows) for _, rows in one_by_one] == expected
    assert [number for _, rows in one_by_one for number in rows] == list(range(20))
    assert spooled(tmp_path / "b", *made) == one_by_one


def row_groups(folder, *batches, buffer_bytes=1 << 20):
    """The rows of each row group of the one file that they become."""
    rows = opened(folder, buffer_bytes)
    for one in batches:
        rows.add(one)
    (file,) = rows.seal(lambda: None)
    with pq.ParquetFile(file.path) as read:
        found = [read.metadata.row_group(number).num_rows for number in range(read.num_row_groups)]
    rows.close()
    return found


def test_a_row_group_holds_as_many_rows_as_its_limit_or_one_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "ROW_GROUP_ROWS", 4)
    assert row_groups(tmp_path / "a", *[batch(0)] * 9) == [4, 4, 1]
    assert row_groups(tmp_path / "b", *[batch(0, 0, 0)] * 3) == [3, 3, 3]
    assert row_groups(tmp_path / "c", batch(*[0] * 9), batch(0)) == [9, 1]


def test_rows_of_a_usual_size_are_cut_after_128_ki_of_them(tmp_path):
    most = batch(0).take(pa.repeat(0, 128 << 10))
    assert row_groups(tmp_path / "spool", most, batch(0), buffer_bytes=1 << 30) == [128 << 10, 1]
    assert row_groups(tmp_path / "less", most[1:], batch(0), buffer_bytes=1 << 30) == [128 << 10]


@pytest.mark.parametrize(("less", "expected"), [(0, [4, 4, 2]), (1, [2] * 5)])
def test_a_row_group_holds_as_many_bytes_as_its_limit(tmp_path, monkeypatch, less, expected):
    monkeypatch.setattr(spool, "ROW_GROUP_BYTES", 2 * batch(0, 0).nbytes - less)
    assert row_groups(tmp_path / "spool", *[batch(0, 0)] * 5) == expected


FOOTER_BYTES = 8 << 10
PART_BYTES = 256


def on_disk(folder, *batches, buffer_bytes):
    """What lies in the folder once these are added, each name without its number."""
    rows = opened(folder, buffer_bytes)
    for one in batches:
        rows.add(one)
    names = sorted(path.name.partition("-")[0] for path in folder.iterdir())
    rows.close()
    return names


def of_own_keys():
    """Rows each of which has a key of its own: so many keys count for more than their bytes."""
    return with_keys([f"{number:0100d}" for number in range(1000)])


@pytest.mark.parametrize("make", [lambda: batch(0), lambda: batch(0, 1, 2), of_own_keys], ids=["a row", "days", "keys"])
def test_rows_are_held_until_they_their_keys_and_what_knows_them_exceed_the_buffer(tmp_path, make):
    whole, (by_days, days) = make(), by_day(make(), UTC_ZONE)
    size = by_days.nbytes + weight_of_keys(by_days) + PART_BYTES * len(days)
    assert on_disk(tmp_path / "held", whole, buffer_bytes=size) == []
    assert len(on_disk(tmp_path / "not held", whole, buffer_bytes=size - 1)) == 1
    halves = (make(), make())
    assert on_disk(tmp_path / "both held", *halves, buffer_bytes=2 * size) == []
    assert len(on_disk(tmp_path / "not both", *halves, buffer_bytes=2 * size - 1)) >= 1


def test_a_day_that_holds_a_quarter_of_the_buffer_is_encoded_and_smaller_ones_overflow(tmp_path):
    whole = batch(0, 1, 2, 3, 4)
    day = by_day(whole, UTC_ZONE)[0].slice(0, 1).nbytes
    assert on_disk(tmp_path / "a", whole, buffer_bytes=4 * day)[0] != "overflow"
    assert on_disk(tmp_path / "b", whole, buffer_bytes=4 * day + 1) == ["overflow"]


def adds_at_most(rows, more, size):
    """Whether rows fit so many bytes of the temporary disk, and any more of them, but not one less."""
    return [rows.fits(more, rows.disk_bytes + size + other) for other in (-1, 0, 1)] == [False, True, True]


def bytes_of_columns(path):
    """Of those of a file of one row group."""
    with pq.ParquetFile(path) as read:
        group = read.metadata.row_group(0)
        return sum(group.column(number).total_compressed_size for number in range(group.num_columns))


def test_the_disk_is_counted_as_the_most_that_rows_and_footers_may_take_and_as_what_rows_do_once_sealed(tmp_path):
    rows, one, keys = opened(tmp_path / "spool", 1 << 30), batch(0, 0), of_own_keys()
    assert rows.disk_bytes == 0
    assert adds_at_most(rows, one, 2 * one.nbytes + FOOTER_BYTES)
    rows.add(one)
    assert rows.disk_bytes == one.nbytes + FOOTER_BYTES
    assert adds_at_most(rows, batch(0, 0), 2 * one.nbytes)
    assert adds_at_most(rows, batch(1, 1), 2 * one.nbytes + FOOTER_BYTES)
    assert adds_at_most(rows, batch(1, 2), 2 * one.nbytes + 2 * FOOTER_BYTES)
    rows.add(keys)
    assert rows.disk_bytes == one.nbytes + keys.nbytes + weight_of_keys(keys) + FOOTER_BYTES
    (file,) = rows.seal(lambda: None)
    assert rows.disk_bytes == len(b"PAR1") + bytes_of_columns(file.path) + FOOTER_BYTES
    assert file.path.stat().st_size <= rows.disk_bytes
    rows.close()


def test_rows_and_footers_add_up_where_their_sizes_share_bits(tmp_path):
    rows, part = opened(tmp_path / "spool"), with_keys([f"{n:024d}" for n in range(64)])
    assert part.nbytes & 2 * part.nbytes & FOOTER_BYTES
    assert adds_at_most(rows, part, 2 * part.nbytes + FOOTER_BYTES)
    rows.add(part)
    assert rows.disk_bytes == part.nbytes + weight_of_keys(part) + FOOTER_BYTES
    rows.close()


def test_what_is_being_encoded_counts_as_in_memory_and_what_overflowed_until_the_end(tmp_path):
    rows, one = opened(tmp_path / "spool", 1), batch(0, 0)
    rows.add(one)  # a row group is under way
    assert rows.disk_bytes == one.nbytes + FOOTER_BYTES
    rows.close()
    rows = opened(tmp_path / "more", 4000)
    rows.add(batch(*range(40)))
    overflow = (tmp_path / "more" / "overflow").stat().st_size
    sizes = [by_day(batch(*range(40)), UTC_ZONE)[0].slice(row, 1).nbytes for row in range(40)]
    assert rows.disk_bytes == overflow + sum(sizes) + 40 * FOOTER_BYTES
    files = sum(file.path.stat().st_size for file in rows.seal(lambda: None))
    assert overflow + files <= rows.disk_bytes <= overflow + files + 40 * FOOTER_BYTES
    rows.close()


def test_the_files_of_all_days_are_counted_once_they_are_sealed(tmp_path):
    rows = opened(tmp_path / "spool")
    rows.add(batch(*range(8)))
    *finished, last = [file.path for file in rows.seal(lambda: None)]
    columns = len(b"PAR1") + bytes_of_columns(last)  # what of it was encoded before it was finished
    assert rows.disk_bytes == sum(path.stat().st_size for path in finished) + columns + 8 * FOOTER_BYTES
    rows.close()


def test_what_was_encoded_or_has_overflowed_does_not_overflow_again(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_OVERFLOW_BYTES", 1)  # each day by itself: none has no rows
    rows = opened(tmp_path / "spool", 4000)
    rows.add(batch(*range(20, 39), *[39] * 50))
    rows.add(batch(*range(20), first=69))
    assert sorted(path.name.partition("-")[0] for path in (tmp_path / "spool").iterdir()) == ["20128", "overflow"]
    assert [file.rows for file in rows.seal(lambda: None)] == [1] * 39 + [50]
    rows.close()


def test_so_many_files_are_open_and_the_oldest_is_finished_for_another(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_OPEN_FILES", 2)
    one, two, three = "2025-01-01", "2025-01-02", "2025-01-03"

    def became(folder, *days):
        return spooled(folder, *(batch(day, first=number) for number, day in enumerate(days)), buffer_bytes=1)

    assert became(tmp_path / "a", 0, 1, 0, 1) == [(one, [0, 2]), (two, [1, 3])]
    assert became(tmp_path / "b", 0, 1, 2, 0) == [(one, [0]), (one, [3]), (two, [1]), (three, [2])]


def test_no_rows_are_no_day_and_no_file(tmp_path):
    rows = opened(tmp_path / "spool", 1)
    rows.add(batch())
    assert (rows.days, rows.disk_bytes, rows.seal(lambda: None)) == (0, 0, [])
    rows.close()


def test_a_few_rows_of_another_day_keep_no_batch_in_memory(tmp_path):
    """Most rows are encoded early; a batch that a single row of a quiet day is left of takes all of its memory."""
    size = batch(*[0] * 500, 1).nbytes
    rows = opened(tmp_path / "spool", 4 * size)
    before, most = pa.total_allocated_bytes(), 0
    for number in range(100):
        rows.add(batch(*[0] * 500, 1, first=501 * number))
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 16 * size
    assert [file.rows for file in rows.seal(lambda: None)] == [50_000, 100]
    rows.close()


def test_a_file_is_of_the_schema_and_says_where_it_came_from(tmp_path):
    rows = opened(tmp_path / "spool")
    rows.add(batch(0))
    (file,) = rows.seal(lambda: None)
    assert file.rows == 1
    with pq.ParquetFile(file.path) as read:
        assert read.schema_arrow.remove_metadata().equals(SCHEMA)
        assert read.metadata.metadata[b"hackle_import.source"] == b"incoming/hackle/a"
    rows.close()


def test_nothing_is_left_on_the_disk(tmp_path):
    rows = opened(tmp_path / "spool", 1)
    rows.add(batch(*range(40)))
    assert rows.disk_bytes > 0
    assert list((tmp_path / "spool").iterdir())
    rows.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_days_are_those_of_all_rows(tmp_path):
    rows = opened(tmp_path / "spool")
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

    rows = opened(tmp_path / "spool")
    rows.add(batch(*range(9)))
    with pytest.raises(TryAgain):
        rows.seal(checkpoint)
    rows.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_the_disk_refuses_is_raised(tmp_path):
    rows = opened(tmp_path / "spool")
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
