"""Times, numbers and shapes as real files have them: both decoders give the same of them, whatever they are."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.test_native_mappings import assert_same, plain, target_of
from hackle_import.mapping import load_mapping
from hackle_import.mapping.resolved import resolved
from hackle_import.native.library import library
from hackle_import.settings import Rules
from support.examples import examples
from support.mapped_rows import mapped
from support.samples import event, ndjson

pytestmark = pytest.mark.skipif(library() is None, reason="make native")

OWN = {
    "insert_id": "6f1d1c8e-0000-4000-8000-000000000001",
    "event_key": "a",
    "ts": "2025-01-02T03:04:05Z",
    "identifiers": {"id": "u", "device_id": "d"},
    "platform_properties": {"osname": "iOS", "appversion": "1"},
}
PARTS = '"event", "props.time", "props.$insert_id"'
MAPPING = f"""
[fields]
insert_id = {{ join = [{PARTS}] }}
event_key = "event"
ts = ["props.time", "at"]
metric_value = "props.sum"
event_properties = {{ spread = ["props", "more"], except = ["time"], name = "name", list = "list[1].a" }}
user_properties = {{ spread = "user.traits", pivot = {{ from = "pairs", key = "k", value = ["v.text", "v.number"] }} }}
identifiers = {{ spread = "ids", id = "user.id", device_id = "user.id" }}
platform_properties = {{ osname = {{ const = "iOS" }}, appversion = {{ const = "1" }} }}
"""
OWN_FILLERS = b"""
fillers.texts = ["-", "none"]

