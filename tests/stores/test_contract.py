"""What every store promises, each kind through the same tests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from hackle_import.stores import Changed, NotFound


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


def test_keys_come_in_the_order_of_their_bytes_below_a_prefix(store):
    keys = ["in/a", "in/a/b", "in/a.json", "in/b", "in/é", "in/z", "inner", "other/c"]
    for key in keys:
        if not (key == "in/a" and store.place.startswith("/")):  # a folder cannot be a file, too
            store.put(key, b"x")
    found = list(store.keys("in/"))
    assert found == sorted(found, key=str.encode)
    assert set(found) >= {"in/a/b", "in/a.json", "in/b", "in/é", "in/z"}
    assert not {"inner", "other/c"} & set(found)


@pytest.mark.parametrize("name", ["a b", "a+b", "a%20b", "a?b", "a#b", "é", "e\u0301", "한국어.json", "a&b=c"])
def test_a_key_may_hold_any_character(store, name):
    store.put(f"in/{name}", b"x")
    assert store.get(f"in/{name}")[0] == b"x"
    assert list(store.keys("in/")) == [f"in/{name}"]
