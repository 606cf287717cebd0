"""`day`, and what the other commands do where closed days are published."""

import json
import re
import signal

import pytest

from cli.test_commands import Watching, lines, run
from support.samples import event, ndjson

CLOSED = {"HACKLE_PUBLISH": "closed-days", "HACKLE_LOOK_BACK_DAYS": "2"}
DAY = "2025-01-02"


@pytest.fixture
def places(tmp_path):
    incoming = tmp_path / "staging" / "incoming" / "hackle"
    incoming.mkdir(parents=True)
    (incoming / "a.ndjson").write_bytes(ndjson(event(1), event(2)))
    return tmp_path / "staging", tmp_path / "lake"


def commanded(*words, places, **more):
    return run(*words, "--staging", places[0], "--import", places[1], **CLOSED, **more)


def files(places):
    return sorted(path.relative_to(places[1]).as_posix() for path in places[1].rglob("*.parquet"))


def test_drops_wait_until_their_day_is_closed(places):
    assert commanded("run", places=places).returncode == 0
    assert files(places) == []
    done = commanded("day", "close", DAY, "--json", places=places)
    assert (done.returncode, done.stderr) == (0, "")
    (closed,) = lines(done)
    assert (closed["day"], closed["outcome"], closed["rows"]) == (DAY, "closed", 2)
    assert files(places) == [f"{DAY}/events-0-of-1.parquet"]
    told = run("day", "report", DAY, "--staging", places[0])
    assert json.loads(told.stdout)["rows"]["written"] == 2


def test_a_day_of_a_local_folder_waits_for_what_is_expected_until_it_came(places):
    (places[0] / "days.toml").write_text('expected = ["incoming/hackle/a.ndjson"]\nuntil = "23:59"')
    commanded("run", places=places)
    (closed,) = lines(commanded("day", "close", DAY, "--json", places=places))
    assert (closed["outcome"], closed["missing"]) == ("closed", [])


def test_what_is_held_is_told_until_the_day_is_written_anew(places):
    commanded("run", places=places)
    commanded("day", "close", DAY, places=places)
    taken_back = commanded("forget", "incoming/hackle/a.ndjson", places=places)
    assert f"hackle-import day rewrite {DAY}" in taken_back.stderr
    held = commanded("day", "close", DAY, places=places)
    assert held.returncode == 1
    assert "1 drop with 0 rows held" in held.stdout
    status = run("day", "status", "--staging", places[0], "--json")
    assert status.returncode == 1
    assert [(one["day"], one["state"], len(one["held"])) for one in lines(status)] == [(DAY, "held", 1)]
    assert commanded("day", "rewrite", DAY, places=places).returncode == 0
    assert run("day", "status", "--staging", places[0]).returncode == 0


def test_all_that_is_due_is_closed_without_a_day(places):
    commanded("run", places=places)
    done = commanded("day", "close", "-q", places=places)
    assert done.returncode == 0
    assert files(places) == [f"{DAY}/events-0-of-1.parquet"]
    assert commanded("day", "close", "-q", places=places).stdout == ""
    again = commanded("day", "close", places=places).stdout
    assert re.fullmatch(r"[0-9]+ days are as before\n", again)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("day", "close", "yesterday"), "give a day such as 2025-01-31"),
        (("day", "close", DAY, "--late", "never"), "--late='never'"),
        (("day", "close", DAY, "--publish", "drops"), "closed-days"),
        (("day", "rewrite"), "DAY"),
        (("day", "close", "0001-01-01"), "such as 2025-01-31, between 1970-01-01 and 9998-12-31"),
        (("day", "rewrite", "9999-12-31"), "such as 2025-01-31, between 1970-01-01 and 9998-12-31"),
        (("day", "close", "--look-back-days", "9999999"), "must be a whole number of days, 1 to 36500"),
        (("run", "--shard", ""), "--shard '': give I/N"),
    ],
)
def test_wrong_use_is_told(places, words, told):
    done = commanded(*words, places=places)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_report_of_a_day_that_is_not_closed_is_wrong_use(places):
    done = run("day", "report", DAY, "--staging", places[0])
    assert (done.returncode, f"no report of {DAY}" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "words", [("run",), ("replay", "incoming/hackle/a.ndjson"), ("forget", "incoming/hackle/a.ndjson")]
)
def test_drops_are_not_published_beside_closed_days(places, words):
    commanded("run", places=places)
    assert commanded("day", "close", DAY, places=places).returncode == 0
    before = files(places)
    done = commanded(*words, "--publish", "drops", places=places)
    assert (done.returncode, "has closed days: say --publish closed-days" in done.stderr) == (2, True), done.stderr
    assert files(places) == before


