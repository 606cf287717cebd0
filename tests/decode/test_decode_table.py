"""Tables: where a column lies, what a cell is, and what is said of one that cannot be taken."""

import json

import pytest

from hackle_import.codes import Fault, Why
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.table import MappedTable, column_paths
from hackle_import.engine import rejects_of
from hackle_import.errors import BadDrop
from hackle_import.mapping import Mapping, load_mapping
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.table import Table

HACKLE = Mapping()
FIELDS = 'event_key = "name"\nts = "at"\nidentifiers = { id = "user.id", device_id = "d" }\n'
MAPPED = load_mapping(
    f'[fields]\n{FIELDS}platform_properties = {{ osname = "os", appversion = "v" }}\n'
    'event_properties = { spread = "props" }\n[csv]\nnull = ["NULL"]\njson = ["props", "user"]\n'.encode(),
    "own",
)


def decoded(text, mapping=HACKLE, max_depth=64):
    """The source rows of a table."""
    table = Table([text.encode()], Dialect(), 1 << 20)
    decode = MappedTable(table.header, Dialect(), mapping, MappedDecoder(mapping, max_depth))
    (source,) = map(decode, table.chunks())
    return source


def cell(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return '"' + text.replace('"', '""') + '"'


def entries(source, name="event_properties"):
    """Each row's map as pairs, in order."""
    column = source.maps[name]
    ends = [sum(column.lengths[:number]) for number in range(len(column.lengths) + 1)]
    numbers = range(len(column.lengths)) if column.row_maps is None else column.row_maps
    pairs = list(zip(column.keys, column.values, strict=True))
    return [pairs[ends[number] : ends[number + 1]] for number in numbers]


@pytest.mark.parametrize(
    ("header", "mapping", "paths"),
    [
        (["ts", "identifiers"], HACKLE, [("ts",), ("identifiers",)]),
        (["event_properties.utm.source"], HACKLE, [("event_properties", "utm.source")]),
        (["event_properties."], HACKLE, [("event_properties", "")]),
        (["user.geo.city"], HACKLE, [("user", "geo", "city")]),
        (["user.geo.city"], MAPPED, [("user", "geo", "city")]),
        (["props", "props.a", "props.a.b"], MAPPED, [("props",), ("props", "a"), ("props.a.b",)]),
        (["text", "text.a", "text.a.b"], MAPPED, [("text",), ("text.a",), ("text.a.b",)]),
        ([".".join("a" * 64)], MAPPED, [tuple("a" * 64)]),
        ([".".join("a" * 65)], MAPPED, [(".".join("a" * 65),)]),
    ],
)
def test_where_a_column_lies_in_a_record(header, mapping, paths):
    assert column_paths(header, mapping) == paths


def test_cells_are_texts_and_an_empty_one_is_missing():
    source = decoded('event_key,ts,metric_value\n" a","1",\n007,,1e5\n')
    assert {name: column.to_pylist() for name, column in source.texts.items()} == {
        "insert_id": [None, None],
        "event_key": [" a", "007"],
        "ts": ["1", None],
        "metric_value": [None, "1e5"],
    }


@pytest.mark.parametrize(
    ("own", "plan", "expected", "repeated"),
    [
        ('{"a":1.50,"b":null}', "pro", [("a", "1.50"), ("b", None), ("plan", "pro")], False),
        ('{"plan":"free","a":1}', "pro", [("plan", "pro"), ("a", "1")], True),
        ('{"plan":"free"}', "", [("plan", "free")], False),
        (' { "a" : [1, 2] } ', "pro", [("a", "[1,2]"), ("plan", "pro")], False),
        ("{}", "pro", [("plan", "pro")], False),
        ("null", "pro", [("plan", "pro")], False),
        ("", "pro", [("plan", "pro")], False),
        ("", "", [], False),
        ('{"a":1,"a":2}', "", [("a", "2")], True),
    ],
)
def test_an_entry_that_is_a_column_wins_over_the_same_key_of_json(own, plan, expected, repeated):
    source = decoded(f"event_key,ts,event_properties.plan,event_properties\na,1,{plan},{cell(own)}\n")
    assert entries(source) == [expected]
    assert source.maps["event_properties"].repeated == ({0} if repeated else set())
    assert not source.findings.rejects


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ("x", Why.WRONG_TYPE),
        ("   ", Why.WRONG_TYPE),
        ("{", Why.WRONG_TYPE),
        ('{"a":1}x', Why.WRONG_TYPE),
        ("[1]", Why.WRONG_TYPE),
        ("1", Why.WRONG_TYPE),
        ('{"a":"\\ud800"}', Why.WRONG_TYPE),
        ('{"a":' * 5 + "1" + "}" * 5, Why.TOO_DEEP),
        ("[" * 200_000, Why.TOO_DEEP),
    ],
)
def test_a_cell_that_is_no_object_is_a_reject_that_names_its_column(own, why):
    source = decoded(f"event_key,ts,event_properties\na,1,{cell(own)}\nb,2,\n", max_depth=4)
    found = rejects_of(source)
    assert [(row.line, row.why, row.field) for row in found] == [(2, why, "event_properties")]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (b"a", Why.CSV_CELLS),
        (b"a,b,c", Why.CSV_CELLS),
        (b'"a"b,1', Why.CSV_QUOTES),
        (b"a\0,1", Why.NUL_BYTE),
        (b"\xff,1", Why.NOT_UTF8),
    ],
)
def test_a_record_that_is_none_is_a_reject_and_the_others_stay(record, why):
    table = Table([b"event_key,ts\nx,1\n" + record + b"\ny,2\n"], Dialect(), 1 << 20)
    decode = MappedTable(table.header, Dialect(), HACKLE, MappedDecoder(HACKLE, 64))
    (source,) = map(decode, table.chunks())
    assert [(row.line, row.why, row.raw) for row in source.unread.values()] == [(3, why, record)]
    assert source.texts["event_key"].to_pylist() == ["x", "y"]
    assert list(source.lines) == [2, 4]


