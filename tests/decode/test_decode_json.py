"""JSON records by a mapping: what is no record, what is left out, and that each number keeps its own text."""

import pytest

from hackle_import.codes import Why
from hackle_import.decode import Findings
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.maps import decode_maps, value_text
from hackle_import.decode.paths import PathDecoder
from hackle_import.decode.privacy import WITHHELD
from hackle_import.decode.undecodable import find_undecodable, is_too_deep
from hackle_import.mapping import Mapping, load_mapping
from hackle_import.reading.chunks import Chunk

HACKLE = Mapping()
GOOD = b'{"event_key":"a","ts":1}'


def chunk(*records):
    return Chunk(b"\n".join(records), records, range(1, len(records) + 1))


def decoded(*records, mapping=HACKLE, max_depth=64, key=b""):
    return MappedDecoder(mapping, max_depth, key)(chunk(*records))


def own(text):
    return load_mapping(text.encode(), "own")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (b"x", Why.NOT_JSON),
        (b"", Why.NOT_JSON),
        (b'{"a":tru}', Why.NOT_JSON),
        (b'{"a":01}', Why.NOT_JSON),
        (b'{"a":"\\ud800"}', Why.NOT_JSON),
        (b'{"a":"\t"}', Why.NOT_JSON),
        (b'{"a":1}{"a":1}', Why.NOT_JSON),
        (b'{"event_key":' + b"9" * 5000 + b" x}", Why.NOT_JSON),
        (b"[1]", Why.NOT_AN_OBJECT),
        (b'"a"', Why.NOT_AN_OBJECT),
        (b"null", Why.NOT_AN_OBJECT),
        (b'{"a":"\xff"}', Why.NOT_UTF8),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", Why.TOO_DEEP),
        (b"[" * 200_000, Why.TOO_DEEP),
    ],
)
def test_what_is_no_record_is_a_reject_and_the_others_stay(record, why):
    source = decoded(GOOD, record, GOOD)
    assert [(row.line, row.why, row.raw) for row in source.unread.values()] == [(2, why, record)]
    assert source.texts["event_key"].to_pylist() == ["a", "a"]
    assert (list(source.lines), source.findings) == ([1, 3], Findings())


@pytest.mark.parametrize(
    "others", [(), (b'{"event_key":{}}',), (b"x",)], ids=["alone", "beside what fits no type", "beside no JSON"]
)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"-0", "-0"),
        (b"0", "0"),
        (b"-0.0", "-0.0"),
        (b"1.50", "1.50"),
        (b"1E5", "1E5"),
        (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b"9" * 5000, "9" * 5000),
        (b'"-0"', "-0"),
        (b'""', ""),
        (b"null", None),
    ],
)
def test_a_scalar_is_its_own_text(value, text, others):
    for shape in (b'{"event_key":%b}', b'{ "event_key" : %b }', b'{"event_key":"x","event_key":%b,"ts":0}'):
        source = decoded(shape % value, *others)
        assert source.texts["event_key"].to_pylist()[0] == text
        assert 0 not in source.findings.rejects


@pytest.mark.parametrize(
    ("value", "kind"), [(b"true", "true or false"), (b"[]", "an array"), (b"[1]", "an array"), (b"{}", "an object")]
)
def test_a_scalar_is_text_or_a_number(value, kind):
    source = decoded(b'{"event_key":%b}' % value)
    assert source.findings.rejects == {0: (Why.WRONG_TYPE, "event_key", f"{kind}; text or a number is needed")}


@pytest.mark.parametrize("value", [b"[]", b"[ ]", b'""', b'" null "', b'"{}"', b'"[]"', b"null"])
def test_an_empty_list_or_text_is_an_empty_map(value):
    source = decoded(b'{"user_properties":%b}' % value)
    assert (source.findings.rejects, source.maps["user_properties"].keys) == ({}, [])


@pytest.mark.parametrize("value", [b"1", b'"a"', b"[1]", b"true", b'"[1]"', b'"{"'])
def test_a_map_is_an_object(value):
    source = decoded(GOOD, b'{"user_properties":%b}' % value)
    assert source.findings.rejects == {1: (Why.WRONG_TYPE, "user_properties", "an object is needed")}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"a"', "a"),
        (b'"\\u00e9\\n"', "é\n"),
        (b"1.50", "1.50"),
        (b"-0", "-0"),
        (b"true", "true"),
        (b"null", None),
        (b"{ }", "{}"),
        (b'[1, {"a" : "b c" }]', '[1,{"a":"b c"}]'),
        (b'{"a":"\\u0041"}', '{"a":"A"}'),
        (b'["\\"",  ": , "]', '["\\"",": , "]'),
    ],
)
def test_a_value_is_its_own_text_or_compact_json(raw, text):
    assert value_text(raw) == text
    assert decode_maps([b'{"k":' + raw + b"}"]).values == [text]


