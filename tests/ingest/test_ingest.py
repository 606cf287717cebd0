"""The ledger's promises through the real `ingest`, on the memory store."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from hackle_import.drop import Drop
from hackle_import.errors import TryAgain
from hackle_import.ingest import forget, ingest
from hackle_import.mapping import PRESETS, Mapping
from hackle_import.places import Places
from hackle_import.reading.chunks import CHUNK_BYTES
from hackle_import.receipt import Outcome
from hackle_import.settings import Limits, Rules
from hackle_import.stores import Changed, Unavailable
from hackle_import.verify import Verification
from hackle_import.writing.parquet import ParquetFile
from support.samples import NOW, event, ndjson
from support.world import KEY, Failing, Unversioned, World

SOON = timedelta(seconds=1)


@pytest.fixture
def world():
    return World()


def test_an_event_that_comes_twice_is_skipped(world):
    world.drop(event(1))
    assert world.handle().outcome is Outcome.WRITTEN
    files = list(world.lake.keys(""))
    assert world.handle().outcome is Outcome.SKIPPED
    assert list(world.lake.keys("")) == files


def test_a_drop_put_again_replaces_its_rows(world):
    world.drop(event(1), event(2, ts="2025-01-05T00:00:00Z"))
    world.handle()
    world.drop(event(2), event(3))
    assert world.handle().outcome is Outcome.WRITTEN
    assert world.ids() == ["u2", "u3"]


def test_another_mapping_replaces_the_rows(world):
    world.drop(event(1))
    first = world.handle()
    world.staging.put("mappings/hackle.toml", b'limits = "truncate"')
    again = world.handle()
    assert (again.outcome, again.version == first.version) == (Outcome.WRITTEN, False)
    assert world.ids() == ["u1"]


def test_a_broken_version_leaves_the_rows_of_the_last_good_one(world):
    world.drop(event(1))
    world.handle()
    world.drop(body=b"<html>")
    receipt = world.handle()
    assert (receipt.outcome, receipt.fault.code) == (Outcome.FAILED, "not_json")
    assert world.ids() == ["u1"]
    assert world.handle().outcome is Outcome.SKIPPED
    world.drop(event(2))
    assert world.handle().outcome is Outcome.WRITTEN
    assert world.ids() == ["u2"]


def test_a_drop_that_is_gone_keeps_its_rows(world):
    world.drop(event(1))
    world.handle()
    world.staging.delete(KEY)
    assert world.handle().outcome is Outcome.GONE
    assert world.ids() == ["u1"]


def test_an_unknown_mapping_is_the_drop_s_fault_and_a_mapping_heals_it(world):
    key = "incoming/shop/events.ndjson"
    world.drop(event(1), key=key)
    receipt = world.handle(key)
    assert (receipt.outcome, receipt.fault.code) == (Outcome.FAILED, "unknown_mapping")
    assert "hackle" in receipt.fault.message
    world.staging.put("mappings/shop.toml", b"limit = 3")
    receipt = world.handle(key)
    assert receipt.fault.code == "bad_mapping"
    assert "limit" in receipt.fault.message
    world.staging.put("mappings/shop.toml", b"")
    assert world.handle(key).outcome is Outcome.WRITTEN


def test_a_drop_of_no_bytes_is_told_as_empty_and_leaves_no_trace(world):
    world.drop(body=b"")
    receipt = world.handle()
    assert (receipt.outcome, receipt.decoder) == (Outcome.EMPTY, "")
    assert list(world.staging.keys("state/")) == []


def test_rejects_are_replaced_and_removed_along_with_the_drop(world):
    world.drop(event(1), event(2, ts=""))
    receipt = world.handle()
    assert receipt.rejects_key == "rejected/hackle/events.ndjson.rejected.ndjson.gz"
    assert world.staging.head(receipt.rejects_key)
    world.drop(event(1))
    assert world.handle().rejects_key is None
    assert list(world.staging.keys("rejected/")) == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("method", ["put", "put_if_absent", "put_if_version", "delete"])
def test_a_retry_after_a_failed_call_ends_as_if_nothing_had_happened(world, method, at, after):
    world.drop(event(1), event(2, ts="2025-01-05T00:00:00Z"))
    world.handle()
    world.drop(event(3), event(4, ts="2025-01-06T00:00:00Z"), event(5, ts=""))
    for name in ("lake", "staging"):
        with suppress(Unavailable):
            world.handle(**{name: Failing(getattr(world, name), method, after=after, at=at)})
    assert world.handle().outcome in (Outcome.WRITTEN, Outcome.SKIPPED)
    assert world.ids() == ["u3", "u4"]
    assert {output.key for output in world.entry().commit.outputs} == set(world.lake.keys(""))


def test_the_keys_are_in_the_ledger_before_the_first_upload(world):
    class Watched(Failing):
        def __init__(self, world):
            super().__init__(world.lake, "put", after=False)
            self.intended = lambda: world.entry().intent

        def __getattr__(self, name):
            if name == "put":
                return lambda key, body: (self.keys.append((key, self.intended())), self._store.put(key, body))[1]
            return getattr(self._store, name)

    lake = Watched(world)
    lake.keys = []
    world.drop(event(1), event(2, ts="2025-01-05T00:00:00Z"))
    world.handle(lake=lake)
    assert len(lake.keys) == 2
    assert all(key in intended for key, intended in lake.keys)


def test_the_worker_that_loses_a_race_takes_its_files_back(world):
    """The drop changes, and another worker handles it, between this one's upload and its commit."""
    world.drop(event(1))

    class Overtaken(Failing):
        def __getattr__(self, name):
            real = getattr(self._store, name)
            if name != "put":
                return real

            def put(key, body):
                found = real(key, body)
                world.drop(event(2))
                world.handle()
                return found

            return put

    assert world.handle(lake=Overtaken(world.lake, "put", after=False)).outcome is Outcome.SUPERSEDED
    assert world.ids() == ["u2"]


