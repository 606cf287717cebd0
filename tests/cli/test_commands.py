"""The command as a user runs it: a process, its exit status, its lines."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from hackle_import.settings import read_rules
from hackle_import.stores import open_store
from hackle_import.stores.local import LocalStore
from hackle_import.verify import Verification
from support.entrypoints import ROOT
from support.samples import event, ndjson
from support.world import ids_in

RULES = read_rules({}, [])


def run(*arguments, **env):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "hackle_import.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT / "shared")} | env,
    )  # fmt: skip


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def staging(tmp_path):
    drop(tmp_path, "a.ndjson", ndjson(event(1), event(2)))
    return tmp_path / "staging"


def drop(folder, name, body):
    path = folder / "staging" / "incoming" / "hackle" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def test_a_second_convert_replaces_and_does_not_double(tmp_path):
    source, out = tmp_path / "events.ndjson", tmp_path / "out"
    for rows in ([event(1)], [event(1)], [event(2), event(3)]):
        source.write_bytes(ndjson(*rows))
        done = run("convert", source, "--out", out, "--json")
        assert (done.returncode, done.stderr) == (0, "")
    assert lines(done)[0]["rows_written"] == 2
    assert len(list(out.rglob("*.parquet"))) == 1
    assert run("verify", out, "--staging", f"{out}-ledger").returncode == 0


def test_convert_takes_folders_and_a_mapping_file(tmp_path, staging):
    (tmp_path / "own.toml").write_text("max_reject_ratio = 0.1\n")
    drop(tmp_path, "b.ndjson", ndjson(event(3), event(4, ts="")))
    done = run("convert", staging / "incoming", "--mapping", tmp_path / "own.toml", "--out", tmp_path / "out", "--json")
    assert sorted((line["mapping"], line["outcome"]) for line in lines(done)) == [
        ("own", "withheld"),
        ("own", "written"),
    ]
    assert done.returncode == 1


def test_run_handles_what_is_not_done_and_tells_the_drops_that_failed(tmp_path, staging):
    drop(tmp_path, "broken.json", b"<html>")
    done = run("run", "--staging", staging, "--import", tmp_path / "lake", "--json")
    assert {line["source"].rpartition("/")[2]: line["outcome"] for line in lines(done)} == {
        "a.ndjson": "written",
        "broken.json": "failed",
    }
    assert done.returncode == 1
    again = run("run", "--staging", staging, "--import", tmp_path / "lake", "--json")
    assert {line["outcome"] for line in lines(again)} == {"skipped"}
    assert again.returncode == 1
    told = run("run", "--staging", staging, "--import", tmp_path / "lake")
    assert (told.returncode, "failed before" in told.stdout, "a.ndjson" in told.stdout) == (1, True, False)
    assert "not_json" in run("status", "--staging", staging).stdout
    drop(tmp_path, "broken.json", b"[]")
    assert run("run", "--staging", staging, "--import", tmp_path / "lake").returncode == 0
    assert run("run", "--staging", staging, "--import", tmp_path / "lake").stderr == "nothing new\n"


@pytest.mark.parametrize("jobs", [1, 2])
def test_run_tells_a_file_that_is_no_drop_because_no_mapping_s_folder_holds_it(tmp_path, staging, jobs):
    (staging / "incoming" / "astray.ndjson").write_bytes(ndjson(event(3)))
    done = run("run", "--staging", staging, "--import", tmp_path / "lake", "--jobs", jobs, "--json")
    assert (done.returncode, len(lines(done))) == (0, 1)
    told = "not a drop: those lie below incoming/<mapping>/, such as incoming/hackle/"
    assert done.stderr == f"hackle-import: incoming/astray.ndjson: {told}\n"


def test_files_that_are_passed_over_are_told_in_one_line(tmp_path, staging):
    hidden = [".DS_Store", *(f"._{letter}.ndjson" for letter in "abcd"), "_SUCCESS"]
    for name in hidden:
        drop(tmp_path, name, b"x")
    first = ", ".join(f"incoming/hackle/{name}" for name in hidden[:5])
    told = (
        f"hackle-import: {first} and 1 more: hidden files, and what an export leaves beside its data, are passed over\n"
    )
    done = run("run", "--staging", staging, "--import", tmp_path / "lake", "--json")
    assert (done.returncode, len(lines(done)), done.stderr) == (0, 1, told)
    done = run("convert", staging / "incoming" / "hackle", "--out", tmp_path / "out", "--json")
    assert (done.returncode, len(lines(done)), done.stderr) == (0, 1, told.replace("incoming/hackle/", ""))


def test_run_with_jobs_gives_the_same(tmp_path, staging):
    drop(tmp_path, "b.csv", b"event_key,ts\n")
    done = run("run", "--staging", staging, "--import", tmp_path / "lake", "--jobs", 2, "--json")
    assert sorted(line["rows_written"] for line in lines(done)) == [0, 2]


def test_strict_makes_a_rejected_row_a_failure(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1), event(2, ts="")))
    assert run("convert", tmp_path / "a.ndjson", "--out", tmp_path / "out").returncode == 0
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1), event(3, ts="")))
    assert run("convert", tmp_path / "a.ndjson", "--out", tmp_path / "out", "--strict").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["convert", "no/such/file", "--out", "x"],
        ["convert", "README.md", "--out", "x", "--mapping", "nothing"],
        ["run", "--staging", "x"],
        ["watch", "--staging", "s3://bucket", "--import", "x"],
        ["watch", "--staging", "no/such/folder", "--import", "x"],
        ["verify", "no/such/folder"],
        ["verify", "s4://bucket/prefix"],
        ["status", "--staging", "no/such/folder"],
        ["convert", "README.md", "--out", "s3://whole-bucket"],
    ],
)
def test_wrong_use_ends_with_2_and_one_line(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_all_wrong_settings_are_named_at_once(tmp_path):
    lake = tmp_path / "lake"
    done = run("run", "--staging", tmp_path, "--import", lake, HACKLE_DAY_TIMEZONE="Mars", HACKLE_MAX_RATIO="-1")
    assert done.returncode == 2
    assert "HACKLE_DAY_TIMEZONE" in done.stderr
    assert "HACKLE_MAX_RATIO" in done.stderr


def test_an_import_place_that_is_the_staging_place_is_wrong_use(tmp_path):
    done = run("run", "--staging", tmp_path, "--import", f"{tmp_path}/")
    assert done.returncode == 2
    assert "must hold none of the folders" in done.stderr


def test_anything_else_ends_with_3(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "a.json").write_text("no ledger document")
    assert run("status", "--staging", tmp_path).returncode == 3


def test_help_loads_no_heavy_library():
    code = "import sys; from hackle_import.cli import command, load; load(); print([n for n in ('pyarrow', 'boto3', 'rich') if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "shared")},
    )
    assert done.stdout.strip() == "[]"


def test_the_ledger_of_a_dot_lies_beside_the_folder_that_it_names(tmp_path):
    (tmp_path / "events.ndjson").write_bytes(ndjson(event(1)))
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "hackle_import.cli", "convert", "../events.ndjson", "--out", "."],
        cwd=tmp_path / "out", env={"PYTHONPATH": str(ROOT / "shared")}, check=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["2025-01-02"]
    assert (tmp_path / "out-ledger" / "state").is_dir()


def test_files_of_two_folders_under_one_name_are_two_files(tmp_path):
    for number, folder in enumerate(("one", "two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "events.ndjson").write_bytes(ndjson(event(number), event(9, ts="wrong")))
    done = run("convert", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert run("verify", tmp_path / "out", "--staging", tmp_path / "out-ledger").returncode == 0


class Watching:
    """A `watch` process over a staging folder; its receipts come one by one."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hackle_import.cli", "watch", "--staging", folder / "staging",
             "--import", folder / "lake", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "shared")},
        )  # fmt: skip
        assert self.process.stderr.readline().startswith("watching")

    def receipt(self):
        receipt = json.loads(self.process.stdout.readline())
        return receipt["source"].rpartition("/")[2], receipt["outcome"], receipt["rows_written"]

    def stop(self, number):
        self.process.send_signal(number)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def watching(tmp_path, staging):
    watching = Watching(tmp_path)
    yield watching
    watching.process.kill()
    watching.process.communicate()


