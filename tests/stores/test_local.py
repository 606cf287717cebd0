import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hackle_import.stores import NotFound
from hackle_import.stores.local import LocalStore

SHARED = Path(__file__).parents[2] / "shared"
ADD_ONE = """
import sys
from hackle_import.stores import Changed
from hackle_import.stores.local import LocalStore
store = LocalStore(sys.argv[1])
for _ in range(25):
    while True:
        body, found = store.get("count")
        try:
            store.put_if_version("count", b"%d" % (int(body) + 1), found.version)
        except Changed:
            continue
        break
"""


@pytest.mark.parametrize("key", ["../out", "a/../../out", "/etc/out", "a//b", "", "a/", "a\0b", ".", "é" * 128])
def test_a_key_never_leaves_the_folder_and_is_one_that_a_file_can_have(tmp_path, key):
    with pytest.raises(ValueError, match="no key"):
        LocalStore(tmp_path / "in").put(key, b"x")
    assert not list(tmp_path.iterdir())


def test_a_link_that_leads_out_is_not_followed(tmp_path):
    store = LocalStore(tmp_path / "in")
    store.put("object", b"x")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "in" / "folder").symlink_to(tmp_path)
    (tmp_path / "in" / "file").symlink_to(tmp_path / "secret")
    for key in ("folder/out", "folder/secret", "file"):
        with pytest.raises(ValueError, match="link"):
            store.put(key, b"x")
        with pytest.raises(ValueError, match="link"):
            store.get(key)
    assert list(store.keys("")) == ["object"]
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_nothing_but_objects_is_listed_and_no_temporary_file_is_left(tmp_path):
    store = LocalStore(tmp_path)
    store.put("a/b", b"x")
    (tmp_path / ".hackle-import-0123").write_bytes(b"what a killed process left")
    assert list(store.keys("")) == ["a/b"]
    (tmp_path / ".hackle-import-0123").unlink()
    assert [path.name for path in Path(tmp_path).iterdir() if path.is_file()] == [".hackle-import-lock"]


def test_a_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        LocalStore(tmp_path / "in").put("a", tmp_path / "not there")
    assert not list((tmp_path / "in").iterdir())


def test_reading_makes_no_file(tmp_path):
    store = LocalStore(tmp_path / "in")
    assert list(store.keys("")) == []
    with pytest.raises(NotFound):
        store.head("a")
    store.delete("a")
    assert not (tmp_path / "in").exists()


def test_a_folder_is_no_object_and_shares_no_name_with_one(tmp_path):
    store = LocalStore(tmp_path)
    store.put("day/a", b"x")
    for call in (store.head, store.get):
        with pytest.raises(NotFound):
            call("day")
    for key in ("day", "day/a/b"):
        with pytest.raises(ValueError, match="share a name"):
            store.put_if_absent(key, b"x")
    store.delete("day")
    assert list(store.keys("")) == ["day/a"]


def test_a_folder_that_became_empty_is_removed(tmp_path):
    store = LocalStore(tmp_path)
    store.put("day/a", b"x")
    store.delete("day/a")
    assert not (tmp_path / "day").exists()


def test_a_clock_that_is_set_back_gives_no_version_twice(tmp_path):
    store = LocalStore(tmp_path)
    store.put("a", b"1")
    os.utime(tmp_path / "a", ns=(4_000_000_000_000_000_000,) * 2)  # written in 2096
    stamps = [4_000_000_000_000_000_000]
    for _ in range(3):
        stamps.append(int(store.put("a", b"2").version.partition("-")[0]))
        store.delete("a")
    assert stamps == sorted(set(stamps))


def test_others_may_read_what_was_written(tmp_path):
    (tmp_path / "plain").write_bytes(b"x")
    LocalStore(tmp_path).put("a", b"x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_folders_come_and_go_while_others_write_and_list(tmp_path):
    def come_and_go(number):
        store = LocalStore(tmp_path)
        for _ in range(100):
            store.put(f"day/{number}", b"x")
            list(store.keys(""))
            store.delete(f"day/{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(4)))
    assert list(LocalStore(tmp_path).keys("")) == []


def test_no_replacement_is_lost_between_processes(tmp_path):
    store = LocalStore(tmp_path)
    store.put("count", b"0")
    command = [sys.executable, "-c", ADD_ONE, str(tmp_path)]
    workers = [subprocess.Popen(command, env={"PYTHONPATH": str(SHARED)}) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert store.get("count")[0] == b"75"


@pytest.mark.parametrize("is_file", [False, True], ids=["bytes", "a file"])
def test_what_was_put_is_on_the_disk_before_anybody_is_told(tmp_path, monkeypatch, is_file):
    """The file before it has its name, and the names of it and of the folders that were made, afterwards."""
    path, body, synced = tmp_path / "in" / "a" / "b" / "c.parquet", b"rows", []
    if is_file:
        body = tmp_path / "made"
        body.write_bytes(b"rows")
    monkeypatch.setattr(os, "fsync", lambda opened: synced.append((os.fstat(opened).st_ino, path.exists())))
    LocalStore(tmp_path / "in").put("a/b/c.parquet", body)
    assert (path.stat().st_ino, False) in synced
    assert {(folder.stat().st_ino, True) for folder in (path.parent, path.parent.parent, tmp_path / "in")} <= {*synced}


def test_what_was_deleted_does_not_come_back(tmp_path, monkeypatch):
    store, path, synced = LocalStore(tmp_path), tmp_path / "a" / "b.parquet", []
    store.put("a/b.parquet", b"rows")
    monkeypatch.setattr(os, "fsync", lambda opened: synced.append((os.fstat(opened).st_ino, path.exists())))
    folder = path.parent.stat().st_ino
    store.delete("a/b.parquet")
    assert synced == [(folder, False)]
