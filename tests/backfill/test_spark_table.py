"""A table on Spark becomes a drop a day: every row once, whatever is killed or tried twice, and nothing anew where nothing
changed."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hackle_import.backfill.spark import parts, table
from hackle_import.backfill.spark.parts import Row, days_of, put, written
from hackle_import.errors import Misconfigured
from hackle_import.mapping import load_mapping, preset
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from support.commands import command
from support.samples import event
from support.spark_jobs import killing, needs_java

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ROWS = 6000


@pytest.mark.parametrize("decoder", ["native", "python"])
def test_a_line_s_day_is_its_row_s_and_what_is_no_row_has_none(decoder):
    lines = [json.dumps(event(1)), "{}", json.dumps(event(2, ts="2999-12-31T23:59:59Z")), "nope", json.dumps(event(3))]
    assert days_of(lines, preset("hackle"), Rules(decoder=decoder)) == [
        "2025-01-02", "undated", "2999-12-31", "undated", "2025-01-02",
    ]  # fmt: skip


def test_a_line_of_several_rows_goes_to_the_day_of_the_first():
    mapping = load_mapping(
        b'each = "events"\n[fields]\nevent_key = "event_key"\nts = "ts"\n'
        b'identifiers = { spread = "identifiers" }\nplatform_properties = { spread = "platform_properties" }\n',
        "shop",
    )
    both = {"events": [event(1, ts="2025-01-31T00:00:00Z"), event(2)]}
    assert days_of([json.dumps(both), json.dumps({"events": [event(3)]})], mapping, Rules()) == [
        "2025-01-31",
        "2025-01-02",
    ]


def rows(count=10):
    return [Row(day, share, f"{day}{number}") for day in ("a", "b") for share in (0, 1) for number in range(count)]


def test_every_line_is_in_a_part_of_its_day_and_the_same_lines_are_the_same_parts(monkeypatch):
    monkeypatch.setattr(parts, "_AT_ONCE", 3)
    monkeypatch.setattr(parts, "PART_BYTES", 8)
    store = MemoryStore(lambda: NOW)
    found = list(written(rows(), store, "exports/t/", NOW))
    assert len({one.key for one in found}) == len(found) == 16  # 10 lines by three
    lines = {one.key: gzip.decompress(store.get(one.key)[0]).decode().splitlines() for one in found}
    assert sorted(line for some in lines.values() for line in some) == sorted(row.line for row in rows())
    assert all(one.key.startswith(f"exports/t/{one.day}/") for one in found)
    assert all(len(lines[one.key]) == one.rows for one in found)
    assert all(store.head(one.key).size == one.bytes for one in found)
    versions = {one.key: store.head(one.key).version for one in found}
    assert list(written(rows(), store, "exports/t/", NOW)) == found
    assert versions == {key: store.head(key).version for key in store.keys("")}


def test_a_part_that_is_named_anew_after_a_day_is_put_anew_so_that_it_lives_on(tmp_path):
    (tmp_path / "part").write_bytes(b"x")
    clock = [NOW]
    store = MemoryStore(lambda: clock[0])
    for hours, modified in ((0, 0), (23, 0), (25, 25)):
        clock[0] = NOW + timedelta(hours=hours)
        put(store, "exports/t/part", tmp_path / "part", clock[0])
        assert store.head("exports/t/part").modified == NOW + timedelta(hours=modified)


def table_of(spark, plan):
    """6,000 rows on three days; the first two are no events, and one has another plan."""
    from pyspark.sql import functions as of

    at = "timestampadd(MINUTE, id % 1440, timestampadd(DAY, id % 3, timestamp'2025-01-31 00:00:00Z'))"
    user = of.concat(of.lit("u"), of.col("id").cast("string"))
    plans = of.when(of.col("id") == 30, of.lit(plan)).otherwise(of.lit("한\n"))
    return spark.range(ROWS).select(
        of.when(of.col("id") > 1, of.lit("purchase")).alias("event_key"),
        of.expr(at).alias("ts"),
        (of.col("id") / 4).cast("decimal(12,2)").alias("metric_value"),
        of.create_map(of.lit("id"), user, of.lit("device_id"), of.lit("d")).alias("identifiers"),
        of.struct(plans.alias("plan")).alias("event_properties"),
        of.struct(of.lit("Android").alias("osname"), of.lit("1.0").alias("appversion")).alias("platform_properties"),
    )


def manifests(place):
    return {path.name: path.read_bytes() for path in Path(place, "incoming/hackle/orders").iterdir()}


@pytest.mark.spark
@needs_java
def test_a_table_is_exported_once_though_workers_are_killed_and_tried_twice(tmp_path, spark):
    lake, still, place = tmp_path / "lake", tmp_path / "still", tmp_path / "staging"
    env = {"HACKLE_STAGING": str(still), "HACKLE_IMPORT": str(lake)}
    quiet = table(table_of(spark, "a"), "hackle", env, "orders")
    days = {"2025-01-31": ROWS // 3 - 1, "2025-02-01": ROWS // 3 - 1, "2025-02-02": ROWS // 3, "undated": 2}
    assert {one.day: one.rows for one in quiet} == days
    spark.conf.set("spark.sql.session.timeZone", "Asia/Seoul")
    env |= {"HACKLE_STAGING": str(place)}
    with killing(lambda: len(list(place.glob("exports/orders/*/*.gz"))), 1, 9) as killed:
        told = table(table_of(spark, "a"), "hackle", env, "orders")
    assert len(killed) >= 1
    assert told == quiet
    assert manifests(place) == manifests(still)
    assert [one.day for one in table(table_of(spark, "b"), "hackle", env, "orders") if one.is_new] == ["2025-01-31"]
    assert command("run", "--staging", place, "--import", lake)[0] == 1  # two rows are no events
    receipts = [json.loads(line) for line in command("status", "--staging", place, "--json")[1].splitlines()]
    assert sum(one["rows_in"] for one in receipts) == ROWS
    assert sum(one["rows_written"] for one in receipts) == ROWS - 2
    assert command("verify", lake, "--staging", place)[0] == 0
    first = table_of(spark, "b").where("ts < timestamp'2025-02-01 00:00:00Z' and event_key is not null")
    gone = {"2025-02-01", "2025-02-02", "undated"}
    assert [(one.day, one.rows) for one in table(first, "hackle", env, "orders") if one.is_new] == [("undated", 0)]
    found = table(first, "hackle", env, "orders", is_whole=True)
    assert {(one.day, one.rows) for one in found if one.is_new} == {(day, 0) for day in gone - {"undated"}}
    assert {one.day for one in found} == {"2025-01-31", *gone}
    assert not any(one.is_new for one in table(first, "hackle", env, "orders", is_whole=True))
    assert command("run", "--staging", place, "--import", lake)[0] == 0
    assert [path.name for path in lake.glob("2025-*")] == ["2025-01-31"]
    assert command("verify", lake, "--staging", place)[0] == 0


@pytest.mark.spark
@needs_java
def test_a_table_s_mapping_and_name_and_size_are_looked_at_first(tmp_path, spark):
    env = {"HACKLE_STAGING": str(tmp_path / "in"), "HACKLE_IMPORT": str(tmp_path / "lake")}
    rows = table_of(spark, "a").limit(10)
    for mapping, name, more, told in (
        ("nothing", "orders", {}, "no mapping 'nothing'"),
        ("hackle", "../orders", {}, "is no name for a table"),
        ("hackle", "orders", {"HACKLE_MAX_BYTES": "100"}, "export it in slices"),
    ):
        with pytest.raises(Misconfigured, match=told):
            table(rows, mapping, env | more, name)
    assert not (tmp_path / "in" / "incoming").exists()
