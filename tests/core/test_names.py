"""Names that others chose are shown by one function: nothing in them acts on a terminal, a page or a log."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.cli import command, conversion, preview, reports
from hackle_import.cli.output import safe
from hackle_import.names import shown
from hackle_import.receipt import Outcome, Receipt
from support.samples import event, ndjson

assert all((conversion, preview, reports))  # they add their commands
ANY = st.text(st.characters(exclude_categories=()))
HOSTILE = "a\x1b]0;own\x07\x9b31m\u202egnp.ndjson\u2066\udcff"


@given(ANY)
def test_what_is_shown_is_printable_and_as_it_was_where_that_was(text):
    assert shown(text).isprintable()
    assert shown(text).encode() is not None  # half of a pair has no bytes
    if text.isprintable():
        assert shown(text) == text
    assert safe(text).isprintable()


@given(st.text())
def test_a_line_of_json_means_the_same(text):
    assert json.loads(shown(json.dumps(text, ensure_ascii=False))) == text


@given(st.text())
def test_a_receipt_is_one_printable_line_that_holds_the_name(text):
    receipt = Receipt(source=text, version="", mapping=text, outcome=Outcome.WRITTEN)
    assert receipt.line().isprintable()
    assert json.loads(receipt.line())["source"] == text


@pytest.mark.attack
def test_a_name_reaches_no_terminal_and_no_page_as_it_is(tmp_path, proves):
    name = HOSTILE.removesuffix("\udcff").replace("/", "")
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
