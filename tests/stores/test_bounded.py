"""A call ends in time, whether or not its store answers."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from hackle_import.errors import TryAgain
from hackle_import.stores import NotFound
from hackle_import.stores.bounded import Bounded, BoundedCatalogue, BoundedSource, in_time
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW

CALLS = {
    "head": ("a",),
    "get": ("a",),
    "read": ("a", "1", 0, 1),
    "put": ("a", b"x"),
    "put_if_absent": ("b", b"x"),
    "put_if_version": ("a", b"x", "1"),
    "delete": ("a",),
}


@pytest.fixture
def pool():
    with ThreadPoolExecutor(3) as pool:
        yield pool


@pytest.fixture
def store():
    store = MemoryStore(lambda: NOW)
    store.put("a", b"text")
    return store


class Deaf:
    """Answers when it is told to."""

    place = "deaf"

    def __init__(self):
        self.answers = Event()

    def head(self, _):
        self.answers.wait(60)

    get = head


def test_a_store_that_answers_is_as_it_was(store, pool):
    bounded = Bounded(store, lambda: 30, pool)
    assert bounded.place == store.place
    assert bounded.get("a") == store.get("a")
    found = bounded.head("a")
    assert bounded.read("a", found.version, 1, 3) == b"ex"
    bounded.put_if_version("a", b"other", found.version)
    bounded.put_if_absent("b", b"more")
    assert list(bounded.keys("")) == ["a", "b"]
    listed = list(BoundedCatalogue(store, lambda: 30, pool).listed("", "a"))
    assert listed == list(store.listed("", "a"))
    assert [found.key for found in listed] == ["b"]
    bounded.delete("a")
    bounded.delete_many(["a"])
    with pytest.raises(NotFound):
        bounded.head("a")


@pytest.mark.parametrize("call", CALLS)
def test_no_call_is_begun_once_the_time_is_over(store, pool, call):
    before = dict(store.__dict__)
    with pytest.raises(TryAgain, match="no time is left"):
        getattr(Bounded(store, lambda: -0.001, pool), call)(*CALLS[call])
    assert store.__dict__ == before


def test_the_next_key_is_not_asked_for_once_the_time_is_over(store, pool):
    store.put("b", b"x")
    left = [30]
    keys = Bounded(store, lambda: left[0], pool).keys("")
    assert next(keys) == "a"
    left[0] = -1
    with pytest.raises(TryAgain, match="no time is left"):
        next(keys)


@pytest.mark.parametrize("call", ["head", "get"])
def test_a_store_that_is_slow_is_left_behind(pool, call):
    deaf = Deaf()
    try:
        with pytest.raises(TryAgain, match="deaf did not answer before the time was over"):
            getattr(Bounded(deaf, lambda: 0, pool), call)("a")
    finally:
        deaf.answers.set()


def test_a_time_out_of_the_store_s_own_is_raised_as_it_is(pool):
    class TimesOut:
        place = "x"

        def head(self, _):
            raise TimeoutError("the socket")

    with pytest.raises(TimeoutError, match="the socket"):
        BoundedSource(TimesOut(), lambda: 30, pool).head("a")


def test_a_store_s_own_tries_know_whether_time_is_left(pool):
    left, told = [30], []

    class Asks:
        place = "x"

        def head(self, _):
            left[0] = -1
            told.append(in_time())

    BoundedSource(Asks(), lambda: left[0], pool).head("a")
    assert told == [False]
    assert in_time()


def test_two_of_one_store_are_equal(store, pool):
    one, other = BoundedSource(store, lambda: 1, pool), BoundedSource(store, lambda: 2, pool)
    assert (one == other, hash(one) == hash(other)) == (True, True)
    assert one != BoundedSource(MemoryStore(lambda: NOW), lambda: 1, pool)
    assert one != store
