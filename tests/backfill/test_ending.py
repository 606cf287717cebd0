"""A backfill is over when the ledger says so: a schedule sees it, without a person; and days are closed then."""

from datetime import timedelta

import msgspec
import pytest

from hackle_import.backfill.closing import close_days
from hackle_import.backfill.ending import SETTLED, end_those_done
from hackle_import.backfill.job import ALL, Job, begin, list_key_of, load, save
from hackle_import.backfill.selection import Selection
from hackle_import.days.closed import DayOutcome
from hackle_import.days.waiting import under_way
from hackle_import.drop import Drop
from hackle_import.errors import TryAgain
from hackle_import.ingest import ledger
from hackle_import.ingest.ledger import Entry
from hackle_import.settings import Settings
from hackle_import.stores.memory import MemoryStore
from support.open_days import DAY, OpenDays
from support.samples import NOW, event

NEVER = b'{"event_key": "never handled"}\n'


def begun(world, mark=ALL, *, finished=True, **wishes):
    job = Job("b", "queue", Selection(**wishes), world.now, mark, finished=world.now if finished else None)
    begin(world.staging, job)
    return job


def left(world, **more):
    return [count for _, count in end_those_done(world.staging, world.now, **more)]


def is_done(world, job):
    return load(world.staging, job.identity)[0].done is not None


def put(world, name):
    world.staging.put(f"incoming/hackle/{name}.ndjson", NEVER)


def intended(world, name, receipt=None):
    """A worker has announced what it writes of a drop, and nothing came of it yet."""
    put(world, name)
    drop = Drop.at("staging", f"incoming/hackle/{name}.ndjson")
    ledger.save(world.staging, drop, Entry(drop.key, receipt=receipt, intent_version="v", intent=["x"]), None)


def scheduled(world, deadline=None):
    told = []
    settings = Settings("staging", "lake", world.rules, days=world.how)
    count = close_days(world.closing, settings, lambda: world.now, deadline, told.append)
    return count, [(one.day, one.outcome.value) for one in told]


def test_a_schedule_closes_days_when_the_last_drop_is_handled_though_nobody_looks():
    world = OpenDays(look_back=1)
    world.come("a", event(1))
    put(world, "b")
    job = begun(world)
    assert scheduled(world) == (2, [(DAY, "waiting"), ("2025-01-09", "closed")])
    assert (under_way(world.staging)[0].identity, is_done(world, job)) == ("b", False)
    world.come("b", event(2))
    count, told = scheduled(world, deadline=NOW + timedelta(minutes=9))
    assert (count, told) == (2, [(DAY, "waiting"), (DAY, "closed")])
    assert (is_done(world, job), world.shown()) == (True, ["u1", "u2"])
    assert scheduled(world)[1] == []


def test_where_no_day_waits_no_backfill_is_looked_at():
    world = OpenDays(look_back=1)
    begun(world)
    assert scheduled(world) == (1, [("2025-01-09", "closed")])
    assert [job.identity for job in under_way(world.staging)] == ["b"]


def test_a_day_that_fails_is_asked_for_again_when_all_were_tried():
    world = OpenDays(look_back=1)
    world.come("a", event(1))
    world.staging.put(f"days/{DAY}/ledger.json", b"{")
    with pytest.raises(TryAgain, match=DAY):
        scheduled(world)
    assert world.staging.get("days/2025-01-09/_CLOSED")


def test_what_is_not_sent_yet_is_not_over():
    world = OpenDays()
    job = begun(world, mark="", finished=False)
    assert (left(world), is_done(world, job)) == ([], False)


@pytest.mark.parametrize("was_handled_before", [False, True])
def test_a_drop_that_is_under_way_is_waited_for_unless_nothing_was_heard_of_it_for_hours(was_handled_before):
    world = OpenDays()
    before = world.come("other", event(9)) if was_handled_before else None
    intended(world, "a", before)
    job = begun(world, limit=1)
    world.now += SETTLED - timedelta(seconds=1)
    assert (left(world), is_done(world, job)) == ([1], False)
    world.now += timedelta(seconds=1)
    assert (left(world), is_done(world, job)) == ([0], True)


def test_documents_that_are_too_many_to_be_read_are_waited_for():
    world = OpenDays()
    for name in "abc":
        world.come(name, event(1))
    job = begun(world)
    assert (left(world, most=2), is_done(world, job)) == ([3], False)
    world.now += SETTLED
    assert (left(world, most=2), is_done(world, job)) == ([0], True)


def test_a_drop_that_failed_and_one_of_a_newer_release_are_handled():
    world = OpenDays()
    world.drop(key="incoming/hackle/broken.json", body=b"[{")
    assert world.handle("incoming/hackle/broken.json").outcome == "failed"
    newer = Drop.at("staging", "incoming/hackle/newer.ndjson")
    put(world, "newer")
    world.staging.put(newer.state_key, msgspec.json.encode({"source": newer.key, "document": 99}))
    begun(world)
    assert left(world) == [0]


def test_of_a_list_those_that_are_gone_are_not_waited_for():
    world = OpenDays()
    for name in ("a", "b"):
        put(world, name)
    world.staging.put(list_key_of("b"), b"incoming/hackle/a.ndjson\nincoming/hackle/gone.ndjson\n")
    job = begun(world, mark="2", listed="digest")
    assert (left(world), is_done(world, job)) == ([1], False)
    world.come("a", event(1))
    assert (left(world), is_done(world, job)) == ([0], True)


def test_an_inventory_that_cannot_be_read_is_taken_for_all_that_was_there_when_it_began():
    world = OpenDays()
    world.staging = MemoryStore(lambda: world.now, "staging")
    for name in ("a", "b"):
        put(world, name)
    world.now += timedelta(hours=1)
    job = begun(world, mark="1", inventory="s3://elsewhere/manifest.json")
    put(world, "live")  # came since
    assert (left(world), is_done(world, job)) == ([2], False)
    world.handle("incoming/hackle/a.ndjson")
    assert (left(world), is_done(world, job)) == ([1], False)
    world.staging.delete("incoming/hackle/b.ndjson")
    assert (left(world), is_done(world, job)) == ([0], True)


def test_a_run_with_the_same_wishes_begins_it_anew():
    world = OpenDays()
    world.come("a", event(1))
    job = begun(world)
    assert (left(world), is_done(world, job)) == ([0], True)
    world.now += timedelta(days=1)
    assert is_done(world, begun(world)) is False
    found, version = load(world.staging, "b")
    save(world.staging, found, version)
    assert found.began == world.now
    assert world.close(DAY).outcome is DayOutcome.WAITING
