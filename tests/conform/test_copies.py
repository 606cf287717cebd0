"""Equal rows are numbered, in bounded memory."""

from collections import Counter
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


def test_there_is_a_most_of_them_and_equal_ones_count_once():
    copies = Copies(most=2)
    assert [copies.number(uuid_of(text)) for text in (b"a", b"b", b"a", b"b")] == [1, 1, 2, 2]
    with pytest.raises(BadDrop, match="more than 2 rows lack an id") as caught:
        copies.number(uuid_of(b"c"))
    assert caught.value.fault == "too_many_made_ids"
