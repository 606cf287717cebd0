"""What every store promises, each kind through the same tests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from hackle_import.stores import Changed, NotFound
from support.emulators import FOREIGN


def test_an_object_is_read_back_as_it_was_put(store):
    put = store.put("a/b.json", b"0123456789")
    body, found = store.get("a/b.json")
    assert (body, found.version, found.size) == (b"0123456789", put.version, 10)
    assert store.head("a/b.json") == found
    assert found.modified.astimezone(UTC).year >= 2025


def test_an_empty_object_is_an_object(store):
    store.put("a", b"")
    assert store.get("a")[0] == b""
    assert store.head("a").size == 0


def test_a_range_is_start_to_before_end(store):
    version = store.put("a", b"0123456789").version
    assert store.read("a", version, 2, 5) == b"234"
    assert store.read("a", version, 8, 10) == b"89"


def test_what_is_not_there_is_not_found(store):
    for call in (store.head, store.get, lambda key: store.read(key, "1", 0, 1)):
        with pytest.raises(NotFound):
            call("nothing/here")


def test_a_replaced_version_can_not_be_read_any_more(store):
    version = store.put("a", b"old").version
    store.put("a", b"new")
    with pytest.raises(Changed):
        store.read("a", version, 0, 3)


def test_a_deleted_object_can_not_be_read_any_more(store):
    version = store.put("a", b"old").version
    store.delete("a")
    with pytest.raises(NotFound):
        store.read("a", version, 0, 3)


def test_two_contents_of_one_size_are_two_versions(store):
    versions = {store.put("a", b"%d" % number).version for number in range(5)}
    assert len(versions) == 5


def test_put_if_absent_refuses_to_replace_and_keeps_the_first_bytes(store):
    store.put_if_absent("a/b", b"first")
    with pytest.raises(Changed):
        store.put_if_absent("a/b", b"second")
    assert store.get("a/b")[0] == b"first"


def test_put_if_version_replaces_that_version_only(store):
    first = store.put("a", b"first").version
    store.put_if_version("a", b"second", first)
    with pytest.raises(Changed):
        store.put_if_version("a", b"third", first)
    assert store.get("a")[0] == b"second"


def test_put_if_version_does_not_bring_back_what_was_deleted(store):
    version = store.put("a", b"first").version
    store.delete("a")
    with pytest.raises(Changed):
        store.put_if_version("a", b"second", version)


def test_of_many_that_create_at_once_exactly_one_succeeds(store):
    def create(number):
        try:
            return store.put_if_absent("race", b"%d" % number)
        except Changed:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [put for put in pool.map(create, range(8)) if put]
    assert len(won) == 1
    assert store.head("race").version == won[0].version


def test_a_file_is_put_like_bytes(store, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"from a file")
    store.put("a", path)
    assert store.get("a")[0] == b"from a file"


def test_deleting_twice_is_no_error(store):
    store.put("a", b"")
    store.delete("a")
    store.delete("a")


def test_many_are_deleted_at_once_and_what_is_not_there_is_no_error(store):
    """More than a request of S3 takes."""
    keys = [f"in/{number:04d}" for number in range(1002)]
    for key in (keys[0], keys[999], keys[1001], "in/kept"):
        store.put(key, b"x")
    store.delete_many(keys)
    store.delete_many(keys[:2])
    store.delete_many([])
    assert list(store.keys("")) == ["in/kept"]


def test_keys_come_in_the_order_of_their_bytes_below_a_prefix(store):
    keys = ["in/a", "in/a/b", "in/a.json", "in/b", "in/é", "in/z", "inner", "other/c"]
    for key in keys:
        if not (key == "in/a" and store.place.startswith("/")):  # a folder cannot be a file, too
            store.put(key, b"x")
    found = list(store.keys("in/"))
    # SeaweedFS lists what is in a folder where the folder's name stands: `in/a/b` before `in/a.json`.
    assert found == sorted(found, key=str.encode) or FOREIGN in store.place
    assert set(found) >= {"in/a/b", "in/a.json", "in/b", "in/é", "in/z"}
    assert not {"inner", "other/c"} & set(found)


@pytest.mark.parametrize("name", ["a b", "a+b", "a%20b", "a?b", "a#b", "é", "e\u0301", "한국어.json", "a&b=c"])
def test_a_key_may_hold_any_character(store, name):
    store.put(f"in/{name}", b"x")
    assert store.get(f"in/{name}")[0] == b"x"
    assert list(store.keys("in/")) == [f"in/{name}"]


def test_a_range_past_the_end_ends_with_the_object(store):
    version = store.put("a", b"0123456789").version
    assert store.read("a", version, 7, 1000) == b"789"


def test_an_empty_range_is_of_that_version_too(store):
    version = store.put("a", b"").version
    assert store.read("a", version, 0, 0) == b""
    store.put("a", b"new")
    with pytest.raises(Changed):
        store.read("a", version, 0, 0)


def test_what_a_put_answers_is_what_can_be_read(store):
    for write in (
        lambda: store.put("a", b"one"),
        lambda: store.put_if_absent("b", b"two"),
        lambda: store.put_if_version("a", b"three", store.head("a").version),
    ):
        put = write()
        found = store.head(put.key)
        assert (put.version, put.size) == (found.version, found.size)
        assert abs(put.modified - found.modified) < timedelta(seconds=10)
        assert put.modified.tzinfo is not None


def test_conditions_hold_for_files_as_for_bytes(store, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"from a file")
    first = store.put_if_absent("a", path).version
    path.write_bytes(b"another")
    with pytest.raises(Changed):
        store.put_if_absent("a", path)
    assert store.get("a")[0] == b"from a file"
    store.put_if_version("a", path, first)
    assert store.get("a")[0] == b"another"


def test_of_many_that_replace_one_version_exactly_one_succeeds(store):
    version = store.put("race", b"start").version

    def replace(number):
        try:
            return store.put_if_version("race", b"%d" % number, version)
        except Changed:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [put for put in pool.map(replace, range(8)) if put]
    assert [put.version for put in won] == [store.head("race").version]


def test_a_key_that_was_deleted_may_be_created_again(store):
    first = store.put_if_absent("a", b"1").version
    store.delete("a")
    assert store.put_if_absent("a", b"2").version != first


def test_a_prefix_may_end_within_a_name(store):
    for key in ("in/ab", "in/abc/d", "in/b"):
        store.put(key, b"x")
    assert list(store.keys("in/ab")) == ["in/ab", "in/abc/d"]
    assert list(store.keys("nothing/")) == []


def test_keys_are_listed_beyond_one_page(store, monkeypatch):
    # A page of either cloud holds 1,000 keys. Moto takes its time for a put, but its pages can be made smaller.
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "40")
    keys = [f"in/{number:04d}" for number in range(90 if store.place.startswith("s3") else 1005)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.put(key, b""), keys))
    assert list(store.keys("in/")) == keys


def test_a_listing_tells_sizes_and_times_behind_a_key(store):
    for key in ("a/1", "a/2", "a/2-deeper", "a/3", "b/1"):
        store.put(key, key.encode())
    assert [(one.key, one.size) for one in store.listed("a/")] == [
        ("a/1", 3),
        ("a/2", 3),
        ("a/2-deeper", 10),
        ("a/3", 3),
    ]
    assert [one.key for one in store.listed("a/", "a/2")] == ["a/2-deeper", "a/3"]
    assert [one.key for one in store.listed("a/", "a/25")] == ["a/3"]  # which is no key
    assert list(store.listed("a/", "a/3")) == []
    for one in store.listed("a/"):
        assert abs(one.modified - store.head(one.key).modified) < timedelta(seconds=1)
