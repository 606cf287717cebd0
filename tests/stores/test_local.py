from pathlib import Path

import pytest

from hackle_import.stores.local import LocalStore


@pytest.mark.parametrize("key", ["../out", "a/../../out", "/etc/out", "a//b", "", "a/", "a\0b", "."])
def test_a_key_never_leaves_the_folder(tmp_path, key):
    with pytest.raises(ValueError, match="no key"):
        LocalStore(tmp_path / "in").put(key, b"x")
    assert not (tmp_path / "out").exists()


def test_a_link_that_leads_out_is_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="link"):
        LocalStore(tmp_path / "in").put("link/out", b"x")


def test_nothing_but_objects_is_listed_and_no_temporary_file_is_left(tmp_path):
    store = LocalStore(tmp_path)
    store.put("a/b", b"x")
    assert list(store.keys("")) == ["a/b"]
    assert [path.name for path in Path(tmp_path).iterdir() if path.is_file()] == [".hackle-import-lock"]


def test_a_folder_that_became_empty_is_removed(tmp_path):
    store = LocalStore(tmp_path)
    store.put("day/a", b"x")
    store.delete("day/a")
    assert not (tmp_path / "day").exists()
