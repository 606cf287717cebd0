"""What both decoders see of a drop's sources is the same: which were there, which fields nothing used, in how many rows."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hackle_import.convert import target_of
from hackle_import.convert.opening import open_drop
from hackle_import.mapping import load_mapping
from hackle_import.mapping.expressions import first_names
from hackle_import.seen.changes import missed
from hackle_import.seen.sources import ALL_OF, ONE_OF, Sources, absent
from hackle_import.settings import DECODERS, Limits, Rules
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW

FIELDS = """
[fields]
event_key = "typ"
ts = "at"
metric_value = ["props.amount", "sum"]
event_properties = { plan = "props.plan", first = "list[0]", deep = "props.more.deep" }
identifiers = { id = "user", device_id = "user" }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1" } }
"""
MAPPINGS = {
    "plain": load_mapping(FIELDS.encode(), "own"),
    "spread": load_mapping(FIELDS.replace("{ plan", '{ spread = ["props"], plan').encode(), "own"),
    "all": load_mapping(FIELDS.replace("{ plan", '{ spread = ["@"], plan').encode(), "own"),
}
NAMES = ["typ", "at", "props", "sum", "list", "user", "extra", "플랜", "x" * 128, "y" * 129, "amount", "plan", "more"]
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1.5, "", "text", "2025-01-02T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=6,
)
GOOD = {"typ": "buy", "at": "2025-01-02T00:00:00Z", "user": "u"}
ROWS = st.builds(
    lambda row, more: row | more,
    st.sampled_from([GOOD, {}]),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8),
)


def seen(text, mapping, decoder, name="a.ndjson"):
    store = MemoryStore(lambda: NOW)
    store.put("x", b"")
    target = target_of(mapping, Rules(), store.head("x"))
    found, rows = Sources(), 0
    for converted in open_drop(name, [text], target, Limits()).converted(decoder):
        found.add(converted.sources)
        rows += converted.rows_in
    return found, rows


def written(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, max_size=8), st.sampled_from(sorted(MAPPINGS)), st.integers(0, 40), st.booleans())
def test_decoders_see_the_same(rows, name, blank, array):
    """Blank lines are counted as lines: so few rows are beyond those that are all looked at."""
    before = b"\n" * (ALL_OF - 20 + blank)
    text = json.dumps(rows).encode() if array else before + written(rows)
    found = {decoder: seen(text, MAPPINGS[name], decoder, "a.json" if array else "a.ndjson")[0] for decoder in DECODERS}
    native, python = found["native"], found["python"]
    assert (native.unused, native.rows, native.has_more) == (python.unused, python.rows, python.has_more)
    assert native.present == python.present


@pytest.mark.parametrize("decoder", DECODERS)
def test_of_many_records_one_of_so_many_is_looked_at_and_presence_is_told_of_all(decoder):
    rows = (ALL_OF // ONE_OF + 5) * ONE_OF  # the last is one of the sample
    text = written([GOOD | {"extra": 1}]) * (rows - 1) + written([GOOD | {"sum": 1, "rare": 1}])
    found, counted = seen(text, MAPPINGS["plain"], decoder)
    assert (counted, found.rows, found.unused["extra"]) == (rows, ALL_OF + 5, ALL_OF + 4)
    assert found.unused["rare"] == 1
    assert "sum" in found.present


@pytest.mark.parametrize("decoder", DECODERS)
def test_rows_that_are_rejected_are_counted_once(decoder):
    rows = [GOOD | {"extra": 1}, {"extra": 1}, GOOD | {"extra": None}, {"typ": 3, "extra": {"a": 1}}]
    found, _ = seen(written(rows) + b"no JSON\n[1]\n", MAPPINGS["plain"], decoder)
    assert (found.rows, found.unused) == (4, {"extra": 3})


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("a.b == 'x' && c", {"a", "c"}),
        ("a[?b == 'x'].c | d", {"a"}),
        ("contains(a.b, 'x') || !e", {"a", "e"}),
        ("sort_by(a, &b)[0].c", {"a"}),
        ("[a, b.c]", {"a", "b"}),
    ],
)
def test_where_looks_at_names_of_the_record_and_not_at_those_below(expression, names):
    assert first_names(expression) == names
    rows = [GOOD | dict.fromkeys(names), GOOD | {name: {"b": 1} for name in names}]
    mapping = load_mapping(f"where = '''{expression}'''\n{FIELDS}".encode(), "own")
    found, _ = seen(written(rows[1:]), mapping, "native")
    assert names & set(absent(mapping, found.present, has_kept=True)) == set()
    found, _ = seen(written(rows[:1]), mapping, "native")
    assert names - set(absent(mapping, found.present, has_kept=False)) == set()


def test_an_expression_on_a_table_s_columns_is_there_where_it_gives_something():
    fields = FIELDS.replace('["props.amount", "sum"]', "'sum[1:]'").replace("props.plan", "upper(more)")
    mapping = load_mapping(fields.encode(), "own")
    found, _ = seen(b"typ,at,user,sum,more\nbuy,2025-01-02,u,w5,a\nbuy,2025-01-02,u,,\n", mapping, "native", "a.csv")
    assert absent(mapping, found.present, has_kept=True) == ["sum[1:]", "list[0]", "props.more.deep"]
    assert missed(["sum[1:]", "list[0]"], found, set()) == ["list[0]"]
    assert missed(["sum[1:]"], found, {"sum[1:]"}) == ["sum[1:]"]


@pytest.mark.parametrize("decoder", DECODERS)
def test_many_names_are_counted_as_few_are(decoder):
    rows = [GOOD | {f"f{number % 300}": 1, "props": {f"p{number % 150}": 1}, "none": None} for number in range(450)]
    found, _ = seen(written(rows), MAPPINGS["plain"], decoder)
    assert (len(found.unused), found.has_more, "none" in found.unused) == (450, False, False)
    assert (found.unused["f0"], found.unused["f299"], found.unused["props.p0"]) == (2, 1, 3)


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_column_that_where_has_in_quotes_is_a_name(decoder):
    """In a table its sources are told by the header: `where` tells names there, which are no expressions."""
    mapping = load_mapping(('where = "\\"상품 이름\\" == \'양말\'"' + FIELDS).encode(), "own")
    text = "typ,at,user,상품 이름\nbuy,1735787045,u,양말\nbuy,1735787045,u,신발\n".encode()
    found, rows = seen(text, mapping, decoder, "a.csv")
    assert (rows, "상품 이름" in found.present) == (2, True)
