"""Where a conversion reads and writes, and for how long it may."""

from datetime import timedelta

import pytest

from hackle_import.errors import TryAgain
from hackle_import.ingest.timing import until
from hackle_import.places import Places
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW

DEADLINE = NOW + timedelta(seconds=30)


@pytest.fixture
def places():
    staging, lake = MemoryStore(lambda: NOW, "staging"), MemoryStore(lambda: NOW, "lake")
    return Places(staging, staging, lake)


def test_without_a_deadline_places_are_as_they_were(places):
    with until(None, lambda: NOW, places) as bounded:
        assert bounded is places


def test_before_the_deadline_every_place_answers(places):
    with until(DEADLINE, lambda: NOW, places) as bounded:
        bounded.staging.put("a", b"1")
        bounded.lake.put("b", b"2")
        assert bounded.drops.head("a").size == 1
        assert (places.staging.get("a")[0], places.lake.get("b")[0]) == (b"1", b"2")


@pytest.mark.parametrize("name", ["drops", "staging", "lake"])
def test_after_the_deadline_no_place_does(places, name):
    times = [NOW]
    with until(DEADLINE, lambda: times[-1], places) as bounded:
        times.append(DEADLINE + timedelta(milliseconds=1))
        with pytest.raises(TryAgain, match="no time is left"):
            getattr(bounded, name).head("a")