def test_columns_of_a_mapping_nest_and_its_null_texts_are_missing():
    header = "name,at,os,v,d,user,user.id,props,props.a.b,props.a.c"
    source = decoded(
        f"{header}\nbuy,1,iOS,1,d,{cell({'id': 1, 'n': 2})},u,{cell({'a': {'b': 1}, 'z': 3})},x,NULL\n", MAPPED
    )
    assert entries(source, "identifiers") == [[("id", "u"), ("device_id", "d")]]
    assert entries(source) == [[("a", '{"b":"x"}'), ("z", "3")]]


def test_what_lies_below_json_that_is_no_object_keeps_its_dotted_name():
    spread = load_mapping(
        f'[fields]\n{FIELDS}platform_properties = {{ osname = "os", appversion = "v" }}\n'
        'event_properties = { spread = "@", only = ["props*"] }\n[csv]\njson = ["props"]\n'.encode(),
        "own",
    )
    source = decoded("name,at,os,v,d,user.id,props,props.a.b\nbuy,1,iOS,1,d,u,[1],x\n", spread)
    assert entries(source) == [[("props", "[1]"), ("props.a.b", "x")]]


@pytest.mark.parametrize(
    ("header", "mapping", "message"),
    [
        ("a,b", HACKLE, "no column event_key; no column ts"),
        ("ts,identifiers.event_key", HACKLE, "no column event_key"),
        ("name,b", MAPPED, "no column at, which the mapping needs for ts"),
    ],
)
def test_a_header_without_what_every_row_needs_fails_with_the_names(header, mapping, message):
    with pytest.raises(BadDrop) as broken:
        decoded(f"{header}\n1,2\n", mapping)
    assert (broken.value.fault, broken.value.message, broken.value.position) == (Fault.CSV_HEADER, message, "line 1")


def test_what_a_row_needs_may_lie_below_a_column_s_name():
    nested = load_mapping(
        f"[fields]\n{FIELDS}platform_properties = {{ osname = 'os', appversion = 'v' }}".encode(), "own"
    )
    assert decoded("name.a,at\n1,2\n", nested).texts["ts"].to_pylist() == ["2"]


def test_a_header_of_nothing_but_dots_costs_no_stack():
    name = ".".join("a" * 50_000)
    assert decoded(f"event_key,ts,{name}\na,1,x\n").texts["event_key"].to_pylist() == ["a"]


def test_the_columns_that_a_record_fills():
    decode = MappedTable(["ts", "event_key", "x.y"], Dialect(), HACKLE, MappedDecoder(HACKLE, 64))
    assert [name for name, cell in decode.named(b"1,,2").items() if cell] == ["ts", "x.y"]
    assert not any(decode.named(b"1,2").values())
