"""What `--json` gives is what the page of commands says, of every command."""

import json
import re

import pytest

from cli.test_commands import drop, lines, run
from hackle_import.backfill.estimate import Estimate
from hackle_import.backfill.job import Job
from hackle_import.backfill.progress import Progress
from hackle_import.days.closed import Closed
from hackle_import.preview import Preview
from hackle_import.receipt import Receipt
from hackle_import.warehouse.tick import Step
from support.pages import page
from support.samples import event, ndjson

PAGE = page("docs/cli.md")
TABLE, _, RECEIPTS = PAGE.partition("## JSON")[2].partition("## Completion")[0].partition("Receipts, in the ledger")


def written(command):
    """The names that the page has for the objects of a command."""
    (cells,) = [line.split(" | ") for line in TABLE.splitlines() if f"`{command}`" in line.partition(" | ")[0]]
    return re.findall(r"`(\w+)`", cells[2])


def receipt():
    first = [line.split("|")[1] for line in RECEIPTS.splitlines() if line.startswith("| `")]
    return re.findall(r"`(\w+)`", " ".join(first))


def test_every_field_of_a_receipt_is_told():
    assert sorted(receipt()) == sorted(Receipt.__struct_fields__)


@pytest.mark.parametrize(("command", "kind"), [
    ("preview", Preview), ("day close", Closed), ("backfill", Job), ("backfill --dry-run", Estimate),
], ids=["preview", "day", "backfill", "estimate"])  # fmt: skip
def test_every_field_of_an_object_is_told(command, kind):
    assert written(command) == list(kind.__struct_fields__)


def test_how_far_a_backfill_is():
    assert written("status --backfill") == ["backfill", "began", "sent_all", *Progress.__struct_fields__]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("json")
    drop(folder, "a.ndjson", ndjson(event(1), event(2, ts="never"), event(1)))
    (folder / "bad.toml").write_text("x = 1")
    words = ["--staging", folder / "staging", "--import", folder / "lake", "--json"]
    return folder, words, run("run", *words)


def test_every_command_gives_the_objects_that_are_told(places):
    folder, words, ran = places
    staging, sample = words[:2], folder / "staging" / "incoming" / "hackle" / "a.ndjson"
    asked = {
        "run": (ran, receipt()),
        "status": (run("status", *staging, "--json"), receipt()),
        "replay": (run("replay", "hackle/a.ndjson", *words), receipt()),
        "convert": (run("convert", sample, "--out", folder / "out", "--json"), receipt()),
        "verify": (run("verify", folder / "lake", "--json"), None),
        "rejects": (run("rejects", *staging, "--json"), None),
        "preview": (run("preview", sample, "--json"), None),
        "explain": (run("explain", "--json"), None),
        "mappings": (run("mappings", "--json"), None),
        "mappings NAME": (run("mappings", "ga4", "--json"), None),
        "mappings new": (run("mappings", "new", sample, "--json"), None),
        "mappings check": (run("mappings", "check", folder / "bad.toml", "--json"), None),
        "status --by day": (run("status", *staging, "--by", "day", "--json"), None),
        "status --by event": (run("status", *staging, "--by", "event", "--json"), None),
        "status --by mapping": (run("status", *staging, "--by", "mapping", "--json"), None),
        "forget": (run("forget", "hackle/a.ndjson", *words), receipt()),
    }
    for command, (done, names) in asked.items():
        found = {tuple(sorted(line)) for line in lines(done)}
        told = (names or written(command)) if command != "mappings" else ["mapping", "reads", "before"]
        assert (command, found) == (command, {tuple(sorted(told))}), done.stderr


def test_days_are_objects_too(places):
    folder, words, _ = places
    words = [*words, "--publish", "closed-days"]
    lake = folder / "closed"
    words[3] = lake
    run("run", *words)
    (closed,) = lines(run("day", "close", "2025-01-02", *words))
    assert list(closed) == written("day close")
    (status,) = lines(run("day", "status", *words[:2], "--json"))
    assert list(status) == written("day status")
    (report,) = lines(run("day", "report", "2025-01-02", *words[:2], "--json"))
    assert (report["day"], "rows" in report) == ("2025-01-02", True)


def test_no_receipt_holds_a_value_of_a_row(tmp_path):
    """Whatever its rows hold, also those that are rejected or repeated, or break the drop."""
    secret = "s3cr3t"
    rows = [
        event(1, insert_id=secret, identifiers={"id": secret, "device_id": secret}, event_properties={"p": secret}),
        event(2, insert_id=secret, ts=secret), event(3, metric_value=secret), event(4, insert_id=secret),
        event(5, platform_properties={"osname": secret, "appversion": secret}, unused=[{"x": secret}]),
    ]  # fmt: skip
    drop(tmp_path, "a.ndjson", ndjson(*rows))
    drop(tmp_path, "b.csv", f"event_key,ts\n{secret},{secret}\n".encode())
    drop(tmp_path, "c.json", f'[{{"event_key":"{secret}"}},{secret}'.encode())
    drop(tmp_path, "d.ndjson", f"{secret}\n{{}}\n".encode())
    done = run("run", "--staging", tmp_path / "staging", "--import", tmp_path / "lake", "--json")
    assert [line["outcome"] for line in lines(done)] == ["written", "rejected", "failed", "rejected"]
    kept = [path.read_text() for path in (tmp_path / "staging" / "state").rglob("*.json")]
    assert not [text for text in (done.stdout, done.stderr, *kept) if secret in text]
    assert secret in json.dumps(lines(run("rejects", "--staging", tmp_path / "staging", "--json")))


def test_warehouses_are_objects_too(tmp_path):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "orders.toml").write_text("kind = 5")
    words = ["sources", "--staging", tmp_path]
    assert written("export") == list(Step.__struct_fields__)
    for command, more in (("sources", []), ("sources NAME", ["orders"]), ("sources check", ["check", "orders"])):
        asked = [*words, *more, "--json"]
        (found,) = lines(run(*asked))
        assert (command, list(found)) == (command, written(command))
    (found,) = lines(run(*words, "new", "bigquery", "p.d.t", "--json"))
    assert list(found) == written("sources new")
