"""Which drops are chosen: those below a prefix, of a time, so many; never what is no drop."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.backfill.selection import Item, Selection, chosen
from hackle_import.errors import Misconfigured
from hackle_import.stores.protocol import Listed

PLACE = "s3://bucket/prefix"
DAY = datetime(2024, 5, 1, tzinfo=UTC)


def items(*found):
    return [Item(one, str(number)) for number, one in enumerate(found, 1)]


def keys(found, **wishes):
    return [item.found.key for item in chosen(found, Selection(**wishes), PLACE)]


def test_what_is_no_drop_is_never_told():
    names = [
        "incoming/hackle/a.json",
        "incoming/hackle/",
        "incoming/astray.json",
        "incoming/hackle/_SUCCESS",
        "state/x",
    ]
    names += ["incoming/hackle/.hidden", "incoming/.tmp/a.json", "incoming/hackle/b.json"]
    assert keys(items(*map(Listed, names))) == ["incoming/hackle/a.json", "incoming/hackle/b.json"]


def test_a_prefix_is_of_the_whole_key():
    found = items(*map(Listed, ["incoming/hackle/2023/a", "incoming/hackle/2024/a", "incoming/hackle/20231/a"]))
    assert keys(found, prefix="incoming/hackle/2023/") == ["incoming/hackle/2023/a"]
    assert len(keys(found, prefix="incoming/hackle/2023")) == 2


@given(st.lists(st.integers(0, 20)), st.none() | st.integers(0, 20), st.none() | st.integers(0, 20))
def test_newer_and_older_divide_all_drops(ages, newer, older):
    """A time belongs to what is newer than it, and not to what is older: two backfills of one moment leave none out."""
    found = items(*(Listed(f"incoming/hackle/{number}", 1, DAY + timedelta(age)) for number, age in enumerate(ages)))
    moments = {"newer": newer, "older": older}
    wishes = {name: DAY + timedelta(age) for name, age in moments.items() if age is not None}
    right = [age for age in ages if (newer is None or age >= newer) and (older is None or age < older)]
    assert len(keys(found, **wishes)) == len(right)


def test_a_limit_counts_what_was_taken_before():
    found = items(*(Listed(f"incoming/hackle/{number}") for number in range(5)))
    assert len(keys(found, limit=3)) == 3
    assert [item.mark for item in chosen(found[2:], Selection(limit=3), PLACE, taken=2)] == ["3"]
    assert list(chosen(found, Selection(limit=3), PLACE, taken=3)) == []


def test_a_time_that_is_not_told_is_not_guessed():
    with pytest.raises(Misconfigured, match="not told of incoming/hackle/a"):
        keys(items(Listed("incoming/hackle/a")), newer=DAY)
