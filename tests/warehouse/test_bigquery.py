"""A table of BigQuery becomes a day: the very statements run in an emulator, credentials, retries and errors are those of
Google's own libraries, parts lie in an emulated Cloud Storage."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import count

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
from hackle_import.warehouse import deciding
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.outlook import total
from hackle_import.warehouse.publish import manifest_key
from hackle_import.warehouse.state import Phase, load_state, save_state
from support import scenes
from support.lazily import lazily
from support.sources import BIGQUERY, GA4
from support.world import Failing

connecting, tick = lazily("hackle_import.warehouse.connect"), lazily("hackle_import.warehouse.tick")
client = lazily("hackle_import.warehouse.bigquery")

DAY = date(2025, 1, 9)
MAPPING = r"""
[fields]
insert_id = "id"
event_key = "name"
ts = "event_time"
metric_value = "amount"

[fields.identifiers]
id = "id"
device_id = "device"

[fields.event_properties]
vip = "vip"
raw = "raw"
tags = "tags[0]"
props = "props"
"제목" = '"제목"'

[fields.platform_properties]
osname = { const = "iOS" }
appversion = { const = "1" }
"""
FIELDS = {
    "id": "INTEGER", "name": "STRING", "event_time": "TIMESTAMP", "amount": "NUMERIC", "device": "STRING", "vip": "BOOLEAN",
    "raw": "BYTES", "tags": "STRING[]", "props": "JSON", "제목": "STRING",
}  # fmt: skip
_numbers = count()


class World:
    def __init__(self, double, bucket, text=BIGQUERY):
        self.bigquery, self.dataset = double, f"shop_{next(_numbers)}"
        self.store = open_store(f"gs://{bucket}/staging")
        self.now = datetime(2025, 1, 9, 20, tzinfo=UTC)  # the 10th, 05:00, in Seoul
        self.lake = MemoryStore(lambda: self.now, "lake")
        self.store.put("mappings/shop.toml", MAPPING.encode())
        text = (
            text.replace(".shop.", f".{self.dataset}.")
            .replace("analytics_123", self.dataset)
            .replace('"US"', '"asia-northeast3"')
        )
        self.source = load_source(text.encode(), "shop")
        self.table = f"`my-project`.`{self.dataset}`.`events`"

    def create(self, table="events", fields=FIELDS, partitioned_by=None):
        self.bigquery.create(self.dataset, table, fields, partitioned_by)

    def change(self, statement, table="events"):
        self.bigquery.sql(statement.format(table=self.table), f"{self.dataset}.{table}")

    def insert(self, first, last, at="2025-01-09 03:00:00+00"):
        self.change(
            "INSERT INTO {table} (id, name, event_time, device) SELECT n, 'view', "
            f"TIMESTAMP '{at}', 'd' FROM UNNEST(GENERATE_ARRAY({first}, {last})) AS n"
        )

    def tick(self):
        self.now += timedelta(hours=1)
        return tick.Ticks(self.store, connecting.connect(self.source, self.now), lambda: self.now).tick(self.source)

    def settle(self, ticks=4):
        return [step for _ in range(ticks) for step in self.tick()]

    def state(self, day=DAY):
        return load_state(self.store, "shop", day)[0]

    def handle(self, day=DAY):
        drop = Drop.at(self.store.place, manifest_key(self.source, day))
        return ingest(drop, Places(self.store, self.store, self.lake), Rules(), lambda: datetime.now(UTC))

    def rows(self):
        import pyarrow.parquet as pq

        tables = [pq.read_table(BytesIO(self.lake.get(key)[0])) for key in self.lake.keys("")]
        return sorted(
            (row for table in tables for row in table.to_pylist()), key=lambda row: dict(row["identifiers"])["id"]
        )

    def parts(self, day=DAY, attempt=1):
        return [self.store.get(key)[0] for key in self.store.keys(f"exports/shop/{day}/{attempt:04d}/")]

    def exports(self, day=DAY):
        return [one for one in self.bigquery.exports if f"{self.store.place}/" in one and f"/{day}/" in one]


@pytest.fixture
def made(google, gcs_bucket):
    return lambda text=BIGQUERY: World(google, gcs_bucket, text)


@pytest.fixture
def world(made):
    world = made()
    world.create()
    return world


def test_values_of_every_type_come_as_they_are(world):
    world.change(
        "INSERT INTO {table} (id, name, event_time, amount, device, vip, raw, tags, props, `제목`) VALUES (9007199254740993, "
        "'view', TIMESTAMP '2025-01-09 03:04:05.678901+00', NUMERIC '123456789012.34', 'd', TRUE, FROM_BASE64('AP8='), ['홈', 'b'], "
        "JSON '{{\"page\":[1]}}', 'it\\'s \"quoted\" <b>&\\n상품')"
    )
    world.settle()
    assert world.handle().rows_written == 1
    (row,) = world.rows()
    assert str(row["ts"]) == "2025-01-09 03:04:05.678000+00:00"
    assert str(row["metric_value"]) == "123456789012.340000"
    assert dict(row["identifiers"])["id"] == "9007199254740993"
    assert dict(row["event_properties"]) == {
        "vip": "true", "raw": "AP8=", "tags": "홈", "props": '{"page":[1]}', "제목": 'it\'s "quoted" <b>&\n상품',
    }  # fmt: skip


NESTED = {
    "id": "INTEGER", "event_time": "TIMESTAMP", "trip": {"began": "TIMESTAMP", "원본": "BYTES", "leg": {"day": "DATE"}},
    "moments": "DATETIME[]", "stops": [{"n": "INTEGER", "at_": "TIMESTAMP", "days": [{"day": "DATE"}]}],
}  # fmt: skip
TRIPS = """\
INSERT INTO {table} (id, event_time, trip, moments, stops)
SELECT 1, TIMESTAMP '2025-01-09 03:00:00+00',
  STRUCT(TIMESTAMP '2025-01-02 03:04:05.678901+00' AS began, FROM_BASE64('AP8=') AS `원본`, STRUCT(DATE '2025-01-02' AS day) AS leg),
  [DATETIME '2025-01-03 00:00:00', DATETIME '2025-01-01 00:00:00'],
  [STRUCT(9007199254740993 AS n, TIMESTAMP '2025-01-05 00:00:00+00' AS at_, [STRUCT(DATE '2025-01-07' AS day), STRUCT(DATE '2025-01-06' AS day)] AS days),
   STRUCT(2 AS n, TIMESTAMP '2025-01-04 00:00:00+00' AS at_, [] AS days)]
