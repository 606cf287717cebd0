"""CSV and TSV: both decoders find the same records and cells, and make the same of them."""

import csv
import io
import json
from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_properties import EARLY, LATE
from fuzz.drops import Held
from hackle_import.codes import Why
from hackle_import.conform import Target
from hackle_import.convert import convert
from hackle_import.convert.opening import open_table
from hackle_import.errors import BadDrop
from hackle_import.mapping import Mapping, Privacy, load_mapping
from hackle_import.native.library import library
from hackle_import.reading.chunks import MOST_RECORDS
from hackle_import.settings import Limits
from support.examples import examples

HACKLE = Target(Mapping(), EARLY, LATE)
KEY = b"0123456789abcdef" * 2
FLAT = ["insert_id", "event_key", "ts", "metric_value", "identifiers.id", "identifiers.device_id", "event_properties.Plan",
        "event_properties.a.b", "unknown", "platform_properties.osname", "platform_properties.appversion"]  # fmt: skip
OBJECTS = ["ts", "event_key", "identifiers", "event_properties", "user_properties", "platform_properties", "insert_id"]
MAPPED = [
    "id",
    "name",
    "when",
    "price",
    "user.id",
    "user.device",
    "props.plan",
    "props.Grade",
    "props.secret",
    "os",
    "v",
    "other",
]
MAPPING = b"""
[fields]
insert_id = "id"
event_key = { from = "name", values = { "view" = "", "buy" = "purchase" }, default = "none" }
ts = "when"
metric_value = ["price", "props.plan"]
[fields.identifiers]
id = ["user.id", "id"]
device_id = { from = "user.device", default = "d" }
[fields.event_properties]
spread = "props"
except = ["secret"]
source = { const = "csv" }
plan = "props.plan"
[fields.platform_properties]
osname = "os"
appversion = { from = "v", default = "1" }
[csv]
null = ["NULL", "-"]
"""
WHOLE = b"""
[fields]
event_key = "name"
ts = "when"
identifiers = { id = "id", device_id = "id" }
platform_properties = { osname = "os", appversion = "v" }
[fields.event_properties]
spread = "@"
except = ["v*"]
"""
IN_JSON = b"""
[fields]
event_key = "name"
ts = "when"
identifiers = { id = "id", device_id = "id" }
platform_properties = { osname = "os", appversion = { const = "1" } }
event_properties = { spread = "props", except = ["v*"] }
user_properties = { spread = ["who", "old.who"], name = "name" }
[csv]
json = ["props", "who"]
"""
INTO_JSON = b"""
where = "!props.hidden || who"
[fields]
event_key = ["props.name", "name"]
ts = "when"
metric_value = { from = ["props.sum", "name"], decimal = "," }
identifiers = { id = ["who.ids[1]", "id"], device_id = "id" }
platform_properties = { osname = "os", appversion = { from = "who", default = "1" } }
event_properties = { spread = ["props.more", "flat"], plan = "props.more.plan", all = "props", asked = "join('-', [who.a, name])" }
user_properties = { pivot = { from = "props.pairs", key = "k", value = "v" }, a = "who.a", b = "who.b.c", other = "flat.x" }
[csv]
json = ["props", "who", "unused", "flat"]
"""


def mapped(text=MAPPING):
    return Target(load_mapping(text, "test"), EARLY, LATE)


def outcome(text, decoder, target, *, name="a.csv", chunk_bytes=1 << 20, most=1 << 20):
    made, notes, fault, present = [], Counter(), None, set()
    try:
        for one in convert(name, Held(text), target, Limits(max_line_bytes=most), chunk_bytes, decoder):
            one.batch.validate(full=True)
            made.append((one.rows_in, one.batch, one.batch.nbytes, one.rejects))
            present |= one.sources.present
            notes += one.notes
    except BadDrop as broken:
        fault = str(broken)
    return made, notes, fault, present


def assert_same(text, target=HACKLE, **more):
    native, python = (outcome(text, decoder, target, **more) for decoder in ("native", "python"))
    assert native == python
    return python[:3]


