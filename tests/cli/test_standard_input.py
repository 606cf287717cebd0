"""What is piped has a name of its own, which can be pasted; where it lay while it was read is nobody's business."""

import os
import subprocess
import sys
from tempfile import gettempdir

from cli.test_commands import lines, run
from support.entrypoints import ROOT
from support.samples import event, ndjson


def piped(body, *words):
    done = subprocess.run(
        [sys.executable, "-m", "hackle_import.cli", *map(str, words)], input=body, capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "shared")}, check=False,
    )  # fmt: skip
    assert gettempdir() not in (done.stdout + done.stderr).decode().replace(str(words[-1]), "")
    return done.stdout.decode().split()


def test_it_is_told_by_a_name_that_can_be_pasted(tmp_path):
    out, ledger = tmp_path / "out", tmp_path / "out-ledger"
    shown = piped(ndjson(event(1), event(2, ts="never")), "convert", "-", "--format", "ndjson", "--out", out)
    name = next(word for word in shown if word.startswith("stdin-"))
    assert name.endswith(".ndjson")
    (row,) = lines(run("rejects", name, "--staging", ledger, "--json"))
    assert (row["source"], row["line"]) == (name, 2)
    assert name in run("status", "--staging", ledger).stdout
    assert lines(run("forget", name, "--staging", ledger, "--import", out, "--json"))[0]["outcome"] == "forgotten"


def test_the_same_content_is_one_file_and_other_content_another_also_by_processes(tmp_path):
    out = tmp_path / "out"
    for body, jobs in ((1, 1), (1, 2), (2, 2), (3, 1)):
        piped(ndjson(event(body)), "convert", "-", "--jobs", jobs, "--out", out)
    files = lines(run("status", "--staging", f"{out}-ledger", "--json"))
    assert [line["rows_written"] for line in files] == [1, 1, 1]
    assert run("verify", out, "--staging", f"{out}-ledger").returncode == 0
