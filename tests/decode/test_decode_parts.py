"""Pivots, JMESPath and privacy: what each makes of one value, and that none raises for what a record holds."""

import hashlib
import hmac
import json

import pytest

from hackle_import.codes import Why
from hackle_import.decode.jmespath import Evaluated, Objects, is_true
from hackle_import.decode.pivots import PivotDecoder
from hackle_import.decode.privacy import Redactor
from hackle_import.mapping import Pivot, Privacy

PIVOT = Pivot("params", "key", ("value.string", "value.int"))


def pivoted(*lists):
    return PivotDecoder(PIVOT, 64)([json.dumps(one).encode() for one in lists])


@pytest.mark.parametrize(
    ("listed", "keys", "values"),
    [
        ([{"key": "a", "value": {"string": "x"}}, {"key": "b", "value": {"int": 1}}], ["a", "b"], ["x", "1"]),
        ([{"key": "a", "value": {"string": "", "int": 1}}], ["a"], ["1"]),
        ([{"key": "a", "value": {"string": ""}}], ["a"], [""]),
        ([{"key": "a", "value": None}], ["a"], [None]),
        ([{"key": "", "value": {"int": 1}}, {"value": {"int": 1}}], [], []),
        ([], [], []),
        (None, [], []),
    ],
)
def test_a_list_of_pairs_becomes_entries(listed, keys, values):
    column = pivoted(listed)
    assert (column.keys, column.values, column.lengths) == (keys, values, [len(keys)])
    assert not column.broken
    assert not column.repeated


@pytest.mark.parametrize("listed", [{}, "x", 1, [1], [{"key": "a"}, None]])
def test_what_is_no_list_of_objects_is_broken_and_the_other_lists_stay(listed):
    column = pivoted([{"key": "a", "value": {"int": 1}}], listed)
    assert column.broken == {1: (Why.WRONG_TYPE, "a list of objects is needed")}
    assert column.keys[0] == "a"


def test_a_key_twice_in_a_list_is_told_and_the_later_wins():
    column = pivoted([{"key": "a", "value": {"int": 1}}, {"key": "a", "value": {"int": 2}}])
    assert (column.keys, column.values, column.repeated) == (["a"], ["2"], {0})


@pytest.mark.parametrize(
    ("expression", "text", "odd"),
    [
        ("join('-', [a, b])", "x-y", None),
        ("n", "1.50", None),
        ("max([n, `1`])", "1.50", None),
        ("list[?v > `1`].v | [0]", "2.0", None),
        ("list", '[{"v":1},{"v":2.0}]', "an array"),
        ("missing", None, None),
        ("a == 'x'", "true", "true or false"),
        ("length(a)", "1", None),
    ],
)
def test_a_jmespath_expression_s_result_as_a_text(expression, text, odd):
    record = b'{"a":"x","b":"y","n":1.50,"list":[{"v":1},{"v":2.0}]}'
    failed = []
    column = Evaluated(Objects([record]), lambda row, failing: failed.append((row, failing))).texts(expression)
    assert (column.texts, column.odd, failed) == ([text], {0: odd} if odd else {}, [])


def test_an_expression_that_fails_on_a_record_is_told_by_row_and_without_a_value():
    failed = []
    evaluated = Evaluated(Objects([b'{"a":"secret"}', b'{"a":-1}']), lambda row, failing: failed.append((row, failing)))
    assert list(evaluated.results("abs(a)")) == [None, 1]
    assert failed == [(0, "abs(a)")]


@pytest.mark.parametrize(("value", "truth"), [(0, True), (1.0, True), ("x", True), (True, True), ({"a": 1}, True),
                                              (False, False), (None, False), ("", False), ([], False), ({}, False)])  # fmt: skip
def test_truth_is_jmespath_s(value, truth):
    assert is_true(value) is truth


KEY = b"k" * 32


def hashed(text):
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("privacy", "record", "left"),
    [
        (Privacy(drop=("user.email",)), {"user": {"Email": "a@b.c", "n": 1}}, {"user": {"n": 1}}),
        (Privacy(drop=("user.email",)), {"USER.email": "a@b.c", "n": 1}, {"n": 1}),
        (Privacy(drop=("user.email",)), {"user": [{"email": "a"}, {"email": "b", "n": 1}]}, {"user": [{}, {"n": 1}]}),
        (Privacy(drop=("user.email",)), {"user": '{"email": "a@b.c", "n": 1}'}, {"user": '{"n":1}'}),
        (Privacy(drop=("user.email",)), {"user": '{"email": "a@b.c"'}, {}),
        (Privacy(drop=("user",)), {"user": {"email": "a"}, "users": 1}, {"users": 1}),
        (Privacy(hash=("id",)), {"ID": "u1", "n": 1}, {"ID": hashed("u1"), "n": 1}),
        (Privacy(hash=("id",)), {"id": 1.50}, {"id": hashed("1.5")}),
        (Privacy(hash=("id",)), {"id": ""}, {}),
        (Privacy(hash=("id",)), {"id": None}, {}),
        (Privacy(drop=("a",), hash=("a.b",)), {"a": {"b": 1}}, {}),
        (Privacy(drop=("a.b",), hash=("a",)), {"a": "x"}, {"a": hashed("x")}),
    ],
)
def test_what_privacy_names_is_gone_or_hashed_whatever_its_form(privacy, record, left):
    assert json.loads(Redactor(privacy, KEY)(json.dumps(record).encode())) == left
