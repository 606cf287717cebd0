"""Drops on Spark are those of one `run`, whatever is killed or tried twice meanwhile; totals are the ledger's."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from random import Random

import pytest

from hackle_import.backfill.spark import drops, jobs
from hackle_import.backfill.spark.jobs import tasks
from support.entrypoints import ROOT
from support.samples import event, ndjson
from support.spark_jobs import killing, needs_java

DROPS = 300


def test_tasks_are_of_about_one_size_and_each_item_is_of_one():
    random = Random(1)
    weights = {f"incoming/hackle/{number}": random.choice([0.35, 0.36, 13.0]) for number in range(500)}
    found = tasks(weights.items(), 30)
    assert sorted(key for task in found for key in task) == sorted(weights)
    sums = [sum(weights[key] for key in task) for task in found]
    assert max(sums) <= 30
    assert min(sums[:-1]) > 15
    assert tasks([], 30) == []


def test_an_item_that_is_heavier_than_a_task_has_one_of_its_own_and_comes_first():
    assert tasks([("small", 1), ("huge", 1000), ("other", 1)], 60) == [["huge"], ["small", "other"]]


def files(lake):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lake.rglob("*.parquet")}


@pytest.fixture
def staging(tmp_path):
    """Odd sizes, two of them no drop's content, one with rejected rows."""
    random, folder = Random(7), tmp_path / "staging" / "incoming" / "hackle"
    folder.mkdir(parents=True)
    number = 0
    for drop in range(DROPS):
        rows = random.choice([1, 3, 20, 300])
        (folder / f"{drop:03d}.ndjson").write_bytes(ndjson(*(event(number + row) for row in range(rows))))
        number += rows
    (folder / "broken.json").write_bytes(b"<html>")
    (tmp_path / "staging" / "state").mkdir()
    known = {"identity": "0" * 32, "path": str(tmp_path / "staging")}
    (tmp_path / "staging" / "state" / "place.json").write_text(json.dumps(known))
    return tmp_path / "staging", number


def run(staging, lake):
    command = [sys.executable, "-m", "hackle_import.cli", "run", "--staging", staging, "--import", lake, "--json"]
    env = os.environ | {"PYTHONPATH": str(ROOT / "shared")}
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, env=env)


@pytest.mark.spark
@needs_java
def test_a_worker_that_is_killed_changes_no_file_and_only_the_ledger_knows_the_totals(tmp_path, staging, spark):
    place, rows = staging
    env = {"HACKLE_STAGING": str(place), "HACKLE_IMPORT": str(tmp_path / "spark")}
    with killing(lambda: len(list((place / "state").glob("*.json"))), 40, 120) as killed:
        told = drops(spark, env, seconds_a_task=8.0)
    totals = told.totals
    assert len(killed) >= 1
    assert (totals.done, totals.left, totals.unmended, told.undone) == (DROPS + 1, 0, 1, {})
    assert totals.rows == rows
    summed = sum(one["rows_in"] for one in told.receipts.collect())
    assert summed < rows  # whoever summed what tasks told would lose rows: their drops came again as skipped
    found = files(tmp_path / "spark")
    for path in (place / "state").glob("[0-9a-f]*.json"):
        path.unlink()
    assert run(place, tmp_path / "one").returncode == 1  # the broken one
    assert found == files(tmp_path / "one")
    assert len(found) == DROPS


@pytest.mark.spark
@needs_java
def test_a_drop_that_ends_its_worker_is_told_apart_from_those_beside_it(spark):
    """Two passes over items of which one ends its worker each time that it is begun."""

    def handle(some):
        for keys in some:
            for key in keys:
                if key == "poison":
                    os.kill(os.getpid(), signal.SIGKILL)
                yield key

    keys = ["a", "b", "poison", "c"]
    assert jobs.together(spark, handle, [keys]) is None  # Spark gives the whole job up
    told, undone = jobs.alone(spark, handle, keys)
    assert sorted(told) == ["a", "b", "c"]
    assert list(undone) == ["poison"]