def test_watch_handles_what_is_there_and_what_comes_until_it_is_stopped(tmp_path, watching):
    assert watching.receipt() == ("a.ndjson", "written", 2)
    drop(tmp_path, "new.ndjson", ndjson(event(10)))
    assert watching.receipt() == ("new.ndjson", "written", 1)
    assert watching.stop(signal.SIGTERM) == 0


def test_watch_waits_until_a_file_is_whole(tmp_path, watching):
    assert watching.receipt() == ("a.ndjson", "written", 2)
    with (tmp_path / "staging" / "incoming" / "hackle" / "slow.ndjson").open("ab", buffering=0) as file:
        for number in range(8):
            file.write(ndjson(event(20 + number)))
            time.sleep(0.3)  # the pace of a copy in progress is what is tested
    assert watching.receipt() == ("slow.ndjson", "written", 8)
    assert watching.stop(signal.SIGINT) == 0


def test_watch_tries_a_drop_again_when_its_mapping_is_corrected(tmp_path, watching):
    assert watching.receipt()[1] == "written"
    path = tmp_path / "staging" / "incoming" / "own" / "b.ndjson"
    path.parent.mkdir()
    path.write_bytes(ndjson(event(3)))
    assert watching.receipt() == ("b.ndjson", "failed", 0)
    (tmp_path / "staging" / "mappings" / "own.toml").write_text("max_reject_ratio = 0.5\n")
    assert watching.receipt() == ("a.ndjson", "skipped", 0)  # looked at again, and told as `run --json` tells it
    assert watching.receipt() == ("b.ndjson", "written", 1)