def test_who_loses_every_race_lets_the_platform_try_again(world):
    world.drop(event(1))
    staging = Failing(world.staging, "put_if_absent", after=False, error=Changed("state"))
    with pytest.raises(TryAgain):
        world.handle(staging=staging)
    assert world.ids() == []


def test_what_is_too_large_for_the_spool_is_written_in_rounds(world):
    rows = 2 * CHUNK_BYTES // len(ndjson(event(1)))
    world.drop(*(event(number, ts=f"2025-01-0{1 + number % 2}T00:00:00Z") for number in range(rows)))
    receipt = world.handle(rules=Rules(limits=Limits(spool_bytes=1)))
    assert receipt.rows_written == len(world.ids()) == rows
    assert receipt.files > 2
    assert {output.key for output in world.entry().commit.outputs} == set(world.lake.keys(""))


def test_thousands_of_days_are_written_and_more_than_the_limit_are_refused(world):
    rows = [
        event(number, ts=f"{2000 + number % 20}-{1 + number // 20 % 12:02}-{1 + number // 240 % 28:02}")
        for number in range(600)
    ]
    world.drop(*rows)
    receipt = world.handle()
    assert (receipt.rows_written, receipt.files) == (600, 600)
    world.drop(*rows, event(1000, ts="2024-12-31"))
    receipt = world.handle(rules=Rules(limits=Limits(max_days=599)))
    assert receipt.fault.code == "too_many_days"
    assert len(world.ids()) == 600


def test_a_row_is_judged_by_the_upload_and_not_by_the_clock(world):
    world.drop(event(1, ts="2025-01-11T12:00:00Z"), event(2, ts="2025-01-11T12:00:00.001Z"))
    later = datetime(2030, 1, 1, tzinfo=UTC)
    drop = Drop.at("staging", KEY)
    receipt = ingest(drop, Places(world.staging, world.staging, world.lake), Rules(), lambda: later)
    assert receipt.rejects == {"ts_out_of_range": 1}


def test_a_withheld_drop_writes_nothing_but_its_rejects(world):
    world.drop(event(1), event(2, ts=""))
    receipt = world.handle(mapping=Mapping(max_reject_ratio=0.4))
    assert (receipt.outcome, receipt.rows_written) == (Outcome.WITHHELD, 0)
    assert world.staging.head(receipt.rejects_key)
    assert world.ids() == []


class Deaf(Failing):
    """The n-th call of a method takes effect, and its answer is lost: here, as a refusal of the client's own retry."""

    def __init__(self, store, method, error, at):
        super().__init__(store, method, after=True, error=error, at=at)


@pytest.mark.parametrize("error", [Unavailable("no answer"), Changed(KEY)])
@pytest.mark.parametrize(("method", "at"), [("put_if_absent", 0), ("put_if_version", 0)])
def test_a_ledger_write_whose_answer_is_lost_is_resolved_by_looking(world, method, at, error):
    world.drop(event(1))
    receipt = world.handle(staging=Deaf(world.staging, method, error, at))
    assert receipt.outcome is Outcome.WRITTEN
    assert world.entry().commit.receipt.version == receipt.version
    assert world.ids() == ["u1"]


