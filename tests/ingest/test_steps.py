"""A worker's steps, one by one: what each of them changes in the storage, and in which order."""

from pathlib import Path

import pytest

from hackle_import.drop import Drop
from hackle_import.errors import Changed
from hackle_import.ingest import ledger
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.ledger import IN_STAGING
from hackle_import.ingest.steps import Steps
from hackle_import.mapping import Mapping
from hackle_import.places import Places
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules
from hackle_import.writing.spool import DayFile
from support.samples import NOW, event
from support.world import KEY, V1, V2, World

RECEIPT = Receipt(source=KEY, version="v1", mapping="hackle", outcome=Outcome.WRITTEN)


@pytest.fixture
def world():
    world = World()
    world.drop(event(1))
    return world


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return DayFile(20_000, path, 3)


def worker(world):
    return Steps(Drop.at(world.staging.place, KEY), places(world), NOW)


def places(world):
    return Places(world.staging, world.staging, world.lake)


def attempt(world, version=V1):
    drop, found = Drop.at(world.staging.place, KEY), world.staging.head(KEY)
    return Attempt(drop, places(world), Rules(), Mapping(), found, version)


def files(world):
    return [*world.lake.keys(""), *world.staging.keys("rejected/")]


def test_looking_finds_the_newest_version_or_nothing(world):
    assert worker(world).look() == world.staging.head(KEY)
    world.staging.delete(KEY)
    assert worker(world).look() is None


def test_an_upload_tells_what_a_reader_can_check(world, file):
    output = worker(world).upload("2024-10-04/a.parquet", file)
    assert (output.key, output.rows, output.bytes) == ("2024-10-04/a.parquet", 3, 7)
    assert output.digest == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    assert world.lake.get(output.key)[0] == b"content"


def test_what_is_committed_is_done_and_nothing_of_it_is_swept(world, file):
    steps = worker(world)
    steps.intend(V1, ["a"])
    assert not steps.is_done(V1)
    steps.commit(V1, [steps.upload("a", file)], RECEIPT, None)
    assert worker(world).is_done(V1)
    assert files(world) == ["a"]


def test_what_a_commit_replaces_is_deleted_and_its_names_are_not_free(world, file):
    steps = worker(world)
    steps.commit(V1, [steps.upload("a", file)], RECEIPT, None)
    steps.commit(V2, [steps.upload("b", file)], RECEIPT, None)
    assert files(world) == ["b"]
    assert (steps.is_free("a"), steps.is_free("b")) == (False, True)


def test_rejects_are_announced_put_and_put_again_under_another_name(world, file):
    steps = worker(world)
    first = steps.put_rejects(attempt(world), file.path)
    assert world.entry().intent == [first.copy]
    steps.commit(V1, [], RECEIPT, first)
    assert steps.is_done(V1)
    steps.give_up(V2, RECEIPT, steps.put_rejects(attempt(world, V2), file.path))
    again = steps.put_rejects(attempt(world), file.path)
    assert again.copy != first.copy
    assert set(files(world)) >= {again.key, again.copy.removeprefix(IN_STAGING)}


def test_a_rejects_file_that_is_no_longer_where_it_was_put_makes_the_version_undone(world, file):
    steps = worker(world)
    rejects = steps.put_rejects(attempt(world), file.path)
    steps.commit(V1, [], RECEIPT, rejects)
    world.staging.put(rejects.key, b"a slow worker's")
    assert not steps.is_done(V1)
    steps.let_be(RECEIPT)
    assert world.staging.get(rejects.key)[0] == b"content"


def test_giving_up_leaves_what_is_committed_and_takes_back_what_is_not(world, file):
    steps = worker(world)
    steps.commit(V1, [steps.upload("a", file)], RECEIPT, None)
    steps.intend(V2, ["b"])
    steps.upload("b", file)
    steps.give_up(V2, RECEIPT)
    assert files(world) == ["a"]
    assert worker(world).is_done(V2)


def test_a_drop_that_is_let_be_keeps_its_version_and_loses_what_was_under_way(world, file):
    steps = worker(world)
    steps.commit(V1, [steps.upload("a", file)], RECEIPT, None)
    steps.intend(V2, ["b"])
    steps.upload("b", file)
    worker(world).let_be(RECEIPT)
    assert files(world) == ["a"]
    assert worker(world).is_done(V1)


def test_a_drop_that_nobody_handled_is_let_be_without_a_trace(world):
    assert worker(world).let_be(RECEIPT) == RECEIPT
    assert list(world.staging.keys("state/")) == []


def test_garbage_that_came_back_is_deleted_at_the_next_event(world, file):
    steps = worker(world)
    steps.commit(V1, [steps.upload("a", file)], RECEIPT, None)
    steps.commit(V2, [steps.upload("b", file)], RECEIPT, None)
    for late in (Steps.leave, Steps.let_be):
        world.lake.put("a", b"a slow worker's")
        late(worker(world), RECEIPT)
        assert files(world) == ["b"]


@pytest.mark.parametrize("step", ["intend", "commit", "give_up"])
def test_who_comes_too_late_is_told_and_changes_nothing(world, step):
    slow, quick = worker(world), worker(world)
    quick.commit(V2, [], RECEIPT, None)
    before = world.entry()
    arguments = {"intend": (V1, ["a"]), "commit": (V1, [], RECEIPT, None), "give_up": (V1, RECEIPT)}
    with pytest.raises(Changed):
        getattr(slow, step)(*arguments[step])
    assert world.entry() == before


def test_who_came_too_late_takes_back_what_no_ledger_lists(world, file):
    slow, quick = worker(world), worker(world)
    slow.upload("a", file)
    slow.upload("b", file)
    quick.commit(V1, [quick.upload("a", file)], RECEIPT, None)
    slow.undo()
    assert files(world) == ["a"]


def test_sweeping_knows_copies_in_the_staging_place_by_their_names(world, tmp_path):
    Path(tmp_path / "copy").write_bytes(b"rows")
    world.staging.put("rejected/.copies/a", tmp_path / "copy")
    world.lake.put("rejected/.copies/a", b"another place's")
    worker(world).sweep(["/rejected/.copies/a", "gone already"])
    assert files(world) == ["rejected/.copies/a"]
    assert world.lake.get("rejected/.copies/a")


def test_the_ledger_is_read_when_the_work_begins(world):
    steps = worker(world)
    worker(world).intend(V2, ["b"])
    assert not steps.is_done(V2)
    assert ledger.load(world.staging, Drop.at(world.staging.place, KEY))[0].intent == ["b"]
