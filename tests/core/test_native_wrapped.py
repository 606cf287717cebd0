"""The rows that a document wraps: C finds the same end as Python, however the text is cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.test_native import noted
from core.test_properties import EARLY, LATE
from hackle_import.conform import Target
from hackle_import.convert.opening import open_drop
from hackle_import.errors import BadDrop
from hackle_import.mapping import load_mapping
from hackle_import.native.library import library
from hackle_import.native.wrapped import inside_by
from hackle_import.reading.wrapped import inside
from hackle_import.settings import Limits
from support.examples import examples
from support.samples import event

pytestmark = pytest.mark.skipif(library() is None, reason="make native")

TARGET = Target(load_mapping(b'records = "data.rows"\n', "own"), EARLY, LATE)
TOKENS = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    "\\\\",
    '\\"',
    ",",
    "a",
    "é",
    "\x02",
    "\n",
    "x" * 15,
    "y" * 40,
    '"a]\\"b"',
    "[]",
]


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=30).map("".join), st.integers(1, 4))
def test_both_find_the_same_end(text, depth):
    assert inside_by(library())(text.encode(), depth) == inside(text.encode(), depth)


def outcome(text, size, decoder):
    made, fault = [], None
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    try:
        made.extend(open_drop("a.json", pieces, TARGET, Limits(), 200).converted(decoder))
    except BadDrop as broken:
        fault = str(broken)
    return [(one.rows_in, one.batch, one.rejects) for one in made], noted(made), fault


ROWS = ",".join(json.dumps(event(number, event_properties={"a": ["]", {"b": '"]}'}]})) for number in range(5))


@pytest.mark.parametrize("size", [7, 1000])
@pytest.mark.parametrize("ending", ["]}}", "]}} ", "]}", "}}", "", '{"', "]}}]", ']}}{"data":{"rows":[5]}}'])
def test_both_decoders_give_the_same_of_a_document(ending, size):
    text = f'{{"status":"[","data":{{"rows":[{ROWS}{ending}'.encode()
    native, python = (outcome(text, size, decoder) for decoder in ("native", "python"))
    assert native == python
    assert sum(rows for rows, *_ in native[0]) == 5 + (ending.count("5")) or native[2]


def test_the_rows_of_a_document_are_decoded_in_c():
    text = f'{{"data":{{"rows":[{ROWS}]}}}}'.encode()
    assert {one.decoder for one in open_drop("a.json", [text], TARGET, Limits()).converted("native")} == {"native"}
