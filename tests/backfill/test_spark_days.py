"""Days that Spark closes are those that one closer gives, byte by byte, whatever is killed or tried twice."""

import hashlib
import shutil

import pytest

from hackle_import.backfill.job import jobs
from hackle_import.backfill.spark import close_days, drops
from hackle_import.errors import Misconfigured
from hackle_import.stores import open_store
from support.commands import command
from support.samples import event, ndjson
from support.spark_jobs import killing, needs_java

DAYS, DROPS = 24, 12


def files(lake):
    return {
        str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest() for path in lake.rglob("*.parquet")
    }


@pytest.mark.spark
@needs_java
def test_days_that_spark_closes_are_those_of_the_command(tmp_path, spark):
    """Each drop has rows of each day; a row is repeated."""
    staging, lake, expected = tmp_path / "staging", tmp_path / "lake", tmp_path / "expected"
    folder = staging / "incoming" / "hackle"
    folder.mkdir(parents=True)
    for drop in range(DROPS):
        rows = [event(drop * DAYS + day, ts=f"2023-03-{day + 1:02d}T10:00:00Z") for day in range(DAYS)]
        (folder / f"{drop:02d}.ndjson").write_bytes(ndjson(*rows, rows[0]))
    env = {"HACKLE_STAGING": str(staging), "HACKLE_IMPORT": str(lake), "HACKLE_PUBLISH": "closed-days"}
    env |= {"HACKLE_REPEATS": "remove-equal"}
    with killing(lambda: len(list(staging.glob("state/*.json"))), 2) as ended:
        assert drops(spark, env).undone == {}
    assert len(ended) >= 1
    assert [job.done is not None for job in jobs(open_store(str(staging)))] == [True]
    days = [f"2023-03-{day + 1:02d}" for day in range(DAYS)]
    with killing(lambda: len(list(staging.glob("days/*/ledger.json"))), 2, 12) as killed:
        found = close_days(spark, env, days)
    assert len(killed) >= 1
    assert (found.rows, found.files, found.undone) == (DROPS * DAYS, DAYS, {})
    assert sorted(one.day for one in found.told) == days
    assert {one.outcome.value for one in close_days(spark, env, days[:2]).told} == {"unchanged"}
    assert command("verify", lake, "--staging", staging, **env)[0] == 0
    shutil.rmtree(staging / "days")
    env |= {"HACKLE_IMPORT": str(expected)}
    assert command("day", "close", *days, **env)[0] == 0
    assert files(lake) == files(expected)
    assert len(files(lake)) == DAYS


def test_where_days_are_not_closed_none_is(tmp_path):
    env = {"HACKLE_STAGING": str(tmp_path / "staging"), "HACKLE_IMPORT": str(tmp_path / "lake")}
    with pytest.raises(Misconfigured, match="HACKLE_PUBLISH=closed-days"):
        close_days(None, env)
