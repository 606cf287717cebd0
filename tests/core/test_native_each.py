"""Records that hold a list of rows: both decoders make the same rows, rejects and notes of them, and C takes what is usual."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_native import damaged, noted
from core.test_native_mappings import MAPPING, ROW, VALUE, target_of, usually
from hackle_import.conform.copies import Copies
from hackle_import.convert.opening import open_drop
from hackle_import.engine import python_engine
from hackle_import.native.library import library
from hackle_import.seen.sources import Sources
from hackle_import.settings import Limits
from mapping.test_mapping_properties import text_of
from support.examples import examples
from support.mapped_rows import FIELDS
from support.mapped_rows import ROW as OWN

pytestmark = pytest.mark.skipif(library() is None, reason="make native")

OF_LIST = 'each = "l"\n' + FIELDS.replace(
    "[fields]\n", '[fields]\nevent_properties = { spread = ["record.more", "@"] }\n'
)
BY_LINE = OF_LIST + '[insert_id]\nwhen_missing = "content+line"\n'


def opened(text, target, name="drop.ndjson", block=1 << 16, most=8 << 20, key=b"0123456789abcdef" * 2):
    own = replace(target, copies=Copies(), hash_key=key)
    return open_drop(name, [text], own, Limits(max_line_bytes=most), block)


def told(made):
    """Of a drop, however many parts it was made in."""
    sources = Sources()
    for one in made:
        one.batch.validate(full=True)
        sources.add(one.sources)
    return {
        "rows": [row for one in made for row in one.batch.to_pylist()],
        "lines": [line for one in made for line in one.lines.to_pylist()],
        "rejects": [reject for one in made for reject in one.rejects],
        "notes": noted(made),
        "counts": [sum(getattr(one, name) for one in made) for name in ("rows_in", "rows_filtered", "records")],
        "sources": (sources.present - {"@"}, Counter(sources.most_frequent()), sources.rows, sources.has_more),
    }


def assert_same(text, target, **how):
    """What both decoders made, and how many of the rows C was not asked for."""
    native, python = (told(list(opened(text, target, **how).converted(one))) for one in ("native", "python"))
    assert native == python
    return python


def in_c(text, target, **how):
    """How many rows C made, of how many."""
    asked, one = [], opened(text, target, **how)
    python = python_engine(one.decode, one.target)

    def spy(chunk):
        asked.extend([*chunk.records, *chunk.unread])
        return python(chunk)

    rows = sum(part.rows_in for part in one.native(library(), spy))
    return rows - len(asked), rows


def record(*rows, **more):
    return json.dumps({"more": {"a": 1}} | more | {"l": list(rows)}).encode()


USUAL = [
    record(OWN, OWN | {"name": "view"}, {"at": 1735787045, **OWN, "x": [{"y": "]}"}, None]}),
    b' { "more" : {"b" : [1, 2 ] } , "l" : [ {"name":"a" } , %s ] , "z":null} \r' % json.dumps(OWN).encode(),
    record(OWN | {"Other": "\\", "한": 'é"', "o": "\ud83d\ude00"}, **{"\u00e9\n": "é"}),
    record(),
    record(*[OWN] * 3),
]


@pytest.mark.parametrize(("mapping", "ids"), [(OF_LIST, 7), (BY_LINE, 8)])
def test_what_is_usual_is_decoded_in_c(mapping, ids):
    text = b"\n".join(one.replace(b'{"name":"a" } , ', b"") for one in USUAL)
    found = assert_same(text, target_of(mapping))
    assert found["counts"] == [8, 0, 5]
    assert found["lines"] == [1, 1, 1, 2, 3, 5, 5, 5]
    assert len({row["insert_id"] for row in found["rows"]}) == ids
    assert in_c(text, target_of(mapping)) == (8, 8)


@pytest.mark.parametrize(
    "line",
    [
        b'{"l":[%s],"more":{},"l":[{}]}', b'{"more":1,"l":[%s],"mor\\u0065":2}', b'{"l":[%s,5]}', b'{"l":"[%s]"}',
        b'{"l":[%s,{"record":1}]}', b'{"l":[%s,{"\\u0072ecord":1,"own_record":2}]}', b'{"l":[%s,"{}"]}', b'{"l":{}}',
        b'{"l":[%s,{"Record":"x","RECORD":2}]}', b"{}", b"5", b'{"l":[%s]', b'{"l":[%s],}', b'{"l":[%s,]}', b'{"l":[]}5',
        b'{"l":[%s,{"at":"never"}],"more":5}', b'{"l":[%s,{"a":1,"a":2}]}', b'{"l":[%s],"a":"\\ud800"}', b'{"l":[],"a":01}',
        b'{"l":[%s],"\xff":1}', b'{"l":[%s,{"\\u0061":1,"\xff":2}]}', b'{"l":[%s,{"record":"\xff"}]}', b'{"l":[%s,"\xff"]}', b'{"l":[%s,"{\\"a\\":\\"\xff\\"}"]}',
        b'{"l":[%s,"\\ud800"]}', b'{"l":[%s,"{\\"\\ud800\\":1}"]}', b'[{"l":[%s]}]', b'{"l":[%s],"more":{"x":1,"X":2}}', b'{"l":null}', b'{"l":[%s] "a":1}',
    ],
)  # fmt: skip
def test_what_is_unusual_of_a_record_is_python_s_and_no_other_record_is(line):
    own = json.dumps(OWN).encode()
    text = b"\n".join([record(OWN), line.replace(b"%s", own), record(OWN, OWN)])
    assert_same(text, target_of(OF_LIST))
    made, rows = in_c(text, target_of(OF_LIST))
    assert made in (3, 4)
    assert rows > 3 or b"%s" not in line


def test_of_a_long_list_python_gets_the_rows_alone_that_are_not_plain():
    """Among them one that is rejected, and one that is left out; each comes back to its place."""
    odd = b'{"name":"x",' + json.dumps(OWN | {"n": 2}).encode()[1:]
    rows = [json.dumps(OWN | {"n": 2, "x": number}).encode() for number in range(60)]
    rows[7], rows[20], rows[31], rows[59] = odd, odd, b'{"n":2,"at":"never"}', b'{"n":1,"n":0}'
    text = b'{"more":{"a":1},"l":[' + b",".join(rows) + b"]}"
    text = b"\n".join([record(OWN | {"n": 3}), text, text, record(OWN | {"n": 1})])
    target = target_of('where = "n > `1`"\n' + BY_LINE)
    found = assert_same(text, target)
    assert found["counts"] == [122, 3, 4]
    assert [one.line for one in found["rejects"]] == [2, 3]
    assert in_c(text, target) == (114, 122)


RECORD = st.tuples(
    st.lists(usually(ROW, VALUE), max_size=4), st.dictionaries(st.sampled_from(["a", "q", "r", "\n", "한"]), VALUE), VALUE,
)  # fmt: skip
EACH = MAPPING.map(lambda one: one | {"each": "w.l"}) | MAPPING.map(
    lambda one: (
        one
        | {"each": "w.l"}
        | {
            "fields": one["fields"]
            | {"user_properties": {"spread": ["record.q", "@"], "b": "record.w.b", "c": "record"}}
        }
    )
)


def written(record, *, ascii_only, spaced):
    rows, beside, other = record
    separators = (" , ", " : ") if spaced else (",", ":")
    whole = beside | {"w": {"b": other, "l": rows, "c": 1}}
    return json.dumps(whole, ensure_ascii=ascii_only, separators=separators).encode()


FEW = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
LINES = st.lists(st.builds(written, RECORD, ascii_only=st.booleans(), spaced=st.booleans()), min_size=1, max_size=4)


@FEW
@given(EACH, LINES)
def test_both_decoders_give_the_same_of_lists_through_any_mapping(mapping, lines):
    assert_same(b"\n".join(lines), target_of(text_of(mapping), None))


@FEW
@given(EACH, LINES, st.randoms(use_true_random=False))
def test_both_decoders_give_the_same_of_damaged_lists(mapping, lines, random):
    assert_same(b'{"w":{"l":[]}}\n' + damaged(b"\n".join(lines), random), target_of(text_of(mapping)))


@FEW
@given(LINES, st.sampled_from([None, 0, 1, "\t"]), st.sampled_from([OF_LIST, BY_LINE]), st.integers(20, 900))
def test_both_decoders_give_the_same_of_an_array_of_records(lines, indent, mapping, block):
    text = json.dumps(list(map(json.loads, lines)), indent=indent).encode()
    assert_same(text, target_of(mapping.replace('"l"', '"w.l"')), name="drop.json", block=block)


def test_records_of_an_array_are_decoded_in_c():
    own = [OWN | {"id": str(number)} for number in range(4)]
    ids = OF_LIST.replace("[fields]\n", '[fields]\ninsert_id = "id"\n')
    for indent, mapping, made in ((None, OF_LIST, 4), (1, ids, 4), (1, OF_LIST, 0)):
        text = json.dumps([{"l": own[:2]}, {"l": own[2:]}], indent=indent).encode()
        assert_same(text, target_of(mapping), name="drop.json")
        assert in_c(text, target_of(mapping), name="drop.json") == (made, 4)


PRIVATE = '[privacy]\ndrop = ["more.a", "l.secret"]\nhash = ["l.user", "more.c"]\n'


def test_what_where_and_privacy_say_of_rows_is_c_s():
    ids = '[fields]\ninsert_id = "id"\n'
    own = [OWN | {"id": str(number), "secret": "s", "n": number} for number in range(6)]
    text = b"\n".join([record(*own[:4]), record(*own[4:], more={"a": "x", "b": "y", "c": "z"})])
    mapping = 'where = "n > `1`"\n' + OF_LIST.replace('"record.more", "@"', '"@"').replace("[fields]\n", ids) + PRIVATE
    found = assert_same(text, target_of(mapping))
    assert found["counts"] == [6, 2, 2]
    assert in_c(text, target_of(mapping)) == (6, 6)


def test_what_no_row_had_and_nothing_uses_is_told_alike():
    lines = [
        record(OWN | {"x": 1}, OWN, u={"a": None, "b": 1}),
        record(5, OWN | {"y": 2}),
        record(z=1),
        record(OWN, u=7),
    ]
    mapping = (
        'each = "l"\n' + FIELDS + '[fields.user_properties]\na = "record.u.a"\nb = "own_record"\nc = "record.no"\n'
    )
    found = assert_same(b"\n".join(lines), target_of(mapping))
    present, unused, rows, _ = found["sources"]
    assert "record.no" not in present
    assert unused == {"x": 1, "y": 1, "record.more": 4}
    assert rows == 4


def test_what_privacy_names_is_used():
    more = '[privacy]\ndrop = ["l.gone", "u.gone"]\nhash = ["l.tag", "u.tag"]\n'
    lines = [record(OWN | {"tag": "t", "gone": 1, "x": 1}, u={"tag": "t", "gone": 1, "y": 1}) for _ in range(2)]
    found = assert_same(b"\n".join(lines), target_of('each = "l"\n' + FIELDS + more))
    assert found["sources"][1] == {"record.more": 2, "x": 2}


@pytest.mark.parametrize("key", [b"", b"k" * 32])
@pytest.mark.parametrize("name", ["drop.ndjson", "drop.json"])
def test_ids_of_rows_that_privacy_takes_from_are_made_in_c(name, key):
    mapping = target_of(OF_LIST.replace('"record.more", "@"', '"@"') + '[privacy]\ndrop = ["more.a", "l.secret"]\n')
    lines = [
        record(*[OWN | {"secret": f"{number}", "n": number} for number in range(3)], more={"a": "x", "b": "y"})
    ] * 2
    text = b"[" + b",".join(lines) + b"]" if name == "drop.json" else b"\n".join(lines)
    assert_same(text, mapping, name=name, key=key)
    assert in_c(text, mapping, name=name, key=key) == (6, 6)


@pytest.mark.parametrize("name", ["drop.ndjson", "drop.json"])
def test_rows_that_have_no_room_wait_though_they_are_of_one_record(name):
    """A text that becomes many times as long."""
    lean = 'each = "l"\n' + FIELDS
    lines = [record(*[OWN] * rows, pad=["x"] * (size // 5)) for rows, size in ((3, 9), (40, 40_000), (60, 45_000), (130, 50_000), (9, 50_000))]  # fmt: skip
    lines = [lines[0], *[lines[1], lines[2]] * 2, b'{"l":5}', lines[3], lines[0], b'{"l":[5]}']
    text = b"[" + b",".join(lines) + b"]" if name == "drop.json" else b"\n".join(lines)
    found = assert_same(text, target_of(lean), name=name, block=1 << 18)
    assert found["counts"] == [3 + 2 * 100 + 1 + 130 + 3 + 1, 0, 9]
    assert in_c(text, target_of(lean), name=name, block=1 << 18) == (336, 338)


@pytest.mark.parametrize("odd", ['{"name":"x",', '{"record":1,'])
def test_long_texts_are_cut_where_python_cuts_them(odd):
    """What is written hangs on it. Of one record, some of whose rows are Python's, or all."""
    own = json.dumps(OWN).encode()
    rows = [own.replace(b"{", odd.encode(), number % 2) for number in range(240)]
    text = b'{"pad":"%s","l":[' % (b"x" * 40_000) + b",".join(rows) + b"]}"
    text, target = b"\n".join([record(OWN), text, record(OWN)]), target_of(BY_LINE.replace('"record.more", ', ""))
    found = assert_same(text, target)
    assert found["counts"] == [242, 0, 3]
    native, python = (
        [one.batch.num_rows for one in opened(text, target).converted(decoder) if one.batch.num_rows]
        for decoder in ("native", "python")
    )
    assert native == python
    assert len(native) > 2


def test_lines_that_are_too_long_stand_between_records():
    text = b"\n".join([record(OWN), record(OWN, pad="x" * 5000), record(OWN)])
    found = assert_same(text, target_of(OF_LIST), most=1000, block=200)
    assert found["counts"] == [3, 0, 3]
    assert [one.line for one in found["rejects"]] == [2]


def test_each_does_not_take_a_table_to_c():
    assert opened(b"l,more\n[],{}\n", target_of(OF_LIST), name="drop.csv").native(library(), None) is None
