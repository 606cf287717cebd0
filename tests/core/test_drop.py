"""Which keys are drops, and which keys belong to one."""

import pytest

from hackle_import.drop import Drop, drop_in, is_folder_marker


@pytest.mark.parametrize(
    ("key", "mapping"),
    [
        ("incoming/hackle/a.ndjson", "hackle"),
        ("incoming/own mapping/deep/er/a", "own mapping"),
        ("incoming/m/a//b", "m"),
        ("incoming/m/incoming/m/a", "m"),
    ],
)
def test_an_object_below_incoming_and_a_mapping_is_a_drop(key, mapping):
    assert Drop.at("s3://b", key) == Drop("s3://b", key, mapping)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a",
        "incoming/a",
        "incoming/",
        "incoming//a",
        "incoming/m/",
        "incoming/m/folder/",
        "incoming/m/folder_$folder$",
        "Incoming/m/a",
        "outcoming/m/a",
        "x/incoming/m/a",
        "incomingm/a/b",
        "mappings/m.toml",
        "state/0123456789abcdef.json",
        "rejected/m/a.rejected.ndjson.gz",
    ],
)
def test_any_other_object_is_none(key):
    assert Drop.at("s3://b", key) is None


@pytest.mark.parametrize(
    ("key", "is_marker"), [("a/", True), ("a_$folder$", True), ("a", False), ("a_$folder$/b", False)]
)
def test_a_folder_s_marker_is_told_by_its_end(key, is_marker):
    assert is_folder_marker(key) is is_marker


def test_two_drops_never_share_a_source():
    keys = ["a", "a.json", "a/b", "é", "e\u0301", "\udcff"]
    places = ("s3://a", "s3://b")
    found = {Drop(place, f"incoming/hackle/{key}", "hackle").source for place in places for key in keys}
    assert len(found) == len(places) * len(keys)


def test_a_source_hangs_on_nothing_but_place_and_key():
    assert Drop("s3://a", "incoming/hackle/a", "hackle").source == Drop("s3://a", "incoming/hackle/a", "x").source
    assert Drop("s3://a", "b", "m").source != Drop("s3://ab", "", "m").source


def test_what_belongs_to_a_drop_lies_in_folders_of_its_own():
    drop = Drop("s3://a", "incoming/hackle/deep/é.ndjson", "hackle")
    assert drop.state_key == f"state/{drop.source}.json"
    assert drop.rejected_key == "rejected/hackle/deep/é.ndjson.rejected.ndjson.gz"
    assert drop.rejects_copy_key("v1", 2) == f"rejected/.copies/{drop.source}-v1-2.rejected.ndjson.gz"


@pytest.mark.parametrize("letter", ["a", "é", "한", "😀"])
def test_a_long_key_has_a_rejects_file_of_its_own_and_keeps_its_beginning(letter):
    drops = [Drop("s3://a", "incoming/hackle/" + letter * 1000 + name, "hackle") for name in ("1", "2")]
    keys = [drop.rejected_key for drop in drops]
    assert len(set(keys)) == 2
    for drop, key in zip(drops, keys, strict=True):
        assert 1020 < len(key.encode()) <= 1024
        assert key.startswith("rejected/hackle/" + letter * 200)
        assert key.endswith(f"-{drop.source}.rejected.ndjson.gz")


def test_the_longest_key_that_fits_is_kept_whole():
    room = 1024 - len("rejected/.rejected.ndjson.gz")
    for length, ending in ((room, "x.rejected.ndjson.gz"), (room + 1, None)):
        drop = Drop("s3://a", "incoming/" + "x" * length, "hackle")
        assert drop.rejected_key.endswith(ending or f"x-{drop.source}.rejected.ndjson.gz")
        assert len(drop.rejected_key) == 1024


@pytest.mark.parametrize(
    ("place", "bucket", "name", "key"),
    [
        ("s3://b", "s3://b", "incoming/m/a", "incoming/m/a"),
        ("s3://b/p", "s3://b", "p/incoming/m/a", "incoming/m/a"),
        ("s3://b/p/q", "s3://b", "p/q/incoming/m/a", "incoming/m/a"),
        ("s3://b/p", "s3://b", "incoming/m/a", None),
        ("s3://b/p", "s3://b", "pp/incoming/m/a", None),
        ("s3://bucket", "s3://b", "ucket/incoming/m/a", None),
        ("s3://b", "s3://bucket", "incoming/m/a", None),
        ("gs://b", "s3://b", "incoming/m/a", None),
        ("s3://b", "s3://b", "incoming/a", None),
        ("s3://b", "s3://b", "incoming/m/folder/", None),
        ("s3://b", "s3://b", "/incoming/m/a", None),
        ("s3://b", "s3://b", "", None),
    ],
)
def test_an_event_s_object_is_a_drop_only_below_incoming_of_the_staging_place(place, bucket, name, key):
    drop = drop_in(place, bucket, name)
    assert (drop.key if drop else None) == key
    assert drop is None or drop.place == place
