"""Ticks over a warehouse in memory: what a day goes through, and what heals it."""

import json
from contextlib import suppress
from datetime import date, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import NotFound, Unavailable
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from hackle_import.warehouse import deciding
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.publish import Incomplete, folder_of, manifest_key, redshift_parts
from hackle_import.warehouse.state import Book, Phase, Seen, load_book, load_state, save_book, save_state
from hackle_import.warehouse.tick import Ticks
from support.samples import NOW
from support.sources import BIGQUERY, GA4, REDSHIFT
from support.warehouse import MemoryWarehouse
from support.world import Failing, ids_in

TICK = timedelta(minutes=15)
DAY = date(2025, 1, 9)  # yesterday: NOW is the 10th, 21:00 in Seoul


class World:
    def __init__(self, text=REDSHIFT, **changes):
        self.now = NOW
        self.store = MemoryStore(lambda: self.now, "staging")
        self.lake = MemoryStore(lambda: self.now, "lake")
        self.source = replace(load_source(text.encode(), "shop"), mapping="hackle", **changes)
        self.warehouse = MemoryWarehouse(self.store, lambda: self.now, self.source.kind)
        for back in range(3):
            self.warehouse.rows[DAY - timedelta(days=back)] = dict.fromkeys(range(10 * back, 10 * back + 4), 0)

    def tick(self, store=None, warehouse=None):
        self.now += TICK
        return Ticks(store or self.store, warehouse or self.warehouse, lambda: self.now).tick(self.source)

    def settle(self, ticks=12):
        for _ in range(ticks):
            self.tick()
            self.warehouse.finish()

    def state(self, day=DAY):
        return load_state(self.store, "shop", day)[0]

    def handle(self, day=DAY):
        drop = Drop.at("staging", manifest_key(self.source, day))
        return ingest(drop, Places(self.store, self.store, self.lake), Rules(), lambda: self.now)

    def ids(self, day=DAY):
        self.handle(day)
        return ids_in(self.lake)


@pytest.fixture(params=[REDSHIFT, BIGQUERY], ids=["redshift", "bigquery"])
def world(request):
    return World(request.param)


def test_each_day_is_exported_once_and_becomes_its_drop(world):
    world.settle()
    assert {world.state(DAY - timedelta(days=back)).phase for back in range(3)} == {Phase.OFFERED}
    assert world.ids() == ["u0", "u1", "u2", "u3"]
    assert len(world.warehouse.log) == 3
    world.settle()
    assert len(world.warehouse.log) == 3
    assert world.handle().outcome is Outcome.SKIPPED


def test_no_more_statements_run_than_may_and_the_newest_day_comes_first(world):
    world.tick()
    assert [world.warehouse.jobs[one]["day"] for one in world.warehouse.log] == [DAY, DAY - timedelta(days=1)]
    world.tick()
    assert len(world.warehouse.log) == 2


def test_a_day_that_changed_is_exported_again_and_replaced(world):
    world.settle()
    world.ids()
    world.warehouse.rows[DAY] |= {4: 1}
    del world.warehouse.rows[DAY][0]
    world.settle()
    assert world.state().attempt == 2
    assert world.ids() == ["u1", "u2", "u3", "u4"]


class ChangedMeanwhile:
    """A warehouse whose table changes between a look at it and the statement that reads it."""

    def __init__(self, warehouse, rows):
        self._warehouse, self._rows = warehouse, rows

    def __getattr__(self, name):
        return getattr(self._warehouse, name)

    def start(self, job):
        if job.day == DAY:
            self._warehouse.rows[DAY] = self._rows
        return self._warehouse.start(job)


@pytest.mark.parametrize("at_first", [{}, {0: 0, 1: 0}], ids=["empty", "whole"])
@pytest.mark.parametrize("meanwhile", [{}, {26: 0}, {0: 0, 1: 0, 26: 0}], ids=["emptied", "others", "more"])
def test_a_table_that_is_what_it_was_again_is_exported_if_another_was(world, at_first, meanwhile):
    world.source = replace(world.source, max_shrink=0.0)
    world.warehouse.rows[DAY] = at_first
    world.tick(warehouse=ChangedMeanwhile(world.warehouse, meanwhile))
    world.warehouse.rows[DAY] = at_first
    world.settle()
    assert world.ids() == [f"u{number}" for number in at_first]