def test_a_rejects_file_that_another_worker_overwrote_is_written_anew(world):
    world.drop(event(1), event(2, ts=""))
    world.handle()
    key = Drop.at("staging", KEY).rejected_key
    right = world.staging.get(key)[0]
    world.staging.put(key, b"a slow worker's")
    assert world.handle().outcome is Outcome.WRITTEN
    assert world.staging.get(key)[0] == right
    assert world.handle().outcome is Outcome.SKIPPED


def test_garbage_is_forgotten_after_a_day(world):
    drop, places = Drop.at("staging", KEY), Places(world.staging, world.staging, world.lake)
    for day in range(4):
        world.drop(event(day))
        ingest(drop, places, Rules(), lambda day=day: datetime(2025, 1, 10 + day, 13, tzinfo=UTC))
        assert len(world.entry().garbage) <= 1
    assert world.ids() == ["u3"]


def test_a_replay_writes_again_what_was_deleted_and_is_replaced(world):
    world.drop(event(1))
    first = world.handle()
    (key,) = world.lake.keys("")
    body = world.lake.get(key)[0]
    world.lake.delete(key)
    assert world.handle().outcome is Outcome.SKIPPED
    again = world.handle(again=True)
    assert (again.outcome, again.version) == (Outcome.WRITTEN, first.version)
    assert world.lake.get(key)[0] == body
    assert world.ids() == ["u1"]


def test_a_drop_that_is_not_done_in_time_is_given_up_and_done_later(world):
    world.drop(event(1))
    with pytest.raises(TryAgain, match="no time is left"):
        world.handle(deadline=NOW - timedelta(seconds=1))
    assert list(world.lake.keys("")) == []
    assert world.handle(deadline=NOW + timedelta(minutes=1)).outcome is Outcome.WRITTEN


def test_a_failed_drop_names_every_mapping_there_is_and_everything_that_is_wrong(world):
    key = "incoming/shop/events.ndjson"
    world.staging.put("mappings/own.toml", b"")
    world.drop(event(1), key=key)
    fault = world.handle(key).fault
    assert fault.message.endswith(f"there are: {', '.join(sorted([*PRESETS, 'own']))}")
    world.staging.put("mappings/shop.toml", b'limits = "x"\nwhere = "a["\n')
    fault = world.handle(key).fault
    assert "limits: " in fault.message
    assert "where: " in fault.message


def test_a_mapping_of_the_user_wins_over_a_preset_and_a_new_one_replaces_what_the_former_wrote(world):
    key = "incoming/amplitude/events.ndjson"
    world.drop(event(1), event(2, event_key="noise"), key=key)
    assert world.handle(key).rows_written == 0
    world.staging.put("mappings/amplitude.toml", b"where = \"event_key != 'noise'\"")
    told = world.handle(key)
    assert (told.rows_written, told.rows_filtered) == (1, 1)
    world.staging.put("mappings/amplitude.toml", b"")
    assert world.handle(key).rows_written == 2
    assert world.ids() == ["u1", "u2"]


@pytest.mark.parametrize("method", ["head", "get", "read", "put", "put_if_absent", "put_if_version", "delete"])
def test_a_store_that_does_not_answer_is_not_waited_for_beyond_the_deadline(world, method):
    answered = Event()

    class Deaf(Failing):
        def __getattr__(self, name):
            real = getattr(self._store, name)
            return (lambda *arguments: (answered.wait(), real(*arguments))[1]) if name == method else real

    world.drop(event(1), event(2, ts=""))
    world.handle()
    world.drop(event(3))  # the rows and the rejects of the first are deleted
    if method == "put_if_absent":
        world.staging.delete(Drop.at("staging", KEY).state_key)
    places = Places(*(Deaf(store, method, after=False) for store in (world.staging, world.staging, world.lake)))
    with pytest.raises(TryAgain, match="did not answer"):
        ingest(Drop.at("staging", KEY), places, Rules(), lambda: datetime.now(UTC), deadline=datetime.now(UTC) + SOON)
    answered.set()
    assert world.handle().outcome in (Outcome.WRITTEN, Outcome.SKIPPED)
    assert world.ids()[-1:] == ["u3"]


