"""What C asks Python about expressions becomes what Python makes of them itself, and is asked once."""

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_native import same_rows
from core.test_native_mappings import plain, python_of, target_of
from hackle_import.convert.opening import open_elements, open_lines, open_table
from hackle_import.errors import BadDrop
from hackle_import.mapping.conditions import looked_at
from hackle_import.mapping.expressions import check_expression
from hackle_import.native import library as native
from hackle_import.native.json import native_lines
from hackle_import.native.library import Decoder
from hackle_import.native.plan import native_plan
from hackle_import.native.table import table_plan
from hackle_import.reading.chunks import CHUNK_BYTES
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.lines import whole_lines
from hackle_import.seen.sources import Sources, absent
from hackle_import.settings import Limits
from support.examples import examples
from support.samples import ndjson

SLOW = settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROW = {"key": "e", "at": "2025-01-02T03:04:05Z", "a": "x", "n": 1.50, "os": "iOS", "id": "i"}
NAMES = st.sampled_from(["a", "a", "b", "b", "c", "n", "key", "id"])
VALUE = st.recursive(
    st.sampled_from(["", "x", "é\n", 'a"\\b', "12.50", "iOS", "2025-01-02T03:04:05Z", '{"a": "x"}', "[1]", None, True, False, 0, 1, -0.0, 1.50, 10**20, 1e300, 123456789012345678]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ROWS = st.lists(st.dictionaries(NAMES, VALUE, max_size=5), min_size=1, max_size=6)
PLACE = st.sampled_from(["a", "b", "a.b", "n", "key", "a[0]", "b[1].a", "a.b.c", "id", "at"])
PART = PLACE | st.sampled_from(["'x'", "`1`", "`null`", '`["x", "y"]`', "`{}`", "@"])
OF_ONE = ["to_number({})", "to_string({})", "lower({})", "trim({})", "length({})", "keys({})", "type({})", "sort({})", "({}).a", "({})[*].a", "({})[?a]", "({})[?@ == 'x']", "({}).*", "({})[]", "({})[0]", "({})[-1]", "({})[:2]", "map(&a, {})", "sort_by({}, &a)", "!({})", "slice({}, `0`, `2`)", "split({}, 'x')", "number({})", "{{k: {}}}", "values({})", "max_by({}, &b)", "({}) | a", "({}) | @"]  # fmt: skip
OF_TWO = ["({}) || {}", "({}) && {}", "({}) == ({})", "({}) < ({})", "[{}, {}]", "join('-', [{}, {}])", "concat({}, {})", "multiply({}, {})", "not_null({}, {})", "merge({}, {})", "contains({}, {})", "default({}, {})", "({}) && {} || `null`", "key == 'e' && ({}) || ({})"]  # fmt: skip
EXPRESSION = st.recursive(
    PART,
    lambda inner: (
        st.tuples(st.sampled_from(OF_ONE), inner).map(lambda told: told[0].format(told[1]))
        | st.tuples(st.sampled_from(OF_TWO), inner, inner).map(lambda told: told[0].format(*told[1:]))
    ),
    max_leaves=4,
)


def mapping_of(event_key="key", metric="n", insert_id="id", spread="b", named="a", other="c", where="", more=""):
    condition = f"where = {json.dumps(where)}\n" if where else ""
    fields = {
        "": {"event_key": event_key, "ts": "at", "metric_value": metric, "insert_id": insert_id},
        ".identifiers": {"id": "id", "device_id": {"from": [named, "key"], "default": "d"}},
        ".event_properties": {"spread": ["c", spread], "named": named, "other": [other, "a"]},
        ".user_properties": {"spread": "b", "k": other},
        ".platform_properties": {"osname": {"const": "iOS"}, "appversion": {"from": other, "default": "1"}},
    }
    return condition + more + "".join(f"[fields{name}]\n{toml(values)}" for name, values in fields.items())


def toml(values):
    return "".join(f"{name} = {inline(value)}\n" for name, value in values.items())


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {inline(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)


def valid(*expressions):
    for one in expressions:
        try:
            check_expression(one)
        except ValueError:
            assume(False)


def told_of(opened, decoder):
    """Chunks, and what was seen of the sources; a fault instead."""
    seen = Sources()
    try:
        chunks = list(opened.converted(decoder))
    except BadDrop as broken:
        return [], str(broken), None
    for one in chunks:
        seen.add(one.sources)
    has_kept = any(one.batch.num_rows for one in chunks)
    return (
        chunks,
        None,
        (absent(opened.target.mapping, seen.present, has_kept=has_kept), seen.most_frequent(), seen.rows),
    )


def assert_same(opened):
    """`opened` opens the drop anew."""
    (python, *told), (in_c, *told_in_c) = told_of(opened(), "python"), told_of(opened(), "native")
    same_rows(python, in_c)
    assert [one.rows_filtered for one in python] == [one.rows_filtered for one in in_c]
    assert told == told_in_c


def lines_of(rows):
    return ndjson(*(ROW | row for row in rows))


@SLOW
@given(
    rows=ROWS, one=EXPRESSION, other=EXPRESSION, place=st.sampled_from(["event_key", "metric", "insert_id", "spread"])
)
def test_both_decoders_give_the_same_through_any_expression(rows, one, other, place):
    valid(one, other)
    target = target_of(mapping_of(named=other, other=one, **{place: one}))
    assert native_plan(target, 64) is not None
    assert_same(lambda: open_lines([lines_of(rows)], target, Limits()))


@SLOW
@given(rows=ROWS, where=EXPRESSION, one=EXPRESSION, drop=st.sampled_from(["", '[privacy]\ndrop = ["a.b", "c"]\n']))
def test_both_decoders_keep_the_same_rows_by_any_expression(rows, where, one, drop):
    valid(where, one)
    target = target_of(mapping_of(where=where, named=one, more=drop))
    text = b",".join(lines_of(rows).splitlines())
    assert_same(lambda: open_elements([b"[", text, b"]"], target, Limits(), array=True))


CELL = st.sampled_from(["", "x", "é", 'a"\\b\n\x01', "12.50", '{"a": "x"}', "[1]", "null", "1"])


@SLOW
@given(
    rows=st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=6),
    one=EXPRESSION,
    where=st.just("") | EXPRESSION,
)
def test_both_decoders_give_the_same_of_tables(rows, one, where):
    valid(one, where or "a")
    target = target_of(mapping_of(named=one, other="concat(a, key)", where=where, spread="b"))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(
        [["key", "at", "id", "n", "a", "c.x", "b.y"], *(["e", ROW["at"], "i", *row] for row in rows)]
    )
    assert_same(lambda: open_table([out.getvalue().encode()], ",", target, Limits()))


def asked_of(text, target):
    """How often Python is asked, and how many records are Python's."""
    plan, asked = native_plan(target, 64), []
    counted = replace(plan, ask=lambda number, raw: asked.append(raw) or plan.ask(number, raw))
    decoder = Decoder(native.library(), counted)
    for _ in native_lines(whole_lines([text], 1 << 20, CHUNK_BYTES), decoder, python_of(target), 1 << 20):
        pass
    return asked


def test_python_is_asked_once_what_is_the_same_where_expressions_look():
    target = target_of(mapping_of(named="join('-', [a, key])", other="key == a && a || lower(key)"))
    rows = [{"a": ["x", "y"][number % 2], "id": f"i{number}", "c": {"z": number}} for number in range(40)]
    assert plain(lines_of(rows), target) == 40
    assert asked_of(lines_of(rows), target) == [b'{"0":"x","1":"e"}', b'{"0":"y","1":"e"}']


def test_an_answer_is_forgotten_where_none_comes_again():
    target = target_of(mapping_of(named="join('-', [id, key])"))
    text = lines_of({"id": f"i{number}"} for number in range(20_000))
    assert len(asked_of(text, target)) == 20_000
    again = asked_of(text + lines_of([{"id": "i"}] * 50), target)
    assert len(again) == 20_050


def test_answers_that_are_much_are_forgotten_and_asked_again():
    target = target_of(mapping_of(named="length(c.long)"))
    rows = [{"c": {"long": "x" * 190_000 + str(number % 50)}} for number in range(100)]
    asked = asked_of(lines_of(rows), target)
    assert len(asked) == 100
    assert plain(lines_of(rows), target) == 100
    assert_same(lambda: open_lines([lines_of(rows[:3])], target, Limits()))


def test_an_answer_longer_than_the_record_has_room():
    target = target_of(mapping_of(named="[a, a, a, a, a, a, a, a]", spread="{p: a, q: [a, a, a, a, a, a]}"))
    rows = [{"a": "x" * number} for number in range(100)]
    assert plain(lines_of(rows), target) == 100
    assert_same(lambda: open_lines([lines_of(rows)], target, Limits()))


@pytest.mark.parametrize(
    ("expression", "row", "in_c"),
    [("length(a)", {"a": "x"}, 1), ("length(a)", {"a": 1}, 0), ("to_number(a)", {"a": "1.50"}, 1),
     ("a | @", {"a": "[1]"}, 1), ("a.b | @", {"a": '{"b": 1}'}, 0), ("keys(@) | [0]", {}, 1)],
)  # fmt: skip
def test_what_cannot_be_said_is_python_s(expression, row, in_c):
    assert plain(lines_of([row]), target_of(mapping_of(named=expression))) == in_c


def test_an_amount_that_cannot_be_read_is_python_s():
    target = target_of(mapping_of(metric="to_number(a)"))
    assert plain(lines_of([{"a": "1,5"}, {"a": "1.5"}, {"a": ""}]), target) == 2
    assert plain(lines_of([{"a": "1,5"}]), target_of(mapping_of(named="to_number(a)"))) == 1


@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError, RuntimeError])
def test_what_a_question_raises_is_raised(raised):
    def ask(number, asked):
        raise raised

    target = target_of(mapping_of(named="a | @"))
    decoder = Decoder(native.library(), replace(native_plan(target, 64), ask=ask))
    texts = whole_lines([lines_of([{}, {}])], 1 << 20, CHUNK_BYTES)
    with pytest.raises(raised):
        list(native_lines(texts, decoder, python_of(target), 1 << 20))