def test_a_row_that_is_what_it_was_again_is_exported_if_another_was():
    world = World(REDSHIFT)
    world.warehouse.rows[DAY] = {0: 0, 1: 0}
    world.tick(warehouse=ChangedMeanwhile(world.warehouse, {0: 0, 2: 0}))
    world.warehouse.rows[DAY] = {0: 0, 1: 0}
    world.settle()
    assert (world.ids(), world.state().attempt) == (["u0", "u1"], 2)


def test_a_look_that_is_older_than_an_export_begins_no_other(world):
    world.tick(warehouse=ChangedMeanwhile(world.warehouse, {0: 0, 1: 0, 26: 0}))
    world.warehouse.finish()
    before = dict(world.warehouse.rows)
    looked, old = world.now, {day: world.warehouse.fingerprint(day) for day in before}

    class Remembering(ChangedMeanwhile):
        looks_since = looked - TICK

        def seen(self, source, columns, day_type, days):
            told = self._warehouse.seen(source, columns, day_type, days)
            return {day: Seen(f"{old[day]}, an hour ago", 4) for day in told}

    for _ in range(3):
        world.tick(warehouse=Remembering(world.warehouse, before[DAY]))
        world.warehouse.finish()
    assert (world.state().phase, world.state().attempt) == (Phase.OFFERED, 1)


def test_an_empty_day_is_a_drop_without_rows(world):
    world.warehouse.rows[DAY] = {}
    world.settle()
    assert world.handle().outcome is Outcome.EMPTY


def test_a_day_that_shrank_is_withheld_until_a_person_accepts_it(world):
    world.settle()
    world.ids()
    world.warehouse.rows[DAY] = {0: 0}
    world.settle()
    assert (world.state().phase, world.state().error) == (Phase.WITHHELD, "1 rows; 4 before")
    assert world.ids() == ["u0", "u1", "u2", "u3"]
    state, version = load_state(world.store, "shop", DAY)
    save_state(world.store, "shop", DAY, deciding.accept(state, world.now), version)
    world.settle(1)
    assert world.state().phase is Phase.OFFERED
    assert world.ids() == ["u0"]


def test_a_statement_that_failed_is_tried_again_later_in_a_folder_of_its_own(world):
    world.tick()
    world.warehouse.fail(world.warehouse.log[0])
    (failed, *_) = [step for step in world.tick() if step.day == str(DAY)]
    assert (failed.phase, failed.told, failed.alarms) == (Phase.FAILED, "out of disk", False)
    world.settle(6)
    assert (world.state().phase, world.state().attempt) == (Phase.OFFERED, 2)
    assert folder_of(world.source, DAY, 2) in world.store.get(manifest_key(world.source, DAY))[0].decode()


def test_what_only_a_person_can_mend_alarms_at_once_and_is_not_tried_again(world):
    world.tick()
    world.warehouse.fail(world.warehouse.log[0], "permission denied for schema analytics", final=True)
    (failed, *_) = [step for step in world.tick() if step.day == str(DAY)]
    assert (failed.told, failed.alarms) == ("permission denied for schema analytics", True)
    world.settle()
    assert world.state().attempt == 1


def test_a_grant_that_is_missing_is_told_and_needs_nothing_but_the_grant(world):
    world.warehouse.refusal = ("permission denied for relation events", True)
    steps = world.tick()
    assert {(step.told, step.alarms) for step in steps} == {("permission denied for relation events", True)}
    world.warehouse.refusal = None
    world.settle()
    assert world.state().phase is Phase.OFFERED


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("hours", [0, 9])
def test_a_statement_whose_answer_was_lost_is_found_again(world, after, hours):
    world.tick(warehouse=Failing(world.warehouse, "start", after=after))
    assert world.state().phase is Phase.ASKED
    world.now += timedelta(hours=hours)
    world.settle(6)
    assert world.state().phase is Phase.OFFERED
    assert world.ids() == ["u0", "u1", "u2", "u3"]
    assert world.state().attempt == (2 if hours and not after else 1)


