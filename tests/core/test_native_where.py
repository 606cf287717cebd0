"""`where` in C keeps the rows that Python keeps, leaves out what Python leaves out, and hands over what Python refuses."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.test_native_mappings import assert_same, plain, target_of
from hackle_import.native.plan import native_plan
from support.examples import examples
from support.samples import event, ndjson

SLOW = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
PATHS = ["a", "b", "a.b", "n", "event_properties.a", "a[0]", "a[1].b", "event_key"]
LITERALS = [
    "'x'", "''", "'é'", "'10'", "`1`", "`0`", "`-1.5`", "`1e3`", "`0.1`", "`true`", "`false`", "`null`", "'\\n'",
]  # fmt: skip
TEXTS = ["x", "", "é", "10", "xy", "yx", "\n", "e", '{"b": "x"}', '["x"]', '"x"']
VALUE = st.recursive(
    st.sampled_from([*TEXTS, None, True, False, 0, 1, -1.5, 0.1, 1000, 10, 0.0, 123456789012345678, 1e22]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
ROW = st.dictionaries(st.sampled_from(["a", "b", "n"]), VALUE)
PATH = st.sampled_from(PATHS)
TEST = (
    PATH
    | st.tuples(PATH, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from(LITERALS[:9])).map(" ".join)
    | st.tuples(st.sampled_from(LITERALS), st.sampled_from(["==", "!="]), PATH).map(" ".join)
    | st.tuples(PATH, st.sampled_from(["==", "!="]), st.sampled_from(LITERALS)).map(" ".join)
    | st.tuples(st.sampled_from(["contains", "starts_with", "ends_with"]), PATH, st.sampled_from(["'x'", "''", "'é'", "'xy'"]))
    .map(lambda told: f"{told[0]}({told[1]}, {told[2]})")
    | PATH.map(lambda path: f"contains(['x', '10', 'e'], {path})")
    | PATH.map(lambda path: f'contains(`["x", "10"]`, {path})')
)  # fmt: skip
WHERE = st.recursive(
    TEST,
    lambda inner: (
        inner.map(lambda one: f"!({one})")
        | st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda told: f"({' '.join(told)})")
    ),
    max_leaves=5,
)


def target(where):
    return target_of(f"where = {json.dumps(where)}\n")


@SLOW
@given(where=WHERE, rows=st.lists(ROW, min_size=1, max_size=12))
def test_both_decoders_keep_the_same_rows(where, rows):
    text = ndjson(*(event(number, **row) for number, row in enumerate(rows)))
    found = target(where)
    assert native_plan(found, 64) is not None
    assert_same(text, found)


NUMBERS = ["0", "-0", "0.0", "1", "1.0", "1.5", "-1.5", "10e-1", "1E3", "0.1", "0.10", "0.30000000000000004", "999999999999999", "9999999999999999", "9007199254740993", "1" * 4299, "1" * 4301, "1e400", "0." + "0" * 14 + "1"]  # fmt: skip


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("literal", ["0", "1", "1.5", "0.1", "0.3", "-1.5", "999999999999999", "9007199254740991"])
def test_numbers_are_compared_as_python_compares_them(sign, literal):
    rows = [ndjson(event(number, n="?")).replace(b'"?"', text.encode()) for number, text in enumerate(NUMBERS)]
    assert_same(b"".join(rows), target(f"n {sign} `{literal}`"))


def test_what_a_row_is_asked_of_is_asked_in_c():
    rows = [event(n, n=n, kind="sale" if n % 2 else "view") for n in range(20)]
    for where in ("kind == 'sale'", "n > `5` && !(kind != 'view')", "starts_with(kind, 's') || contains(kind, 'iew')"):
        assert plain(ndjson(*rows), target(where)) == 20


def test_an_expression_that_cannot_be_applied_is_refused_by_python():
    rows = ndjson(event(1, kind=None), event(2, kind="x"), event(3, kind=["x"]), event(4, kind=5))
    assert plain(rows, target("contains(kind, 'x')")) == 1
    assert_same(rows, target("contains(kind, 'x')"))
    assert plain(rows, target("event_key == 'none' && contains(kind, 'x')")) == 4


@pytest.mark.parametrize(
    "where",
    ["a == b", "length(a) > `1`", "a.*", "contains(a, b)", "a < `null`", "n == `9007199254740993`", "a | b", "contains(a, `1`)", "starts_with('x', a)", "@", f"contains(a, '{'x' * 65}')", f"contains(`{json.dumps(['x'] * 300)}`, a)", "contains(`[1]`, a)", "a == `[]`"],
)  # fmt: skip
def test_python_is_asked_any_other_expression(where):
    assert native_plan(target(where), 64) is not None
    assert_same(ndjson(event(1, a=["x"], b="x", n=1), event(2, a="x", b=1), event(3)), target(where))


def test_a_record_of_which_python_would_take_too_much_is_python_s():
    heavy = event(1, a=[0] * 130_000)
    assert plain(ndjson(heavy), target("a")) == 0
    assert_same(ndjson(heavy, event(2, a="x")), target("a"))
