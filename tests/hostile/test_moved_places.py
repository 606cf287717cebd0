"""A staging folder that is moved, or mounted elsewhere, is the same place: no row comes twice. Two folders never are."""

import json
import shutil

import pytest
from click.testing import CliRunner

from hackle_import import cli
from hackle_import.cli import backlog, command
from hackle_import.drop import PLACE_KEY, Drop
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import open_store
from support.samples import NOW, event, ndjson
from support.world import ids_in

cli.load()
pytestmark = pytest.mark.attack
KEYS = ["incoming/hackle/a.ndjson", "incoming/hackle/deep/b.ndjson"]


@pytest.fixture(autouse=True)
def _a_process_of_its_own():
    yield
    backlog._places.cache_clear()


def call(*words):
    backlog._places.cache_clear()
    return CliRunner().invoke(command, [str(word) for word in words])


def run(staging, lake, *more):
    return call("run", "--staging", staging, "--import", lake, *more)


def fill(staging):
    for number, key in enumerate(KEYS):
        (staging / key).parent.mkdir(parents=True, exist_ok=True)
        (staging / key).write_bytes(ndjson(event(number), event(9, ts="wrong")))


def verified(lake, staging):
    return call("verify", lake, "--staging", staging).exit_code


def by_an_earlier_release(staging, lake):
    """Which knew a folder by its path."""
    store = open_store(str(staging))
    for key in KEYS:
        ingest(Drop.at(store.place, key), Places(store, store, open_store(str(lake))), Rules(), lambda: NOW)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_that_was_moved_is_the_same_place(tmp_path, proves, jobs):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake", "--jobs", jobs)
    for name in ("stg2", "deep/er"):
        there = tmp_path / name
        there.parent.mkdir(exist_ok=True)
        before = next(path for path in (tmp_path / "stg", tmp_path / "stg2") if path.exists())
        before.rename(there)
        done = run(there, tmp_path / "lake", "--jobs", jobs)
        assert (done.exit_code, done.stdout) == (0, ""), done.output  # all was done
        assert ids_in(open_store(str(tmp_path / "lake"))) == ["u0", "u1"]
        assert verified(tmp_path / "lake", there) == 0
    (there / KEYS[0]).write_bytes(ndjson(event(5)))  # a correction replaces what was written before the move
    run(there, tmp_path / "lake")
    assert ids_in(open_store(str(tmp_path / "lake"))) == ["u1", "u5"]
    proves("A staging folder that is moved is the same place: its rows come once.")


def test_copied_to_another_disk_is_moved_when_the_first_is_gone(tmp_path):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake")
    shutil.copytree(tmp_path / "stg", tmp_path / "stg2", copy_function=shutil.copy)  # other inodes, other times
    shutil.rmtree(tmp_path / "stg")
    assert run(tmp_path / "stg2", tmp_path / "lake").exit_code == 0
    assert ids_in(open_store(str(tmp_path / "lake"))) == ["u0", "u1"]
    assert verified(tmp_path / "lake", tmp_path / "stg2") == 0


@pytest.mark.parametrize("moved", [False, True])
def test_what_an_earlier_release_wrote_is_adopted(tmp_path, proves, moved):
    fill(tmp_path / "stg")
    by_an_earlier_release(tmp_path / "stg", tmp_path / "lake")
    staging = tmp_path / ("stg2" if moved else "stg")
    (tmp_path / "stg").rename(staging)
    done = run(staging, tmp_path / "lake")
    assert (done.exit_code, done.stdout) == (0, "")
    assert ids_in(open_store(str(tmp_path / "lake"))) == ["u0", "u1"]
    assert verified(tmp_path / "lake", staging) == 0
    proves("What a release that knew folders by their path wrote is adopted, moved or not.")


def test_an_earlier_release_reads_the_ledger_after_us(tmp_path):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake")
    document = (tmp_path / "stg" / PLACE_KEY).read_bytes()
    assert json.loads(document)["source"] == ""  # the one field without which it could not


def test_two_folders_are_two_places_also_at_one_path(tmp_path, proves):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake")
    (tmp_path / "stg").rename(tmp_path / "old")
    (tmp_path / "stg/incoming/hackle").mkdir(parents=True)
    (tmp_path / "stg" / KEYS[0]).write_bytes(ndjson(event(7)))
    for staging in ("stg", "old", "stg"):
        assert run(tmp_path / staging, tmp_path / "lake").exit_code == 0
    assert ids_in(open_store(str(tmp_path / "lake"))) == ["u0", "u1", "u7"]
    proves("Another folder at a former path is another place.")


@pytest.mark.parametrize("earlier", [False, True])
def test_a_copy_is_refused_and_both_are_named(tmp_path, proves, earlier):
    fill(tmp_path / "stg")
    if earlier:
        by_an_earlier_release(tmp_path / "stg", tmp_path / "lake")
    else:
        run(tmp_path / "stg", tmp_path / "lake")
    shutil.copytree(tmp_path / "stg", tmp_path / "copy")
    done = run(tmp_path / "copy", tmp_path / "lake")
    assert done.exit_code == 2 or isinstance(done.exception, Exception)
    told = done.output + str(done.exception)
    assert f"{tmp_path}/copy is a copy of {tmp_path}/stg" in told
    assert run(tmp_path / "stg", tmp_path / "lake").exit_code == 0
    assert ids_in(open_store(str(tmp_path / "lake"))) == ["u0", "u1"]
    shutil.rmtree(tmp_path / "copy/state")
    assert run(tmp_path / "copy", tmp_path / "lake2").exit_code == 0
    proves("A copy of a staging folder is refused, and both are named.")


def test_a_copy_of_a_folder_that_was_moved_is_refused(tmp_path):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake")
    (tmp_path / "stg").rename(tmp_path / "moved")
    run(tmp_path / "moved", tmp_path / "lake")
    shutil.copytree(tmp_path / "moved", tmp_path / "copy")
    done = run(tmp_path / "copy", tmp_path / "lake")
    assert f"{tmp_path}/copy is a copy of {tmp_path}/moved" in done.output + str(done.exception)


def test_a_link_or_a_mount_is_the_same_place(tmp_path):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake")
    (tmp_path / "link").symlink_to(tmp_path / "stg")
    done = run(tmp_path / "link", tmp_path / "lake")
    assert (done.exit_code, done.stdout) == (0, "")


def test_replay_finds_what_run_wrote(tmp_path):
    fill(tmp_path / "stg")
    run(tmp_path / "stg", tmp_path / "lake")
    call("replay", "incoming/hackle", "--staging", tmp_path / "stg", "--import", tmp_path / "lake")
    assert ids_in(open_store(str(tmp_path / "lake"))) == ["u0", "u1"]
    assert len(list(ledger.entries(open_store(str(tmp_path / "stg"))))) == len(KEYS)


def test_an_id_that_another_process_made_first_is_taken(tmp_path):
    from hackle_import.identity.place import identity_of

    class Slow:
        """Between its look and its put, another process makes the id."""

        def __init__(self, store):
            self._store = store

        def __getattr__(self, name):
            return getattr(self._store, name)

        def put_if_absent(self, key, body):
            identity_of(self._store, "first", lambda *_: False)
            return self._store.put_if_absent(key, body)

    assert identity_of(Slow(open_store(str(tmp_path))), "second", lambda *_: False) == "first"