ID, WHEN = st.sampled_from(["00000000-0000-4000-8000-000000000001", "x", ""]), st.sampled_from(
    ["2025-01-02T03:04:05.678Z", "1735787045", "2025-01-02 03:04", "?", ""])  # fmt: skip
TEXT = st.text(st.sampled_from('ab é,;\t"\n\r\0{}:보'), max_size=20) | st.sampled_from(
    ["NULL", "-", "1.5", "-0", "view"]
)
MAP = st.dictionaries(
    st.text(st.sampled_from("aAé. "), max_size=3), st.integers() | st.text(max_size=3) | st.none(), max_size=4
)
OBJECT = MAP.map(lambda one: json.dumps(one, ensure_ascii=False)) | st.sampled_from(
    [
        "",
        "null",
        "{}",
        "[]",
        "1",
        "x",
        '{"a":1}, "b":{"c":2}',
        '{"a":1} ',
        ' {"a":{"b":[1, 2]}}',
        '{"a":1',
        '{"a":"\n"}',
        '{"a":1,"a":2}',
    ]
)
LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(st.sampled_from('ab é"\\\n{}'), max_size=5)
    | st.just("1,5")
    | st.floats(-9, 9)
)
WITHIN = st.fixed_dictionaries({}, optional={
    "name": LEAF, "sum": LEAF, "hidden": LEAF, "a": LEAF, "b": LEAF | st.fixed_dictionaries({"c": LEAF}), "ids": LEAF | st.lists(LEAF, max_size=3),
    "more": LEAF | st.dictionaries(st.sampled_from(["plan", "Plan", "x", "y"]), LEAF, max_size=3) | st.just('{"plan": "z"}'),
    "pairs": LEAF | st.lists(st.fixed_dictionaries({"k": LEAF}, optional={"v": LEAF}), max_size=3),
}).flatmap(lambda one: st.sampled_from([json.dumps(one), json.dumps(one, ensure_ascii=False, separators=(",", ":")), " " + json.dumps(one) + "\t", json.dumps(one, indent=1)]))  # fmt: skip
IDS = st.just('{"id":"u","device_id":"d"}') | OBJECT
PLATFORM = st.just('{"osname":"iOS","appversion":"1"}') | OBJECT
OSNAME = st.sampled_from(["iOS", "android", "Windows", ""])
ROWS = {
    "flat": (HACKLE, FLAT, (ID, TEXT | st.just("buy"), WHEN, TEXT, st.just("u") | TEXT, st.just("d"), TEXT, TEXT, TEXT, OSNAME, st.just("1"))),
    "objects": (HACKLE, OBJECTS, (WHEN, st.just("buy"), IDS, OBJECT, OBJECT, PLATFORM, ID)),
    "mapped": (mapped(), MAPPED, (ID, TEXT, WHEN, TEXT, st.just("u") | TEXT, TEXT, TEXT, TEXT, TEXT, OSNAME, TEXT, TEXT)),
    "columns of JSON": (mapped(IN_JSON), ["name", "when", "id", "os", "props", "who", "v"], (TEXT, WHEN, TEXT, OSNAME, OBJECT, OBJECT, TEXT)),
    "paths into JSON": (mapped(INTO_JSON), ["name", "when", "id", "os", "props", "who", "unused", "flat"],
                        (TEXT, WHEN, TEXT, OSNAME, WITHIN | OBJECT, WITHIN | OBJECT, OBJECT, OBJECT)),
    "all of it": (mapped(WHOLE),
                  ["name", "when", "id", "os", "v", "Plan"], (TEXT, WHEN, TEXT, OSNAME, TEXT, TEXT)),
}  # fmt: skip


def written(header, rows, *, delimiter=",", quoting=csv.QUOTE_MINIMAL, end="\n"):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([header, *rows])
    return file.getvalue().encode()