def test_equal_maps_are_decoded_once():
    column = decode_maps([b'{"a":1}', b"null", b'{"a":1}', b'{"a":2}'])
    assert (column.row_maps, column.lengths, column.values) == ([0, 1, 0, 2], [1, 0, 1], ["1", "2"])


@pytest.mark.parametrize(
    "repeats", [b'{"a":1,"a":2}', b'{"a" : 1, "\\u0061" : 2}', b'{"a":":","a":{"b":1}}', b'{"a":{"b":1},"a":2}']
)
def test_a_key_twice_is_told(repeats):
    nested = b'{"a":{"b":":","c":[{"d":-0}]},"e:f":-0,"g":""}'
    assert decode_maps([b'{"a":"b:c"}', repeats, nested]).repeated == {1}


@pytest.mark.parametrize(
    ("text", "depth"), [(b"", 0), (b"{}", 1), (b'{"a":[{}]}', 3), (b'{"[[[\\"[":1}', 1), (b"[[]", 2), (b"}{", 0)]
)
def test_how_deep_json_nests(text, depth):
    assert [is_too_deep(text, limit) for limit in range(4)] == [limit < depth for limit in range(4)]


def test_undecodable_records_are_found_before_anything_reads_them():
    findings = Findings()
    find_undecodable(chunk(b"[[]]", b"\xff", b"[]"), 1, findings)
    assert {row: found[0] for row, found in findings.rejects.items()} == {0: Why.TOO_DEEP, 1: Why.NOT_UTF8}


def test_rows_that_where_leaves_out_are_counted_and_what_it_cannot_be_asked_of_is_a_reject():
    mapping = own("where = \"type == 'a' || abs(n) > `1`\"")
    source = decoded(b'{"type":"a"}', b'{"type":"b","n":0}', b'{"n":"x"}', b"x", mapping=mapping)
    assert (source.filtered, list(source.lines)) == (1, [1, 3])
    assert {row: found[:2] for row, found in source.findings.rejects.items()} == {1: (Why.WRONG_TYPE, "where")}
    assert [(row.line, row.why) for row in source.unread.values()] == [(4, Why.NOT_JSON)]


def test_only_what_privacy_leaves_is_shown_and_nothing_of_what_is_no_record():
    mapping = own('[privacy]\ndrop = ["user_properties.email"]\nhash = ["event_key"]')
    record = b'{"event_key":"secret","user_properties":{"Email":"a@b.c","n":1}}'
    source = decoded(record, b'{"event_key":"secret"', mapping=mapping, key=b"k")
    assert source.records[0] == record
    assert b"secret" not in b"".join(source.shown)
    assert b"a@b.c" not in source.shown[0]
    assert [row.raw for row in source.unread.values()] == [WITHHELD]
    assert source.maps["user_properties"].keys == ["n"]


@pytest.mark.parametrize(
    ("texts", "raws"),
    [
        ([("a", "b"), ("c",)], [("a",)]),
        ([("c",), ("a",), ("a", "b")], [("a", "b"), ("c",)]),
        ([("a", "b"), ("a", 1, "b"), ("a", 0, "b")], [("a", "b", "c"), ("a", "b")]),
    ],
    ids=["a text in JSON", "one path twice", "an object and a list"],
)
@pytest.mark.parametrize(
    "odd", [b'{"a":1}', b'{"a":[]}', b'{"a":{"b":{}}}', b'{"a":{"b":"\\ud83d\\ude00"}}', b"{}", b'{"a":null}']
)
def test_records_that_fit_no_type_are_read_path_by_path_to_the_same(odd, texts, raws):
    paths = PathDecoder(texts, raws)
    fits = b'{"a":{"b":-0},"c":1.50}'
    together, alone = paths([fits, odd]), [paths([one]) for one in (fits, odd)]
    for number, columns in enumerate(together):
        for path, column in columns.items():
            ones = [one[number][path] for one in alone]
            assert (column if number else column.texts) == [(one if number else one.texts)[0] for one in ones]
    assert together[0][("a", "b")].texts[0] == "-0"


def test_paths_that_cross_are_of_different_types_and_records_of_either_shape_fit():
    paths = PathDecoder([("a",), ("a", "b")], [("a",)])
    fitting = paths.fitting([b'{"a":{"b":"x"}}', b"{}"])
    texts, raws = paths([b'{"a":{"b":"x"}}', b"{}"], fitting)
    assert fitting is not None
    assert (texts[("a",)].texts, texts[("a", "b")].texts) == (['{"b":"x"}', None], ["x", None])
    assert raws == {("a",): [b'{"b":"x"}', b"null"]}
    assert PathDecoder([("a",), ("a", "b")]).fitting([b'{"a":"x"}']) is None
