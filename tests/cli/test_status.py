"""What is not mended is told until it is: by `status`, which cron asks, and by `run`. Keys are printed as they are typed."""

import json
import shlex

import pytest

from cli.test_commands import drop, lines, run
from support.samples import event, ndjson
from support.terminal import on_terminal

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


def test_what_is_not_mended_is_status_1_whenever_it_was_handled(places):
    staging, _ = places
    done = run("status", "--staging", staging, "--failed", "--since", "2100-01-01")
    assert (done.returncode, done.stdout) == (1, "")
    told = "nothing handled since 2100-01-01\n1 drop handled before that is not mended\n"
    assert done.stderr == told


def test_a_drop_that_was_overwritten_by_no_bytes_is_mentioned(places, tmp_path):
    staging, lake = places
    drop(tmp_path, "z.ndjson", b"")
    run("run", "--staging", staging, "--import", lake)
    assert "incoming/hackle/z.ndjson is of 0 bytes" in run("status", "--staging", staging).stderr


def test_why_every_row_was_rejected_before_is_told_again(tmp_path):
    drop(tmp_path, "a.ndjson", ndjson(event(1, ts="never")))
    words = ["run", "--staging", tmp_path / "staging", "--import", tmp_path / "lake"]
    run(*words)
    again = run(*words)
    assert (again.returncode, "rejected before" in again.stdout, "every row was rejected" in again.stdout) == (
        1,
        True,
        True,
    )


def test_what_only_a_newer_release_knows_is_status_1(tmp_path):
    drop(tmp_path, "a.ndjson", ndjson(event(1)))
    staging = tmp_path / "staging"
    run("run", "--staging", staging, "--import", tmp_path / "lake")
    assert run("status", "--staging", staging).returncode == 0
    (document,) = [path for path in (staging / "state").glob("*.json") if path.name != "place.json"]
    document.write_text(json.dumps(json.loads(document.read_text()) | {"document": 99}))
    for words in ([], ["--json"], ["--failed"], ["--by", "mapping"]):
        done = run("status", "--staging", staging, *words)
        assert (done.returncode, "a newer release handled it" in done.stderr) == (1, True)
        assert "nothing there" not in done.stderr
    assert "a newer release handled it" in run("rejects", "--staging", staging).stderr


OWN = """
[fields]
insert_id = "id"
event_key = "event"
ts = "at"
metric_value = "amount"
identifiers = { id = "user", device_id = "user" }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1" } }
"""
FORMER = "id,event,at,user,amount\n1,e,2025-01-02T00:00:00Z,u,5\n"
LATTER = "id,event,at,user,amounts,coupon\n2,e,2025-01-02T00:00:00Z,u,5,x\n2,e,2025-01-02T00:00:00Z,u,5,x\n"


@pytest.fixture
def renamed(tmp_path):
    """A column was renamed, one was added, and an id is there twice."""
    staging = tmp_path / "staging"
    (staging / "incoming" / "own").mkdir(parents=True)
    (staging / "mappings").mkdir()
    (staging / "mappings" / "own.toml").write_text(OWN)
    (staging / "incoming" / "own" / "1.csv").write_text(FORMER)
    run("run", "--staging", staging, "--import", tmp_path / "lake")
    (staging / "incoming" / "own" / "2.csv").write_text(LATTER)
    return staging


TOLD = [
    "source_absent: amount in no row",
    "field_new: amounts, coupon",
    "insert_id_repeated: 1 row, such as lines 2 and 3",
]


def test_what_is_remarked_on_a_drop_is_told_by_run_and_status(renamed, tmp_path):
    done = run("run", "--staging", renamed, "--import", tmp_path / "lake")
    assert [one for one in TOLD if one not in done.stdout] == []
    done = run("status", "--staging", renamed)
    assert [done.stdout.count(one) for one in TOLD] == [2, 2, 2]  # in the table, and in words
    assert done.returncode == 0


