"""Names that others chose are shown by one function: nothing in them acts on a terminal, a page or a log."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hackle_import.cli.output import safe
from hackle_import.names import shown
from hackle_import.receipt import Outcome, Receipt

ANY = st.text(st.characters(exclude_categories=()))


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