def test_a_day_that_is_not_over_is_not_closed(places):
    done = commanded("day", "close", "2100-01-01", places=places)
    assert (done.returncode, "the day is not over" in done.stdout) == (1, True), done.stdout


def test_watch_closes_days_by_itself(places, monkeypatch):
    for name, text in CLOSED.items():
        monkeypatch.setenv(name, text)
    watching = Watching(places[0].parent)
    try:
        assert watching.receipt() == ("a.ndjson", "written", 2)
        told = json.loads(watching.process.stdout.readline())
        while told["day"] != DAY:
            told = json.loads(watching.process.stdout.readline())
        assert (told["outcome"], told["rows"]) == ("closed", 2)
        assert watching.stop(signal.SIGTERM) == 0
    finally:
        watching.process.kill()
        watching.process.communicate()
    assert files(places) == [f"{DAY}/events-0-of-1.parquet"]
    assert json.loads((places[0] / "days" / DAY / "report.json").read_text())["rows"]["written"] == 2


def test_a_report_for_a_channel_is_a_few_lines_of_markdown(places):
    commanded("run", places=places)
    commanded("day", "close", DAY, places=places)
    told = run("day", "report", DAY, "--staging", places[0], "--markdown").stdout
    assert told.startswith(f"**{DAY}** closed: 2 rows in 1 file\n")
    assert "- `purchase` 2" in told
    assert len(told.splitlines()) < 10


@pytest.mark.parametrize("body", ["null", "{"])
def test_a_day_s_ledger_that_cannot_be_read_is_told_beside_the_other_days(places, body):
    commanded("run", places=places)
    for day in (DAY, "2025-01-03"):
        commanded("day", "close", day, places=places)
    (places[0] / "days" / DAY / "ledger.json").write_text(body)
    wrong = f"days/{DAY}/ledger.json cannot be read"
    status = run("day", "status", "--staging", places[0], "--json")
    assert (status.returncode, [one["day"] for one in lines(status)]) == (1, ["2025-01-03"])
    assert wrong in status.stderr
    for words in ("close", "rewrite"):
        done = commanded("day", words, DAY, "2025-01-03", "--json", places=places)
        assert (done.returncode, [one["outcome"] for one in lines(done)]) == (3, ["failed", "unchanged"])
        assert wrong in lines(done)[0]["reason"]
    verified = run("verify", places[1], "--staging", places[0], "--json", HACKLE_PUBLISH="closed-days")
    assert verified.returncode == 1
    assert "broken_ledger" in [one["code"] for one in lines(verified)]
    told = run("day", "report", DAY, "--staging", places[0])
    assert (told.returncode, json.loads(told.stdout)["rows"]["written"]) == (0, 2)


def test_a_backfill_that_cannot_be_read_is_told_beside_the_others(places):
    commanded("run", "--shard", "0/1", places=places)
    (places[0] / "backfills" / "broken.json").write_text("{}")
    status = run("status", "--backfill", "--staging", places[0], "--json")
    assert (status.returncode, len(lines(status))) == (1, 1)
    assert "backfills/broken.json cannot be read" in status.stderr
    done = commanded("day", "close", "--json", places=places)
    assert done.returncode == 3
    assert [one["outcome"] for one in lines(done)][:1] == ["failed"]
    assert "backfills/broken.json cannot be read" in lines(done)[0]["reason"]


@pytest.mark.parametrize("where", [".", "open"])
def test_days_are_not_closed_into_the_staging_place(places, where):
    commanded("run", places=places)
    done = commanded("day", "close", DAY, places=(places[0], places[0] / where))
    assert (done.returncode, "--import=" in done.stderr) == (2, True), done.stderr
    assert list(places[0].rglob("events-*")) == []


@pytest.mark.parametrize("days", [(), (DAY,)])
def test_a_wrong_days_toml_is_told_as_any_other_setting_even_where_all_is_closed(places, days):
    commanded("run", places=places)
    commanded("day", "close", DAY, places=places)
    (places[0] / "days.toml").write_text("until = 6")
    done = commanded("day", "close", *days, places=places)
    assert (done.returncode, done.stdout) == (2, "")
    assert "days.toml: until=6: give an hour" in done.stderr
    (places[0] / "days.toml").unlink()
    (places[0] / "days.toml").mkdir()
    done = commanded("day", "rewrite", DAY, places=places)
    assert (done.returncode, "days.toml is a folder" in done.stderr) == (2, True)
