"""Whatever a drop raises, `run`, `watch`, `convert` and `replay` go on with the next one, say it, and end with their
exit status."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hackle_import.cli import backlog
from hackle_import.cli.backlog import Undone, handled
from hackle_import.settings import Rules
from support.entrypoints import ROOT
from support.samples import event, ndjson

GOOD = ndjson(event(1))
ENDLESS_HEADER = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"x" * 600_000
TWICE = b'ts = { format = "%d/%m/%Y %H:%d" }\n'
LITERAL = b"""[fields]
event_key = ["name", "'buy'"]
ts = "ts"
identifiers = { spread = "identifiers" }
platform_properties = { spread = "platform_properties" }
"""


def command(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "hackle_import.cli", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "shared")}, capture_output=True, text=True, check=False, cwd=cwd,
    )  # fmt: skip


@pytest.fixture
def drops(tmp_path):
    """A staging folder's drops by name, beside a good one that sorts after all of them."""

    def put(name, body=GOOD):
        path = tmp_path / "staging" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    put("incoming/hackle/z-good.ndjson")
    return put


def run(folder, *more):
    return command("run", "--staging", folder / "staging", "--import", folder / "lake", *more)


def written(folder):
    return sorted(path.name.partition("-0")[0][:6] for path in (folder / "lake").rglob("*.parquet"))


def parquet_of(folder, beginning):
    return [path.name for path in (folder / "lake").rglob("*.parquet") if path.name.startswith(beginning)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_cannot_be_read_stops_no_other(tmp_path, drops, jobs):
    drops("incoming/hackle/a.ndjson", ndjson(event(1, ts="wrong")))
    (tmp_path / "staging/rejected/hackle/a.ndjson.rejected.ndjson.gz").mkdir(parents=True)
    done = run(tmp_path, "--jobs", jobs)
    assert done.returncode == 3
    assert "hackle-import: incoming/hackle/a.ndjson: not handled: " in done.stderr
    assert len(parquet_of(tmp_path, "z-good")) == 1


def test_a_name_that_is_not_utf_8_stops_no_other(tmp_path, drops):
    drops(os.fsdecode(b"incoming/hackle/bad\xff\x1b[31m.ndjson"))
    done = run(tmp_path)
    told = (
        "hackle-import: incoming/hackle/bad\\udcff\\u001b[31m.ndjson: not handled: its name is not UTF-8: rename it\n"
    )
    assert (done.returncode, done.stderr) == (3, told)
    assert len(parquet_of(tmp_path, "z-good")) == 1
    assert len(parquet_of(tmp_path, "")) == 1


@pytest.mark.parametrize(
    "name",
    ["a" * 233 + ".ndjson", "가" * 80 + ".ndjson", "b" * 120 + "/" + "가" * 80 + ".ndjson", "a" * 248 + ".ndjson"],
)
def test_a_long_name_is_handled_with_its_rejects(tmp_path, drops, name):
    drops(f"incoming/hackle/{name}", GOOD + ndjson(event(2, ts="wrong")))
    for _ in range(2):
        done = run(tmp_path)
        assert done.returncode == 0, done.stderr
        assert len(list((tmp_path / "lake").rglob("*.parquet"))) == 2
    assert "nothing new" in done.stderr
    (rejects,) = (tmp_path / "staging/rejected/.long").iterdir()
    assert rejects.name.startswith(Path(name).name[:20])


@pytest.mark.parametrize(("name", "body"), {"mappings/a.toml": TWICE, "x": ENDLESS_HEADER}.items())
def test_what_is_a_drop_s_own_fault_is_told_as_such(tmp_path, drops, name, body):
    drops("incoming/a/x.ndjson.gz" if name == "x" else name, body)
    drops("incoming/a/a.ndjson")
    done = run(tmp_path)
    assert done.returncode == 1
    assert len(parquet_of(tmp_path, "z-good")) == 1


def test_a_literal_as_the_last_source_is_what_it_says(tmp_path, drops):
    drops("mappings/a.toml", LITERAL)
    drops("incoming/a/x.ndjson")
    assert run(tmp_path).returncode == 0
    assert len(parquet_of(tmp_path, "x")) == 1


def test_convert_goes_on(tmp_path, drops):
    drops("incoming/hackle/a.ndjson", ndjson(event(1, ts="wrong")))
    (tmp_path / "out-ledger/rejected/hackle/a.ndjson.rejected.ndjson.gz").mkdir(parents=True)
    done = command("convert", tmp_path / "staging/incoming", "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "hackle/a.ndjson: not handled: " in done.stderr
    assert list((tmp_path / "out").rglob("z-good*"))


def test_replay_goes_on(tmp_path, drops):
    drops("incoming/hackle/a.ndjson", ndjson(event(1, ts="wrong")))
    run(tmp_path)
    rejects = tmp_path / "staging/rejected/hackle/a.ndjson.rejected.ndjson.gz"
    rejects.unlink()
    rejects.mkdir()
    done = command(
        "replay", "incoming/hackle/", "--staging", tmp_path / "staging", "--import", tmp_path / "lake", "--json"
    )
    assert done.returncode == 3
    assert "hackle/a.ndjson: not handled: " in done.stderr
    assert done.stdout.count('"outcome":"written"') == 1


def test_watch_goes_on_and_ends_with_its_status(tmp_path, drops):
    drops("incoming/hackle/a.ndjson", ndjson(event(1, ts="wrong")))
    (tmp_path / "staging/rejected/hackle/a.ndjson.rejected.ndjson.gz").mkdir(parents=True)
    watch = subprocess.Popen(
        [sys.executable, "-m", "hackle_import.cli", "watch", "--staging", tmp_path / "staging", "--import", tmp_path / "lake", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT / "shared")},
    )  # fmt: skip
    try:
        assert "z-good" in watch.stdout.readline()
        drops("incoming/hackle/b.ndjson")
        assert "b.ndjson" in watch.stdout.readline()
        watch.send_signal(signal.SIGTERM)
        _, told = watch.communicate(timeout=30)
        assert watch.returncode == 3
        assert "a.ndjson: not handled: " in told
    finally:
        watch.kill()
        watch.communicate()


def test_a_process_that_is_killed_costs_its_own_drop_only(tmp_path, drops, monkeypatch):
    for number in range(4):
        drops(f"incoming/hackle/{number}.ndjson")
    monkeypatch.setattr(backlog, "_one", killed_by_two)
    keys = [f"incoming/hackle/{number}.ndjson" for number in range(4)]
    told = list(handled(str(tmp_path / "staging"), str(tmp_path / "lake"), keys, Rules(), 2))
    assert [one.key for one in told if isinstance(one, Undone)] == ["incoming/hackle/2.ndjson"]
    assert len(parquet_of(tmp_path, "")) == 3


_one = backlog._one


def killed_by_two(staging, lake, rules, again, key, meter=None):
    if key.endswith("2.ndjson"):
        os.kill(os.getpid(), signal.SIGKILL)
    return _one(staging, lake, rules, again, key)


def test_what_is_hidden_is_no_drop(tmp_path, drops):
    drops("incoming/.copies/a.ndjson")
    drops("incoming/hackle/.a.ndjson.part")
    done = run(tmp_path)
    assert done.returncode == 0
    (told,) = done.stderr.splitlines()
    assert "incoming/.copies/a.ndjson, incoming/hackle/.a.ndjson.part: hidden files" in told
    assert len(parquet_of(tmp_path, "")) == 1