@pytest.mark.parametrize("method", ["put_if_absent", "put_if_version", "get"])
@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("after", [False, True])
def test_a_tick_that_stops_anywhere_is_taken_up(world, method, at, after):
    for _ in range(3):
        with suppress(Unavailable):
            world.tick(store=Failing(world.store, method, after=after, at=at))
        world.warehouse.finish()
    world.settle()
    assert world.ids() == ["u0", "u1", "u2", "u3"]


def test_a_part_that_is_missing_or_another_is_never_offered(world):
    world.tick()
    world.warehouse.finish()
    first = f"{folder_of(world.source, DAY, 1)}0000_part_00.gz"
    world.store.delete(first)
    (step, *_) = [step for step in world.tick() if step.day == str(DAY)]
    assert step.told.startswith("export_incomplete: ")
    world.settle()
    assert world.ids() == ["u0", "u1", "u2", "u3"]


def test_a_table_that_is_not_there_is_late_and_then_alarms():
    world = World(GA4)
    del world.warehouse.rows[DAY]
    world.settle()
    assert (world.state().phase, world.state().attempt) == (Phase.LATE, 0)
    world.now += timedelta(days=2)
    assert not any(step.alarms for step in world.tick() if step.day == str(DAY))
    world.now += timedelta(days=1, hours=3)
    world.source = replace(world.source, lookback_days=10)
    world.settle(3)
    assert [step for step in world.tick() if step.day == str(DAY) and step.alarms]
    world.warehouse.rows[DAY] = {1: 0}
    world.settle()
    assert world.state().phase is Phase.OFFERED


def test_a_statement_that_runs_for_a_day_is_cancelled(world):
    world.tick()
    world.now += timedelta(hours=25)
    world.tick()
    assert world.warehouse.jobs["job-0"]["error"] == "cancelled"
    assert world.state().phase is Phase.FAILED


def test_days_that_a_person_asks_for_are_exported_once_and_then_struck_out(world):
    old = DAY - timedelta(days=200)
    world.warehouse.rows[old] = {7: 0}
    world.settle()
    save_book(world.store, "shop", replace(load_book(world.store, "shop")[0], wanted={str(old): world.now, str(DAY): world.now}),
              load_book(world.store, "shop")[1])  # fmt: skip
    world.settle()
    assert (world.state(old).phase, world.state(old).attempt, world.state().attempt) == (Phase.OFFERED, 1, 2)
    assert load_book(world.store, "shop")[0].wanted == {}


def test_another_file_of_the_source_exports_anew_and_the_columns_are_looked_up_once(world):
    world.settle()
    world.source = replace(world.source, columns=("id", "event_time"), max_shrink=0.1)
    world.settle()
    assert world.state().attempt == 2
    assert load_book(world.store, "shop")[0].digest == world.source.digest


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"columns": ("id", "nmae")}, "there is no column nmae"),
        ({"exclude": ("shape",)}, "there is no column shape"),
    ],
)
def test_a_column_that_is_not_there_is_told(world, changes, told):
    world.source = replace(world.source, **changes)
    assert {step.told.startswith(told) and step.alarms for step in world.tick()} == {True}


def test_a_manifest_says_what_it_is_first_and_is_the_same_each_time(world):
    world.settle()
    body, _ = world.store.get(manifest_key(world.source, DAY))
    assert body.startswith(b'{"hackle_export":1,')
    told = msgspec.json.decode(body)
    assert (told["source"], told["day"], told["attempt"], told["rows"], told["timezone"]) == (
        "shop", "2025-01-09", 1, 4, "Asia/Seoul",
    )  # fmt: skip
    assert isinstance(load_book(world.store, "shop")[0], Book)


def test_the_ledger_s_own_documents_are_not_mixed_up_with_those_of_exports(world):
    from hackle_import.ingest import ledger

    world.settle()
    world.ids()
    assert [entry.source for entry in ledger.entries(world.store)] == [manifest_key(world.source, DAY)]


def test_a_token_is_as_long_as_it_may_be_and_hangs_on_the_attempt(world):
    tokens = {deciding.token(world.source, DAY, attempt) for attempt in range(5)}
    assert {len(token) for token in tokens} == {64}
    assert len(tokens) == 5
    assert len(deciding.job_name(world.source, DAY, 1)) <= 128
    assert datetime.fromisoformat("2025-01-09").date() == DAY


