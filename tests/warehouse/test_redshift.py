"""A table of a real PostgreSQL becomes a day: the very statements are run, boto3 is real, parts lie in moto's S3."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Rules
from hackle_import.stores import open_store
from hackle_import.stores.memory import MemoryStore
from hackle_import.verify import Verification
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.outlook import total
from hackle_import.warehouse.publish import manifest_key
from hackle_import.warehouse.state import Phase, load_state
from support import scenes
from support.lazily import lazily
from support.postgres import postgres
from support.redshift import Redshift, data_api
from support.sources import REDSHIFT
from support.world import Failing

connecting, tick = lazily("hackle_import.warehouse.connect"), lazily("hackle_import.warehouse.tick")

DAY = date(2025, 1, 9)
NOON = datetime(2025, 1, 9, 3, tzinfo=UTC)  # of the 9th, in Seoul
MAPPING = r"""
[fields]
insert_id = "event_id"
event_key = "name"
ts = "event_time"
metric_value = "amount"

[fields.identifiers]
id = "user_id"
device_id = "device"

[fields.event_properties]
vip = "vip"
props = "props"
raw = "raw"
"제목" = '"제목"'
"quo'te" = "\"quo'te\""

[fields.platform_properties]
osname = { const = "iOS" }
appversion = { const = "1" }
"""
TABLE = """
CREATE SCHEMA analytics;
CREATE TABLE analytics.events (
  event_id bigint, name varchar(128), event_time timestamptz, amount numeric(18, 6), user_id int, device text, vip boolean,
  props jsonb, raw bytea, "제목" text, "quo'te" text
);
"""


@pytest.fixture(scope="module")
def server():
    with postgres() as at:
        yield at


class World:
    def __init__(self, server, bucket):
        import pg8000.native

        self.sql = pg8000.native.Connection(**server)
        self.sql.run(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS analytics CASCADE;" + TABLE
        )
        self.sql.run("SET TIME ZONE 'America/New_York'")  # no statement may hang on it
        self.redshift = Redshift(self.sql)
        self.store = open_store(f"s3://{bucket}/staging")
        self.now = datetime(2025, 1, 9, 20, tzinfo=UTC)  # the 10th, 05:00, in Seoul
        self.lake = MemoryStore(lambda: self.now, "lake")
        self.store.put("mappings/shop.toml", MAPPING.encode())
        self.source = load_source(REDSHIFT.encode(), "shop")

    def insert(self, number, at=NOON, **more):
        row = {
            "event_id": number, "name": "view", "event_time": at, "amount": None, "user_id": number, "device": "d", "vip": None,
            "props": None, "raw": None, "제목": None, "quo'te": None,
        } | more  # fmt: skip
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f":v{at}" for at in range(len(row)))
        self.sql.run(
            f"INSERT INTO analytics.events ({names}) VALUES ({marks})",
            **{f"v{at}": value for at, value in enumerate(row.values())},
        )

    def tick(self):
        self.now += timedelta(hours=1)
        return tick.Ticks(self.store, connecting.connect(self.source, self.now), lambda: self.now).tick(self.source)

    def settle(self):
        return [step for _ in range(4) for step in self.tick()]

    def state(self, day=DAY):
        return load_state(self.store, "shop", day)[0]

    def handle(self, day=DAY, **more):
        drop = Drop.at(self.store.place, manifest_key(self.source, day))
        return ingest(drop, Places(self.store, self.store, self.lake), Rules(), lambda: datetime.now(UTC), **more)

    def rows(self):
        import pyarrow.parquet as pq

        tables = [pq.read_table(BytesIO(self.lake.get(key)[0])) for key in self.lake.keys("")]
        return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["ts"])


@pytest.fixture
def world(server, s3_bucket, monkeypatch):
    made = World(server, s3_bucket)
    with data_api(made.redshift) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", url)
        yield made
    made.sql.close()


def test_values_of_every_type_come_as_they_are(world):
    world.insert(
        1, datetime(2025, 1, 9, 3, 4, 5, 678901, UTC), amount="123456789012.340000", vip=True, props='{"page": {"n": [1, "홈"]}}',
        raw=b"\x00\xff", **{"제목": "it's \"quoted\"\\\n상품", "quo'te": "''"},
    )  # fmt: skip
    world.insert(2, vip=False)
    world.settle()
    assert world.handle().rows_written == 2
    first, second = sorted(world.rows(), key=lambda row: dict(row["identifiers"])["id"])
    assert str(first["ts"]) == "2025-01-09 03:04:05.678000+00:00"
    assert str(first["metric_value"]) == "123456789012.340000"
    assert dict(first["event_properties"]) == {
        "vip": "true", "props": '{"page":{"n":[1,"홈"]}}', "raw": "00ff", "제목": "it's \"quoted\"\\\n상품", "quo'te": "''",
    }  # fmt: skip
    assert dict(second["event_properties"]) == {"vip": "false"}


def test_a_day_is_seoul_s_and_no_row_is_in_two(world):
    moments = [datetime(2025, 1, 8, 15, tzinfo=UTC), datetime(2025, 1, 9, 14, 59, 59, 999999, UTC)]
    outside = [moments[0] - timedelta(microseconds=1), moments[1] + timedelta(microseconds=1)]
    for number, at in enumerate([*moments, *outside]):
        world.insert(number, at)
    world.settle()
    assert world.handle().rows_written == 2
    assert {dict(row["identifiers"])["id"] for row in world.rows()} == {"0", "1"}
    assert world.state(date(2025, 1, 8)).rows == 1


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25)])
def test_a_day_with_a_change_of_clocks_has_all_its_hours(world, day, hours):
    world.source = replace(world.source, day=replace(world.source.day, timezone="Europe/Berlin"))
    world.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
    first = datetime(day.year, day.month, day.day, tzinfo=world.source.zone).astimezone(UTC)
    for hour in range(-1, hours + 1):
        world.insert(hour, first + timedelta(hours=hour))
    world.settle()
    assert world.state(day).rows == hours


def test_twelve_rows_stay_twelve_when_they_move_to_fewer_parts(world):
    world.redshift.slices = 3
    for number in range(12):
        world.insert(number)
    world.settle()
    assert (world.handle().rows_written, len(world.redshift.unloads)) == (12, 3)
    world.redshift.slices = 2
    world.sql.run("UPDATE analytics.events SET name = 'changed' WHERE event_id % 2 = 0")
    world.settle()
    assert world.handle().rows_written == 12
    assert [row["event_key"] for row in world.rows()].count("changed") == 6
    assert list(Verification(world.lake, Rules(), world.store).faults()) == []
    assert sorted(folder.split("/")[-2] for folder in world.redshift.unloads if str(DAY) in folder) == ["0001", "0002"]


def test_nothing_is_exported_again_while_nothing_changes(world):
    world.insert(1)
    world.settle()
    before = len(world.redshift.unloads)
    world.settle()
    assert len(world.redshift.unloads) == before
    world.sql.run("DELETE FROM analytics.events")
    world.source = replace(world.source)
    world.settle()
    assert world.state().phase is Phase.WITHHELD


def test_a_table_that_is_what_it_was_again_is_exported_if_another_was(world):
    """The look at it is of before; the statement that exports counts what it writes."""
    world.redshift.held = True
    world.insert(1)
    world.tick()
    world.sql.run("UPDATE analytics.events SET name = 'other'")
    world.redshift.release()
    world.redshift.held = False
    world.settle()
    assert world.state().attempt == 1
    world.sql.run("UPDATE analytics.events SET name = 'view'")
    world.settle()
    assert (world.state().attempt, world.handle().rows_written) == (2, 1)
    assert [row["event_key"] for row in world.rows()] == ["view"]


def test_a_count_that_the_service_has_forgotten_is_made_again_with_its_export(world):
    world.insert(1)
    world.tick()
    world.redshift.forget()
    (step,) = [one for one in world.tick() if one.day == str(DAY)]
    assert (step.phase, step.alarms) == (Phase.FAILED, False)
    world.settle()
    assert (world.state().phase, world.state().attempt) == (Phase.OFFERED, 2)


def test_what_is_counted_and_what_is_written_are_the_same_rows(world, server):
    """Another one's change between the two statements is in neither."""
    import pg8000.native

    other = pg8000.native.Connection(**server)
    world.insert(1)
    more = "INSERT INTO analytics.events (event_time) VALUES ('2025-01-09 03:00+00')"
    world.redshift.between = lambda: other.run(more)
    world.tick()
    world.redshift.between = lambda: None
    other.close()
    world.settle()
    ((rows,),) = world.sql.run("SELECT COUNT(*) FROM analytics.events")
    assert (world.state().attempt, world.state().rows) == (2, rows)


