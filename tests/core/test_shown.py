"""Names that others chose, shown so that no terminal and no page is misled by them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.cli.tables import safe
from hackle_import.errors import shown
from hackle_import.receipt import Outcome, Receipt

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", ""),
        ("a b-c.ndjson", "a b-c.ndjson"),
        ("이벤트 é ß 日本.csv", "이벤트 é ß 日本.csv"),
        ("😀", "😀"),
        ("a\nb\tc", "a\\u000ab\\u0009c"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x7f\x80", "\\u007f\\u0080"),
        ("soft\u00adhyphen", "soft\\u00adhyphen"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),  # right to left from here
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\udb40\\udc01"),
    ],
)
def test_a_character_that_shows_nothing_is_told_as_json_escapes_it(name, told):
    assert shown(name) == told


@given(st.text(st.characters(exclude_characters='"\\\\')))
def test_what_is_shown_is_printable_and_reads_back_as_json(name):
    assert shown(name).isprintable()
    assert json.loads(f'"{shown(name)}"') == name


@given(ANY)
def test_what_is_shown_is_printable_and_as_it_was_where_that_was(text):
    assert shown(text).isprintable()
    assert shown(text).encode() is not None  # half of a pair has no bytes
    if text.isprintable():
        assert shown(text) == text
    assert safe(text).isprintable()


@given(st.text())
def test_a_receipt_is_one_printable_line_that_holds_the_name(text):
    receipt = Receipt(source=text, version="", mapping=text, outcome=Outcome.WRITTEN)
    assert receipt.line().isprintable()
    assert json.loads(receipt.line())["source"] == text
