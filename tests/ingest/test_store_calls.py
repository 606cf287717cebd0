"""How often a store is called for a drop, and how many threads begin: each is time for every small drop, and a call is
money, so none is added unseen."""

from collections import Counter
from threading import Thread

import pytest

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Rules
from support.samples import NOW, event, ndjson
from support.world import KEY, World

MADE = Counter({
    "staging.get": 2,  # the ledger; the folder's last drop
    "staging.head": 2,  # the drop; a mapping of the user's that would win over the preset
    "staging.read": 1,
    "staging.delete": 1,  # the rejects of a former version
    "staging.put_if_absent": 2,  # the folder's last drop, of the first one in it alone; the intent
    "lake.put": 1,
    "staging.put_if_version": 1,  # the commit
})  # fmt: skip
LEFT = Counter({"staging.get": 1, "staging.head": 3})  # the third: whether the rejects file is as it was put


class Counting:
    """A store whose calls are counted."""

    def __init__(self, store, name, calls):
        self.place = store.place
        self._store, self._name, self._calls = store, name, calls

    def __getattr__(self, method):
        def counted(*given):
            self._calls[f"{self._name}.{method}"] += 1
            return getattr(self._store, method)(*given)

        return counted


@pytest.fixture
def world():
    return World()


def handled(world):
    """The outcome of the drop, and the calls that it took."""
    calls = Counter()
    staging, lake = Counting(world.staging, "staging", calls), Counting(world.lake, "lake", calls)
    receipt = ingest(Drop.at(world.staging.place, KEY), Places(staging, staging, lake), Rules(), lambda: NOW)
    return receipt.outcome, calls


def test_a_first_drop(world):
    world.drop(event(1))
    assert handled(world) == (Outcome.WRITTEN, MADE)


def test_an_event_that_comes_twice(world):
    world.drop(event(1))
    handled(world)
    assert handled(world) == (Outcome.SKIPPED, LEFT)


def test_a_drop_that_replaces_another(world):
    world.drop(event(1))
    handled(world)
    world.drop(event(2))
    replacing = Counter({"staging.put_if_version": 2, "lake.delete_many": 1})
    made = {name: calls for name, calls in MADE.items() if name not in ("staging.put_if_absent",)}
    assert handled(world) == (Outcome.WRITTEN, Counter(made | replacing))


def test_rejects_take_an_announcement_and_two_files(world):
    world.drop(body=ndjson(event(1), event(2, ts="never")))
    more = Counter({"staging.put": 2, "staging.put_if_version": 1})
    assert handled(world) == (Outcome.WRITTEN, MADE - Counter({"staging.delete": 1}) + more)


def test_a_small_drop_is_done_by_who_handles_it(world, monkeypatch):
    begun, start = [], Thread.start
    monkeypatch.setattr(Thread, "start", lambda thread: (begun.append(thread.name), start(thread))[1])
    world.drop(body=ndjson(event(1), event(2, ts="2025-01-03"), event(3, ts="never")))
    assert world.handle().files == 2
    assert begun == []
