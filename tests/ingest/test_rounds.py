"""A drop that is larger than the spool: each round is uploaded while the next one is read, and none is forgotten."""

import gc
import gzip
from base64 import b64encode
from datetime import date, timedelta
from itertools import chain
from random import Random
from threading import Event

import pytest

from hackle_import.errors import Failed, TryAgain
from hackle_import.ingest.rounds import Rounds
from hackle_import.reading.pinned import BLOCK_BYTES
from hackle_import.settings import Limits, Rules
from hackle_import.stores import Changed, Unavailable
from hackle_import.writing.rejects import RejectsFile
from hackle_import.writing.spool import Spool
from support.samples import event, ndjson
from support.world import Failing, World

ROUNDS = Rules(limits=Limits(spool_bytes=1))  # one a chunk
ROWS = ndjson(*(event(number, extra="e" * 1000) for number in range(4 * BLOCK_BYTES // 1000)))
BROKEN = "incoming/hackle/broken.ndjson.gz"


@pytest.fixture
def world():
    return World()


class Watched:
    """A store that calls `seen` with each call of a method."""

    def __init__(self, store, method, seen):
        self._store, self._method, self._seen = store, method, seen

    def __getattr__(self, name):
        real = getattr(self._store, name)
        if name != self._method:
            return real

        def call(*arguments):
            self._seen(*arguments)
            return real(*arguments)

        return call


def test_a_round_is_uploaded_while_the_next_one_is_read(world):
    third_block, puts = Event(), []

    def read(_key, _version, start, _end):
        if start == 2 * BLOCK_BYTES:  # one is read ahead: the second one is taken then
            third_block.set()

    def put(_key, _path):
        puts.append(bool(puts) or third_block.wait(5))  # the first round is the first block's two chunks

    world.drop(body=ROWS)
    receipt = world.handle(
        staging=Watched(world.staging, "read", read), lake=Watched(world.lake, "put", put), rules=ROUNDS
    )
    assert (receipt.outcome, receipt.rows_written) == ("written", len(world.ids()))
    assert all(puts), "a round was waited for before the next one was begun"


def test_a_drop_that_turns_out_to_be_broken_is_given_up_once_nothing_is_under_way(world):
    given_up, early = Event(), []
    staging = Watched(
        world.staging, "put_if_version", lambda _, body, __: given_up.set() if b'"failed"' in body else None
    )
    lake = Watched(world.lake, "put", lambda *_: early.append(given_up.wait(0.2)))
    world.drop(key=BROKEN, body=gzip.compress(ROWS)[:-9])
    receipt = world.handle(BROKEN, staging=staging, lake=lake, rules=ROUNDS)
    assert (receipt.outcome, receipt.fault.code) == ("failed", "truncated")
    assert early
    assert not any(early)
    assert list(world.lake.keys("")) == []


@pytest.mark.parametrize("after", [False, True])
def test_the_last_upload_before_a_fault_brings_the_drop_back_when_it_fails(world, after, monkeypatch):
    """It is always begun before the fault is found here."""
    monkeypatch.setattr(Rounds, "stop", lambda self: None)
    puts = []
    world.drop(key=BROKEN, body=gzip.compress(ROWS)[:-9])
    world.handle(BROKEN, lake=Watched(world.lake, "put", lambda key, _: puts.append(key)), rules=ROUNDS, again=True)
    with pytest.raises(Unavailable):
        world.handle(BROKEN, lake=Failing(world.lake, "put", after=after, at=len(puts) - 1), rules=ROUNDS, again=True)
    assert world.handle(BROKEN, rules=ROUNDS).fault.code == "truncated"
    assert (list(world.lake.keys("")), world.entry(BROKEN).intent) == ([], [])


def test_nothing_is_uploaded_after_an_upload_that_failed(world):
    world.drop(body=ROWS)
    puts = []
    failing = Watched(Failing(world.lake, "put", after=False, at=1), "put", lambda key, _: puts.append(key))
    with pytest.raises(Unavailable):
        world.handle(lake=failing, rules=ROUNDS)
    assert (len(puts), len(set(world.lake.keys("")))) == (2, 1)
    assert world.handle(rules=ROUNDS).rows_written == len(world.ids()) == len(ROWS.splitlines())


def test_what_is_left_of_a_round_is_not_uploaded_once_the_work_has_failed(world, monkeypatch):
    """Three files make a round; the fault is in the chunk behind the first one, which is full."""
    failed, puts, end = Event(), [], Rounds.end
    monkeypatch.setattr(Rounds, "end", lambda self: (failed.set(), end(self))[1])
    rows = ndjson(*(event(n, ts=f"2025-01-0{1 + n % 3}", extra="e" * 1000) for n in range(2000)))
    world.drop(key=BROKEN, body=gzip.compress(rows)[:-9])
    lake = Watched(world.lake, "put", lambda *_: puts.append(failed.wait(5)))
    receipt = world.handle(BROKEN, lake=lake, rules=ROUNDS)
    assert (receipt.outcome, receipt.fault.code) == ("failed", "truncated")
    assert puts == [True]  # of the round under way one file was on its way


def test_what_was_uploaded_is_no_longer_on_the_disk(world):
    held = []

    def put(_key, path):
        held.append(sum(any(spool.iterdir()) for spool in path.parent.parent.glob("spool-*")))

    world.drop(body=ROWS)
    world.handle(lake=Watched(world.lake, "put", put), rules=ROUNDS)
    assert len(held) > 3
    assert max(held) <= 2


NOISE = Random(1)


def noisy(days, **fields):
    """Rows that no compression makes smaller, in turn of these days."""
    return b"".join(
        ndjson(
            event(n, ts=DAY_TEXT[n % days], event_properties={"x": b64encode(NOISE.randbytes(900)).decode()}, **fields)
        )
        for n in range(12_000)
    )


DAY_TEXT = [(date(2015, 1, 1) + timedelta(days=n)).isoformat() for n in range(300)]
DISK = {
    "a day": lambda: noisy(1),
    "days that overflow": lambda: noisy(300),
    "rejects": lambda: noisy(1, event_key=""),
    "rows and rejects": lambda: b"\n".join(
        chain(*zip(noisy(2).splitlines(), noisy(2, event_key="").splitlines(), strict=True))
    ),
}


@pytest.mark.parametrize("case", DISK)
def test_spools_what_overflows_and_rejects_together_keep_within_the_temporary_disk(world, monkeypatch, tmp_path, case):
    """Looked at after every step that makes them larger."""
    disk, seen = 8 << 20, []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def look(*_):
        seen.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))

    def watched(step):
        def and_look(*arguments):
            done = step(*arguments)
            look()
            return done

        return and_look

    for name in ("add", "seal"):
        monkeypatch.setattr(Spool, name, watched(getattr(Spool, name)))
    monkeypatch.setattr(RejectsFile, "add", watched(RejectsFile.add))
    world.drop(body=DISK[case]())
    receipt = world.handle(lake=Watched(world.lake, "put", look), rules=Rules(limits=Limits(spool_bytes=disk)))
    assert receipt.conserves
    assert disk / 8 < max(seen) <= disk
    assert (receipt.rejects_truncated > 0) == ("rejects" in case)
    assert receipt.files == (0 if case == "rejects" else receipt.files)
    assert len(world.ids()) == receipt.rows_written


def test_a_drop_of_too_many_rejects_is_withheld_before_it_is_read_to_its_end(world):
    """Here, where there is no room for them, and a twentieth of them may be."""
    world.staging.put("mappings/hackle.toml", b"max_reject_ratio = 0.05")
    body = noisy(1, event_key="")
    world.drop(body=body)
    read = []
    staging = Watched(world.staging, "read", lambda _key, _version, _start, end: read.append(end))
    receipt = world.handle(staging=staging, rules=Rules(limits=Limits(spool_bytes=1)))
    assert (receipt.outcome, receipt.rejects_truncated > 0) == ("withheld", True)
    assert max(read) < len(body)
    assert world.handle(rules=Rules(limits=Limits(spool_bytes=1))).outcome == "skipped"


@pytest.mark.parametrize(
    ("place", "method", "at", "error"),
    [
        ("lake", "put", 0, Unavailable("no answer")),
        ("staging", "read", 2, Unavailable("no answer")),
        ("staging", "read", 2, Changed("another content")),
    ],
)
def test_work_that_failed_stays_in_memory_no_longer_than_it_takes_to_tell_it(
    world, monkeypatch, place, method, at, error
):
    monkeypatch.setattr("hackle_import.reading.pinned.ATTEMPTS", 1)
    world.drop(body=ROWS)
    store = Failing(getattr(world, place), method, after=False, at=at, error=error)
    gc.collect()
    gc.disable()
    before = spools()  # of other tests
    try:
        world.handle(**{place: store}, rules=ROUNDS)
    except (Unavailable, TryAgain) as failure:
        Failed(failure)
    finally:
        left = spools()
        gc.enable()
    assert len(left) == len(before)


def spools():
    return [one for one in gc.get_objects() if isinstance(one, Spool)]
