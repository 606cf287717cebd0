"""Repeats of ids, counted in bounded memory by Python and in C alike."""

from uuid import UUID, uuid5

import pyarrow as pa
import pytest

from hackle_import.convert import repeats_by
from hackle_import.seen.repeats import Repeats

SPACE = UUID(int=0)


def ids(*numbers):
    return pa.array([str(uuid5(SPACE, str(number))) for number in numbers])


def lines(first, count):
    return pa.array(range(first, first + count), pa.int64())


@pytest.mark.parametrize("decoder", ["native", "python"])
def test_repeats_are_exact_while_all_ids_are_remembered_whatever_the_batches(decoder):
    counter = repeats_by(decoder)
    batch = ids(*range(20_000))
    counter.add(batch, lines(1, 20_000))
    counter.add(batch.slice(500, 3), lines(20_001, 4).slice(1, 3))
    counter.add(ids(), lines(1, 0))
    assert counter.told() == (3, True, [501, 20_002])


def test_beyond_that_the_rest_is_estimated_and_said():
    counter = Repeats(most=1000)
    for start in range(0, 20_000, 1000):
        counter.add(ids(*range(start, start + 1000)), lines(start, 1000))
        counter.add(ids(*range(start, start + 500)), lines(start, 500))
    rows, exact, _ = counter.told()
    assert not exact
    assert 7000 < rows < 13_000


def test_c_estimates_what_it_cannot_remember():
    counter = repeats_by("native")
    batch = ids(*range(50_000))
    digits = batch.to_pylist()
    for number in range(20):  # a million ids, each twice
        more = pa.array([f"{one[:-2]}{number:02x}" for one in digits])
        counter.add(more, lines(1, 50_000))
        counter.add(more, lines(1, 50_000))
    rows, exact, _ = counter.told()
    if not isinstance(counter, Repeats):
        assert not exact
        assert rows == pytest.approx(1_000_000, rel=0.02)