@pytest.mark.parametrize("shape", ROWS)
@given(data=st.data())
def test_both_decoders_give_the_same_of_a_table(shape, data):
    target, header, cells = ROWS[shape]
    rows = data.draw(st.lists(st.tuples(*cells), max_size=6))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\n\n", " \r\n"]))
    tsv = data.draw(st.booleans())
    text = written(header, rows, delimiter="\t" if tsv else ",", quoting=quoting, end=end)
    chunk_bytes, most = data.draw(st.sampled_from([1 << 20, 50, 7])), data.draw(st.sampled_from([1 << 20, 400, 150]))
    assert_same(text, target, name="a.tsv" if tsv else "a.csv", chunk_bytes=chunk_bytes, most=most)


@pytest.mark.parametrize("shape", ROWS)
@settings(max_examples=examples(60))
@given(data=st.data())
def test_both_decoders_keep_the_same_of_a_table_to_themselves(shape, data):
    target, header, cells = ROWS[shape]
    inner = [
        "props.a",
        "props.more.plan",
        "who.a",
        "who.b.c",
        "event_properties.a",
        "EVENT_PROPERTIES.b",
        "user",
        "props",
        "who.ids",
    ]
    paths = st.lists(st.sampled_from([*header, *map(str.upper, header), *inner]), max_size=2)
    drop, hashed, key = data.draw(paths), data.draw(paths), data.draw(st.sampled_from([b"", KEY]))
    privacy = Privacy(tuple(drop) or ("none",), tuple(hashed) if key else ())
    target = replace(target, mapping=replace(target.mapping, privacy=privacy), hash_key=key)
    assert_same(written(header, data.draw(st.lists(st.tuples(*cells), max_size=6))), target)


@pytest.mark.parametrize("key", [b"", KEY])
@pytest.mark.parametrize(
    ("shape", "drop", "hashed"),
    [
        ("flat", "unknown", "identifiers.id"), ("flat", "EVENT_PROPERTIES.PLAN", "event_properties.a.b"), ("mapped", "props.secret", "user.id"),
        ("objects", "user_properties.x", "event_properties.plan"), ("columns of JSON", "props.plan", "name"), ("all of it", "plan", "v"),
    ],
)  # fmt: skip
def test_what_is_usual_of_a_table_is_kept_to_itself_in_c(shape, drop, hashed, key):
    privacy = Privacy((drop,), (hashed,) if key else ())
    target = ROWS[shape][0]
    assert_plain(ROWS[shape][1], replace(target, mapping=replace(target.mapping, privacy=privacy), hash_key=key))


DIALECTS = {
    "redshift": 'dialect = "redshift"', "postgres": 'dialect = "postgres"', "hive": 'dialect = "hive"',
    "spark": 'dialect = "spark"', "snowflake": 'dialect = "snowflake"', "mysql, quoted": 'dialect = "mysql"\nquote = "\'"',
    "escape": "escape = '\\'", "two": 'delimiter = "||"', "three, escaped": "delimiter = '~|~'\nescape = '\\'\nquote = ''",
    "trim": "trim = true", "trim, escape": "trim = true\nescape = '\\'", "pad": "pad_short_rows = true", "lax": 'delimiter = "\\t"',
    "lax, trim": 'delimiter = "\\t"\ntrim = true\npad_short_rows = true', "lax, escape": "delimiter = \"\\t\"\nescape = '\\'",
    "single": 'quote = "\'"', "none": 'quote = ""', "comment": 'comment = "#"', "amounts": 'decimal = ","\nthousands = "."',
    "wide": 'delimiter = "¦"\ncomment = "--"\nskip = 1', "mixed": "quote = '%'\nescape = '!'\ntrim = true\nnull = ['\\N', 'a']",
}  # fmt: skip
MARKS = ['"', "'", "\\", "|", "||", "~", "\t", ",", " ", "\n", "\r\n", "\r", "N", "n", "\\N", "#", "--", "%", "!", "¦", "é", "\x01", ".", "1.234,5", "a", "b"]  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=examples(15))
@given(data=st.data())
def test_both_decoders_give_the_same_of_any_dialect(dialect, data):
    """Signs of every dialect in cells, ends and all; the cell that takes them comes first, last and in between."""
    names = ["event_properties.memo", "event_key", "ts", "metric_value", "identifiers.id", "identifiers.device_id",
             "platform_properties.osname", "platform_properties.appversion", "event_properties.last"]  # fmt: skip
    target = mapped(f"[csv]\n{DIALECTS[dialect]}\nheader = {json.dumps(names)}\n".encode())
    sign, text = target.mapping.csv.delimiter or ",", st.lists(st.sampled_from(MARKS), max_size=7).map("".join)
    row = st.tuples(text, text | st.just("buy"), st.just("1735787045"), text | st.just("1"), *[st.just("u")] * 2,
                    st.just("iOS"), st.just("1"), text)  # fmt: skip
    rows = data.draw(st.lists(row | st.tuples(text), max_size=6))
    whole = "".join(sign.join(cells) + data.draw(st.sampled_from(["\n", "\r\n", "\n\n"])) for cells in rows)
    chunk_bytes, most = data.draw(st.sampled_from([1 << 20, 50, 7])), data.draw(st.sampled_from([1 << 20, 400, 60]))
    cut = data.draw(st.integers(0, 2))
    assert_same(whole.encode()[: len(whole.encode()) - cut], target, chunk_bytes=chunk_bytes, most=most)


