"""A day becomes a few files, and stays what it is: late drops, corrections, drops that are taken back, adopted days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from unittest.mock import patch
from zoneinfo import ZoneInfo

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from hackle_import.days.building import require_disk
from hackle_import.days.document import load
from hackle_import.days.reporting import marker_key, report_key
from hackle_import.days.steps import Steps
from hackle_import.errors import Misconfigured, NewerLedger, NotFound, TryAgain
from hackle_import.settings import DayOrder, Late, Repeats, Rules
from hackle_import.verify import Verification
from support.open_days import DAY, OpenDays
from support.samples import NOW, event
from support.world import Unversioned

EVENTS = f"{DAY}/events-0-of-1.parquet"


def read(world, key=EVENTS):
    return pq.read_table(BytesIO(world.lake.get(key)[0]), use_threads=False).to_pylist()


def users(world, key=EVENTS):
    return [dict(row["identifiers"])["id"] for row in read(world, key)]


def of_user(number, user, hour, **more):
    return event(number, ts=f"{DAY}T{hour:02}:00:00Z", identifiers={"id": user, "device_id": "d"}, **more)


def report(world):
    return msgspec.json.decode(world.staging.get(report_key(DAY))[0])


def test_nothing_is_published_before_the_day_is_closed_and_then_one_file_by_user_and_time():
    world = OpenDays()
    world.come("a", of_user(1, "b", 9), of_user(2, "a", 8), of_user(3, "b", 1))
    world.come("b", of_user(4, "a", 2))
    assert world.files() == []
    closed = world.close()
    assert (closed.outcome, closed.rows_in, closed.rows_written, closed.files) == ("closed", 4, 4, 1)
    assert world.files() == [EVENTS]
    assert users(world) == ["a", "a", "b", "b"]
    assert [row["ts"].hour for row in read(world)] == [2, 8, 1, 9]
    assert list(Verification(world.lake, Rules(), None).faults()) == []


def test_the_footer_tells_the_day_its_generation_and_what_it_is_made_of():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    footer = pq.read_metadata(BytesIO(world.lake.get(EVENTS)[0])).metadata
    told = {name.decode().removeprefix("hackle_import."): text.decode() for name, text in footer.items()}
    commit = load(world.staging, DAY)[0].commit
    assert told == {
        "day": DAY, "generation": "1", "inputs": commit.digest, "number_of_inputs": "1", "format_version": told["format_version"],
    }  # fmt: skip


def test_by_time_where_that_is_set():
    world = OpenDays(order=DayOrder.TS)
    world.come("a", of_user(1, "b", 9), of_user(2, "a", 23), of_user(3, "b", 1))
    world.close()
    assert [row["ts"].hour for row in read(world)] == [1, 9, 23]


def test_a_second_close_changes_nothing():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    before = dict(world.staging._objects) | world.lake._objects
    assert world.close().outcome == "unchanged"
    assert dict(world.staging._objects) | world.lake._objects == before


def test_a_day_without_rows_is_closed_and_says_so():
    world = OpenDays()
    closed = world.close()
    assert (closed.outcome, closed.rows, closed.files) == ("closed", 0, 0)
    assert report(world)["rows"]["written"] == 0
    assert world.close().outcome == "unchanged"
    world.come("a", event(1))
    assert world.close().outcome == "appended"
    assert world.shown() == ["u1"]


def test_a_late_drop_gets_a_file_of_its_own_and_no_other_is_touched():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    before = world.lake.head(EVENTS)
    world.come("b", event(2), event(3))
    assert world.close().outcome == "appended"
    assert world.files() == [EVENTS, f"{DAY}/late-2-0.parquet"]
    assert world.lake.head(EVENTS) == before
    assert world.shown() == ["u1", "u2", "u3"]
    assert [(one["generation"], one["added"], one["removed"]) for one in report(world)["changes"]] == [(2, 2, 0)]


def test_a_corrected_drop_is_held_until_the_day_is_written_anew_in_place():
    world = OpenDays()
    world.come("a", event(1), event(2))
    world.come("b", event(3))
    world.close()
    world.come("a", event(1), event(9))
    closed = world.close()
    assert (closed.outcome, closed.held, closed.rows_held) == ("held", 1, 2)
    assert world.shown() == ["u1", "u2", "u3"]
    assert world.close().outcome == "unchanged"
    assert world.close(rewrite=True).outcome == "rewritten"
    assert world.files() == [EVENTS]
    assert world.shown() == ["u1", "u3", "u9"]
    assert load(world.staging, DAY)[0].state == "closed"


def test_a_drop_that_was_taken_back_is_held_and_then_gone():
    world = OpenDays()
    world.come("a", event(1))
    world.come("b", event(2))
    world.close()
    world.take_back("a")
    assert (world.close().held, world.shown()) == (1, ["u1", "u2"])
    assert world.close(rewrite=True).held == 0
    assert world.shown() == ["u2"]


def test_a_late_drop_that_is_corrected_stays_in_its_file():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    world.come("b", event(2))
    world.close()
    world.come("b", event(4))
    world.close(rewrite=True)
    assert world.files() == [EVENTS, f"{DAY}/late-2-0.parquet"]
    assert (users(world), users(world, f"{DAY}/late-2-0.parquet")) == (["u1"], ["u4"])


@pytest.mark.parametrize(
    ("late", "outcome", "shown"), [(Late.HOLD, "held", ["u1"]), (Late.REWRITE, "rewritten", ["u1", "u2"])]
)
def test_what_comes_late_as_it_is_set(late, outcome, shown):
    world = OpenDays(late=late)
    world.come("a", event(1))
    world.close()
    world.come("b", event(2))
    assert world.close().outcome == outcome
    assert (world.files(), world.shown()) == ([EVENTS], shown)


def test_another_setting_of_what_comes_late_is_heard_though_no_drop_came():
    world = OpenDays(late=Late.HOLD)
    world.come("a", event(1))
    world.close()
    world.come("b", event(2))
    world.close()
    assert world.close(how=OpenDays().how).outcome == "appended"


@pytest.mark.parametrize(
    ("policy", "rows", "removed"), [(Repeats.REPORT, 5, 0), (Repeats.REMOVE_EQUAL, 4, 1), (Repeats.REMOVE, 3, 2)]
)
def test_rows_that_repeat_an_id_are_counted_and_go_as_it_is_set(policy, rows, removed):
    world = OpenDays(repeats=policy)
    world.come("a", event(1), event(2), event(3))
    world.come("b", event(2), event(3, event_key="other"))
    closed = world.close()
    assert (closed.repeats, closed.repeats_removed, closed.rows_written) == (2, removed, rows)
    assert report(world)["rows"]["repeats_differ"] == 1


def test_late_rows_that_repeat_what_is_published_are_counted_and_again_when_that_is_written_anew():
    world = OpenDays()
    world.come("a", event(1), event(2))
    world.close()
    world.come("b", event(2), event(1, event_key="other"), event(3))
    assert world.close().repeats == 2
    assert [report(world)["rows"][name] for name in ("repeats", "repeats_differ", "in", "written")] == [2, 1, 5, 5]
    world.come("a", event(2))
    world.close(rewrite=True)
    assert [report(world)["rows"][name] for name in ("repeats", "repeats_differ", "in", "written")] == [1, 0, 4, 4]
    world.come("c", event(7), event(7))
    world.close()
    world.come("a", event(4))
    world.close(rewrite=True)
    assert [report(world)["rows"][name] for name in ("repeats", "in", "written")] == [1, 6, 6]


def test_late_rows_that_repeat_an_adopted_one_are_counted_and_go_as_it_is_set():
    for policy, shown in ((Repeats.REPORT, ["u1", "u1", "u2"]), (Repeats.REMOVE, ["u1", "u2"])):
        world = OpenDays(repeats=policy)
        world.drop(event(1))
        world.handle()
        world.come("b", event(1), event(2))
        assert (world.close().repeats, world.shown()) == (1, shown)


def test_a_row_that_was_removed_comes_back_when_the_one_that_it_repeated_goes():
    world = OpenDays(repeats=Repeats.REMOVE)
    world.come("a", event(1), event(2))
    world.close()
    world.come("b", event(2), event(3))
    world.close()
    world.come("a", event(1))
    world.close(rewrite=True)
    assert world.shown() == ["u1", "u2", "u3"]


def test_hackle_deleting_what_late_rows_are_held_against_stops_nothing(monkeypatch):
    world = OpenDays()
    world.drop(event(1))
    world.handle()
    world.come("b", event(1), event(2))
    (published,) = world.files()
    real = Steps.intend

    def intend(self, *arguments):
        real(self, *arguments)
        world.lake.delete(published)

    monkeypatch.setattr(Steps, "intend", intend)
    closed = world.close()
    assert (closed.outcome, closed.repeats, world.shown()) == ("adopted", 0, ["u1", "u2"])


def test_of_rows_with_one_id_the_earliest_stays():
    world = OpenDays(repeats=Repeats.REMOVE)
    world.come("a", of_user(1, "late", 9))
    world.come("b", of_user(1, "early", 8))
    world.close()
    assert users(world) == ["early"]


def test_a_late_row_that_the_day_has_already_is_removed():
    world = OpenDays(repeats=Repeats.REMOVE)
    world.come("a", of_user(1, "first", 9))
    world.close()
    world.come("b", of_user(1, "again", 8), event(2))
    assert world.close().repeats_removed == 1
    assert world.shown() == ["first", "u2"]


def test_the_same_drops_give_the_same_bytes_in_any_order():
    bodies = []
    for order in ("abc", "cab"):
        world = OpenDays()
        world.staging = Unversioned(lambda: NOW, "staging")
        for name in order:
            world.come(name, *(of_user(ord(name) * 100 + n, f"u{n % 5}", n) for n in range(20)))
        world.close()
        bodies.append(world.lake.get(EVENTS)[0])
    assert bodies[0] == bodies[1]


def test_any_number_of_workers_and_of_closers_give_the_same_bytes():
    bodies = []
    for workers in (1, 4):
        world = OpenDays()
        world.staging = Unversioned(lambda: NOW, "staging")
        rows = {name: [of_user(ord(name) * 100 + n, f"u{n % 5}", n) for n in range(20)] for name in "abcdef"}
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda name, rows=rows, world=world: world.come(name, *rows[name]), sorted(rows)))
            closed = list(pool.map(lambda _, world=world: world.close(), range(workers)))
        assert {one.rows for one in closed} == {120}
        bodies.append({key: world.lake.get(key)[0] for key in world.files()})
    assert bodies[0] == bodies[1]


def test_a_day_of_25_hours_is_closed_whole():
    world = OpenDays(order=DayOrder.TS)
    world.rules = Rules(day_timezone=ZoneInfo("America/New_York"))
    moments = ("2024-11-04T04:59:59Z", "2024-11-03T06:30:00Z", "2024-11-03T05:30:00Z", "2024-11-03T04:00:00Z")
    world.come("a", *(event(number, ts=ts) for number, ts in enumerate(moments)))
    assert world.close("2024-11-03").rows == 4
    key = "2024-11-03/events-0-of-1.parquet"
    assert users(world, key) == ["u3", "u2", "u1", "u0"]
    told = msgspec.json.decode(world.staging.get(report_key("2024-11-03"))[0])
    assert told["hours"] == [["purchase", 0, 1], ["purchase", 1, 2], ["purchase", 23, 1]]


def test_parts_are_partitioned_by_insert_id_so_that_a_row_stays_in_its_file(monkeypatch):
    monkeypatch.setattr("hackle_import.days.deciding.PART_BYTES", 3000)
    world = OpenDays()
    for name in "abc":
        world.come(name, *(event(ord(name) * 100 + n) for n in range(20)))
    world.close()
    before = {key: set(users(world, key)) for key in world.files()}
    assert len(before) > 1
    assert all(before.values())
    world.come("a", *(event(9700 + n) for n in range(20)))
    world.close(rewrite=True)
    after = {key: set(users(world, key)) for key in world.files()}
    assert before.keys() == after.keys()
    others = {f"u{number}" for number in range(9800, 10000)}
    assert {key: ids & others for key, ids in before.items()} == {key: ids & others for key, ids in after.items()}


def test_days_that_were_published_drop_by_drop_are_adopted():
    world = OpenDays()
    world.drop(event(1))
    world.handle()
    (key,) = world.files()
    before = world.lake.get(key)
    assert world.close().outcome == "adopted"
    assert world.lake.get(key) == before
    assert [part.key for part in load(world.staging, DAY)[0].commit.outputs] == [key]
    world.come("b", event(2))
    assert world.close().outcome == "appended"
    assert world.shown() == ["u1", "u2"]


def test_a_drop_of_an_adopted_day_that_is_corrected_is_written_into_its_own_file():
    world = OpenDays()
    world.drop(event(1))
    world.handle()
    world.close()
    world.come("events", event(7))
    assert world.close().outcome == "held"
    assert world.close(rewrite=True).outcome == "rewritten"
    assert (len(world.files()), world.shown()) == (1, ["u7"])


def test_a_file_that_no_ledger_knows_any_more_is_adopted_all_the_same():
    world = OpenDays()
    world.drop(event(1))
    world.handle()
    world.come("events", event(7))
    assert (world.close().held, world.shown()) == (1, ["u1"])


def test_what_hackle_deleted_is_not_published_again_until_the_day_is_written_anew():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    world.lake.delete(EVENTS)
    world.come("b", event(2))
    world.close()
    assert world.shown() == ["u2"]
    world.come("a", event(1), event(3))
    world.close(rewrite=True)
    assert world.shown() == ["u1", "u2", "u3"]


def test_who_asks_for_a_day_anew_gets_what_hackle_deleted_too():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    world.come("b", event(2))
    world.close()
    for key in world.files():
        world.lake.delete(key)
    assert (world.close().outcome, world.files()) == ("unchanged", [])
    assert (world.close(rewrite=True).outcome, world.shown()) == ("rewritten", ["u1", "u2"])
    assert world.close(rewrite=True).outcome == "unchanged"


def test_what_hackle_deleted_and_nobody_has_any_more_is_told_and_stands_in_no_way():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    world.come("b", event(2))
    world.close()
    late = f"{DAY}/late-2-0.parquet"
    world.lake.delete(late)
    (expired,) = (key for key in world.open.keys("") if "/b-" in key)
    world.open.delete(expired)
    with pytest.raises(TryAgain, match=f"{late} .* `replay`"):
        world.close(rewrite=True)
    assert load(world.staging, DAY)[0].state == "closed"
    world.come("a", event(3))
    assert (world.close(rewrite=True).outcome, world.shown()) == ("rewritten", ["u3"])


def test_a_day_whose_drops_files_expired_is_not_begun_to_be_written_anew():
    world = OpenDays()
    world.come("a", event(1))
    world.come("b", event(2))
    world.close()
    world.come("a", event(3))
    (expired,) = (key for key in world.open.keys("") if "/b-" in key)
    world.open.delete(expired)
    with pytest.raises(TryAgain, match="`replay`"):
        world.close(rewrite=True)
    assert load(world.staging, DAY)[0].intent is None
    assert (world.close().outcome, world.shown()) == ("held", ["u1", "u2"])


def test_a_setting_that_rewrites_writes_nothing_again_that_hackle_deleted():
    world = OpenDays(late=Late.REWRITE)
    world.come("a", event(1))
    world.close()
    world.lake.delete(EVENTS)
    assert (world.close().outcome, world.files()) == ("unchanged", [])


def test_a_late_drop_does_not_bring_back_by_a_setting_what_hackle_deleted():
    world = OpenDays(late=Late.REWRITE)
    world.come("a", event(1))
    world.close()
    world.lake.delete(EVENTS)
    world.come("b", event(2))
    assert (world.close().outcome, world.files()) == ("appended", [f"{DAY}/late-2-0.parquet"])
    world.come("b", event(2), event(3))
    world.come("c", event(4))
    closed = world.close()
    assert (closed.outcome, closed.held, sorted(world.shown())) == ("rewritten", 0, ["u2", "u3", "u4"])
    assert world.close(rewrite=True).outcome == "rewritten"
    assert sorted(world.shown()) == ["u1", "u2", "u3", "u4"]


@pytest.mark.parametrize("repeats", list(Repeats))
def test_another_version_of_what_hackle_deleted_is_held_until_a_person_asks(repeats):
    world = OpenDays(late=Late.REWRITE, repeats=repeats)
    world.come("a", event(1))
    world.close()
    world.lake.delete(EVENTS)
    world.come("a", event(1), event(5))
    closed = world.close()
    assert (closed.outcome, closed.held, world.files()) == ("held", 1, [])
    world.come("b", event(2))
    closed = world.close()
    assert (closed.outcome, closed.held, world.shown()) == ("appended", 1, ["u2"])
    assert (world.close().outcome, world.shown()) == ("unchanged", ["u2"])
    assert (world.close(rewrite=True).outcome, sorted(world.shown())) == ("rewritten", ["u1", "u2", "u5"])


def test_an_adopted_file_that_hackle_deleted_comes_back_by_no_setting():
    world = OpenDays(late=Late.REWRITE)
    world.drop(event(1))
    world.handle()
    world.close()
    for key in world.files():
        world.lake.delete(key)
    world.come("events", event(7))
    assert (world.close().outcome, world.shown()) == ("held", [])
    assert (world.close(rewrite=True).outcome, world.shown()) == ("rewritten", ["u7"])


def test_the_import_place_is_listed_once_when_a_day_is_closed_first():
    world = OpenDays()
    world.come("a", event(1))
    with patch.object(world.lake, "keys", wraps=world.lake.keys) as listing:
        world.close()
    assert [call.args for call in listing.call_args_list] == [(f"{DAY}/",)]


def test_an_adopted_file_that_hackle_deleted_is_in_no_way_of_a_day_that_is_written_anew():
    world = OpenDays()
    world.drop(event(1))
    world.handle()
    world.come("b", event(2))
    world.close()
    for key in world.files():
        world.lake.delete(key)
    world.come("b", event(2), event(3))
    assert (world.close(rewrite=True).outcome, world.shown()) == ("rewritten", ["u2", "u3"])


def test_rows_of_drops_that_came_in_another_version_are_told_as_removed_and_added():
    world = OpenDays()
    for name, numbers in (("a", (1, 2, 3)), ("b", (4,)), ("c", (5, 6))):
        world.come(name, *map(event, numbers))
    world.close()
    world.come("a", event(1), event(2), event(3, event_key="corrected"))
    world.take_back("b")
    world.come("d", event(7))
    world.close(rewrite=True)
    changes = [(one["kind"], one["added"], one["removed"]) for one in report(world)["changes"]]
    assert changes == [("rewritten", 4, 4)]
    assert [one["message"] for one in report(world)["warnings"]] == [
        "4 rows (66.7 %) changed after the day was closed."
    ]


def test_what_went_is_a_part_of_the_day_as_it_was():
    world = OpenDays()
    world.come("a", event(1), event(2), event(3))
    world.come("b", event(4))
    world.close()
    world.take_back("a")
    world.close(rewrite=True)
    (told,) = report(world)["warnings"]
    assert told["message"] == "3 rows (75.0 %) changed after the day was closed."


def test_a_day_waits_a_while_for_a_drop_that_is_being_handled():
    world = OpenDays(now=datetime(2025, 1, 3, 2, 5, tzinfo=UTC))
    world.come("a", event(1))
    (key,) = (one for one in world.staging.keys("state/") if "folders" not in one)
    entry = msgspec.json.decode(world.staging.get(key)[0])
    files = list(world.open.keys(""))
    world.staging.put(key, msgspec.json.encode(entry | {"intent": files, "intent_version": "other"}))
    assert world.close().outcome == "waiting"
    world.now = datetime(2025, 1, 3, 3, 0, tzinfo=UTC)
    assert world.close().outcome == "closed"


def test_what_a_closer_announced_before_it_crashed_is_told_by_the_next_one():
    world = OpenDays()
    world.come("a", event(1))
    with pytest.raises(OverflowError), patch.object(Steps, "put_counts", side_effect=OverflowError):
        world.close()
    closed = world.close()
    assert (closed.outcome, closed.rows_written) == ("closed", 1)
    assert world.close().outcome == "unchanged"


def test_a_file_that_is_gone_though_its_drop_lists_it_is_told():
    world = OpenDays()
    world.come("a", event(1))
    (key,) = world.open.keys("")
    world.open.delete(key)
    world.open.put(key.replace("00000.parquet", "00001.parquet"), b"garbage")
    with pytest.raises(TryAgain, match="replay"):
        world.close()


def test_a_document_of_a_newer_release_is_left_alone():
    world = OpenDays()
    world.close()
    body = msgspec.json.decode(world.staging.get(f"days/{DAY}/ledger.json")[0])
    world.staging.put(f"days/{DAY}/ledger.json", msgspec.json.encode(body | {"document": 99}))
    with pytest.raises(NewerLedger):
        world.close()


def test_the_marker_and_the_report_are_made_again_where_a_crash_left_none():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    marker = world.staging.get(marker_key(DAY))[0]
    world.staging.delete(marker_key(DAY))
    world.staging.delete(report_key(DAY))
    world.close()
    assert world.staging.get(marker_key(DAY))[0] == marker
    assert report(world)["rows"]["written"] == 1
    assert msgspec.json.decode(marker)["generation"] == 1


def test_the_report_counts_events_by_the_hour_of_the_zone():
    world = OpenDays()
    world.rules = Rules(day_timezone=ZoneInfo("Asia/Seoul"))
    world.come("a", event(1, ts="2025-01-01T15:30:00Z"), event(2, ts="2025-01-02T14:59:59Z"))
    world.close()
    told = report(world)
    assert told["hours"] == [["purchase", 0, 1], ["purchase", 23, 1]]
    assert [(one["event"], one["key"], one["share"]) for one in told["properties"]] == [("purchase", "plan", 1.0)]
    assert sum(rows for _, rows in told["freshness"]["lags"]) == 2
    assert told["drops"] == {"written": 1}


def test_all_that_is_due_is_closed_and_one_day_stops_no_other():
    world = OpenDays()
    world.come("a", event(1), event(2, ts="2025-01-08T10:00:00Z"), event(3, ts=NOW.isoformat()))
    body = b"nonsense"
    world.staging.put("days/2025-01-05/ledger.json", body)
    closed = {one.day: one.outcome for one in world.closer().close_due()}
    assert closed.pop("2025-01-05") == "failed"
    assert closed == dict.fromkeys([f"2025-01-0{n}" for n in (2, 3, 4, 6, 7, 8, 9)], "closed")
    assert world.shown() == ["u1", "u2"]
    with pytest.raises(NotFound):
        world.lake.get("2025-01-10/events-0-of-1.parquet")


def test_files_of_another_staging_place_are_not_replaced():
    one, other = OpenDays(), OpenDays()
    one.come("a", event(1), event(2))
    one.close()
    other.lake = one.lake
    other.come("o", event(3))
    with pytest.raises(TryAgain, match=r"events-0-of-1\.parquet, which days/.* does not know"):
        other.close()
    assert users(one) == ["u1", "u2"]


def test_a_drop_without_a_ledger_was_not_taken_back():
    world = OpenDays()
    world.come("a", event(1))
    world.come("b", event(2))
    world.close()
    lost = next(key for key in world.staging.keys("state/") if b"/a." in world.staging.get(key)[0])
    world.staging.delete(lost)
    with pytest.raises(TryAgain, match=r"is not there: bring it back"):
        world.close(rewrite=True)
    assert users(world) == ["u1", "u2"]


def test_a_file_that_somebody_replaced_is_written_again_by_a_rewrite():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    whole = world.lake.get(EVENTS)[0]
    world.lake.put(EVENTS, b"garbage")
    assert world.close().outcome == "unchanged"
    assert world.close(rewrite=True).outcome == "rewritten"
    assert users(world) == ["u1"]
    assert world.lake.get(EVENTS)[0] != whole  # another generation


def test_a_rewrite_does_what_the_settings_say_by_now():
    world = OpenDays()
    world.come("a", of_user(1, "b", 9), of_user(2, "a", 23))
    world.close()
    assert users(world) == ["a", "b"]
    world.how = replace(world.how, order=DayOrder.TS)
    assert world.close().outcome == "unchanged"
    assert world.close(rewrite=True).outcome == "rewritten"
    assert users(world) == ["b", "a"]


def test_a_closed_day_stays_in_its_folder_and_another_setting_is_told():
    world = OpenDays()
    world.come("a", event(1))
    world.close()
    world.rules = Rules(day_folder="dt={day}")
    assert world.close().outcome == "unchanged"
    with pytest.raises(TryAgain, match=r"closed as 2025-01-02/events-0-of-1\.parquet.* HACKLE_DAY_FOLDER says dt="):
        world.close(rewrite=True)
    world.come("b", event(2))
    with pytest.raises(TryAgain, match="set it back"):
        world.close()
    assert (world.files(), world.shown()) == ([EVENTS], ["u1"])


def test_a_rewrite_of_a_day_that_was_never_closed_closes_it_as_a_close_does():
    worlds = OpenDays(), OpenDays()
    for world, rewrite in zip(worlds, (False, True), strict=True):
        world.staging = Unversioned(lambda: NOW, "staging")
        world.come("a", event(1), event(2))
        assert world.close(rewrite=rewrite).outcome == "closed"
        assert world.close(rewrite=rewrite).outcome == "unchanged"
    assert worlds[0].lake.get(EVENTS)[0] == worlds[1].lake.get(EVENTS)[0]


def test_a_rewrite_of_a_day_that_was_never_closed_waits_as_a_close_does():
    world = OpenDays(now=datetime(2025, 1, 3, 2, 5, tzinfo=UTC))
    world.come("a", event(1))
    world.staging.put("days.toml", b'until = "06:00"\nexpected = ["incoming/hackle/shop*"]')
    assert (world.close(rewrite=True).outcome, world.files()) == ("waiting", [])


def test_a_drop_that_was_taken_back_and_comes_again_is_not_told_as_changed():
    world = OpenDays()
    world.come("a", event(1))
    world.take_back("a")
    world.now += timedelta(hours=1)
    again = world.come("a", event(1))
    assert (again.outcome, again.changed) == ("written", [])


def test_a_temporary_disk_that_is_too_small_is_told_with_its_place_and_sizes(tmp_path):
    folder = tmp_path / "closing"
    folder.mkdir()
    with pytest.raises(Misconfigured, match=rf"free in {tmp_path}: .*TMPDIR"):
        require_disk(folder, 1 << 60)
    with (
        pytest.raises(Misconfigured, match="the day needs 60 KiB of temporary disk, and 9 KiB are free"),
        patch("shutil.disk_usage", return_value=SimpleNamespace(free=9 << 10)),
    ):
        require_disk(folder, 60 << 10)