@pytest.mark.parametrize(
    "answer", [b"", b"1", b"1\n2\n", b"\n", b'"\n', b"{]\n", b'"\xff"\n', b"[" * 99 + b"]" * 99 + b"\n"]
)
def test_what_is_no_answer_leaves_the_row_to_python(answer):
    target, asked = target_of(mapping_of(named="a | @")), []
    decoder = Decoder(native.library(), replace(native_plan(target, 64), ask=lambda *_: answer))

    def python(chunk):
        asked.extend(chunk.records)
        return python_of(target)(chunk)

    list(native_lines(whole_lines([lines_of([{}])], 1 << 20, CHUNK_BYTES), decoder, python, 1 << 20))
    assert len(asked) == 1


def test_a_table_s_whole_records_and_half_characters_are_python_s():
    assert table_plan(target_of(mapping_of(named="keys(@)")), ["key", "at"], Dialect(), 64) is None
    assert native_plan(target_of(mapping_of(named="keys(@)", more='[privacy]\ndrop = ["a"]\n')), 64) is None


@pytest.mark.parametrize(
    ("expression", "paths"),
    [("a.b", {("a", "b")}), ("a[?b == @.c].d", {("a",)}), ("join('-', [a, b.c])", {("a",), ("b", "c")}), ("`1`", set()),
     ("a | @", {("a",)}), ("map(&b, a)", {("a",)}), ("{x: a[0].b}", {("a", 0, "b")}), ("[*].a", set()), ("@", None),
     ("*", None), ("*.a", None), ("length(@)", None), ("a || @", None), ("[0]", set()), ("[]", set())],
)  # fmt: skip
def test_where_an_expression_looks_is_known(expression, paths):
    assert looked_at(expression) == paths
