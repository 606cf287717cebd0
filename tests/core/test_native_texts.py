"""JMESPath leads through JSON in a text as a plain path does, and both decoders say the same of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_native_mappings import assert_same, plain, target_of
from hackle_import.conform.copies import Copies
from hackle_import.convert.opening import open_lines
from hackle_import.settings import Limits
from support.examples import examples
from support.samples import ndjson

FIELDS = """
[fields]
event_key = [{}, "name"]
ts = "at"
[fields.identifiers]
id = {{ const = "u" }}
device_id = {{ const = "u" }}
[fields.platform_properties]
osname = {{ const = "iOS" }}
appversion = {{ const = "1" }}
"""
EACH = {"name": "name", "other": "other", "at": 1735787045, "known": True}
TEXT = ndjson(*(EACH | {"who": who} for who in ('{"id":"a"}', {"id": "a"}, '{"id":"b"}', "a text", None, [1])))


def keys(mapping, decoder):
    target = replace(target_of(mapping), copies=Copies())
    converted = open_lines([TEXT], target, Limits(), 1 << 16).converted(decoder)
    return [key for one in converted for key in one.batch["event_key"].to_pylist()]


@pytest.mark.parametrize(
    ("expression", "of_texts"),
    [
        ("known && who.id || `null`", ["a", "a", "b", "name", "name", "name"]),
        ("who.id == 'a' && other || `null`", ["other", "other", *["name"] * 4]),
        ("who.id != 'a' && other || `null`", ["name", "name", *["other"] * 4]),
        ("!(who.id) && other || `null`", [*["name"] * 3, *["other"] * 3]),
        ("who.id && join('-', [who.id, other]) || `null`", ["a-other", "a-other", "b-other", *["name"] * 3]),
        ("match(who.id, '(?P<only>b)|a') || other", ["other", "other", "b", *["other"] * 3]),
        ("[who.id, other][0]", ["a", "a", "b", *["name"] * 3]),
    ],
)
def test_an_expression_leads_through_a_text(expression, of_texts):
    mapping = FIELDS.format(f'"{expression}"')
    assert keys(mapping, "python") == keys(mapping, "native") == of_texts
    assert_same(TEXT, target_of(mapping))


@pytest.mark.parametrize(
    ("where", "rows"), [("who.id == 'a'", 2), ("who.id != 'a'", 4), ("starts_with(who.id || '', 'b')", 1), ("!who", 1)]
)
def test_a_row_is_kept_by_what_a_text_says(where, rows):
    mapping = f'where = "{where}"\n' + FIELDS.format('"name"')
    assert len(keys(mapping, "python")) == len(keys(mapping, "native")) == rows
    assert_same(TEXT, target_of(mapping))


@pytest.mark.parametrize("decoder", ["python", "native"])
@pytest.mark.parametrize("name", ['say "hi"', "back\\slash", "line\nbreak", "tab\there"])
def test_a_name_may_hold_what_json_escapes(name, decoder):
    """A path of one name, and one that leads through it, and an expression."""
    quoted = json.dumps(name)
    fields = [quoted, f"{quoted}.below", f"upper({quoted}.below)"]
    for number, field in enumerate(fields):
        below = {"below": "b"} if number else "b"
        target = target_of(FIELDS.format(json.dumps(field)))
        converted = open_lines([ndjson(EACH | {name: below})], target, Limits(), 1 << 16).converted(decoder)
        assert [key for one in converted for key in one.batch["event_key"].to_pylist()] == ["B" if number == 2 else "b"]


TOLD = """
json = ["payload", "deep.payload", "pairs", "unused"]
[fields]
event_key = "name"
ts = "at"
metric_value = "payload.amount"
[fields.identifiers]
id = {{ const = "u" }}
device_id = {{ from = "deep.payload.id", default = "d" }}
[fields.event_properties]
spread = "payload"
pivot = {{ from = "pairs", key = "k", value = "v" }}
[fields.user_properties]
spread = "{}"
[fields.platform_properties]
osname = {{ const = "iOS" }}
appversion = {{ const = "1" }}
"""
INNER = st.recursive(
    st.sampled_from(["", "x", "1.5", "é\n", None, True, 1, -0.0, 2.50, '{"id": 1}', ' {"a" : [1, 2]} ', "[1", "{}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "amount", "a", "k", "v"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
JSON_TEXT = INNER | INNER.map(json.dumps) | INNER.map(lambda one: json.dumps(json.dumps(one)))


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("payload", "deep", "pairs", "unused"), JSON_TEXT)
                              | {"deep": st.fixed_dictionaries({"payload": JSON_TEXT})}), min_size=1, max_size=5),
    st.sampled_from(["nothing", "nothing", "unused", "deep", "@"]),
)  # fmt: skip
def test_texts_that_a_mapping_calls_json_are_read_alike(rows, spread):
    assert_same(ndjson(*(EACH | row for row in rows)), target_of(TOLD.format(spread)))


LED = """
[fields]
event_key = "name"
ts = "at"
[fields.identifiers]
spread = "deep.payload"
id = "payload.deep.id"
device_id = {{ const = "u" }}
[fields.event_properties]
spread = {}
below = "payload.a"
deeper = "payload.deep.k"
first = "pairs[0].a"
pivot = {{ from = "pairs", key = "k", value = ["id.a", "a"] }}
[fields.user_properties]
spread = {}
[fields.platform_properties]
osname = {{ const = "iOS" }}
appversion = {{ const = "1" }}
"""
WHOLE = st.lists(
    st.sampled_from(["@", "payload", "pairs", "deep", "payload.deep"]), min_size=1, max_size=3, unique=True
)


def objects_of(*names):
    below = st.dictionaries(st.sampled_from(["id", "a", "k"]), JSON_TEXT, max_size=2)
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON_TEXT | below | below.map(json.dumps)))


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"payload": (inner := objects_of("deep", "a")) | inner.map(json.dumps),
                                            "deep": objects_of("payload"), "pairs": st.lists(JSON_TEXT | objects_of("k", "id", "a"), max_size=2)}),
        min_size=1, max_size=5),
    WHOLE, WHOLE,
)  # fmt: skip
def test_what_holds_a_text_that_paths_lead_through_is_taken_whole_alike(rows, one, other):
    """Python writes what the text says in its place, wherever it is written."""
    assert_same(ndjson(*(EACH | row for row in rows)), target_of(LED.format(one, other)))


@pytest.mark.parametrize("decoder", ["python", "native"])
@pytest.mark.parametrize(
    "row", [b' {"who": "{\\"id\\":\\"a\\"}"', b'\t{"who": {"id": "a"}', b'  {"who": "x", "other": "a"']
)
@pytest.mark.parametrize("field", ["who.id", "not_null(who.id, other)"])
def test_a_record_may_begin_with_blanks(row, field, decoder):
    """Paths that lead through a text took it for a list, and the drop failed with an error."""
    text = row + b', "name": "a", "at": 1735787045}\n'
    converted = open_lines([text], target_of(FIELDS.format(f'"{field}"')), Limits(), 1 << 16).converted(decoder)
    assert [key for one in converted for key in one.batch["event_key"].to_pylist()] == ["a"]


def test_a_text_that_a_mapping_calls_json_is_read_in_c():
    row = EACH | {
        "payload": '{"amount": 1.5, "a": [1]}',
        "deep": {"payload": '{"id": "i"}'},
        "pairs": '[{"k": "a", "v": 1}]',
    }
    assert plain(ndjson(row, EACH), target_of(TOLD.format("nothing"))) == 2


def test_what_lies_in_a_text_is_not_told_as_unused():
    """By either decoder: the text is what was dropped."""
    target, told = target_of(FIELDS.format('"who.id"')), []
    for decoder in ("python", "native"):
        converted = open_lines([ndjson(EACH | {"who": '{"id": "a", "age": 1}'})], target, Limits()).converted(decoder)
        told.append([set(one.sources.unused) for one in converted])
    assert told == [[{"other", "known"}]] * 2