[fields]
insert_id = "insert_id"
event_key = "event_key"
ts = "ts"
identifiers = { spread = "identifiers", id = ["a", "b"] }
platform_properties = { spread = "platform_properties" }
"""


def both(mapping, *rows):
    """What both decoders make of rows."""
    python, native = (found(mapping, rows, decoder) for decoder in ("python", "native"))
    assert native == python
    return python


def found(mapping, rows, decoder):
    made = mapped(mapping, *rows, rules=Rules(decoder=decoder))
    told = json.loads(made.receipt.line())
    return made.rows, made.rejects, told["notes"], told["rejects"]


clock = st.builds(
    "{}{:02}{}{:02}{}{}:{:02}:{:02}{}{}".format,
    st.sampled_from([2024, 2025, 1999]), st.just("").flatmap(lambda _: st.integers(1, 13)) , st.sampled_from("-/. "),
    st.integers(1, 31), st.sampled_from(["T", " ", "  ", " 오전 "]), st.sampled_from(["00", "3", "23", "24"]),
    st.integers(0, 60), st.integers(0, 60), st.sampled_from(["", ".5", ".1239", ",1", "."]),
    st.sampled_from(["", "Z", " Z", "UTC", " UTC", " GMT", "+09", " +09", "+0900", " -03:30", "+9", " UTC+09:00", " KST", "  Z"]),
)  # fmt: skip
separated = st.builds(
    lambda year, sign, month, day, rest: f"{year}{sign}{month:02}{sign}{day:02}{rest}",
    st.sampled_from([2024, 2025]), st.sampled_from(["-", "/", ".", ". ", ""]), st.integers(1, 12), st.integers(1, 31),
    st.sampled_from(["", " 03:04:05", "T03:04:05 UTC", " 12:04:05.678 +0900", " 03:04:05+00", ".", ". 오후 1:04"]),
)  # fmt: skip
number = st.from_regex(r"\A *[+-]?0{0,3}[0-9]{0,17}\.?[0-9]{0,8}(e[+-]?[0-9])? *\Z")


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(clock | separated | st.text("0123456789-/. :TZUGMC+", max_size=30), min_size=1, max_size=12))
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
def test_times(zone, texts):
    both(f'ts.timezone = "{zone}"\nts.epoch_timezone = "{zone}"\n', *(OWN | {"ts": text} for text in texts))


serial = st.from_regex(r"\A *0?[0-9]{1,8}(\.[0-9]{0,18})?(e1)? *\Z") | st.builds(
    "{}.{}".format, st.integers(55, 70000), st.integers(0, 10**17)
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(serial | st.floats(45000, 46000).map(repr) | clock, min_size=1, max_size=12))
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
def test_serial_days(zone, texts):
    both(f'ts = {{ excel = true, timezone = "{zone}" }}\n', *(OWN | {"ts": text} for text in texts))


def test_a_spreadsheet_s_days_are_read_in_c():
    texts = ["45659", "45659.5", "45659.127843495372", "45658.999999999", "045659.0000000058"]
    rows = [event(1) | {"ts": text} for text in texts] + [event(2) | {"ts": 45659.25}]
    assert plain(ndjson(*rows), target_of('ts = { excel = true, timezone = "Asia/Seoul" }\n')) == len(rows)


def test_of_rows_with_fillers_of_the_mapping_s_own_those_alone_are_python_s_that_hold_one_beside_what_is_named():
    mapping = load_mapping(OWN_FILLERS, "own")
    target = target_of(resolved(mapping, "a.ndjson"))
    rows = [event(number) | {"a": "-", "b": f"u{number}"} for number in range(9)]
    assert plain(ndjson(*rows), target) == 9
    rows[3] = rows[3] | {"identifiers": {"device_id": " none "}}
    assert plain(ndjson(*rows), target) == 8
    assert_same(ndjson(*rows), target)


@pytest.mark.parametrize(
    ("fillers", "row"),
    [
        ('texts = ["ios"]', {"platform_properties": {"osname": " ios", "appversion": "1"}}),
        ('texts = ["iphone"]', {"platform_properties": {"osname": "iphone", "appversion": "1"}}),
        ('texts = ["-"]', {"identifiers": {"id": "-", "device_id": "d"}, "a": "u"}),
        ('texts = ["-"]', {"identifiers": {"id": "-", "device_id": "d"}, "a": "-", "b": "u"}),
        ("known = true", {"identifiers": {"id": "NULL", "device_id": "d"}, "a": "u"}),
        ("known = false", {"identifiers": {"id": "NULL", "device_id": "d"}, "a": "u"}),
        ("known = false", {"identifiers": {"id": " ", "device_id": "d"}, "a": "u"}),
        ("known = false", {"identifiers": {"id": "", "device_id": "d"}, "a": "u"}),
    ],
)
def test_fillers_are_no_values_before_an_osname_is_spelled_or_another_part_overwrites_them(fillers, row):
    mapping = load_mapping(OWN_FILLERS.replace(b'texts = ["-", "none"]', fillers.encode()), "own")
    assert_same(ndjson(event(1) | row, event(2)), target_of(resolved(mapping, "a.ndjson")))


@pytest.mark.parametrize("osnames", [("null", "iOS"), ("Null", "iOS")])
@pytest.mark.parametrize("osname", ["null", "Null", "NULL"])
def test_a_filler_is_noted_as_it_is_written_not_as_an_osname_is_spelled(osnames, osname):
    target = target_of(resolved(load_mapping(OWN_FILLERS, "own"), "a.ndjson"), osnames)
    assert_same(ndjson(event(1) | {"platform_properties": {"osname": osname, "appversion": "1"}}), target)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(number | st.text("0123456789+-. e,", max_size=12), min_size=1, max_size=12))
def test_numbers(texts):
    both("", *(OWN | {"metric_value": text} for text in texts))


filler = st.sampled_from(
    [
        "",
        "NULL",
        "null",
        r"\N",
        "(not set)",
        "undefined",
        "EMPTY",
        "x",
        "0" * 36,
        " NULL",
        "(not set)\t",
        "  ",
        "\n",
        " x ",
    ]
)
scalar = filler | st.integers(-5, 5) | st.none() | st.booleans() | st.just("00000000-0000-0000-0000-000000000000")
flat = st.dictionaries(
    st.sampled_from(["a", "A", "time", "sum", "$insert_id", "traits", "id", "b"]), scalar, max_size=5
)
nested = flat | st.dictionaries(st.sampled_from(["traits", "a"]), flat, max_size=2)
spacing = st.sampled_from(["", " ", "\n", "\t", "\u00a0", "x"])
as_text = st.builds(
    lambda one, before, after: before + json.dumps(one) + after, nested | st.lists(scalar, max_size=2), spacing, spacing
)
shape = nested | as_text | as_text.map(json.dumps) | st.lists(nested, max_size=2) | scalar
pair = st.fixed_dictionaries(
    {"k": filler}, optional={"v": st.fixed_dictionaries({}, optional={"text": scalar}) | as_text}
)
pairs = st.lists(pair, max_size=3)
record = st.fixed_dictionaries(
    {"event": filler, "at": st.just("2025-01-02"), "user": nested | as_text | st.just({"id": "u"})},
    optional={
        "props": shape, "more": shape, "name": scalar, "ids": shape,
        "list": st.lists(nested | as_text, max_size=3) | as_text, "pairs": pairs | pairs.map(json.dumps) | shape,
    },
)  # fmt: skip


@settings(max_examples=examples(300), deadline=None)
@given(
    st.lists(record, min_size=1, max_size=6),
    st.sampled_from(
        [
            "",
            "fillers = { known = true }\n",
            'fillers = { texts = ["x", "  x", "NULL"] }\n',
            'on_bad_metric = "zero"\n',
            'on_bad_map = "keep"\n',
        ]
    ),
    st.sampled_from([PARTS, '["event", "name"]', '"name", ["props.time", "more.a", "event"], ["more.b", "ids.id"]']),
)
def test_shapes(records, more, parts):
    both(more + MAPPING.replace(PARTS, parts), *records)


def test_a_join_needs_all_its_fields():
    one = {"event": "e", "at": "2025-01-02", "user": {"id": "u"}, "props": {"time": 1735787045, "$insert_id": "x"}}
    other, missing = (one | {"props": one["props"] | {"$insert_id": text}} for text in ("y", ""))
    rows, rejects, notes, _ = both(MAPPING, one, one | {"name": "n"}, other, missing)
    assert len({row["insert_id"] for row in rows}) == 3
    assert (rejects, notes) == ([], {"insert_id_hashed": 3, "insert_id_made": 1, "insert_id_repeated": 1})


MANY = """
{}
[fields]
insert_id = "insert_id"
event_key = {}
ts = "ts"
metric_value = "metric_value"
identifiers = {{ spread = "identifiers" }}
platform_properties = {{ spread = "platform_properties" }}
"""


def test_hundreds_of_values_that_stand_for_others_are_looked_up_in_c():
    codes = ["", "a", "é", "😀", *map(str, range(400)), *(f"code-{number:03}" for number in range(300))]
    names = {code: f"name {number}" if number % 7 else "" for number, code in enumerate(codes)}
    table = ", ".join(f"{json.dumps(code, ensure_ascii=False)} = {json.dumps(name)}" for code, name in names.items())
    target = target_of(MANY.format("", f'{{ from = "event_key", values = {{ {table} }}, default = "none" }}'))
    rows = [event(number) | {"event_key": code} for number, code in enumerate([*codes, "b", "code-300", "-1"])]
    assert plain(ndjson(*rows), target) == len(rows)
    assert_same(ndjson(*rows), target)


def test_a_hundred_fillers_of_one_s_own_are_known_in_c():
    fillers = json.dumps([f"none-{number}" for number in range(100)])
    mapping = load_mapping(
        MANY.format(f"fillers = {{ known = true, texts = {fillers} }}", '"event_key"').encode(), "own"
    )
    target = target_of(resolved(mapping, "a.ndjson"))
    rows = [event(number) | {"insert_id": f"none-{number}"} for number in range(100)]
    assert plain(ndjson(*rows), target) == len(rows)
    assert_same(ndjson(*rows), target)
