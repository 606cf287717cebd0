"""Batches put on the disk come back as they were."""

import pyarrow as pa
import pytest

from hackle_import.writing.overflow import Overflow


@pytest.fixture
def path(tmp_path):
    return tmp_path / "overflow"


def batch(*numbers):
    return pa.record_batch(
        {"n": pa.array(numbers, pa.int64()), "word": pa.array(["a"] * len(numbers)).dictionary_encode()}
    )


def test_each_batch_is_found_again_in_any_order(path):
    overflow = Overflow(path)
    batches = [batch(1, 2), batch(), batch(3)]
    places = [overflow.put(one) for one in batches]
    for number in (2, 0, 1, 0):
        assert overflow.get(places[number]).equals(batches[number])
    places.append(overflow.put(batch(4)))
    assert overflow.get(places[3]).equals(batch(4))
    assert overflow.get(places[0]).equals(batches[0])
    overflow.close()


def test_its_size_is_that_of_the_file(path):
    overflow = Overflow(path)
    assert overflow.size == 0
    assert overflow.put(batch(1, 2)) == 0
    first = overflow.size
    assert overflow.put(batch(3)) == first
    assert overflow.size > first > 0
    size = overflow.size
    assert path.stat().st_size == size
    overflow.close()


def test_there_is_a_file_from_the_first_batch_on_until_it_is_closed(path):
    overflow = Overflow(path)
    assert not path.exists()
    overflow.put(batch(1))
    assert path.exists()
    overflow.close()
    assert not path.exists()


def test_one_that_held_nothing_is_closed_and_twice_is_no_error(path):
    overflow = Overflow(path)
    overflow.close()
    overflow.close()
    assert not path.exists()
