"""The output opens in other engines than the one that wrote it, with the same values."""

import json
import os
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from hackle_import.schema import SCHEMA
from support.lazily import lazily
from support.samples import event
from support.world import World

duckdb = lazily("duckdb")
polars = lazily("polars")


@pytest.fixture
def file(tmp_path):
    world = World()
    world.drop(event(1), event(2, metric_value=None, event_properties={"Café": 'a\n"b"', "n": 1}))
    world.handle()
    (key,) = world.lake.keys("")
    path = tmp_path / "file.parquet"
    path.write_bytes(world.lake.get(key)[0])
    return path


def test_the_file_s_own_schema_is_hackle_s(file):
    assert pq.read_schema(file).remove_metadata().equals(SCHEMA)
    columns = [pq.ParquetFile(file).schema.column(number) for number in range(12)]
    assert [(column.path, column.physical_type, column.max_definition_level) for column in columns[:4]] == [
        ("insert_id", "BYTE_ARRAY", 0),
        ("event_key", "BYTE_ARRAY", 0),
        ("ts", "INT64", 0),
        ("metric_value", "FIXED_LEN_BYTE_ARRAY", 0),
    ]
    group = pq.read_metadata(file).row_group(0)
    insert_id, *others = (group.column(number).compression for number in range(group.num_columns))
    assert (insert_id, {*others}) == ("UNCOMPRESSED", {"SNAPPY"})
    assert [group.column(number).is_stats_set for number in range(5)] == [False, True, True, True, False]
    footer = pq.read_metadata(file).metadata
    assert footer[b"hackle_import.source"] == b"incoming/hackle/events.ndjson"


def test_duckdb_reads_it(file):
    rows = duckdb.sql(
        f"SELECT epoch_ms(ts), metric_value::VARCHAR, event_properties['café'], identifiers['id'] FROM '{file}'"
    ).fetchall()
    assert rows == [(1735787045678, "1.500000", None, "u1"), (1735787045678, "0.000000", 'a\n"b"', "u2")]
    types = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{file}')").fetchall())
    assert types["ts"] == "TIMESTAMP WITH TIME ZONE"
    assert types["metric_value"] == "DECIMAL(24,6)"
    assert types["identifiers"] == "MAP(VARCHAR, VARCHAR)"


def test_polars_reads_it(file):
    rows = polars.read_parquet(file)
    assert rows["ts"].dt.epoch("ms").to_list() == [1735787045678] * 2
    assert [str(value) for value in rows["metric_value"]] == ["1.500000", "0.000000"]
    assert dict(rows["event_properties"][1]) == {"café": 'a\n"b"', "n": "1"}


@pytest.mark.spark
@pytest.mark.skipif(
    not shutil.which("java"),
    reason="Spark needs Java: install it, such as Debian's default-jre-headless, and `make test-spark`",
)
def test_spark_reads_it(file):
    pytest.importorskip("pyspark", reason="`make test-spark` installs Spark and runs this")
    code = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate()
rows = spark.read.parquet(sys.argv[1])
shown = rows.selectExpr("to_json(struct(cast(ts AS string) AS ts, cast(metric_value AS string) AS metric_value, event_properties, identifiers)) AS j")
print("\\n".join(row.j for row in shown.collect()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["ts"] for row in rows] == ["2025-01-02 03:04:05.678"] * 2
    assert [row["metric_value"] for row in rows] == ["1.500000", "0.000000"]
    assert rows[1]["event_properties"] == {"café": 'a\n"b"', "n": "1"}