def test_an_empty_day_is_a_drop_without_parts(world):
    world.settle()
    assert world.handle().outcome is Outcome.EMPTY


def test_a_hundred_parts(world):
    world.redshift.slices = 100
    world.sql.run(
        "INSERT INTO analytics.events SELECT n, 'view', '2025-01-09 03:00:00+00', n, n, 'd', n % 2 = 0 FROM generate_series(1, 5000) n"
    )
    world.settle()
    receipt = world.handle()
    assert (receipt.rows_written, receipt.rows_in) == (
        5000,
        world.sql.run("SELECT COUNT(*) FROM analytics.events")[0][0],
    )


def test_a_count_that_differs_is_never_offered(world):
    world.insert(1)
    world.redshift.held = False
    world.tick()
    (folder,) = [one for one in world.redshift.unloads if str(DAY) in one]
    key = folder.removeprefix(f"{world.store.place}/")
    body = world.store.get(f"{key}manifest")[0].replace(b'"record_count": 1}}]', b'"record_count": 2}}]')
    world.store.put(f"{key}manifest", body)
    (step,) = [one for one in world.tick() if one.day == str(DAY)]
    assert (step.phase, step.told) == (Phase.FAILED, "export_incomplete: 2 rows in 1 parts; UNLOAD counted 1")