HEAD = (",".join(FLAT) + "\n").encode()
GOOD = b"00000000-0000-4000-8000-000000000001,buy,1735787045,1.5,u,d,pro,x,y,iOS,1\n"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 500),
            st.integers(0, 4),
            st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b'""', b" ", b"\x0b"])
            | st.binary(max_size=3),
        ),
        max_size=6,
    ),
    st.integers(1, 200),
    st.integers(20, 300),
)
def test_both_decoders_give_the_same_of_a_damaged_table(edits, chunk_bytes, most):
    body = GOOD * 3 + GOOD.replace(b"pro", b'"p""r\no"') * 2
    for place, cut, put in edits:
        at = place % (len(body) + 1)
        body = body[:at] + put + body[at + cut :]
    assert_same(HEAD + body, chunk_bytes=chunk_bytes, most=max(most, len(HEAD)))


@example(b'"')
@given(st.binary(max_size=60))
def test_any_bytes_in_the_place_of_a_cell(raw):
    assert_same(HEAD + GOOD.replace(b"pro", raw) + GOOD)


@pytest.mark.parametrize("keys", ['""plan"":1', '""PLAN"":null', '""x"":null'])
def test_a_column_beside_the_same_key_in_a_cell(keys):
    text = GOOD.decode().strip()
    header = ",".join([*FLAT, "event_properties"])
    assert_same(f'{header}\n{text},"{{{keys}}}"\n'.encode())


def test_columns_that_differ_by_case_only():
    header = ",".join([*FLAT, "event_properties.plan"])
    assert_same(f"{header}\n{GOOD.decode().strip()},free\n".encode() * 1)


@pytest.mark.parametrize("shape", sorted(ROWS.keys() - {"paths into JSON"}))
def test_the_usual_table_is_plain(shape):
    """What a drop mostly holds is not left to Python."""
    assert_plain(ROWS[shape][1], ROWS[shape][0])


def assert_plain(header, target):
    random = Random(1)
    usual = {"insert_id": "x", "event_key": "buy", "name": "buy", "ts": "1735787045", "when": "2025-01-02T03:04:05Z", "metric_value": "1.5",
             "os": "iOS", "platform_properties.osname": "Android", "identifiers": '{"id": "u", "device_id": "d"}',
             "platform_properties": '{"osname": "iOS", "appversion": "1"}', "event_properties": '{"Plan": "pro", "n": [1]}', "user_properties": "", "props": '{"Plan": "pro"}', "who": "",
             "price": "-", "props.plan": "1"}  # fmt: skip
    rows = [[usual.get(name, f'é, "{random.random()}"\n') for name in header] for _ in range(50)]

    def no(chunk):
        raise AssertionError(f"{len(chunk.records)} records went to Python: {chunk.records[:1]}")

    opened = open_table([written(header, rows)], ",", target, Limits(), 300)
    assert sum(one.rows_in for one in opened.native(library(), no)) == 50


