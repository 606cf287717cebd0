"""Two workers on one drop that are set differently, as while a deployment is replaced: neither's rows are lost or
doubled, and a setting that changes rows makes the drop anew."""

import threading
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Limits, Rules
from hackle_import.stores.memory import MemoryStore
from hackle_import.verify import Verification
from support.samples import NOW, event, ndjson
from support.world import KEY, Unversioned, World, ids_in

PRIVATE = b'[privacy]\nhash = ["user_properties.mail"]'
WEB = {"osname": "web", "appversion": "1"}
BODY = ndjson(
    *(event(n, user_properties={"mail": f"{n}@example.com"}, ts=f"2025-01-0{1 + n % 2}T20:00:00Z") for n in range(50)),
    event(50, platform_properties=WEB),
)
SETTINGS = {
    "osnames": (Rules(), Rules(osnames=("Android", "iOS", "web"))),
    "day zone": (Rules(), Rules(day_timezone=ZoneInfo("Asia/Seoul"))),
    "hash key": (Rules(hash_key=b"1" * 32), Rules(hash_key=b"2" * 32)),
    "spool": (Rules(limits=Limits(spool_bytes=1)), Rules()),
    "compression": (Rules(), Rules(compression="zstd")),
    "line": (Rules(), Rules(limits=Limits(max_line_bytes=370))),
}


class Slow:
    """A store whose first put of a Parquet file waits until it is let go."""

    def __init__(self, store):
        self._store, self.waits, self.go = store, threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self._store, name)

    def put(self, key, body):
        content = body if isinstance(body, bytes) else body.read_bytes()
        if not self.waits.is_set():
            self.waits.set()
            assert self.go.wait(60)
        return self._store.put(key, content)


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("name", SETTINGS)
def test_a_slow_worker_takes_nothing_from_a_quick_one_that_is_set_differently(name, turn):
    slow_rules, quick_rules = SETTINGS[name][::turn]
    world = World()
    world.staging.put("mappings/hackle.toml", PRIVATE)
    private = {"hash_key": b"3" * 32}
    slow_rules, quick_rules = (one if one.hash_key else replace(one, **private) for one in (slow_rules, quick_rules))
    world.drop(body=BODY)
    lake, ended = Slow(world.lake), []
    slow = threading.Thread(target=lambda: ended.append(world.handle(lake=lake, rules=slow_rules)))
    slow.start()
    assert lake.waits.wait(60)
    quick = world.handle(rules=quick_rules)
    lake.go.set()
    slow.join()
    receipt = world.handle(rules=quick_rules)  # the next event
    entry = world.entry()
    assert receipt.outcome in (Outcome.SKIPPED, Outcome.WRITTEN)
    assert len(world.ids()) == quick.rows_written == entry.commit.receipt.rows_written
    assert max(Counter(world.ids()).values()) == 1
    assert list(Verification(world.lake, quick_rules, world.staging).faults()) == []


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in ("spool", "compression")])
def test_a_setting_that_changes_rows_makes_the_drop_anew_and_the_receipt_says_why(name):
    former, rules = (one if one.hash_key else replace(one, hash_key=b"3" * 32) for one in SETTINGS[name])
    world = World()
    world.staging.put("mappings/hackle.toml", PRIVATE)
    world.drop(body=BODY)
    first = world.handle(rules=former)
    assert first.changed == []
    again = world.handle(rules=rules)
    assert (again.outcome, len(again.changed)) == (Outcome.WRITTEN, 1)
    assert again.changed[0].startswith("HACKLE_")
    assert (again.hash_key_id == first.hash_key_id) == (name != "hash key")
    assert world.entry().receipt.changed == again.changed
    assert world.handle(rules=rules).outcome is Outcome.SKIPPED
    assert list(Verification(world.lake, rules, world.staging).faults()) == []


@pytest.mark.parametrize("name", ["spool", "compression"])
def test_a_setting_that_changes_how_files_are_cut_or_compressed_makes_no_drop_anew(name):
    world = World()
    world.drop(body=BODY)
    world.handle(rules=SETTINGS[name][0])
    assert world.handle(rules=SETTINGS[name][1]).outcome is Outcome.SKIPPED


def test_a_limit_that_is_raised_makes_anew_what_failed_by_it_and_nothing_else():
    world = World()
    world.drop(body=BODY)
    small, large = Rules(limits=Limits(max_days=1)), Rules(limits=Limits(max_days=5))
    assert world.handle(rules=small).fault.code == "too_many_days"
    assert world.handle(rules=small).outcome is Outcome.SKIPPED
    assert world.handle(rules=large).changed == ["days of a drop"]
    assert world.handle(rules=small).outcome is Outcome.SKIPPED


def test_the_same_bytes_put_again_are_judged_by_their_own_time():
    """One row is five minutes too far ahead at the first upload, and not at the second."""
    now = [NOW]
    staging, lake = Unversioned(lambda: now[0], "staging"), MemoryStore(lambda: now[0], "lake")
    drop, places = Drop.at("staging", KEY), Places(staging, staging, lake)
    body = ndjson(event(1), event(2, ts=(NOW + timedelta(days=1, minutes=5)).isoformat()))
    staging.put(KEY, body)
    slow = Slow(lake)
    first = threading.Thread(target=lambda: ingest(drop, Places(staging, staging, slow), Rules(), lambda: now[0]))
    first.start()
    assert slow.waits.wait(60)
    now[0] += timedelta(minutes=10)
    staging.put(KEY, body)
    assert ingest(drop, places, Rules(), lambda: now[0]).rows_written == 2
    slow.go.set()
    first.join()
    assert ingest(drop, places, Rules(), lambda: now[0]).outcome is Outcome.SKIPPED
    assert ids_in(lake) == ["u1", "u2"]
    assert ledger.load(staging, drop)[0].commit.receipt.rows_written == 2
