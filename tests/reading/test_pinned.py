"""Reads go on where they broke off, and never mix two versions of a drop."""

import io

import pytest
import stamina

from hackle_import.reading.pinned import ATTEMPTS, PinnedReader
from hackle_import.stores import BrokenOff, Changed, Unavailable
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW, event, ndjson
from support.world import KEY, Failing, World

BODY = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def no_waiting():
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield


class Flaky:
    """Every second range fails once before it is answered."""

    def __init__(self, store):
        self.store, self.asked = store, []

    def read(self, key, version, start, end):
        self.asked.append((start, end))
        if (start // 1000) % 2 and self.asked.count((start, end)) == 1:
            raise Unavailable("connection reset")
        return self.store.read(key, version, start, end)


def stored():
    store = MemoryStore(lambda: NOW)
    return store, store.put("a", BODY)


def test_only_the_range_that_broke_off_is_read_again():
    store, found = stored()
    flaky = Flaky(store)
    with PinnedReader(flaky, found, block_bytes=1000) as reader:
        assert reader.readall() == BODY
    assert flaky.asked.count((1000, 2000)) == 2
    assert flaky.asked.count((2000, 3000)) == 1


def test_a_range_is_read_on_from_the_byte_at_which_it_broke_off():
    store, found = stored()

    class BreaksOff(Flaky):
        def read(self, key, version, start, end):
            self.asked.append(start)
            raise BrokenOff(key, self.store.read(key, version, start, min(start + 300, end)))

    broken = BreaksOff(store)
    with PinnedReader(broken, found, block_bytes=1000) as reader:
        assert reader.readall() == BODY
    assert broken.asked == sorted(
        {
            *range(0, len(BODY), 1000),
            *(n + m for n in range(0, len(BODY), 1000) for m in (300, 600, 900) if n + m < len(BODY)),
        }
    )


def test_a_store_that_never_answers_is_given_up():
    _, found = stored()
    store = Failing(MemoryStore(lambda: NOW), "read", after=False)
    with PinnedReader(store, found) as reader, pytest.raises(Unavailable):
        reader.readall()


def test_a_version_that_is_replaced_while_it_is_read_is_not_read_on():
    store, found = stored()
    with PinnedReader(store, found, block_bytes=1000) as reader:
        reader.read(10)
        store.put("a", b"new")
        with pytest.raises(Changed):
            reader.readall()


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz"])
def test_trouble_of_the_store_is_never_taken_for_the_drop_s_fault(name):
    import gzip

    world, key = World(), f"incoming/hackle/{name}"
    body = ndjson(event(1))
    world.drop(key=key, body=gzip.compress(body) if name.endswith("gz") else body)
    with pytest.raises(OSError, match="disk"):
        world.handle(key, staging=Failing(world.staging, "read", after=False, error=OSError("disk")))
    assert world.handle(key).outcome == "written"


def test_a_drop_replaced_while_it_is_read_ends_as_the_newer_one():
    world = World()
    world.drop(event(1))

    class Replacing(Failing):
        def __getattr__(self, name):
            if name == "read" and not self._after:
                self._after = True
                world.drop(event(2))
            return getattr(self._store, name)

    assert world.handle(KEY, staging=Replacing(world.staging, "read", after=False)).outcome == "written"
    assert world.ids() == ["u2"]


def test_a_buffer_that_is_collected_while_the_reader_ends_does_not_end_it_once_more(monkeypatch):
    """Its finalizer closes what it reads from: within the pool's shutdown that waited for itself, for ever."""
    ended = []
    store = MemoryStore(lambda: NOW)
    with PinnedReader(store, store.put("a", b"text")) as reader:
        buffer, shutdown = io.BufferedReader(reader), reader._pool.shutdown
        assert buffer.read() == b"text"

        def shutdown_while_it_is_collected(**how):
            ended.append(how)
            buffer.close()
            shutdown(**how)

        monkeypatch.setattr(reader._pool, "shutdown", shutdown_while_it_is_collected)
    assert len(ended) == 1