def test_a_header_of_very_long_names_is_no_plan_that_is_refused():
    name = "\x01" * 3_000_000
    target = mapped(MAPPING + b'[privacy]\ndrop = ["other"]\n')
    row = ["00000000-0000-4000-8000-000000000001", "buy", "1735787045", "1", "u", "d", "", "", "", "iOS", "1", "x", "y"]
    assert_same(written([*MAPPED, name], [row]), target, most=8 << 20)


@pytest.mark.parametrize("lines", [1, 2, 3, MOST_RECORDS, 2 * MOST_RECORDS + 5])
def test_a_text_of_too_many_lines_is_gone_through_in_the_same_parts(lines):
    """Where a record ends on the last line of a part, or behind it; and one that is longer than parts are."""
    long, blank = GOOD.replace(b"pro", b'"x' + b"\n" * (lines - 1) + b'x"'), b"\n" * (MOST_RECORDS - 3)
    for before in (b"", GOOD, GOOD * 2, GOOD * 3):
        made, _, fault = assert_same(HEAD + blank + before + long + GOOD + long + blank * 2 + GOOD)
        assert (sum(one[0] for one in made), fault) == (4 + len(before) // len(GOOD), None)
    _, _, fault = assert_same(HEAD + blank + long + b'"' + blank * 2 + GOOD)
    assert "never closed" in fault


def test_a_record_larger_than_many_blocks():
    long = GOOD.replace(b"pro", b'"' + b"x\n" * 500 + b'"')
    assert_same(HEAD + long + GOOD, chunk_bytes=64)
    assert_same(HEAD + GOOD + long + GOOD, chunk_bytes=64, most=800)


@pytest.mark.parametrize("levels", [63, 64, 65, 2000, 200_000])
def test_a_cell_that_nests_too_deep_is_a_reject(levels):
    """Not an exception that comes again at every try; and the limit is not the interpreter's."""
    deep = '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"
    cells = {"ts": "1735787045", "event_key": "buy", "identifiers": '{"id":"u","device_id":"d"}', "event_properties": deep,
             "platform_properties": '{"osname":"iOS","appversion":"1"}'}  # fmt: skip
    for target in (HACKLE, mapped(b'[csv]\njson = ["identifiers", "event_properties", "platform_properties"]')):
        ((rows, _, _, rejects),), _, fault = assert_same(written(cells, [cells.values()]), target, most=8 << 20)
        assert (rows, fault) == (1, None)
        assert [reject[1] for reject in rejects] == [Why.TOO_DEEP] * (levels > 64)


def test_paths_lead_into_columns_of_json_in_c():
    def no(chunk):
        raise AssertionError(f"{len(chunk.records)} records went to Python")

    header = ["name", "when", "id", "os", "props", "who", "unused", "flat"]
    inner = {"name": "buy", "sum": "1,5", "more": {"plan": "pro"}, "pairs": [{"k": "a", "v": "1"}]}
    row = [
        "n",
        "1735787045",
        "u",
        "iOS",
        json.dumps(inner),
        json.dumps({"ids": [1, 2], "a": "x", "b": {"c": 1}}),
        "[1]",
        '{"x": "y"}',
    ]
    opened = open_table([written(header, [row] * 20)], ",", mapped(INTO_JSON), Limits())
    made = list(opened.native(library(), no))
    assert sum(one.rows_in for one in made) == 20
    assert made[0].batch["metric_value"][0].as_py() == Decimal("1.5")
    assert_same(written(header, [row] * 20), mapped(INTO_JSON))


@pytest.mark.parametrize("second", ["", '{"a": 2}'])
def test_two_columns_of_json_of_one_name_are_python_s(second):
    header = ["name", "when", "id", "os", "who", "who"]
    assert_same(written(header, [["n", "1735787045", "u", "iOS", '{"a": 1}', second]]), mapped(IN_JSON))
