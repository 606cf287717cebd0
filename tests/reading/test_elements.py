"""Elements of an array, or values one behind the other: found without being decoded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.elements import find_values, found_by, value_chunks

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('"\\{}[],ä ', max_size=3), inner, max_size=3),
    max_leaves=5,
)


def numbered(text, *, array, limit=1 << 20, chunk_bytes=1 << 20):
    """(number, element), and the fault that ended them."""
    found = []
    try:
        for chunk in value_chunks([text], array=array, max_value_bytes=limit, chunk_bytes=chunk_bytes):
            found += zip(chunk.lines, chunk.records, strict=True)
    except BadDrop as fault:
        return found, fault
    return found, None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"[]", []),
        (b" [ \r\n\t] \n", []),
        (b"[1]", [b"1"]),
        (b'[{"a": 1}, {"b": [2, {}]} ,null]', [b'{"a": 1}', b'{"b": [2, {}]}', b"null"]),
        (b'["a,]}", "\\"]", "\\\\"]', [b'"a,]}"', b'"\\"]"', b'"\\\\"']),
        (b'[{"]": "}"}, [[],[]]]', [b'{"]": "}"}', b"[[],[]]"]),
        (b'["line\nbreak"]', [b'"line\nbreak"']),
        (b"[tru, NaN, -]", [b"tru", b"NaN", b"-"]),  # bad rows, and no broken drop
        (b'[{"a" 1}]', [b'{"a" 1}']),
        (b"[\xff, 1]", [b"\xff", b"1"]),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 1, 3])
def test_an_array_s_elements_are_numbered_from_1(text, values, chunk_bytes):
    assert numbered(text, array=True, chunk_bytes=chunk_bytes) == (list(enumerate(values, 1)), None)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"", []),
        (b" \n", []),
        (b"{}", [b"{}"]),
        (b'{\n"a": 1\n}\n{"b":\n2}', [b'{\n"a": 1\n}', b'{"b":\n2}']),
        (b'{"a": 1}{"b": 2}', [b'{"a": 1}', b'{"b": 2}']),
        (b"1 2\n3", [b"1", b"2", b"3"]),
        (b'"a""b"', [b'"a"', b'"b"']),
        (b"[1, 2] []", [b"[1, 2]", b"[]"]),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 1, 3])
def test_values_one_behind_the_other_are_numbered_from_1(text, values, chunk_bytes):
    assert numbered(text, array=False, chunk_bytes=chunk_bytes) == (list(enumerate(values, 1)), None)


@given(st.lists(VALUES, max_size=6), st.integers(1, 30), st.sampled_from([None, 1]))
def test_any_array_gives_its_elements_whatever_the_blocks(values, chunk_bytes, indent):
    found, fault = numbered(json.dumps(values, indent=indent).encode(), array=True, chunk_bytes=chunk_bytes)
    assert fault is None
    assert [number for number, _ in found] == list(range(1, len(values) + 1))
    assert [json.loads(element) for _, element in found] == values


@pytest.mark.parametrize(
    ("text", "array", "whole", "message", "position"),
    [
        (b"", True, 0, "the text ends inside an element or before the closing ]", "element 1, byte 0"),
        (b"[", True, 0, "the text ends inside an element or before the closing ]", "element 1, byte 1"),
        (b"[1", True, 1, "the text ends inside an element or before the closing ]", "element 2, byte 2"),
        (b"[1,", True, 1, "the text ends inside an element or before the closing ]", "element 2, byte 3"),
        (b'[1, {"a": [1}', True, 1, "the text ends inside an element or before the closing ]", "element 2, byte 4"),
        (b'[1, "a', True, 1, "the text ends inside an element or before the closing ]", "element 2, byte 4"),
        (b'{"a": 1', False, 0, "the text ends inside an element or before the closing ]", "element 1, byte 0"),
        (b"{}", True, 0, "expected [", "element 1, byte 0"),
        (b"[1 2]", True, 1, "expected , or ]", "element 2, byte 3"),
        (b"[1}", True, 1, "expected , or ]", "element 2, byte 2"),
        (b"[,1]", True, 0, "expected value or ]", "element 1, byte 1"),
        (b"[1,]", True, 1, "expected value", "element 2, byte 3"),
        (b"[1] 2", True, 1, "expected end", "element 2, byte 4"),
        (b"[1]]", True, 1, "expected end", "element 2, byte 3"),
        (b"{} ]", False, 1, "expected value", "element 2, byte 3"),
        (b"{}, {}", False, 1, "expected value", "element 2, byte 2"),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 1])
def test_where_no_element_can_be_found_the_drop_is_broken_there(text, array, whole, message, position, chunk_bytes):
    found, fault = numbered(text, array=array, chunk_bytes=chunk_bytes)
    assert len(found) == whole
    assert (fault.fault, fault.message) == (Fault.NOT_JSON, message)
    assert fault.position == f"{position} of the decompressed text"


def test_an_element_that_outgrows_the_limit_breaks_the_drop_where_it_begins():
    found, fault = numbered(b'[1, "' + b"x" * 50 + b'"]', array=True, limit=20, chunk_bytes=8)
    assert found == [(1, b"1")]
    assert (fault.fault, fault.message) == (Fault.RECORD_TOO_LONG, "longer than 20 bytes")
    assert fault.position == "element 2, byte 4 of the decompressed text"


def test_an_unfinished_element_may_be_as_long_as_the_limit():
    text = b'["' + b"x" * 18 + b'"]'
    assert numbered(text, array=True, limit=20, chunk_bytes=1)[1] is None
    assert numbered(text, array=True, limit=18, chunk_bytes=1)[1].fault is Fault.RECORD_TOO_LONG


def test_a_hostile_nesting_costs_no_time_beyond_its_length():
    found, fault = numbered(b"[" + b"[" * 300_000, array=True)
    assert (found, fault.fault) == ([], Fault.NOT_JSON)
    assert numbered(b'["' + b"\\\\" * 300_000 + b'"]', array=True)[1] is None


def test_an_engine_is_given_chunks_and_none_where_no_element_is_whole():
    seen = []
    find = found_by(lambda chunk: seen.append(list(chunk.lines)) or len(chunk.records), True)
    found = find(b"[1, 2, [", 5, "[", False)
    assert (found.made, found.count, found.at, found.expects, found.trouble) == (2, 2, 7, "value", False)
    assert seen == [[5, 6]]
    found = find(b"[", 7, "value", False)
    assert (found.made, found.count, found.at) == (None, 0, 0)
    assert len(seen) == 1


def test_a_number_at_the_end_of_a_block_may_go_on():
    assert find_values(True, b"[12", 1, "[", False).count == 0
    assert find_values(True, b"[12", 1, "[", True).count == 1
    assert find_values(True, b"[12,", 1, "[", False).count == 1


def test_a_chunk_s_text_is_what_its_records_were_cut_from():
    (first, second) = value_chunks([b"[1,2 , 3]"], array=True, max_value_bytes=99, chunk_bytes=5)
    assert (first.text, second.text) == (b"[1,2 ", b", 3]")
