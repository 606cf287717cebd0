"""What is heavy is gone through piece by piece, and gives what it gives when it is decoded at once."""

import json
import re
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from hackle_import.codes import Why
from hackle_import.decode import MAX_ENTRIES, Findings, weight
from hackle_import.decode.maps import decode_maps
from hackle_import.decode.paths import PathDecoder
from hackle_import.decode.pivots import PivotDecoder
from hackle_import.decode.weight import elements, find_heavy, is_heavy, names, values
from hackle_import.mapping import Pivot

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from([1.5, -0.0, "", "a", ",{[", '"\\', "가"]))
NAMES = st.sampled_from(["a", "A", "k", "v", "ts", '"', ",", "가"])
VALUES = st.recursive(SCALARS, lambda below: st.lists(below, max_size=4) | st.dictionaries(NAMES, below), max_leaves=12)
INDENT = st.sampled_from([None, 0, 1])
OBJECTS = st.lists(st.tuples(st.dictionaries(NAMES, VALUES), INDENT), min_size=1, max_size=4)


def dumped(objects):
    return [json.dumps(one, indent=indent, ensure_ascii=False).encode() for one, indent in objects]


def either_way(made):
    """What is made at once, and what is made piece by piece."""
    at_once = made()
    with patch.object(weight, "MOST_VALUES", 0):
        return at_once, made()


def entries(column):
    """Of each text: its entries in order, whether a key came twice, what is wrong."""
    row_maps = range(len(column.lengths)) if column.row_maps is None else column.row_maps
    ends = [sum(column.lengths[:number]) for number in range(len(column.lengths) + 1)]
    return [
        (
            list(zip(column.keys, column.values, strict=True))[ends[one] : ends[one + 1]],
            one in column.repeated,
            column.broken.get(one, (None,))[0],
        )
        for one in row_maps
    ]


@given(OBJECTS)
def test_maps(objects):
    at_once, by_piece = either_way(lambda: decode_maps(dumped(objects)))
    assert entries(at_once) == entries(by_piece)


@given(OBJECTS)
@example([({"ts": -0.0, "a": [{"k": 1.50}]}, None)])
def test_paths(objects):
    decode = PathDecoder([("ts",), ("a", "k"), ("k", 1, "a"), ("k", 0, "v")], [("a",), ("v",)])
    at_once, by_piece = either_way(lambda: decode(dumped(objects)))
    assert at_once == by_piece


@given(st.lists(st.tuples(st.lists(VALUES | st.dictionaries(NAMES, SCALARS)), INDENT), min_size=1, max_size=4))
def test_pivots(lists):
    decode = PivotDecoder(Pivot(source="x", key="k", values=("v", "a.k")), 64)
    at_once, by_piece = either_way(lambda: decode(dumped(lists)))
    broken = [why for _, _, why in entries(at_once)]
    assert broken == [why for _, _, why in entries(by_piece)]
    fine = [number for number, why in enumerate(broken) if why is None]
    assert [entries(at_once)[one] for one in fine] == [entries(by_piece)[one] for one in fine]


@given(st.lists(VALUES), st.dictionaries(NAMES, VALUES), INDENT)
def test_elements_and_names_are_those_that_json_has(listed, named, indent):
    found, keys = elements(json.dumps(listed, indent=indent).encode()), names(json.dumps(named, indent=indent).encode())
    assert [json.loads(one) for one in found] == listed
    assert [json.loads(one) for one in keys] == list(named)


def test_what_texts_hold_weighs_nothing():
    text = json.dumps({"a": ",{[" * weight.MOST_VALUES}).encode()
    assert values(text) == 1
    assert not is_heavy([text])


@given(VALUES)
def test_values_are_told_by_what_is_outside_of_strings(value):
    text = json.dumps(value, ensure_ascii=False).encode()
    outside = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)
    with patch.object(weight, "MOST_VALUES", 0), patch.object(weight, "_STEP", 3):
        assert values(text) == sum(map(outside.count, (b",", b"{", b"[")))


def test_a_record_of_too_many_values_is_rejected_and_one_of_as_many_is_not():
    findings, most = Findings(), weight.MOST_VALUES
    find_heavy([b"[" + b"1," * (most - 1) + b"1]", b"[" + b"1," * most + b"1]"], findings)
    assert {row: why for row, (why, _, _) in findings.rejects.items()} == {1: Why.TOO_MANY_VALUES}


def test_a_map_of_too_many_keys_is_not_decoded_but_one_that_repeats_them_is():
    crowded = b"{" + b",".join(b'"%d":1' % number for number in range(MAX_ENTRIES + 1)) + b"}"
    repeating = b"{" + b",".join(b'"%d":1' % (number % MAX_ENTRIES) for number in range(2 * MAX_ENTRIES)) + b"}"
    with patch.object(weight, "MOST_VALUES", 0):
        column = decode_maps([crowded, repeating])
    assert column.lengths == [0, MAX_ENTRIES]
    assert (column.broken[0][0], column.repeated) == (Why.TOO_MANY_ENTRIES, {1})
