"""JSON arrays, and values one after the other: both decoders find the same elements, and make the same of them."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.test_native import GOOD
from core.test_properties import LINE, TARGET
from hackle_import.convert.opening import open_elements
from hackle_import.errors import BadDrop
from hackle_import.native.library import library
from hackle_import.settings import Limits
from support.samples import event

MOST = 1 << 20


def outcome(pieces, decoder, *, array, chunk_bytes, most):
    """What was made, chunk by chunk, what was noted, and the fault."""
    opened = open_elements(pieces, TARGET, Limits(max_line_bytes=most), chunk_bytes, array=array)
    made, notes, fault = [], Counter(), None
    try:
        for one in opened.converted(decoder):
            one.batch.validate(full=True)
            made.append((one.rows_in, one.batch, one.batch.nbytes, one.rejects))
            notes += one.notes
    except BadDrop as broken:
        fault = str(broken)
    return made, notes, fault


def assert_same(text, *, array=True, chunk_bytes=MOST, most=MOST, piece=MOST):
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)]
    native, python = (
        outcome(pieces, decoder, array=array, chunk_bytes=chunk_bytes, most=most) for decoder in ("native", "python")
    )
    assert native == python
    return python


ROW = GOOD | st.fixed_dictionaries({"event_key": st.just("a"), "deep": st.recursive(st.integers(), st.lists)})
INDENT = st.sampled_from([None, 0, 1, 4, "\t"])
BETWEEN = st.sampled_from([b"", b" ", b"\n", b"\r\n  ", b"\t", b"\x0b", b"\x0c"])
ODD = st.sampled_from(
    [
        b"1",
        b"null",
        b'"a"',
        b'"\n"',
        b'"\\\n"',
        b"[]",
        b"{}",
        b'{"a":"\n"}',
        b"{]",
        b'{"a":1 2}',
        b'"\\"',
        b"x",
        b'{"\xff":1}',
    ]
)
ELEMENT = st.one_of(
    st.builds(lambda row, indent: json.dumps(row, indent=indent, ensure_ascii=False).encode(), ROW, INDENT), LINE, ODD
)
ELEMENTS = st.lists(st.tuples(BETWEEN, ELEMENT, BETWEEN), max_size=6)


@given(ELEMENTS, st.booleans(), st.integers(1, 300), st.integers(1, 300), st.integers(20, 600))
def test_both_decoders_find_the_same_elements(elements, array, chunk_bytes, piece, most):
    joined = (b"," if array else b"").join(before + element + after for before, element, after in elements)
    text = b"[" + joined + b"]" if array else joined
    assert_same(text, array=array, chunk_bytes=chunk_bytes, piece=piece, most=most)


@given(
    ELEMENTS,
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 9), st.binary(max_size=3)), max_size=3),
    st.booleans(),
)
def test_both_decoders_find_the_same_trouble(elements, edits, array):
    text = b"[" + b",".join(before + element + after for before, element, after in elements) + b"] "
    for place, cut, put in edits:
        at = place % (len(text) + 1)
        text = text[:at] + put + text[at + cut :]
    assert_same(text, array=array, chunk_bytes=64)


@pytest.mark.parametrize(
    "text",
    [b"", b" ", b"[", b"]", b"[]", b"[] x", b"[,]", b"[1,]", b"[1 2]", b"[1", b"[1]]", b'["', b"{", b"[[[", b"1,2"],
)
def test_both_decoders_end_alike(text):
    for array in (True, False):
        assert_same(text, array=array)


@pytest.mark.parametrize("text", [b"5[]" * 300, b"[]5" * 300, b'5""' * 300, b"{}" * 300, b"5" * 300, b"5 " * 300])
def test_elements_as_small_as_they_can_be(text):
    """There is room for all of them; a fuzzer found that a bracket may follow a scalar at once."""
    assert_same(text, array=False)
    assert_same(b"[" + b",".join([b"5"] * 300) + b"]")


def test_ids_are_made_of_an_element_as_it_was_dropped():
    """White space within it included: what is decoded is another text."""
    rows = [event(n, insert_id=None) for n in range(3)]
    pretty, *_ = assert_same(json.dumps(rows, indent=2).encode())
    compact, *_ = assert_same(json.dumps(rows, separators=(",", ":")).encode())
    assert pretty[0][1].num_rows == compact[0][1].num_rows == 3
    assert set(pretty[0][1]["insert_id"].to_pylist()).isdisjoint(compact[0][1]["insert_id"].to_pylist())


def test_the_usual_element_is_plain():
    def no(chunk):
        raise AssertionError(f"{len(chunk.records)} records went to Python")

    text = json.dumps([event(n, event_properties={"a": [1, {"b": "c"}]}) for n in range(50)], indent=2).encode()
    assert (
        sum(one.rows_in for one in open_elements([text], TARGET, Limits(), 1 << 12, array=True).native(library(), no))
        == 50
    )


def test_an_element_larger_than_many_blocks():
    assert_same(json.dumps([event(1, event_properties={"a": "x" * 5000})], indent=1).encode(), chunk_bytes=100)