def test_a_source_that_never_was_there_is_told_though_no_note_says_so(tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    row = {"id": 1, "event": "e", "at": "2025-01-02T00:00:00Z", "user": "u"}
    (tmp_path / "a.ndjson").write_bytes(ndjson(row))
    done = run("convert", tmp_path / "a.ndjson", "--mapping", tmp_path / "own.toml", "--out", tmp_path / "out")
    assert "amount in no row, nor in the drop before" in done.stdout
    (tmp_path / "b.ndjson").write_bytes(ndjson(event(1)))
    done = run("convert", tmp_path / "b.ndjson", "--out", tmp_path / "out")  # Hackle's own shape has no need of all
    assert "in no row" not in done.stdout


def test_a_terminal_of_80_columns_has_the_remarks_in_words(renamed, tmp_path):
    shown, status = on_terminal("run", "--staging", renamed, "--import", tmp_path / "lake", columns=80)
    assert status == 0
    assert [one for one in TOLD if one not in shown] == []
    shown, _ = on_terminal("status", "--staging", renamed, columns=80)
    assert [one for one in TOLD if one not in shown] == []


def test_a_preview_of_a_drop_tells_what_the_drops_before_had(renamed, tmp_path):
    words = ["preview", renamed / "incoming" / "own" / "2.csv", "--mapping", renamed / "mappings" / "own.toml"]
    told = run(*words).stdout
    assert "source_absent: amount in no row that was read" in told
    assert "field_new: amounts, coupon in no former drop of the folder" in told
    (found,) = lines(run(*words, "--json"))
    assert (found["missed"], found["new"]) == (["amount"], ["amounts", "coupon"])
    run(*words, "--html", tmp_path / "page.html")
    assert "field_new: amounts, coupon" in (tmp_path / "page.html").read_text()
    run("run", "--staging", renamed, "--import", tmp_path / "lake")  # it is the folder's last drop now
    assert lines(run(*words, "--json"))[0]["new"] == ["amounts", "coupon"]
    (renamed / "incoming" / "own" / "3.csv").write_text(LATTER)
    words[1] = renamed / "incoming" / "own" / "3.csv"
    assert lines(run(*words, "--json"))[0]["new"] == []


def test_drops_that_wait_have_no_bytes_or_were_deleted_are_mentioned(tmp_path):
    drop(tmp_path, "a.ndjson", ndjson(event(1)))
    run("run", "--staging", tmp_path / "staging", "--import", tmp_path / "lake")
    assert "incoming/" not in run("status", "--staging", tmp_path / "staging").stderr
    (tmp_path / "staging" / "incoming" / "hackle" / "a.ndjson").unlink()
    drop(tmp_path, "b.ndjson", ndjson(event(2)))
    drop(tmp_path, "c.ndjson", ndjson(event(3)))
    drop(tmp_path, "d.ndjson", b"")
    done = run("status", "--staging", tmp_path / "staging")
    assert "2 drops, such as incoming/hackle/b.ndjson, are not handled yet" in done.stderr
    assert "incoming/hackle/d.ndjson is of 0 bytes" in done.stderr
    assert "1 drop with rows is deleted from incoming/" in done.stderr


def test_rejected_rows_of_two_files_of_one_name_are_told_apart(tmp_path):
    for folder in ("one", "three"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "events.ndjson").write_bytes(ndjson(event(len(folder)), event(1, event_key="", at=folder)))
    run("convert", tmp_path / "one", tmp_path / "three", "--out", tmp_path / "out")
    rows = lines(run("rejects", "--staging", tmp_path / "out-ledger", "--json"))
    assert sorted(row["source"] for row in rows) == [
        f"{tmp_path}/{folder}/events.ndjson" for folder in ("one", "three")
    ]


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


def test_rejected_rows_are_read_on_a_terminal_line_by_line(places):
    staging, _ = places
    shown, status = on_terminal("rejects", "--staging", staging)
    told = shown.splitlines()
    assert (status, told[0]) == (0, "incoming/hackle/z.ndjson line 2: ts_unreadable")
    assert told[1].startswith("  ts: ")
    assert told[2].startswith('  {"insert_id":')
