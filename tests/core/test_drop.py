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
        "incoming/.m/a",
        "incoming/m/.a",
        "incoming/m/deep/.a.ndjson.part",
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
def test_a_name_that_no_disk_has_gives_its_beginning_to_a_rejects_file_apart(letter):
    drops = [Drop("s3://a", "incoming/hackle/" + letter * 300 + name, "hackle") for name in ("1", "2")]
    keys = [drop.rejected_key for drop in drops]
    assert len(set(keys)) == 2
    for drop, key in zip(drops, keys, strict=True):
        assert key.startswith("rejected/.long/" + letter * 25)
        assert key.endswith(f"-{drop.source}.rejected.ndjson.gz")
        assert len(key.rpartition("/")[2].encode()) <= 255


@pytest.mark.parametrize("key", ["incoming/m/a//b", "incoming/m/.deep/b", "incoming/m/\udcff" + "x" * 250])
def test_a_path_that_some_storage_has_not_leads_to_no_rejects_file(key):
    assert Drop("s3://a", key, "m").rejected_key.startswith("rejected/.long/")


ENDING = len(".rejected.ndjson.gz")


@pytest.mark.parametrize(
    ("place", "path", "is_kept"),
    [
        ("s3://b", "m/" + "x" * (255 - ENDING), True),
        ("s3://b", "m/" + "x" * (256 - ENDING), False),
        ("s3://b", "/".join(["x" * 99] * 9) + "/" + "x" * (1023 - len("rejected/") - 900 - ENDING), True),
        ("s3://b", "/".join(["x" * 99] * 9) + "/" + "x" * (1024 - len("rejected/") - 900 - ENDING), False),
        ("s3://b/pre", "/".join(["x" * 99] * 9) + "/" + "x" * (1020 - len("rejected/") - 900 - ENDING), True),
        ("s3://b/pre", "/".join(["x" * 99] * 9) + "/" + "x" * (1021 - len("rejected/") - 900 - ENDING), False),
    ],
)
def test_the_longest_path_that_every_storage_has_is_kept(place, path, is_kept):
    key = Drop(place, f"incoming/{path}", "m").rejected_key
    assert (key == f"rejected/{path}.rejected.ndjson.gz") is is_kept


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


@pytest.mark.parametrize(
    "path",
    [
        "_temporary/0/_temporary/attempt_1/part-0.ndjson",
        "day/.hive-staging_hive_2025/part-0.ndjson",
        ".ipynb_checkpoints/a.ndjson",
        "table/_delta_log/0.json",
        "__MACOSX/._a.ndjson",
        "a.csv.sha256",
        "_common_metadata",
        "2025/README.md",
        "readme.txt",
        "notes.txt",
        "LICENSE",
        "about the data.md",
        "01234567-89ab-cdef-0123-456789abcdef-manifest.csv",
    ],
)
def test_what_a_writer_leaves_beside_its_files_is_no_drop(path):
    assert Drop.at("staging", f"incoming/hackle/{path}") is None


@pytest.mark.parametrize(
    "path",
    [
        "cargo-manifest.csv",
        "temporary/a.ndjson",
        "a_temporary/b.csv",
        "v1.0/a.csv",
        "a.metadata.json",
        "notes.csv",
        "readme/a.txt",
        "my-notes.txt",
    ],
)
def test_a_name_that_is_only_like_those_is_a_drop(path):
    assert Drop.at("staging", f"incoming/hackle/{path}")