def test_a_type_that_cannot_be_exported_is_named_with_what_to_do(world):
    world.sql.run("ALTER TABLE analytics.events ADD shape point")
    assert {step.told.partition(";")[0] for step in world.tick()} == {"shape (geometry): no export has such a type"}
    world.source = replace(world.source, exclude=("shape",))
    world.settle()
    assert world.state().phase is Phase.OFFERED


def test_a_table_that_is_not_there_and_a_grant_that_is_missing_are_told_in_one_line(world):
    world.source = replace(world.source, table="analytics.evnets")
    assert {step.told for step in world.tick()} == {'ERROR: relation "analytics.evnets" does not exist'}


@pytest.mark.parametrize(
    ("code", "status", "phase"),
    [
        ("ActiveStatementsExceededException", 400, Phase.ASKED),
        ("InternalServerException", 500, Phase.ASKED),
        ("ValidationException", 400, Phase.FAILED),
    ],
)
def test_a_refusal_for_now_waits_and_one_for_good_is_told(world, code, status, phase):
    world.insert(1)
    world.settle()
    world.insert(2)
    real = world.redshift.answer

    def refusing(operation, asked):
        if operation == "BatchExecuteStatement":
            return status, {"__type": code, "Message": "no"}
        return real(operation, asked)

    world.redshift.answer = refusing
    world.tick()
    assert world.state().phase is phase
    world.redshift.answer = real
    if phase is Phase.ASKED:
        world.settle()
        assert world.state().rows == 2


def test_a_statement_is_not_sent_again_while_it_runs_and_is_cancelled_after_a_day(world):
    world.insert(1)
    world.settle()
    world.insert(2)
    world.redshift.held = True
    for _ in range(3):
        world.tick()
    assert (world.state().phase, world.state().attempt) == (Phase.RUNNING, 2)
    world.now += timedelta(hours=24)
    world.tick()
    assert world.state().error == "it ran for more than a day and was cancelled"


