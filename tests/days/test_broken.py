"""Documents of days and of backfills that somebody changed or cut off: they are told by name, and stop nothing else."""

import gzip
from datetime import timedelta

import pytest

from hackle_import.backfill.ending import end_those_done
from hackle_import.backfill.job import jobs, load
from hackle_import.days.closed import DayOutcome
from hackle_import.days.document import documents
from hackle_import.days.reporting import INDEX_KEY, page_key, report_key
from hackle_import.errors import BrokenDocument
from support.open_days import DAY, OpenDays
from support.samples import event

BROKEN = [b"", b"{", b"{}", b"null", b"[]", b'"x"', b"\xff", b'{"day":"2025-01-03"}', b'{"day":"2025-01-02"}']
CUT_OFF = gzip.compress(b"{}", mtime=0)[:-9]
NEXT = "2025-01-03"


def closed(**how):
    world = OpenDays(look_back=8, **how)
    world.come("a", event(1))
    world.come("b", event(2, ts=f"{NEXT}T10:00:00Z"))
    assert {world.close(day).outcome for day in (DAY, NEXT)} == {"closed"}
    return world


def outcomes(world):
    found = {one.day: one for one in world.closer().close_due()}
    assert {day for day, one in found.items() if one.outcome == "failed"} == {DAY}
    assert found[NEXT].outcome == "unchanged"
    return found[DAY].reason


@pytest.mark.parametrize("body", BROKEN)
def test_a_day_s_ledger_that_cannot_be_read_is_told_by_its_name_and_stops_that_day_only(body):
    world, key = closed(), f"days/{DAY}/ledger.json"
    world.staging.put(key, body)
    assert f"{key} cannot be read" in outcomes(world)
    assert "bring" in outcomes(world)
    found = list(documents(world.staging))
    assert [str(one).partition(" ")[0] for one in found if isinstance(one, BrokenDocument)] == [key]
    assert NEXT in [one.day for one in found if not isinstance(one, BrokenDocument)]
    assert world.staging.get(key)[0] == body


@pytest.mark.parametrize(
    ("name", "body"),
    [("1-", None), ("1-", gzip.compress(b"{}", mtime=0))]
    + [(name, body) for name in ("1-", "counts-") for body in (b"", b"x", gzip.compress(b"[]", mtime=0), CUT_OFF)],
)
def test_what_a_day_is_made_of_and_cannot_be_read_is_told_by_its_name(name, body):
    world = closed()
    key = next(key for key in world.staging.keys(f"days/{DAY}/{name}"))
    if body is None:
        world.staging.delete(key)
    else:
        world.staging.put(key, body)
    world.come("late", event(3, ts=f"{DAY}T11:00:00Z"))
    assert f"{key} cannot be read" in outcomes(world)


@pytest.mark.parametrize("name", [b"", b"/\xff."])
def test_the_ledger_of_a_drop_that_cannot_be_read_is_told_by_its_name(name):
    world = closed()
    key = next(key for key in world.staging.keys("state/") if b"/a." in world.staging.get(key)[0])
    world.come("late", event(3, ts=f"{DAY}T11:00:00Z"))
    world.staging.put(key, world.staging.get(key)[0].replace(b"/a.", name) if name else b"{")
    assert f"{key} cannot be read" in outcomes(world)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"identity":"b","began":"2025-01-10T00:00:00"}'])
def test_a_backfill_that_cannot_be_read_is_told_and_stops_days_that_may_wait_for_it_only(body):
    world, key = closed(), "backfills/b.json"
    world.staging.put(key, body)
    world.come("old", event(3, ts="2025-01-01T10:00:00Z"))
    world.come("late", event(4, ts=f"{DAY}T11:00:00Z"))
    world.now += timedelta(days=1)
    world.come("live", event(5, ts="2025-01-09T10:00:00Z"))
    found = {one.day: one for one in world.closer().close_due()}
    assert [day for day, one in found.items() if one.outcome == "failed"] == ["2025-01-08", DAY]
    assert f"{key} cannot be read" in found["2025-01-08"].reason
    assert found["2025-01-09"].outcome == "closed"
    world.staging.delete(key)
    assert {one.outcome for one in world.closer().close_due()} <= {"closed", "appended", "unchanged"}


def test_a_backfill_that_cannot_be_read_stands_in_no_other_s_way():
    world = closed()
    world.staging.put("backfills/b.json", b"{}")
    assert [str(one).partition(" ")[0] for one in jobs(world.staging)] == ["backfills/b.json"]
    assert list(end_those_done(world.staging, world.now)) == []
    with pytest.raises(BrokenDocument, match=r"backfills/b\.json cannot be read"):
        load(world.staging, "b")


@pytest.mark.parametrize("key", [report_key(DAY), page_key(DAY), INDEX_KEY])
def test_a_report_that_somebody_deleted_is_made_again_by_the_next_close(key):
    world = closed()
    before = world.staging.get(key)[0]
    world.staging.delete(key)
    assert world.close().outcome is DayOutcome.UNCHANGED
    assert world.staging.get(key)[0] == before


def test_a_report_that_somebody_cut_off_is_made_again_by_the_next_close():
    world = closed()
    before = world.staging.get(report_key(DAY))[0]
    world.staging.put(report_key(DAY), before[:-9])
    world.close()
    assert world.staging.get(report_key(DAY))[0] == before


def test_what_is_no_day_stands_in_no_day_s_way():
    world = closed()
    for name in ("2025-13-45", "0001-01-01", "9999-12-31", "notes"):
        world.staging.put(f"days/{name}/_CLOSED", b"")
        world.open.put(f"{name}/a-0123456789abcdef-0123456789abcdef-00000.parquet", b"")
    days, waiting = world.closer().due()
    assert (min(days), max(days), waiting) == (DAY, "2025-01-09", None)
