"""Where closed days are published, the import place is held against the days' ledgers, the open place against the drops'."""

import msgspec

from hackle_import.settings import Rules
from hackle_import.verify import Verification
from hackle_import.verify.closed_days import ClosedDays
from support.open_days import DAY, OpenDays
from support.samples import event


def codes(world, store, *, is_open):
    days = ClosedDays.read(world.staging, "{day}", is_open=is_open)
    return [(one.key, one.code) for one in Verification(store, Rules(), world.staging, days).faults()]


def test_both_places_hold_what_their_ledgers_list():
    world = OpenDays()
    world.come("a", event(1), event(2, ts="2025-01-03T01:00:00Z"))
    world.close()
    world.come("b", event(3))
    world.close()
    assert codes(world, world.lake, is_open=False) == []
    assert codes(world, world.open, is_open=True) == []
    for key in list(world.open.keys(DAY)):
        world.open.delete(key)  # it expired
    assert codes(world, world.open, is_open=True) == []


def test_what_is_missing_altered_or_nobody_s_is_told():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    world.come("b", event(2))
    world.close()
    events, late = world.files()
    body = world.lake.get(late)[0]
    world.lake.delete(late)
    world.lake.put(f"{DAY}/late-9-0.parquet", body)
    world.lake.put(events, body)
    found = codes(world, world.lake, is_open=False)
    assert (events, "altered") in found
    assert (late, "missing") in found
    assert (f"{DAY}/late-9-0.parquet", "orphaned") in found


def test_an_open_file_that_waits_for_its_day_must_be_there():
    world = OpenDays()
    world.come("a", event(1))
    (key,) = world.open.keys("")
    world.open.delete(key)
    assert codes(world, world.open, is_open=True) == [(key, "missing")]


def test_a_day_that_a_newer_release_closed_is_told_and_left_alone():
    world = OpenDays()
    world.close()
    body = msgspec.json.decode(world.staging.get(f"days/{DAY}/ledger.json")[0])
    world.staging.put(f"days/{DAY}/ledger.json", msgspec.json.encode(body | {"document": 99}))
    assert [code for _, code in codes(world, world.lake, is_open=False)] == ["newer_ledger"]
