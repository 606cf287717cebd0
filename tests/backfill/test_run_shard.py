"""`run --shard`: the parts of a place, by processes of their own, give what one `run` gives."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from hackle_import.stores import open_store
from support.commands import command
from support.entrypoints import ROOT
from support.open_days import DAY
from support.samples import event, ndjson

DROPS = 24


def run(staging, lake, *more, **env):
    command = [
        sys.executable,
        "-m",
        "hackle_import.cli",
        "run",
        "--staging",
        staging,
        "--import",
        lake,
        "--json",
        *more,
    ]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "shared")} | env,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def files(lake):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lake.rglob("*.parquet")}


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging" / "incoming" / "hackle"
    folder.mkdir(parents=True)
    for number in range(DROPS):
        (folder / f"{number}.ndjson").write_bytes(ndjson(event(number), event(100 + number)))
    (tmp_path / "staging" / "state").mkdir()
    known = {"identity": "0" * 32, "path": str(tmp_path / "staging")}  # as parts hang on it
    (tmp_path / "staging" / "state" / "place.json").write_text(json.dumps(known))
    return tmp_path / "staging"


def test_the_parts_together_are_one_run(tmp_path, staging):
    sources = []
    for index in range(3):
        env = {"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": "3"}
        status, receipts, _ = run(staging, tmp_path / "parts", "--shard", "auto", **env)
        assert (status, {one["outcome"] for one in receipts}) == (0, {"written"})
        sources += [one["source"] for one in receipts]
    assert (len(sources), len(set(sources))) == (DROPS, DROPS)
    status, receipts, _ = run(staging, tmp_path / "parts")
    assert (status, {one["outcome"] for one in receipts}) == (0, {"skipped"})
    for path in (staging / "state").glob("[0-9a-f]*.json"):
        path.unlink()
    run(staging, tmp_path / "one")
    assert files(tmp_path / "parts") == files(tmp_path / "one")
    assert len(files(tmp_path / "one")) == DROPS


def test_parts_that_overlap_by_a_wrong_count_harm_nothing(tmp_path, staging):
    run(staging, tmp_path / "lake", "--shard", "0/2")
    _, receipts, _ = run(staging, tmp_path / "lake", "--shard", "1/3")
    assert {one["outcome"] for one in receipts} == {"written", "skipped"}
    run(staging, tmp_path / "lake")
    assert len(files(tmp_path / "lake")) == DROPS


def test_a_wrong_part_is_wrong_use(tmp_path, staging):
    status, receipts, told = run(staging, tmp_path / "lake", "--shard", "3/3")
    assert (status, receipts) == (2, [])
    assert "counted from 0" in told


def test_closed_days_wait_until_every_part_is_done(tmp_path, staging):
    closed = {"HACKLE_PUBLISH": "closed-days", "HACKLE_LOOK_BACK_DAYS": "1", "HACKLE_CLOSE_HOUR": "0"}
    lake, day = tmp_path / "lake", f"{DAY}/"
    for part in (0, 1):
        assert run(staging, lake, "--shard", f"{part}/2", **closed)[0] == 0
        status, out, told = command("day", "close", "--staging", staging, "--import", lake, **closed)
        assert (status, "waits for backfill" in out) == ((1, True), (0, False))[part]
        assert ("drops are not handled" in told) is (part == 0)
        assert any(key.startswith(day) for key in open_store(str(lake)).keys("")) is (part == 1)
    [document] = (staging / "backfills").iterdir()
    assert json.loads(document.read_text())["done"]
