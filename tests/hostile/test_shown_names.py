"""A name is shown, whatever it holds, and nothing in it acts on a terminal or a page."""

import pytest
from click.testing import CliRunner

from support.samples import event, ndjson

HOSTILE = "a\x1b]0;own\x07\x9b31m\u202egnp.ndjson\u2066"


@pytest.mark.attack
def test_a_name_reaches_no_terminal_and_no_page_as_it_is(tmp_path, proves):
    from hackle_import.cli import command, convert, preview, status

    assert all((convert, preview, status))  # they add their commands
    name = HOSTILE
    drop = tmp_path / "staging" / "incoming" / "hackle" / name
    drop.parent.mkdir(parents=True)
    drop.write_bytes(ndjson(event(1)) + b"x\n")
    (tmp_path / "staging" / "incoming" / name).write_bytes(b"")
    staging, lake = tmp_path / "staging", tmp_path / "lake"
    told = ""
    for words in (
        ["run", "--staging", staging, "--import", lake],
        ["status", "--staging", staging],
        ["status", "--staging", staging, "--json"],
        ["preview", drop],
        ["preview", drop, "--html", tmp_path / "page.html"],
        ["preview", drop, "--mapping", name],
        ["convert", drop, "--out", tmp_path / "out"],
        ["verify", staging],
    ):
        done = CliRunner().invoke(command, list(map(str, words)))
        told += done.output
    told += (tmp_path / "page.html").read_text()
    assert all(char.isprintable() or char == "\n" for char in told)
    assert "\\u202e" in told
    proves("a name with escape and direction characters: shown written out, by every command and on the page")
