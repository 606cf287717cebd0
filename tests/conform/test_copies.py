"""Equal rows are numbered, in bounded memory."""

import pickle
from collections import Counter
from copy import copy, deepcopy
from random import Random

import pytest

from hackle_import.conform.copies import Copies
from hackle_import.conform.insert_id import uuid_of
from hackle_import.errors import BadDrop


def test_each_row_has_its_number_among_equal_ones():
    copies, seen, random = Copies(), Counter(), Random(1)
    for _ in range(20_000):
        made = uuid_of(b"%d" % random.randrange(6000))
        seen[made] += 1
        assert copies.number(made) == seen[made]
    assert len(seen) > 4 * 1024


@pytest.mark.parametrize("digit", [*range(8), *range(9, 13), *range(14, 18)])
def test_ids_that_differ_in_any_of_their_first_60_bits_are_two(digit):
    copies, made = Copies(), "00000001-0000-8000-8000-000000000000"
    other = f"{made[:digit]}f{made[digit + 1 :]}"
    assert [copies.number(one) for one in (made, other, made)] == [1, 1, 2]


def test_ids_that_belong_to_one_place_of_the_table_are_each_counted():
    copies = Copies()
    ids = [f"{number:08x}-0000-5000-8000-000000000000" for number in range(1, 600)]
    assert {copies.number(made) for made in ids} == {1}
    assert {copies.number(made) for made in ids} == {2}


def test_there_is_a_most_of_them_and_equal_ones_count_once():
    copies = Copies(most=300)
    ids = [uuid_of(b"%d" % number) for number in range(300)]
    assert [copies.number(made) for made in ids * 2] == [1] * 300 + [2] * 300
    with pytest.raises(BadDrop, match="more than 300 rows lack an id") as caught:
        copies.number(uuid_of(b"one more"))
    assert caught.value.fault == "too_many_made_ids"


def test_what_counts_is_not_copied_for_it_holds_addresses():
    for copied in (copy, deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="is not copied"):
            copied(Copies())
