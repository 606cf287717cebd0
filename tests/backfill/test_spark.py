"""Drops on Spark are those of one `run`, whatever is killed or tried twice meanwhile; totals are the ledger's."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from random import Random

import pytest

from hackle_import.backfill.spark import tasks
from hackle_import.stores.protocol import Listed
from support.entrypoints import ROOT
from support.samples import event, ndjson

DROPS = 300
needs_java = pytest.mark.skipif(
    not shutil.which("java"),
    reason="Spark needs Java: install it, such as Debian's default-jre-headless, and `make test-spark`",
)


def test_tasks_are_of_about_one_size_and_each_drop_is_of_one():
    random = Random(1)
    drops = [Listed(f"incoming/hackle/{number}", random.choice([1000, 10**6, 10**9])) for number in range(500)]
    found = tasks(drops, seconds=30)
    assert sorted(key for task in found for key in task) == sorted(one.key for one in drops)
    sizes = {one.key: one.size / 80e6 + 0.35 for one in drops}
    sums = [sum(sizes[key] for key in task) for task in found]
    assert max(sums) <= 30
    assert min(sums[:-1]) > 15
    assert tasks([]) == []


def test_a_drop_that_is_larger_than_a_task_has_one_of_its_own_and_comes_first():
    assert tasks([Listed("small", 1), Listed("huge", 10**12), Listed("other", 1)]) == [
        ["huge"],
        ["other", "small"],
    ] or [
        ["huge"],
        ["small", "other"],
    ]


# As a driver of one's own: a worker is killed as soon as the ledger has so many documents.
_JOB = """
import json, os, signal, sys, threading, time
from pathlib import Path
from pyspark.sql import SparkSession
from hackle_import.backfill import spark as ours

staging, kills = Path(os.environ["HACKLE_STAGING"]), sys.argv[1] == "kill"
ours.tasks.__defaults__ = (8.0,)
session = (SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    .config("spark.speculation", "true").config("spark.speculation.interval", "50ms").config("spark.speculation.quantile", "0.3")
    .config("spark.speculation.multiplier", "1.1").config("spark.speculation.minTaskRuntime", "10ms")
    .config("spark.driver.bindAddress", "127.0.0.1").getOrCreate())

def parents():
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            pass
    return found

def workers():
    ours_too, above = {os.getpid()}, parents()
    for _ in range(8):
        ours_too |= {pid for pid, parent in above.items() if parent in ours_too}
    def is_python(pid):
        try:
            return b"pyspark.daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    daemons = {pid for pid in ours_too if is_python(pid)}
    return sorted(pid for pid in daemons if above[pid] in daemons)

def kill():
    for many in (40, 120):
        while len(list((staging / "state").glob("*.json"))) < many:
            time.sleep(0.02)
        found = workers()
        if found:
            os.kill(found[0], signal.SIGKILL)
            killed.append(found[0])

killed = []
if kills:
    threading.Thread(target=kill, daemon=True).start()
handled = ours.drops(session, {name: text for name, text in os.environ.items() if name.startswith("HACKLE_")})
told = [row.asDict() for row in handled.receipts.collect()]
totals = handled.totals
print(json.dumps({"killed": len(killed), "told": sum(one["rows_in"] for one in told), "drops": len(told), "rows": totals.rows,
    "done": totals.done, "left": totals.left, "unmended": totals.unmended, "undone": handled.undone}))
session.stop()
"""

# Two passes over drops of which one ends its worker each time that it is begun.
_POISON = """
import json, os, signal
from pyspark.sql import SparkSession
from hackle_import.backfill import spark as ours
from hackle_import.stores.protocol import Listed

session = SparkSession.builder.master("local[2,2]").config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()

def handle(some):
    for keys in some:
        for key in keys:
            if key == "poison":
                os.kill(os.getpid(), signal.SIGKILL)
            yield ours.Told(key, "written", 1, 1, 0, 0.0, "")

keys = ["a", "b", "poison", "c"]
first, _ = ours._first_pass(session, handle, [Listed(key, 1) for key in keys])
told, undone = ours._second_pass(session, handle, keys)
print(json.dumps({"first": first, "told": sorted(one.drop for one in told), "undone": undone}))
session.stop()
"""


def job(staging, lake, code, *arguments):
    pytest.importorskip("pyspark", reason="`make test-spark` installs Spark and runs this")
    env = os.environ | {"HACKLE_STAGING": str(staging), "HACKLE_IMPORT": str(lake), "PYTHONPATH": str(ROOT / "shared")}
    env |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


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
def test_a_worker_that_is_killed_changes_no_file_and_only_the_ledger_knows_the_totals(tmp_path, staging):
    place, rows = staging
    told = job(place, tmp_path / "spark", _JOB, "kill")
    assert told["killed"] >= 1
    assert (told["done"], told["left"], told["unmended"], told["undone"]) == (DROPS + 1, 0, 1, {})
    assert told["rows"] == rows
    assert told["told"] < rows  # whoever summed what tasks told would lose rows: their drops came again as skipped
    found = files(tmp_path / "spark")
    for path in (place / "state").glob("[0-9a-f]*.json"):
        path.unlink()
    assert run(place, tmp_path / "one").returncode == 1  # the broken one
    assert found == files(tmp_path / "one")
    assert len(found) == DROPS


@pytest.mark.spark
@needs_java
def test_a_drop_that_ends_its_worker_is_told_apart_from_those_beside_it(tmp_path):
    told = job(tmp_path, tmp_path, _POISON)
    assert told["first"] is None  # Spark gives the whole job up
    assert told["told"] == ["a", "b", "c"]
    assert list(told["undone"]) == ["poison"]
