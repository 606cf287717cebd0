"""How far a command is, as a person at a terminal sees it: also within one file, for that may be all there is."""

import re

from cli.test_commands import run
from support.samples import event, ndjson
from support.terminal import on_terminal

STEP = re.compile(r"([\d.]+)/([\d.]+) MB ([\d,]+) rows ([\d.]+) MB/s (\d+:\d\d:\d\d)")
ROWS = 90_000


def test_a_terminal_shows_bytes_rows_rate_and_time_left_within_one_file(tmp_path):
    path = tmp_path / "large.ndjson"
    path.write_bytes(b"".join(ndjson(event(number)) for number in range(100)) * (ROWS // 100))
    total = f"{path.stat().st_size / 1e6:.1f}"
    shown, status = on_terminal("convert", path, "--out", tmp_path / "out", HACKLE_DECODER="python")
    assert (status, f"{ROWS:,}" in shown) == (0, True)
    steps = [found.groups() for line in shown.splitlines() if (found := STEP.search(line))]
    within = [step for step in steps if 0 < float(step[0]) < float(total) and int(step[2].replace(",", "")) > 0]
    assert within, shown
    assert {step[1] for step in steps} == {total}
    rows = [int(step[2].replace(",", "")) for step in steps]
    assert rows == sorted(rows)
    assert max(len(line) for line in shown.splitlines() if STEP.search(line)) <= 80
    assert "Converting" not in shown.partition("drop  ")[2]  # the bar goes, and leaves the table


def test_processes_are_shown_within_their_files_too(tmp_path):
    for first, name in enumerate("ab"):
        rows = [event(100 * first + number) for number in range(100)]
        (tmp_path / f"{name}.ndjson").write_bytes(ndjson(*rows) * (ROWS // 200))
    size = (tmp_path / "a.ndjson").stat().st_size / 1e6
    words = ["convert", tmp_path / "a.ndjson", tmp_path / "b.ndjson", "--out", tmp_path / "out", "--jobs", 2]
    shown, status = on_terminal(*words, HACKLE_DECODER="python")
    steps = [found.groups() for line in shown.splitlines() if (found := STEP.search(line))]
    assert status == 0
    assert any(0 < int(step[2].replace(",", "")) < ROWS // 2 for step in steps), shown
    assert {step[1] for step in steps} == {f"{2 * size:.1f}"}
    assert max(float(step[0]) for step in steps) <= 2 * size + 0.1


def test_without_a_terminal_there_is_no_bar(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1)))
    done = run("convert", tmp_path / "a.ndjson", "--out", tmp_path / "out")
    assert (done.stderr, "\x1b" in done.stdout) == ("", False)


def test_many_days_are_closed_by_several_processes_and_counted_on_a_terminal(tmp_path):
    incoming, days = tmp_path / "staging" / "incoming" / "hackle", 12
    incoming.mkdir(parents=True)
    rows = [event(day, ts=f"2025-01-{day + 1:02d}T10:00:00Z") for day in range(days)]
    (incoming / "a.ndjson").write_bytes(ndjson(*rows))
    places = {"HACKLE_STAGING": str(tmp_path / "staging"), "HACKLE_IMPORT": str(tmp_path / "lake")}
    places |= {"HACKLE_PUBLISH": "closed-days", "HACKLE_LOOK_BACK_DAYS": "1"}
    assert run("run", **places).returncode == 0
    shown, status = on_terminal("day", "close", "--jobs", "2", **places)
    assert status == 0
    closed = [line for line in shown.splitlines() if ": closed, 1 row in 1 file," in line]
    assert len({line.split(":")[0][-10:] for line in closed}) == days
    counted = re.findall(rf"Closing \S* *([0-9]+)/{days + 1} days", shown)  # the newest day has no row
    assert counted
    assert list(map(int, counted)) == sorted(map(int, counted))
