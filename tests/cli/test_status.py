"""What is not mended is told until it is: by `status`, which cron asks, and by `run`. Keys are printed as they are typed."""

import json
import shlex

import pytest

from cli.test_commands import drop, lines, run
from support.samples import event, ndjson

BAD_NAME = "a b's.json"


@pytest.fixture
def places(tmp_path):
    drop(tmp_path, "z.ndjson", ndjson(event(1), event(2, ts="never")))
    drop(tmp_path, BAD_NAME, b"[{")
    staging, lake = tmp_path / "staging", tmp_path / "lake"
    assert run("run", "--staging", staging, "--import", lake).returncode == 1
    return staging, lake


def test_what_is_not_mended_comes_first_and_is_status_1_until_it_is(places, tmp_path):
    staging, lake = places
    done = run("status", "--staging", staging, "--json")
    assert [line["outcome"] for line in lines(done)] == ["failed", "written"]
    assert done.returncode == 1
    assert [line["outcome"] for line in lines(run("status", "--staging", staging, "--failed", "--json"))] == ["failed"]
    drop(tmp_path, BAD_NAME, ndjson(event(3)))
    assert run("run", "--staging", staging, "--import", lake).returncode == 0
    done = run("status", "--staging", staging, "--failed", "--json")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_key_that_is_printed_can_be_pasted(places):
    staging, lake = places
    key = next(line for line in run("status", "--staging", staging).stdout.splitlines() if line.startswith("'incoming"))
    (named,) = shlex.split(key)
    assert named == f"incoming/hackle/{BAD_NAME}"
    assert lines(run("replay", named, "--staging", staging, "--import", lake, "--json"))[0]["outcome"] == "failed"
    assert lines(run("forget", named, "--staging", staging, "--import", lake, "--json"))[0]["outcome"] == "forgotten"
    assert run("status", "--staging", staging).returncode == 0


def test_rows_are_counted_by_day_and_by_mapping_and_since(places):
    staging, _ = places
    assert lines(run("status", "--staging", staging, "--by", "day", "--json")) == [
        {"day": "2025-01-02", "drops": 1, "written": 1}
    ]
    (counts,) = lines(run("status", "--staging", staging, "--by", "mapping", "--json"))
    assert (counts["mapping"], counts["drops"], counts["failed"], counts["rejected"]) == ("hackle", 2, 1, 1)
    assert len(lines(run("status", "--staging", staging, "--since", "1h", "--json"))) == 2
    assert lines(run("status", "--staging", staging, "--since", "2100-01-01", "--json")) == []
    assert run("status", "--staging", staging, "--since", "soon").returncode == 2


def test_a_folder_that_is_no_staging_place_is_told(tmp_path, places):
    _, lake = places
    done = run("status", "--staging", lake)
    assert (done.returncode, "is no staging place" in done.stderr) == (2, True)
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1)))
    run("convert", tmp_path / "a.ndjson", "--out", tmp_path / "out")
    assert f"{tmp_path / 'out'}-ledger" in run("verify", tmp_path / "out", "--staging", tmp_path / "out").stderr


def test_what_was_taken_back_stays_so_until_a_newer_file_comes(places, tmp_path):
    staging, lake = places
    key = "incoming/hackle/z.ndjson"
    assert run("forget", key, "--staging", staging, "--import", lake).returncode == 0
    assert list(lake.rglob("*.parquet")) == []
    assert list((staging / "rejected").rglob("*.gz")) == []
    (staging / "mappings").mkdir()
    (staging / "mappings" / "hackle.toml").write_text('limits = "truncate"\n')
    run("run", "--staging", staging, "--import", lake)
    assert list(lake.rglob("*.parquet")) == []
    assert lines(run("replay", key, "--staging", staging, "--import", lake, "--json"))[0]["rows_written"] == 1
    run("forget", key, "--staging", staging, "--import", lake)
    drop(tmp_path, "z.ndjson", ndjson(event(7)))
    run("run", "--staging", staging, "--import", lake)
    assert len(list(lake.rglob("*.parquet"))) == 1
    (staging / key).unlink()
    assert lines(run("forget", key, "--staging", staging, "--import", lake, "--json"))[0]["outcome"] == "forgotten"
    assert list(lake.rglob("*.parquet")) == []
    assert run("verify", lake, "--staging", staging).returncode == 0
    assert run("forget", "none", "--staging", staging, "--import", lake).returncode == 2


def test_a_converted_file_is_taken_back_by_its_path(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1)))
    out = tmp_path / "out"
    run("convert", tmp_path / "a.ndjson", "--out", out)
    done = run("forget", tmp_path / "a.ndjson", "--staging", f"{out}-ledger", "--import", out, "--json")
    assert json.loads(done.stdout)["outcome"] == "forgotten"
    assert list(out.rglob("*.parquet")) == []