def test_a_closed_day_waits_until_the_export_of_its_source_was_handled(world):
    from hackle_import.days import expected

    wanted = expected.parsed(b'expected = ["incoming/hackle/shop/{day}.export.json"]')
    assert expected.lacking(world.store, wanted, str(DAY)) == wanted.expected
    world.settle()
    assert expected.lacking(world.store, wanted, str(DAY)) == wanted.expected  # it is there, and not handled
    world.handle()
    assert expected.lacking(world.store, wanted, str(DAY)) == []


def test_what_stands_tells_who_is_to_look(world):
    from hackle_import.warehouse.standing import Trouble, standings

    world.settle()
    world.warehouse.rows[DAY] = {0: 0}
    world.settle()
    found = list(standings(world.store, world.source, world.now))
    assert [(one.day, one.phase, one.rows, one.trouble) for one in found] == [
        ("2025-01-07", Phase.OFFERED, 4, None), ("2025-01-08", Phase.OFFERED, 4, None),
        ("2025-01-09", Phase.WITHHELD, 4, Trouble.WITHHELD),
    ]  # fmt: skip
    assert len(list(standings(world.store, world.source, world.now, DAY))) == 1
    world.warehouse.refusal = ("permission denied for relation events", True)
    world.source = replace(world.source, parallel=3)
    world.tick()
    assert Trouble.FAILED in {one.trouble for one in standings(world.store, world.source, world.now)}


def test_each_source_is_first_in_its_turn():
    from hackle_import.warehouse.exporter import _in_turn

    firsts = {_in_turn(["a", "b", "c"], NOW + TICK * number)[0] for number in range(3)}
    assert firsts == {"a", "b", "c"}
    assert _in_turn([], NOW) == []


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b'{"entries": [{"url": "a"}]}', b'{"entries": ["\xff"]}'])
def test_what_unload_does_not_write_is_no_manifest_of_an_export(body):
    store = MemoryStore(lambda: NOW, "staging")
    store.put("exports/shop/2025-01-09/0001/manifest", body)
    with pytest.raises(Incomplete, match="exports/shop/2025-01-09/0001/manifest is not what UNLOAD writes"):
        redshift_parts(store, "exports/shop/2025-01-09/0001/", 4)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'{"attempt": "\xff"}', b'{"a":' + b"[" * 100_000])
def test_a_drop_that_somebody_put_in_a_manifest_s_place_is_replaced(body):
    world = World()
    world.store.put(manifest_key(world.source, DAY), body)
    world.settle()
    assert world.handle(DAY).rows_written == 4


class Behind(MemoryStore):
    """A tick's view of the store: it read the source's document when there was none yet."""

    def __init__(self, store):
        self.__dict__ |= vars(store)
        self._has_read = False

    def get(self, key):
        if key == "state/exports/shop.json" and not self._has_read:
            self._has_read = True
            raise NotFound(key)
        return super().get(key)


def test_a_tick_that_read_before_another_began_goes_on_by_the_columns_that_were_found_since(world):
    world.tick()
    world.warehouse.finish()
    world.tick(Behind(world.store))
    told = json.loads(world.store.get(manifest_key(world.source, DAY))[0])
    assert [one["name"] for one in told["columns"]] == ["id", "event_time"]


def test_an_attempt_that_is_offered_is_not_offered_again_whatever_else_its_manifest_says(world):
    world.tick()
    world.warehouse.finish()
    before = load_state(world.store, "shop", DAY)
    world.tick()
    key = manifest_key(world.source, DAY)
    told, found = world.store.get(key)
    world.store.put_if_version(key, told.replace(b'"event_time"', b'"at"'), found.version)
    save_state(world.store, "shop", DAY, before[0], world.store.get(f"state/exports/shop/{DAY}.json")[1].version)
    world.tick()
    assert world.state().phase is Phase.OFFERED
    assert world.store.get(key)[0] != told


def test_a_statement_whose_answer_was_lost_is_sent_again_by_the_columns_that_were_found_since(world):
    world.tick(warehouse=Failing(world.warehouse, "start", after=False))
    sent = []
    start = world.warehouse.start
    world.warehouse.start = lambda job: sent.append([one.name for one in job.columns]) or start(job)
    world.tick(Behind(world.store))
    assert sent
    assert all(columns == ["id", "event_time"] for columns in sent)
