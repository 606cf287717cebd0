"""When a round begins and what its files are called: of rows that are there, without a drop that is read."""

from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest

from hackle_import.codes import Fault
from hackle_import.drop import Drop
from hackle_import.errors import BadDrop
from hackle_import.ingest.attempt import Attempt
from hackle_import.ingest.rounds import Rounds
from hackle_import.ingest.steps import Steps
from hackle_import.ingest.tally import Tally
from hackle_import.ingest.timing import Timing
from hackle_import.mapping import Mapping
from hackle_import.places import Places
from hackle_import.settings import Limits, Rules
from hackle_import.writing.spool import Spool
from support.batches import batch
from support.samples import NOW, event
from support.world import KEY, V1, V2, World

DISK = 64 << 20
REJECTS = 4 << 20  # what they may take of a small disk
FOOTER_BYTES = 8 << 10  # of a file, beside its rows


class Worker:
    """One that converts the drop: its `rounds`, what it has uploaded, and how many spools it has begun."""

    def __init__(self, world, folder, version=V1, lake=None, **limits):
        world.drop(event(1))
        self.drop, self.folder = Drop.at(world.staging.place, KEY), folder
        places = Places(world.staging, world.staging, lake or world.lake)
        rules = Rules(limits=Limits(**({"spool_bytes": DISK} | limits)))
        attempt = Attempt(self.drop, places, rules, Mapping(), world.staging.head(KEY), version)
        self.steps = Steps(self.drop, places, NOW)
        self.tally = Tally(self.drop, Timing("a drop", lambda: NOW + timedelta(seconds=1), NOW), version, 0)
        self.rounds = Rounds(attempt, self.steps, self.tally, folder, lambda: None)

    @property
    def names(self):
        return [output.key.rpartition("-")[2] for output in self.tally.outputs]

    @property
    def spools(self):
        return len(list(self.folder.iterdir()))


@pytest.fixture
def world():
    return World()


@contextmanager
def working(world, folder, version=V1, **limits):
    worker = Worker(world, folder, version, **limits)
    with worker.rounds:
        yield worker


def room_for(folder, first, second):
    """The disk that two spools of these batches take, and rejects beside them; the second has one day more."""
    folder.mkdir()
    alone = Spool(folder / "alone", Rules().day_timezone, 1 << 20, {}, Rules().compression)
    alone.add(first)
    taken = alone.disk_bytes + 2 * second.nbytes + FOOTER_BYTES
    alone.close()
    return 2 * taken + REJECTS


@pytest.mark.parametrize(("less", "rounds"), [(0, 1), (2, 2)])
def test_a_round_begins_before_two_spools_and_the_rejects_exceed_the_disk(world, tmp_path, less, rounds):
    first, second = batch(0, 0, 0), batch(0, 1, first=3)
    disk = room_for(tmp_path / "measured", first, second) - less
    (tmp_path / "work").mkdir()
    with working(world, tmp_path / "work", spool_bytes=disk) as worker:
        worker.rounds.add(first)
        worker.rounds.add(second)
        assert worker.spools == rounds
        worker.rounds.flush()
        worker.rounds.settle()
        assert len(worker.tally.outputs) == (2 if rounds == 1 else 3)


def test_a_batch_that_is_too_large_for_any_spool_is_a_round_of_its_own(world, tmp_path):
    with working(world, tmp_path, spool_bytes=1) as worker:
        worker.rounds.add(batch(0))
        assert (worker.spools, worker.tally.outputs) == (1, [])


def test_no_rows_begin_no_round_and_no_file(world, tmp_path):
    with working(world, tmp_path, spool_bytes=1) as worker:
        worker.rounds.add(batch(0))
        worker.rounds.add(batch())
        assert worker.spools == 1
        worker.rounds.flush()
    (tmp_path / "later").mkdir()
    with working(world, tmp_path / "later", V2) as worker:
        worker.rounds.flush()
    assert (worker.tally.outputs, world.entry().intent) == ([], list(world.lake.keys("")))


def test_files_of_a_day_are_numbered_over_all_rounds(world, tmp_path):
    with working(world, tmp_path, spool_bytes=1) as worker:
        for days in ((0, 1), (1,), (0, 1)):
            worker.rounds.add(batch(*days))
        worker.rounds.flush()
    folders = [output.key.partition("/")[0] for output in worker.tally.outputs]
    assert folders == ["2025-01-01", "2025-01-02", "2025-01-02", "2025-01-01", "2025-01-02"]
    assert worker.names == ["00000.parquet", "00000.parquet", "00001.parquet", "00001.parquet", "00002.parquet"]


def test_a_name_that_another_worker_may_still_delete_is_passed_over(world, tmp_path):
    with working(world, tmp_path) as worker:
        worker.rounds.add(batch(0))
        worker.rounds.flush()
    receipt = worker.tally.written()
    worker.steps.commit(V1, worker.tally.outputs, receipt, None)
    Steps(worker.drop, Places(world.staging, world.staging, world.lake), NOW).commit(V2, [], receipt, None)
    (tmp_path / "again").mkdir()
    with working(world, tmp_path / "again") as again:
        again.rounds.add(batch(0))
        again.rounds.flush()
    assert (worker.names, again.names) == (["00000.parquet"], ["00001.parquet"])


@pytest.mark.parametrize("disk", [1, DISK], ids=["a round a batch", "one round"])
def test_rows_may_be_of_as_many_days_as_the_limit_in_all_rounds_together(world, tmp_path, disk):
    with working(world, tmp_path, max_days=2, spool_bytes=disk) as worker:
        for day in (0, 1, 0):
            worker.rounds.add(batch(day))
        worker.rounds.flush()
    (tmp_path / "more").mkdir()
    with working(world, tmp_path / "more", max_days=2, spool_bytes=disk) as worker:
        worker.rounds.add(batch(0))
        worker.rounds.add(batch(1))
        with pytest.raises(BadDrop, match="events on more than 2 days") as caught:
            worker.rounds.add(batch(2)) if disk > 1 else flushed(worker.rounds, batch(2))
    assert caught.value.fault is Fault.TOO_MANY_DAYS


def flushed(rounds, rows):
    rounds.add(rows)
    rounds.flush()


@pytest.mark.parametrize(("less", "files"), [(0, 0), (1, 1)])
def test_rows_of_more_than_a_sixth_of_the_disk_are_not_held_in_memory(world, tmp_path, less, files):
    """What memory has no room for may lie on the disk twice for a while."""
    rows = batch(*[0] * 6000)
    held = rows.nbytes + 256  # to know the rows of the day
    with working(world, tmp_path, spool_bytes=6 * held - less) as worker:
        worker.rounds.add(rows)
        assert len(list((tmp_path / "spool-0").iterdir())) == files


def test_what_is_not_begun_when_the_work_fails_is_not_uploaded_and_nothing_is_left_on_the_disk(world, tmp_path):
    failed, puts = Event(), []

    class Slow:
        def __getattr__(self, name):
            return getattr(world.lake, name)

        def put(self, key, path):
            puts.append(failed.wait(5))
            return world.lake.put(key, path)

    worker = Worker(world, tmp_path, lake=Slow())
    stop = worker.rounds.stop
    worker.rounds.stop = lambda: (stop(), failed.set())

    def fails_after_a_round():
        with worker.rounds:
            flushed(worker.rounds, batch(0, 1, 2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_after_a_round()
    assert puts == [True]
    assert len(list(world.lake.keys(""))) == len(worker.tally.outputs) == 1
    assert [path for one in tmp_path.iterdir() for path in one.iterdir()] == []
