"""Ids that repeat, held against a plain count."""

from collections import Counter
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.verify.repeats import Repeats

FEW = st.integers(0, 300).map(lambda number: str(UUID(int=number << 40 | number)))
FILES = st.lists(st.lists(st.one_of(FEW, st.uuids().map(str)), max_size=400), max_size=4)


def expected(files):
    first, rows = {}, Counter()
    for number, ids in enumerate(files):
        for one in ids:
            if one in first:
                rows[number, first[one]] += 1
            first.setdefault(one, number)
    return rows


@pytest.mark.parametrize("part_bytes", [1 << 20, 1])
@given(files=FILES)
def test_rows_are_counted_whose_id_came_before(tmp_path_factory, part_bytes, files):
    repeats = Repeats(tmp_path_factory.mktemp("repeats") / "ids", part_bytes)
    for number, ids in enumerate(files):
        repeats.add(pa.array(ids, pa.string()), number)
    assert repeats.rows() == expected(files)


def test_one_id_in_every_row_is_partitioned_no_deeper_than_an_id_is_long(tmp_path):
    repeats = Repeats(tmp_path / "ids", part_bytes=1000)
    for number in range(3):
        repeats.add(pa.array([str(UUID(int=7))] * 1000), number)
    assert repeats.rows() == {(0, 0): 999, (1, 0): 1000, (2, 0): 1000}


def test_a_part_of_an_array_is_counted_as_itself(tmp_path):
    ids = pa.array([str(UUID(int=number)) for number in (1, 2, 3, 2)])
    repeats = Repeats(tmp_path / "ids")
    repeats.add(ids[1:], 0)
    assert repeats.rows() == {(0, 0): 1}
