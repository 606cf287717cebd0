"""Days that a backfill's drops may have rows of are closed when those are handled, and not again and again meanwhile."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hackle_import.backfill.ending import end_those_done
from hackle_import.backfill.job import Job, end, load, save
from hackle_import.backfill.selection import Selection
from hackle_import.backfill.shards import Shard
from hackle_import.cli.outside import now
from hackle_import.cli.run import hold_days
from hackle_import.days.closed import DayOutcome
from hackle_import.days.waiting import Backfill, Chosen, under_way
from support.open_days import DAY, OpenDays
from support.samples import NOW, event

UTC, SEOUL = ZoneInfo("UTC"), ZoneInfo("Asia/Seoul")


def begin(world, identity="b", began=None, **wishes):
    job = Job(identity, "queue", Selection(**wishes), began or world.now)
    save(world.staging, job, None)
    return job


def done(world, job):
    end(world.staging, job, world.now)


def test_days_need_to_know_what_a_backfill_s_document_says():
    world = OpenDays()
    begin(world, prefix="incoming/hackle/2023/", older=NOW - timedelta(days=3))
    assert under_way(world.staging) == [Backfill("b", NOW, Chosen("incoming/hackle/2023/", NOW - timedelta(days=3)))]


@pytest.mark.parametrize(
    ("day", "older", "zone", "waits"),
    [
        ("2025-01-08", None, UTC, True),
        ("2025-01-09", None, UTC, False),  # of live drops, as is its own day
        ("2025-01-10", None, SEOUL, False),
        ("2025-01-05", NOW - timedelta(days=3), UTC, True),
        ("2025-01-06", NOW - timedelta(days=3), UTC, False),
        ("2000-01-01", None, UTC, True),
    ],
)
def test_days_before_it_began_wait(day, older, zone, waits):
    assert Backfill("b", NOW, Chosen(older=older)).covers(day, zone) is waits


def test_on_the_clocks_of_the_days_own_zone():
    late = NOW.replace(hour=16)  # 2025-01-11 in Seoul
    assert Backfill("b", late).covers("2025-01-09", SEOUL)
    assert not Backfill("b", late).covers("2025-01-09", UTC)


def test_a_day_is_closed_once_when_all_drops_of_the_backfill_are_handled():
    world = OpenDays()
    job = begin(world)
    world.come("a", event(1))
    closed = world.close()
    assert (closed.outcome, "backfill b" in closed.reason, world.files()) == (DayOutcome.WAITING, True, [])
    world.come("b", event(2))
    assert world.close().outcome is DayOutcome.WAITING
    done(world, job)
    assert (world.close().outcome, len(world.files()), sorted(world.shown())) == (DayOutcome.CLOSED, 1, ["u1", "u2"])


def test_all_that_wait_are_told_in_one_line_and_none_is_late():
    world = OpenDays(look_back=3)
    job = begin(world)
    world.now += timedelta(hours=1)
    world.come("9", event(9, ts="2025-01-09T10:00:00Z"))
    for day in range(2, 9):
        world.come(str(day), event(day, ts=f"2025-01-{day:02d}T10:00:00Z"))
    days, waiting = world.closer().due()
    assert (days, waiting.day, waiting.is_late) == (["2025-01-09"], "2025-01-08", False)
    assert "7 days, 2025-01-02 to 2025-01-08, wait for backfill b" in waiting.reason
    found = list(world.closer().close_due())
    assert (found[0], [one.day for one in found[1:]]) == (waiting, ["2025-01-09"])
    done(world, job)
    closed = [one.day for one in world.closer().close_due() if one.outcome is DayOutcome.CLOSED]
    assert closed == [f"2025-01-{day:02d}" for day in range(8, 1, -1)]


def test_days_after_it_began_are_closed_as_ever():
    world = OpenDays(look_back=3)
    begin(world, began=NOW - timedelta(days=1))
    for day in (7, 8, 9):
        world.come(str(day), event(day, ts=f"2025-01-{day:02d}T10:00:00Z"))
    closed = {one.day: one.outcome.value for one in world.closer().close_due()}
    assert closed == {"2025-01-07": "waiting", "2025-01-08": "closed", "2025-01-09": "closed"}


def test_a_closed_day_takes_live_drops_and_waits_with_those_of_the_backfill():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    job = begin(world, prefix="incoming/hackle/old")
    world.come("live", event(2))
    assert world.close().outcome is DayOutcome.APPENDED
    world.come("old-1", event(3))
    closed = world.closer().tried(DAY)
    assert (closed.outcome, closed.generation, closed.is_late) == (DayOutcome.WAITING, 2, False)
    world.come("old-2", event(4))
    done(world, job)
    assert world.close().outcome is DayOutcome.APPENDED
    assert sorted(world.shown()) == ["u1", "u2", "u3", "u4"]
    assert len(world.files()) == 3


def test_a_rewrite_waits_for_nothing():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    begin(world)
    world.come("b", event(2))
    assert world.close(rewrite=True).outcome is DayOutcome.REWRITTEN


def test_a_backfill_that_another_process_sends_again_is_not_ended():
    world = OpenDays()
    job = begin(world)
    again = msgspec.structs.replace(job, mark="x")
    save(world.staging, again, load(world.staging, "b")[1])
    done(world, job)
    assert load(world.staging, "b")[0] == again


def test_a_later_batch_of_run_shard_is_waited_for():
    world = OpenDays()
    world.come("a", event(1))
    hold_days(world.staging, Shard(0, 2))
    assert world.close().outcome is DayOutcome.WAITING
    assert [left for _, left in end_those_done(world.staging, now() + timedelta(days=1))] == [0]
    assert world.close().outcome is DayOutcome.CLOSED
    hold_days(world.staging, Shard(1, 2))
    world.staging.put("incoming/hackle/later.ndjson", b"")
    world.come("b", event(2, ts="2025-01-03T10:00:00Z"))
    assert world.close("2025-01-03").outcome is DayOutcome.WAITING
    world.come("later", event(3, ts="2025-01-03T11:00:00Z"))
    assert [left for _, left in end_those_done(world.staging, now() + timedelta(days=1))] == [0]
    assert (world.close("2025-01-03").rows, len(world.files())) == (2, 2)
