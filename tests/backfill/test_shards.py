"""Each drop is of exactly one part, whoever asks and however many parts there are; what a platform says is taken."""

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.backfill.shards import PLATFORMS, Shard, read_shard
from hackle_import.cli.run import listed
from hackle_import.drop import Drop
from hackle_import.errors import Misconfigured


@given(st.integers(1, 50), st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_each_drop_is_of_exactly_one_part(count, name):
    source = Drop("s3://bucket", f"incoming/hackle/{name}", "hackle").source
    assert [Shard(index, count).holds(source) for index in range(count)].count(True) == 1


def test_parts_are_of_about_one_size():
    """A thousand names that differ in a digit, as those of days do."""
    sources = [Drop("s3://bucket", f"incoming/hackle/{number}.json", "hackle").source for number in range(1000)]
    sizes = [sum(map(Shard(index, 7).holds, sources)) for index in range(7)]
    assert sum(sizes) == 1000
    assert min(sizes) > 100


@pytest.mark.parametrize(
    ("text", "env", "shard"),
    [
        ("0/7", {}, Shard(0, 7)),
        ("6/7", {}, Shard(6, 7)),
        ("0/1", {}, Shard(0, 1)),
        ("auto", {"CLOUD_RUN_TASK_INDEX": "3", "CLOUD_RUN_TASK_COUNT": "10"}, Shard(3, 10)),
        ("auto", {"AWS_BATCH_JOB_ARRAY_INDEX": "2", "AWS_BATCH_JOB_ARRAY_SIZE": "4"}, Shard(2, 4)),
        ("auto/5", {"AWS_BATCH_JOB_ARRAY_INDEX": "2"}, Shard(2, 5)),
        ("auto/5", {"JOB_COMPLETION_INDEX": "4"}, Shard(4, 5)),
    ],
)
def test_what_is_given_and_what_a_platform_says(text, env, shard):
    assert read_shard(text, env) == shard


@pytest.mark.parametrize(
    ("text", "env", "told"),
    [
        ("7/7", {}, "parts are counted from 0: of 7 they are 0/7 to 6/7"),
        ("0/0", {}, "counted from 0"),
        ("1", {}, "give I/N"),
        ("-1/7", {}, "give I/N"),
        ("1/7/2", {}, "give I/N"),
        ("٣/7", {}, "give I/N"),
        ("auto", {}, "none of CLOUD_RUN_TASK_INDEX"),
        ("auto", {"JOB_COMPLETION_INDEX": "4"}, "give auto/N"),
        ("auto/3", {"JOB_COMPLETION_INDEX": "4"}, "of 3 they are 0/3 to 2/3"),
        ("auto", {"CLOUD_RUN_TASK_INDEX": "a", "CLOUD_RUN_TASK_COUNT": "10"}, "'a' is no whole number"),
    ],
)
def test_what_names_no_part_is_refused_with_a_remedy(text, env, told):
    with pytest.raises(Misconfigured, match=re.escape(told)):
        read_shard(text, env)


class Many:
    """A place of so many drops, listed as a bucket is."""

    place = "s3://bucket"

    def __init__(self, drops):
        self._drops = drops

    def keys(self, prefix):
        yield from (f"{prefix}hackle/{number:09d}.ndjson.gz" for number in range(self._drops))


@pytest.mark.parametrize("drops", [2_000, 20_000])
def test_a_listing_is_never_held(drops):
    tracemalloc.start()
    try:
        assert sum(1 for _ in listed(Many(drops), Shard(1, 3))) > drops / 4
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_what_is_no_drop_is_told_by_one_part():
    class Astray:
        place = "s3://bucket"

        def keys(self, prefix):
            yield f"{prefix}astray.json"

    assert [list(listed(Astray(), Shard(index, 3))) for index in range(3)] == [["incoming/astray.json"], [], []]


def test_every_platform_is_in_the_page():
    from support.pages import page

    assert [name for name in PLATFORMS if name not in page("docs/scale.md")] == []