def altered(lake):
    path = next(lake.rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def moved(lake):
    path = next(lake.rglob("*.parquet"))
    (lake / "2025-01-03").mkdir()
    path.rename(lake / "2025-01-03" / path.name)


def doubled(lake):
    path = next(lake.rglob("*.parquet"))
    path.with_name("copy.parquet").write_bytes(path.read_bytes())


def foreign(lake):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), next(lake.rglob("*.parquet")).with_name("other.parquet"))


@pytest.mark.parametrize(
    ("plant", "codes"),
    [
        (altered, {"altered", "unreadable"}),
        (moved, {"missing", "orphaned", "wrong_day"}),
        (doubled, {"orphaned", "insert_id_repeated"}),
        (foreign, {"orphaned", "schema"}),
        (lambda lake: next(lake.rglob("*.parquet")).unlink(), {"missing"}),
        (lambda lake: (lake / "notes.txt").write_text(""), {"unexpected"}),
    ],
)
def test_verify_finds_a_planted_fault(tmp_path, staging, plant, codes):
    lake = tmp_path / "lake"
    run("run", "--staging", staging, "--import", lake)
    assert run("verify", lake, "--staging", staging).returncode == 0
    plant(lake)
    done = run("verify", lake, "--staging", staging, "--json")
    assert done.returncode == 1
    assert {line["code"] for line in lines(done)} == codes


def test_verify_survives_any_altered_byte(tmp_path, staging):
    """A byte that differs anywhere is told as a fault: never a traceback, never nothing."""
    run("run", "--staging", staging, "--import", tmp_path / "lake")
    path = next((tmp_path / "lake").rglob("*.parquet"))
    whole = path.read_bytes()
    lake, ledger = LocalStore(tmp_path / "lake"), LocalStore(staging)
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        assert "altered" in {found.code for found in Verification(lake, RULES, ledger).faults()}
        list(Verification(lake, RULES, None).faults())


def test_replay_takes_the_mapping_of_today(tmp_path, staging):
    lake = tmp_path / "lake"
    drop(tmp_path, "b.ndjson", ndjson(event(3), event(4, insert_id=None)))
    run("run", "--staging", staging, "--import", lake)
    (staging / "mappings").mkdir()
    (staging / "mappings" / "hackle.toml").write_text('[insert_id]\nwhen_missing = "reject"\n')
    done = run("replay", "incoming/hackle/b.ndjson", "--staging", staging, "--import", lake, "--json", "--strict")
    assert done.returncode == 1
    assert [(line["outcome"], line["rows_written"], line["rejects"]) for line in lines(done)] == [
        ("written", 1, {"insert_id_missing": 1})
    ]
    done = run("replay", "incoming/hackle/", "--staging", staging, "--import", lake, "--json")
    assert [line["rows_written"] for line in lines(done)] == [2, 1]
    assert run("verify", lake, "--staging", staging).returncode == 0
    next((staging / "rejected" / "hackle").rglob("*.gz")).unlink()
    assert lines(run("verify", lake, "--staging", staging, "--json"))[0]["code"] == "rejects_missing"


@pytest.mark.parametrize("kind", ["s3", "gs"])
def test_replay_on_a_cloud_replaces_and_never_doubles(kind, request, tmp_path):
    bucket = request.getfixturevalue("s3_bucket" if kind == "s3" else "gcs_bucket")
    staging, lake = f"{kind}://{bucket}/staging", f"{kind}://{bucket}/lake"
    store, key = open_store(staging), "incoming/hackle/a.ndjson"
    store.put(key, ndjson(event(1), event(2, insert_id=None)))
    run("run", "--staging", staging, "--import", lake)
    store.put("mappings/hackle.toml", b'[insert_id]\nwhen_missing = "reject"\n')
    done = run("replay", f"{staging}/{key}", "--staging", staging, "--import", lake, "--json")
    (receipt,) = lines(done)
    assert (receipt["outcome"], receipt["rows_written"], receipt["rejects"]) == ("written", 1, {"insert_id_missing": 1})
    for _ in range(2):
        done = run("replay", "incoming/", "--staging", staging, "--import", lake, "--json")
        assert [line["outcome"] for line in lines(done)] == ["written"]
    assert ids_in(open_store(lake)) == ["u1"]
    assert run("verify", lake, "--staging", staging).returncode == 0


def test_replay_of_what_is_no_drop_is_wrong_use(tmp_path, staging):
    done = run("replay", "incoming/hackle/none.ndjson", "--staging", staging, "--import", tmp_path / "lake")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    "name", ["arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:hash", "projects/p/secrets/hash/versions/1"]
)
def test_the_name_of_a_secret_is_not_taken_for_the_key(tmp_path, name):
    (tmp_path / "a.ndjson").write_bytes(ndjson(event()))
    done = run("preview", tmp_path / "a.ndjson", HACKLE_HASH_KEY=name)
    assert (done.returncode, "give the key itself" in done.stderr) == (2, True)