def test_rejects_that_expired_are_done_with_and_bring_no_row_back(world):
    """Hackle has deleted what it imported; the same event comes again."""
    world.drop(event(1), event(2, ts=""))
    assert world.handle().outcome is Outcome.WRITTEN
    for store, prefix in ((world.lake, ""), (world.staging, "rejected/")):
        for key in list(store.keys(prefix)):
            store.delete(key)
    assert world.handle().outcome is Outcome.SKIPPED
    assert list(world.lake.keys("")) == []
    found = [fault.code for fault in Verification(world.lake, Rules(), world.staging).faults()]
    assert found == ["missing"]


def test_a_copy_of_rejects_that_another_worker_removes_meanwhile_is_looked_at_again(world):
    """This worker finds the drop emptied and its rejects file gone; whenever it has looked at the copy, the other one
    handles a new version, which has no rejects."""

    class Overtaken(Failing):
        def head(self, key):
            found = world.staging.head(key)
            if ".copies" in key:
                looks.append(key)
                if len(looks) == look:
                    world.drop(event(3))
                    world.handle()
            return found

    for look in range(1, 5):
        looks = []
        world.drop(event(1), event(2, ts=""))
        world.handle()
        (rejects,) = (one for one in world.staging.keys("rejected/") if ".copies" not in one)
        world.staging.delete(rejects)
        world.drop(body=b"")
        assert world.handle(staging=Overtaken(world.staging, "", after=False)).outcome is Outcome.SUPERSEDED
        assert len(looks) >= look
        assert world.ids() == ["u3"]


def test_a_rejects_file_that_cannot_be_put_back_now_is_not_given_up(world):
    """A storage's NotFound for a put, as of an upload that was completed already, says nothing of the copy."""

    class Lost(Failing):
        def put(self, key, _):
            raise Unavailable(key)

    world.drop(event(1), event(2, ts=""))
    world.handle()
    (rejects,) = (one for one in world.staging.keys("rejected/") if ".copies" not in one)
    body = world.staging.get(rejects)[0]
    world.staging.delete(rejects)
    with pytest.raises(Unavailable):
        world.handle(staging=Lost(world.staging, "put", after=False))
    world.handle()
    assert world.staging.get(rejects)[0] == body


def test_sealing_thousands_of_days_looks_at_the_time(world, monkeypatch):
    """The deadline passes when the last row is read: the next day's file is not begun any more."""
    world.drop(*(event(number, ts=f"2024-01-{1 + number:02}") for number in range(28)))
    begun = []
    real = ParquetFile.finish
    monkeypatch.setattr(ParquetFile, "finish", lambda self, footer: (begun.append(footer), real(self, footer))[1])
    late = NOW + timedelta(minutes=1)
    places = Places(world.staging, world.staging, world.lake)
    clock = lambda: late if begun else NOW  # noqa: E731
    with pytest.raises(TryAgain):
        ingest(Drop.at("staging", KEY), places, Rules(), clock, deadline=NOW + timedelta(seconds=30))
    assert len(begun) == 1


def test_a_withheld_drop_that_was_uploaded_in_rounds_claims_no_row(world):
    rows = 2 * CHUNK_BYTES // len(ndjson(event(1)))
    world.drop(*(event(number, ts="" if number % 2 else 1735787045) for number in range(rows)))
    receipt = world.handle(mapping=Mapping(max_reject_ratio=0.1), rules=Rules(limits=Limits(spool_bytes=1)))
    assert (receipt.outcome, receipt.rows_written, receipt.files, receipt.bytes_out, receipt.days) == (
        "withheld",
        0,
        0,
        0,
        [],
    )
    assert receipt.rows_rejected == rows // 2
    assert world.ids() == []


def test_the_same_bytes_put_again_after_they_were_taken_back_are_written():
    """On a bucket without versions they are the same version; when they were put tells them apart."""
    now = [NOW]
    world = World(lambda: now[0], Unversioned)
    drop, places = Drop.at("staging", KEY), Places(world.staging, world.staging, world.lake)
    world.drop(event(1))
    world.handle()
    assert forget(drop, places, lambda: NOW).outcome is Outcome.FORGOTTEN
    for _ in range(2):  # events of that upload, twice and late
        now[0] += timedelta(hours=30)
        assert world.handle().outcome is Outcome.SKIPPED
    assert world.ids() == []
    world.drop(event(1))
    assert world.handle().outcome is Outcome.WRITTEN
    assert world.ids() == ["u1"]