"""


def test_values_within_records_and_arrays_are_cast_as_columns_are(made):
    """An array keeps its order, and a record that is NULL stays so."""
    world = made()
    world.create(fields=NESTED)
    world.change(TRIPS)
    world.change("INSERT INTO {table} (id, event_time) SELECT 2, TIMESTAMP '2025-01-09 04:00:00+00'")
    world.settle()
    assert world.state().rows == 2
    lines = [line for part in world.parts() for line in gzip.decompress(part).splitlines()]
    first, second = sorted(map(json.loads, lines), key=lambda row: row["id"])
    assert first == {
        "id": "1", "event_time": "2025-01-09T03:00:00.000000Z",
        "trip": {"began": "2025-01-02T03:04:05.678901Z", "원본": "AP8=", "leg": {"day": "2025-01-02"}},
        "moments": ["2025-01-03T00:00:00.000000", "2025-01-01T00:00:00.000000"],
        "stops": [
            {"n": "9007199254740993", "at_": "2025-01-05T00:00:00.000000Z", "days": [{"day": "2025-01-07"}, {"day": "2025-01-06"}]},
            {"n": "2", "at_": "2025-01-04T00:00:00.000000Z", "days": []},
        ],
    }  # fmt: skip
    assert second == {"id": "2", "event_time": "2025-01-09T04:00:00.000000Z", "moments": [], "stops": []}


PARAMETER = {"key": "STRING", "value": {"string_value": "STRING", "int_value": "INTEGER", "double_value": "FLOAT"}}
GA4_FIELDS = {
    "event_timestamp": "INTEGER", "event_name": "STRING", "event_params": [PARAMETER], "user_pseudo_id": "STRING",
    "platform": "STRING", "app_info": {"version": "STRING"}, "items": [{"item_id": "STRING", "price": "FLOAT"}],
}  # fmt: skip
GA4_EVENT = """\
INSERT INTO {table} (event_timestamp, event_name, event_params, user_pseudo_id, platform, app_info, items)
SELECT 1736391845678901, 'purchase',
  [STRUCT('ga_session_id' AS key, STRUCT(CAST(NULL AS STRING) AS string_value, 1736391000 AS int_value, CAST(NULL AS FLOAT64) AS double_value) AS value),
   STRUCT('상품' AS key, STRUCT('it\\'s "홈" <b>' AS string_value, CAST(NULL AS INT64) AS int_value, CAST(NULL AS FLOAT64) AS double_value) AS value),
   STRUCT('rate' AS key, STRUCT(CAST(NULL AS STRING) AS string_value, CAST(NULL AS INT64) AS int_value, 0.25 AS double_value) AS value)],
  'p1', 'ANDROID', STRUCT('1.2' AS version), [STRUCT('i1' AS item_id, 9.5 AS price)]
"""


def test_google_analytics_parameters_come_through_the_preset(made):
    world = made(GA4)
    world.now = datetime(2025, 1, 10, 5, tzinfo=UTC)  # 14:00 in Seoul
    world.create("events_20250109", GA4_FIELDS)
    world.table = f"`my-project`.`{world.dataset}`.`events_20250109`"
    world.change(GA4_EVENT, "events_20250109")
    world.settle()
    assert world.handle().rows_written == 1
    (row,) = world.rows()
    assert dict(row["event_properties"]) == {
        "상품": 'it\'s "홈" <b>', "rate": "0.25", "items": '[{"item_id":"i1","price":9.5}]',
    }  # fmt: skip
    assert dict(row["identifiers"]) == {
        "id": "p1", "device_id": "p1", "ga_device_id": "p1", "ga_session_id": "1736391000",
    }  # fmt: skip


def test_a_day_is_seoul_s_and_no_row_is_in_two(world):
    for number, at in enumerate(("08 15:00:00", "09 14:59:59.999999", "08 14:59:59.999999", "09 15:00:00")):
        world.insert(number, number, f"2025-01-{at}+00")
    world.settle()
    assert world.handle().rows_written == 2
    assert [dict(row["identifiers"])["id"] for row in world.rows()] == ["0", "1"]
    assert world.state(date(2025, 1, 8)).rows == 1


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25)])
def test_a_day_with_a_change_of_clocks_has_all_its_hours(world, day, hours):
    world.source = replace(world.source, day=replace(world.source.day, timezone="Europe/Berlin"))
    world.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
    first = datetime(day.year, day.month, day.day, tzinfo=world.source.zone).astimezone(UTC) - timedelta(hours=1)
    world.change(
        f"INSERT INTO {{table}} (id, event_time) SELECT n, TIMESTAMP_ADD(TIMESTAMP '{first:%Y-%m-%d %H:%M:%S}+00', "
        f"INTERVAL n HOUR) FROM UNNEST(GENERATE_ARRAY(0, {hours + 1})) AS n"
    )
    world.settle()
    assert world.state(day).rows == hours


def test_twelve_rows_stay_twelve_when_they_move_to_fewer_parts(world):
    world.change(
        "INSERT INTO {table} (id, name, event_time, device, `제목`) SELECT n, 'view', TIMESTAMP '2025-01-09 03:00:00+00', "
        "REPEAT('d', 400), REPEAT('x', 500) FROM UNNEST(GENERATE_ARRAY(1, 12)) AS n"
    )
    world.settle()
    first = len(list(world.store.keys(f"exports/shop/{DAY}/0001/")))
    assert (world.handle().rows_written, first > 2) == (12, True)
    world.change("UPDATE {table} SET `제목` = NULL, name = IF(MOD(id, 2) = 0, 'changed', name) WHERE TRUE")
    world.settle()
    assert len(list(world.store.keys(f"exports/shop/{DAY}/0002/"))) < first
    assert world.handle().rows_written == 12
    assert [row["event_key"] for row in world.rows()].count("changed") == 6
    assert list(Verification(world.lake, Rules(), world.store).faults()) == []


def test_a_hundred_parts(world):
    world.change(
        "INSERT INTO {table} (id, name, event_time, device, `제목`) SELECT n, 'view', TIMESTAMP '2025-01-09 03:00:00+00', "
        "'d', REPEAT('x', 2000) FROM UNNEST(GENERATE_ARRAY(1, 100)) AS n"
    )
    world.settle()
    assert len(list(world.store.keys(f"exports/shop/{DAY}/0001/"))) >= 100
    assert (world.handle().rows_written, world.state().files) == (100, None)


def test_nothing_is_exported_again_while_nothing_changes_and_a_day_that_shrank_is_withheld(world):
    world.insert(1, 4)
    world.settle()
    world.handle()
    world.settle()
    assert len(world.exports()) == 1
    world.change("DELETE FROM {table} WHERE id > 1")
    world.settle()
    assert (world.state().phase, world.state().error) == (Phase.WITHHELD, "1 rows; 4 before")
    state, version = load_state(world.store, "shop", DAY)
    save_state(world.store, "shop", DAY, deciding.accept(state, world.now), version)
    world.settle()
    assert (world.state().phase, world.handle().rows_written) == (Phase.OFFERED, 1)


def test_a_table_that_is_what_it_was_again_is_exported_if_another_was(world):
    world.insert(1, 2)
    world.bigquery.held = True
    world.tick()
    world.insert(3, 3)
    world.bigquery.release()
    world.bigquery.held = False
    world.change("DELETE FROM {table} WHERE id = 3")
    world.settle()
    assert (world.state().attempt, world.handle().rows_written) == (2, 2)


def test_an_empty_day_is_a_drop_without_parts(world):
    world.settle()
    assert world.handle().outcome is Outcome.EMPTY


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_a_part_that_is_missing_is_never_offered_and_one_that_was_altered_never_written(world, harm):
    world.bigquery.held = True
    world.insert(1, 4)
    world.tick()
    world.bigquery.release()
    world.bigquery.held = False
    scenes.harm_a_part(world, DAY, harm)


def test_a_job_runs_until_it_ends_is_not_sent_twice_and_is_cancelled_after_a_day(world):
    world.bigquery.held = True
    world.insert(1, 4)
    for _ in range(3):
        world.tick()
    assert (world.state().phase, world.state().attempt) == (Phase.RUNNING, 1)
    world.now += timedelta(hours=24)
    world.tick()
    assert world.state().error == "it ran for more than a day and was cancelled"


@pytest.mark.parametrize("hours", [0, 9])
def test_a_job_whose_answer_was_lost_is_found_by_its_id(world, hours):
    world.insert(1, 4)
    lost = Failing(connecting.connect(world.source, world.now), "start", after=True)
    world.now += timedelta(hours=1)
    tick.Ticks(world.store, lost, lambda: world.now).tick(world.source)
    assert (world.state().phase, len(world.exports())) == (Phase.ASKED, 1)
    world.now += timedelta(hours=hours)
    world.settle(2)
    assert (world.state().attempt, world.state().phase, len(world.exports())) == (1, Phase.OFFERED, 1)
    found = connecting.connect(world.source, world.now).look(world.source, "hackle-import-none")
    assert found.phase == "unknown"


def test_an_id_of_an_attempt_that_is_long_over_is_not_taken_for_this_one_s(world):
    world.insert(1, 4)
    world.bigquery.created = 1_700_000_000_000
    world.settle()
    for key in list(world.store.keys("state/exports/shop/")):
        world.store.delete(key)
    world.tick()
    assert (world.state().phase, world.state().error.endswith("ran on 2023-11-14 already")) == (Phase.FAILED, True)
    world.bigquery.created = 4_000_000_000_000
    world.settle()
    assert (world.state().phase, world.state().attempt) == (Phase.OFFERED, 2)


@pytest.mark.parametrize(
    ("refusal", "phase", "told"),
    [
        ((403, "accessDenied", "Access Denied: Project my-project: User does not have bigquery.jobs.create permission in project my-project."), Phase.FAILED, "accessDenied: Access Denied: Project my-project: User does not have bigquery.jobs.create permission in project my-project."),
        ((400, "invalidQuery", "Bad int64 value: kim@example.com"), Phase.FAILED, "invalidQuery: Bad int64 value: …"),
        ((403, "quotaExceeded", "Quota exceeded"), Phase.ASKED, ""),
        ((500, "backendError", "Error encountered during execution. Retrying may solve the problem."), Phase.ASKED, ""),
    ],
)  # fmt: skip
def test_a_refusal_for_now_waits_and_one_for_good_is_told_without_values(world, monkeypatch, refusal, phase, told):
    from google.api_core.retry import Retry, if_transient_error

    monkeypatch.setattr("hackle_import.warehouse.bigquery._RETRY", Retry(if_transient_error, initial=0.01, timeout=0.1))
    world.insert(1, 4)
    world.bigquery.refusals = {"EXPORT DATA": refusal}
    steps = [one for one in world.tick() if one.day == str(DAY)]
    assert (world.state().phase, world.state().error) == (phase, told)
    assert [one.alarms for one in steps] == ([True] if phase is Phase.FAILED else [False])
    world.bigquery.refusals = {}
    if phase is Phase.ASKED:
        world.settle()
        assert world.state().rows == 4


def test_a_statement_that_would_scan_more_than_it_may_is_never_billed(world):
    world.source = replace(world.source, max_bytes=1_000_000_000)
    world.insert(1, 4)
    world.settle()
    world.change("UPDATE {table} SET name = 'x' WHERE TRUE")
    world.bigquery.scans = 10**12
    assert {step.told for step in world.tick()} == {
        "bytesBilledLimitExceeded: Query exceeded limit for bytes billed: 1000000000. 1000000000000 or higher required."
    }


def test_a_table_and_a_dataset_that_are_not_there_are_told(world):
    world.source = replace(world.source, table=f"my-project.{world.dataset}.evnets")
    assert {step.phase for step in world.tick()} == {Phase.LATE}
    world.source = replace(world.source, table="my-project.nowhere.events")
    (told,) = {step.told for step in world.tick()}
    assert told == "notFound: Not found: Dataset my-project:nowhere"


def test_partitions_tell_which_day_changed(made):
    world = made(BIGQUERY.replace('timezone = "Asia/Seoul"', 'timezone = "Asia/Seoul", partition = true'))
    world.create(partitioned_by="event_time")
    world.insert(1, 4)
    world.settle()
    assert (world.source.changed_by, world.state().rows, len(world.exports())) == ("metadata", 4, 1)
    world.settle(2)
    assert len(world.exports()) == 1
    world.insert(5, 6)
    world.settle()
    assert (world.state().rows, len(world.exports())) == (6, 2)


def test_a_table_that_is_not_partitioned_says_what_to_write(made):
    world = made(BIGQUERY.replace('timezone = "Asia/Seoul"', 'timezone = "Asia/Seoul", partition = true'))
    world.create()
    (told,) = {step.told for step in world.tick()}
    assert told.endswith(
        'is not partitioned by day or hour of event_time; write changed_by = "checksum", and leave partition out'
    )


def test_a_query_s_columns_are_looked_up_without_running_it(world):
    text = f"SELECT id, event_time FROM {world.table} WHERE {{day}} AND id > 2"
    world.source = replace(world.source, table="", query=text)
    world.insert(1, 4)
    world.settle()
    assert world.state().rows == 2


def test_google_analytics_tables_come_late_are_restated_and_never_intraday(made):
    world = made(GA4)
    world.source = replace(world.source, mapping="shop")
    fields = {"id": "INTEGER", "name": "STRING", "event_time": "TIMESTAMP", "device": "STRING"}
    world.now = datetime(2025, 1, 10, 5, tzinfo=UTC)  # 14:00 in Seoul
    for table in ("events_20250108", "events_intraday_20250109"):
        world.create(table, fields)
    world.table = f"`my-project`.`{world.dataset}`.`events_20250108`"
    world.insert(1, 3)
    world.settle()
    assert (world.state().phase, world.state(date(2025, 1, 8)).rows) == (Phase.LATE, 3)
    world.create("events_20250109", fields)
    world.table = f"`my-project`.`{world.dataset}`.`events_20250109`"
    world.insert(1, 5)
    world.settle()
    assert (world.state().phase, world.state().rows) == (Phase.OFFERED, 5)
    world.change("UPDATE {table} SET name = 'again' WHERE TRUE", "events_20250109")
    world.settle()
    assert (world.state().attempt, world.handle().rows_written) == (2, 5)
    assert {row["event_key"] for row in world.rows()} == {"again"}
    assert not any("intraday" in path for _, path in world.bigquery.calls)


def test_without_credentials_it_is_said_how_to_get_them(monkeypatch, tmp_path):
    from hackle_import.errors import Misconfigured

    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(Misconfigured, match="gcloud auth application-default login"):
        connecting.connect(load_source(BIGQUERY.encode(), "shop"), datetime.now(UTC))


def test_two_workers_start_one_job(world):
    world.insert(1, 4)
    first, second = (
        tick.Ticks(world.store, connecting.connect(world.source, world.now), lambda: world.now) for _ in range(2)
    )
    world.now += timedelta(hours=1)
    first.tick(world.source)
    second.tick(world.source)
    world.settle()
    assert (len(world.exports()), world.handle().rows_written) == (1, 4)


def test_a_check_tries_each_thing_and_in_earnest_exports_ten_rows(world):
    world.insert(1, 12)
    told, lines = scenes.tried_in_earnest(world, DAY)
    assert "id INTEGER, name STRING" in told[3].told
    assert lines["column id"] == "str"


def test_some_rows_are_shown_as_an_export_has_them_and_what_they_cost(world):
    world.insert(1, 12)
    found, rows = scenes.rows_shown(world, [DAY, date(2025, 1, 8)])
    assert [one.rows for one in found] == [12, 0]
    assert total(found).scanned == 2 * 10_485_760
    assert rows[0]["name"] == "view"


@pytest.mark.parametrize(("field", "told"), [("fileCount", "export_incomplete: "), ("rowCount", None)])
def test_a_count_that_differs_is_never_offered_or_never_written(world, field, told):
    world.bigquery.held = True
    world.insert(1, 4)
    world.tick()
    world.bigquery.release()
    world.bigquery.held = False
    job = world.bigquery.jobs[world.state().job]
    job["statistics"]["query"]["exportDataStatistics"][field] = "7"
    (step,) = [one for one in world.tick() if one.day == str(DAY)]
    if told:
        assert (step.phase, step.told.startswith(told)) == (Phase.FAILED, True)
        return
    receipt = world.handle()
    assert (receipt.rows_written, receipt.fault.code) == (0, "export_incomplete")


def test_a_service_that_is_not_there_is_waited_for_and_nobody_is_told(world, monkeypatch):
    from google.api_core.retry import Retry, if_transient_error

    monkeypatch.setattr("hackle_import.warehouse.bigquery._RETRY", Retry(if_transient_error, initial=0.01, timeout=0.1))
    world.insert(1, 4)
    world.bigquery.refusals = {"SELECT": (503, "backendError", "Service Unavailable")}
    assert [(one.phase, one.alarms) for one in world.tick()] == [("waiting", False)]
    world.bigquery.refusals = {}
    world.settle()
    assert world.handle().rows_written == 4


def test_rows_that_come_in_pages_are_all_read(world, monkeypatch):
    monkeypatch.setattr("hackle_import.warehouse.bigquery._MOST_ROWS", 2)
    for number in range(5):
        world.insert(number, number, f"2025-01-0{number + 1} 03:00:00+00")
    warehouse = connecting.connect(world.source, world.now)
    days = [date(2025, 1, number + 1) for number in range(6)]
    seen = warehouse.seen(world.source, warehouse.columns(world.source, DAY), "timestamptz", days)
    assert [seen[day].rows for day in days] == [1, 1, 1, 1, 1, 0]
