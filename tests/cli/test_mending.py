"""Rejected rows are mended and dropped again by two commands, whatever they were dropped as."""

import gzip
import json
import re
import shlex
import zipfile

import pytest

from cli.test_commands import lines, run
from support.samples import event, ndjson

ROWS = [event(1), event(2, ts="never"), event(3, ts="never"), event(4)]
EACH = """
each = "batch.events"
[fields]
insert_id = "id"
event_key = "name"
ts = "ts"
identifiers = { id = "record.user", device_id = "record.user" }
platform_properties = { osname = { const = "iOS" }, appversion = "record.batch.version" }
"""
BATCHES = [
    {"user": f"u{n}", "batch": {"version": "1", "events": [
        {"id": f"{n}-a", "name": "a", "ts": "2025-01-02"}, {"id": f"{n}-b", "name": "b", "ts": "never"},
    ]}} for n in (1, 2)
]  # fmt: skip


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in/a.json", json.dumps(ROWS, indent=1))


@pytest.mark.parametrize(("name", "write", "mapping", "ending"), [
    ("a.ndjson.gz", lambda path: path.write_bytes(gzip.compress(ndjson(*ROWS))), "", ".ndjson"),
    ("a.json", lambda path: path.write_text(json.dumps(ROWS, indent=2)), "", ".json"),
    ("a.json", lambda path: path.write_text("\n".join(json.dumps(row, indent=2) for row in ROWS)), "", ".json"),
    ("a.json", lambda path: path.write_text(json.dumps({"d": {"r": ROWS}, "n": 1})), 'records = "d.r"', ".json"),
    ("a.zip", zipped, "", ".json"),
    ("a.ndjson", lambda path: path.write_bytes(ndjson(*BATCHES)), EACH, ".ndjson"),
    ("a.json", lambda path: path.write_text(json.dumps({"d": BATCHES}, indent=2)), f'records = "d"{EACH}', ".json"),
], ids=["lines, compressed", "array", "objects over lines", "wrapped", "zipped", "elements", "elements, wrapped"])  # fmt: skip
def test_what_is_written_to_mend_is_dropped_again_as_it_was(tmp_path, name, write, mapping, ending):
    source, out, mended = tmp_path / name, tmp_path / "out", tmp_path / f"mended{ending}"
    write(source)
    (tmp_path / "own.toml").write_text(mapping)
    taken = ["--mapping", tmp_path / "own.toml"]
    assert lines(run("convert", source, *taken, "--out", out, "--json"))[0]["rows_rejected"] == 2
    told = run("rejects", "--staging", f"{out}-ledger", *taken, "--out", mended).stderr
    mended.write_text(mended.read_text().replace("never", "2025-01-03"))
    (next_,) = re.findall("then `hackle-import ([^`]*)`", told)
    done = run(*shlex.split(next_), "--json")
    assert [(line["rows_in"], line["rows_written"]) for line in lines(done)] == [(2, 2)]
    assert run("verify", out, "--staging", f"{out}-ledger").returncode == 0


def test_a_name_under_which_it_would_not_be_read_is_refused(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(ROWS))
    run("convert", tmp_path / "a.json", "--out", tmp_path / "out")
    for wrong in ("mended.ndjson", "mended.csv", "mended.json.gz"):
        done = run("rejects", "--staging", tmp_path / "out-ledger", "--out", tmp_path / wrong)
        assert (done.returncode, "give a name that ends with .json" in done.stderr) == (2, True)
        assert not (tmp_path / wrong).exists()
    assert run("rejects", "--staging", tmp_path / "out-ledger", "--out", tmp_path / "mended").returncode == 0


def test_a_file_that_was_renamed_is_called_by_its_new_name_and_by_its_old_one(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(ndjson(*ROWS))
    run("convert", tmp_path / "a.ndjson", "--out", tmp_path / "out")
    (tmp_path / "a.ndjson").rename(tmp_path / "b.ndjson")
    run("convert", tmp_path / "b.ndjson", "--out", tmp_path / "out")
    ledger = tmp_path / "out-ledger"
    for name in (tmp_path / "b.ndjson", "b.ndjson", tmp_path / "a.ndjson", "a.ndjson"):
        shown = lines(run("rejects", name, "--staging", ledger, "--json"))
        assert {row["source"] for row in shown} == {str(tmp_path / "b.ndjson")}
    (line,) = lines(run("status", "--staging", ledger, "--json"))
    assert line["source"] == str(tmp_path / "b.ndjson")
