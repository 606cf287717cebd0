"""Work ends in time: between two steps, and while a store is waited for."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from hackle_import.errors import NotFound, TryAgain
from hackle_import.ingest.timing import Timing, until
from hackle_import.places import Places
from hackle_import.stores.memory import MemoryStore

BEGAN = datetime(2025, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def places():
    staging = MemoryStore(lambda: BEGAN, "staging")
    return Places(staging, staging, MemoryStore(lambda: BEGAN, "lake"))


@pytest.mark.parametrize(("late", "is_over"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_a_checkpoint_names_the_drop_once_the_deadline_is_over(late, is_over):
    timing = Timing("s3://staging/incoming/hackle/a", lambda: BEGAN + late, BEGAN, deadline=BEGAN)
    if is_over:
        with pytest.raises(TryAgain, match="s3://staging/incoming/hackle/a: not done in time"):
            timing.checkpoint()
    else:
        timing.checkpoint()


def test_without_a_deadline_no_time_is_too_late(places):
    Timing("a", lambda: BEGAN + timedelta(days=9), BEGAN).checkpoint()
    with until(None, lambda: BEGAN, places) as the_same:
        assert the_same is places


def test_in_time_the_stores_answer_as_they_are(places):
    with until(BEGAN + timedelta(hours=1), lambda: BEGAN, places) as in_time:
        in_time.lake.put("a", b"1")
        assert in_time.lake.get("a")[0] == b"1"
        assert in_time.lake.place == "lake"
        with pytest.raises(NotFound):
            in_time.drops.head("b")
    assert places.lake.get("a")[0] == b"1"


def test_after_the_deadline_no_store_is_asked(places):
    with until(BEGAN, lambda: BEGAN + timedelta(seconds=1), places) as in_time:
        for store in (in_time.drops, in_time.staging, in_time.lake):
            with pytest.raises(TryAgain, match="no time is left"):
                store.head("a")


def test_who_does_not_answer_is_left_behind(places):
    answered = Event()

    class Deaf:
        place = "staging"

        def head(self, _key):
            answered.wait()

    deaf = Places(Deaf(), places.staging, places.lake)
    try:
        with until(BEGAN + timedelta(milliseconds=10), lambda: BEGAN, deaf) as in_time, pytest.raises(TryAgain):
            in_time.drops.head("a")
    finally:
        answered.set()
