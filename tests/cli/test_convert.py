"""`convert` beyond files and folders: standard input, patterns, processes, an output that was deleted; and `rejects`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.test_commands import lines, run
from hackle_import.cli import backlog
from support.entrypoints import ROOT
from support.samples import event, ndjson

CSV = (
    '"insert_id";event_key;ts;identifiers.id;identifiers.device_id;platform_properties.osname;platform_properties.appversion\n'
    "1;buy;2025-01-01;u;d;iOS;1\n2;buy;no time;u;d;iOS;1\n3;;no time;u;d;iOS;1\n"
)


@pytest.fixture
def files(tmp_path):
    for number in range(3):
        (tmp_path / f"a{number}.ndjson").write_bytes(ndjson(event(number)))
    (tmp_path / ".hidden.ndjson").write_bytes(ndjson(event(9)))
    (tmp_path / "other").write_text("no drop")
    return tmp_path


def test_a_pattern_names_files_and_processes_give_the_same(files):
    done = run("convert", files / "a[01]*.ndjson", files / "a2.ndjson", "--out", files / "out", "--jobs", 2, "--json")
    assert [line["rows_written"] for line in lines(done)] == [1, 1, 1]
    assert run("convert", files / "b*.ndjson", "--out", files / "out").returncode == 2


def test_hidden_files_of_a_folder_are_left_out(files):
    (files / "other").unlink()
    assert len(lines(run("convert", files, "--out", files.parent / f"{files.name}-out", "--json"))) == 3


def test_standard_input_is_a_file_of_the_format_that_is_named(tmp_path):
    def piped(*words, body):
        return subprocess.run(
            [sys.executable, "-m", "hackle_import.cli", *map(str, words)], input=body, capture_output=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "shared")}, check=False,
        )  # fmt: skip

    body = CSV.replace(";", ",").encode()
    done = piped("convert", "-", "--format", "csv", "--out", tmp_path / "out", "--json", body=body)
    assert b'"rows_written":1' in done.stdout
    done = piped("preview", "-", "--json", body=ndjson(event(1)))
    assert b'"rows_written":1' in done.stdout


def test_an_output_that_was_deleted_is_made_anew(files):
    words = ["convert", files / "a1.ndjson", "--out", files / "out", "--json"]
    run(*words)
    assert lines(run(*words))[0]["outcome"] == "skipped"
    shutil.rmtree(files / "out")
    done = run(*words)
    assert (lines(done)[0]["outcome"], "it is written again" in done.stderr) == ("written", True)
    assert run("verify", files / "out", "--staging", f"{files / 'out'}-ledger").returncode == 0


def test_what_failed_before_is_told_again(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[{")
    words = ["convert", tmp_path / "a.json", "--out", tmp_path / "out"]
    for told in ("failed", "failed before"):
        done = run(*words)
        assert (done.returncode, told in done.stdout, "is not mended" in done.stderr) == (1, True, True)


@pytest.mark.parametrize(("name", "body", "header"), [
    ("a.csv", CSV, CSV.partition("\n")[0] + "\n"),
    ("a.csv", CSV.replace("\n", "\r\n"), CSV.partition("\n")[0] + "\n"),
])  # fmt: skip
def test_rejected_rows_of_a_table_come_back_with_its_header(tmp_path, name, body, header):
    (tmp_path / name).write_bytes(body.encode())
    (tmp_path / "m.toml").write_text('csv.delimiter = ";"\n')
    run("convert", tmp_path / name, "--mapping", tmp_path / "m.toml", "--out", tmp_path / "out")
    words = ["rejects", name, "--staging", tmp_path / "out-ledger", "--mapping", tmp_path / "m.toml", "--out"]
    assert run(*words, tmp_path / "mend.csv").returncode == 0
    assert (tmp_path / "mend.csv").read_text() == header + "2;buy;no time;u;d;iOS;1\n3;;no time;u;d;iOS;1\n"
    assert run(*words, tmp_path / "mend.csv").returncode == 2
    run(*words, tmp_path / "one.csv", "--code", "event_key_missing")
    assert len((tmp_path / "one.csv").read_text().splitlines()) == 2


ORDERS = (
    "주문;이벤트;시각;회원;메모\n"
    'A-1;구매;언젠가;u1;"한 줄;\n두 줄"\n'
    "A-2;구매;2025-01-02T00:00:00Z;u2;x\n"
    "A-3;;2025-01-02T00:00:00Z;u3;y\n"
)
KOREAN = """
[csv]
delimiter = ";"
{csv}
[fields]
insert_id = '"주문"'
event_key = '"이벤트"'
ts = '"시각"'
identifiers = {{ id = '"회원"', device_id = '"회원"' }}
platform_properties = {{ osname = {{ const = "iOS" }}, appversion = {{ const = "1" }} }}
event_properties = {{ memo = '"메모"' }}
"""


@pytest.mark.parametrize(("csv", "encoding", "before", "line_end"), [
    ('encoding = "cp949"', "cp949", "", "\r\n"),
    ("", "utf-8-sig", "", "\r\n"),
    ("", "utf-16", "", "\n"),
    ("", "utf-8", "sep=;\n", "\n"),
    ('skip = 2\ncomment = "#"', "utf-8", "지난달\n\n# 주문\n", "\n"),
    ('encoding = "cp949"\nquote = "\'"', "cp949", "", "\n"),
])  # fmt: skip
def test_rejected_rows_are_mended_and_dropped_again_by_two_commands(tmp_path, csv, encoding, before, line_end):
    """In the encoding of the drop, with its delimiter and quotes, and with whatever stands before its rows."""
    text = (before + ORDERS.replace('"', "'" if "quote" in csv else '"')).replace("\n", line_end)
    staging, lake = tmp_path / "staging", tmp_path / "lake"
    (staging / "mappings").mkdir(parents=True)
    (staging / "mappings" / "own.toml").write_text(KOREAN.format(csv=csv), encoding="utf-8")
    (staging / "incoming" / "own").mkdir(parents=True)
    (staging / "incoming" / "own" / "주문.csv").write_bytes(text.encode(encoding))
    assert lines(run("run", "--staging", staging, "--import", lake, "--json"))[0]["rows_rejected"] == 2
    run("rejects", "own/주문.csv", "--staging", staging, "--out", tmp_path / "mend.csv")
    written = (tmp_path / "mend.csv").read_bytes().decode(encoding)
    assert written == text.replace(f"A-2;구매;2025-01-02T00:00:00Z;u2;x{line_end}", "")
    mended = written.replace("언젠가", "2025-01-03T00:00:00Z").replace("A-3;;", "A-3;구매;")
    (staging / "incoming" / "own" / "주문-mended.csv").write_bytes(mended.encode(encoding))
    told = lines(run("run", "--staging", staging, "--import", lake, "--json"))
    assert [one["rows_written"] for one in told if one["outcome"] == "written"] == [2]


def test_rejected_rows_of_an_array_come_back_as_one(tmp_path):
    bad = [event(number, ts="never") for number in (1, 2)]
    (tmp_path / "a.json").write_bytes(b"[" + b",\n".join(ndjson(row).strip() for row in [*bad, event(3)]) + b"]")
    run("convert", tmp_path / "a.json", "--out", tmp_path / "out")
    run("rejects", "a.json", "--staging", tmp_path / "out-ledger", "--out", tmp_path / "mend.json")
    mended = (tmp_path / "mend.json").read_text().replace("never", "2025-01-02T00:00:00Z")
    (tmp_path / "mend.json").write_text(mended)
    assert lines(run("convert", tmp_path / "mend.json", "--out", tmp_path / "out", "--json"))[0]["rows_written"] == 2


def test_a_reader_that_leaves_is_no_failure_and_no_word(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b"".join(ndjson(event(n, ts="x")) for n in range(9000)))
    run("convert", tmp_path / "a.ndjson", "--out", tmp_path / "out")
    for words in (f"rejects --json --staging {tmp_path}/out-ledger", f"preview -n 1000 {tmp_path}/a.ndjson"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m hackle_import.cli {words} | head -1; echo ${{PIPESTATUS[0]}}"],
            env=os.environ | {"PYTHONPATH": str(ROOT / "shared")}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert (done.stdout.splitlines()[-1], done.stderr) == ("141", "")


def test_ctrl_c_says_what_is_safe_and_ends_with_130():
    code = (
        "import sys; from hackle_import import cli; from hackle_import.cli import inputs; sys.argv[1:] = ['convert', 'a', '--out', 'b']\n"
        "def interrupted(*_): raise KeyboardInterrupt\n"
        "inputs.opened = interrupted; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT / "shared")}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.returncode, "nothing is lost or doubled" in done.stderr) == (130, True)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which signals a process takes")
def test_ctrl_c_is_for_the_parent_alone_from_the_moment_that_a_process_begins():
    def deaf(pid):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return any(int(line.split()[1], 16) & 2 for line in lines if line.startswith(("SigBlk", "SigIgn")))

    was_deaf = deaf(os.getpid())  # as where the tests run in the background of a shell
    with backlog._pool(1, None) as pool:
        doing = backlog._submitted(pool, os.getppid, ())
        (pid,) = pool._processes
        assert (deaf(pid), deaf(os.getpid())) == (True, was_deaf)
        with pytest.raises(TypeError):  # the task takes nothing
            doing.result()
        assert deaf(pid)


def test_a_mapping_is_checked_by_itself_and_on_a_sample(tmp_path):
    (tmp_path / "m.toml").write_text('limit = 1\nlimits = "x"\n')
    done = run("mappings", "check", tmp_path / "m.toml")
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 2)
    (tmp_path / "m.toml").write_text(
        '[fields]\nevent_key = "event_key"\nts = "tss"\nidentifiers.spread = "identifiers"\nplatform_properties.spread = "platform_properties"\n'
    )
    assert run("mappings", "check", tmp_path / "m.toml").returncode == 0
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1)))
    done = run("mappings", "check", tmp_path / "m.toml", tmp_path / "a.ndjson")
    assert (done.returncode, "tss: the source of ts is in no row" in done.stdout) == (1, True)


def test_every_code_is_explained_and_a_mistyped_one_is_guessed():
    done = run("explain", "osname_not_allowed", "withheld", "orphaned", "drops-failed", "naive_time", "insert_id_made")
    kinds = [line.partition(": ")[2] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert sorted(kinds) == ["alarm", "finding", "guess", "note", "outcome", "reject"]
    assert "did you mean osname_not_allowed" in run("explain", "osname_not_alowed").stderr


DATED = """
[fields]
insert_id = "id"
event_key = { const = "buy" }
ts = { file = "PATTERN" }
identifiers = { id = "id", device_id = "id" }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1" } }
"""


def test_a_date_is_found_in_the_folders_above_a_file(tmp_path):
    file, mapping = tmp_path / "dt=2025-01-02" / "a.csv", tmp_path / "own.toml"
    file.parent.mkdir()
    file.write_text("id\n1\n")
    mapping.write_text(DATED.replace("PATTERN", "dt=%Y-%m-%d"))
    (row,) = json.loads(run("preview", file, "--mapping", mapping, "--json").stdout)["rows"]
    assert row["row"]["ts"] == "2025-01-02T00:00:00Z"
    run("convert", file, "--mapping", mapping, "--out", tmp_path / "out")
    assert ["2025-01-02" in str(one) for one in (tmp_path / "out").rglob("*.parquet")] == [True]