def test_a_lost_statement_is_found_by_its_name(world):
    from hackle_import.warehouse.client import Job

    world.insert(1)
    world.settle()
    job = Job(
        world.source, DAY, [], "timestamptz", "", world.redshift.statements[world.state().job]["StatementName"], ""
    )
    assert connecting.connect(world.source, world.now).find(job) == world.state().job
    assert connecting.connect(world.source, world.now).find(replace_name(job)) is None
    assert (
        connecting.connect(world.source, world.now).look(world.source, "00000000-0000-0000-0000-000000000000").phase
        == "unknown"
    )


def replace_name(job):
    from msgspec.structs import replace as replaced

    return replaced(job, name="hackle-import-another")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("ERROR: permission denied for schema analytics", "ERROR: permission denied for schema analytics"),
        ("ERROR: invalid input syntax for type integer: \"kim@example.com\"\nDetail: x", "ERROR: invalid input syntax for type integer: '…'"),
        ("ERROR: value 'secret' is too long", "ERROR: value '…' is too long"),
    ],
)  # fmt: skip
def test_the_warehouse_s_words_hold_no_value(error, told):
    from hackle_import.warehouse.words import redshift_words

    assert redshift_words(error) == told


def test_a_check_tries_each_thing_and_in_earnest_exports_ten_rows(world):
    for number in range(12):
        world.insert(number, vip=True, props='{"a": [1]}')
    told, lines = scenes.tried_in_earnest(world, DAY)
    assert "event_id int8, name varchar" in told[3].told
    assert lines["column vip"] == "str"


def test_some_rows_are_shown_as_an_export_has_them_and_what_they_cost(world):
    for number in range(12):
        world.insert(number, vip=True, props='{"a": [1]}')
    found, rows = scenes.rows_shown(world, [DAY, date(2025, 1, 8)])
    assert [one.rows for one in found] == [12, 0]
    assert total(found).scanned is None
    assert (rows[0]["vip"], rows[0]["props"]) == ("true", {"a": [1]})


@pytest.mark.parametrize("hours", [0, 9])
def test_a_statement_that_was_lost_between_sending_and_noting_runs_once(world, hours):
    world.insert(1)
    lost = Failing(connecting.connect(world.source, world.now), "start", after=True)
    world.now += timedelta(hours=1)
    tick.Ticks(world.store, lost, lambda: world.now).tick(world.source)
    sent = [one for one in world.redshift.unloads if str(DAY) in one]
    assert (world.state().phase, len(sent)) == (Phase.ASKED, 1)
    world.now += timedelta(hours=hours)
    world.settle()
    assert (world.state().phase, world.state().attempt, world.handle().rows_written) == (Phase.OFFERED, 1, 1)
    assert [one for one in world.redshift.unloads if str(DAY) in one] == sent


def test_two_workers_and_a_tick_that_comes_twice_send_one_statement(world):
    world.insert(1)
    world.now += timedelta(hours=1)
    for _ in range(2):
        tick.Ticks(world.store, connecting.connect(world.source, world.now), lambda: world.now).tick(world.source)
    world.settle()
    assert len([one for one in world.redshift.unloads if str(DAY) in one]) == 1
    assert world.handle().rows_written == 1


def test_a_warehouse_that_is_paused_is_waited_for_and_nobody_is_told(world):
    world.insert(1)
    paused = (400, {"__type": "ValidationException", "Message": "The cluster shop is paused; resume it"})
    real, world.redshift.answer = world.redshift.answer, lambda operation, asked: paused
    steps = world.tick()
    assert [(one.phase, one.alarms) for one in steps] == [("waiting", False)]
    world.redshift.answer = real
    world.settle()
    assert world.handle().rows_written == 1


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_a_part_that_is_missing_is_never_offered_and_one_that_was_altered_never_written(world, harm):
    for number in range(4):
        world.insert(number)
    world.tick()
    scenes.harm_a_part(world, DAY, harm)
