"""`[privacy]` in C drops and hashes what Python drops and hashes, and hands over whatever lies in an unusual place."""

import hashlib
import hmac
import json
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_native import same_rows
from core.test_native_mappings import plain, target_of
from hackle_import.conform.copies import Copies
from hackle_import.convert.opening import open_elements, open_lines, open_table
from hackle_import.native.plan import native_plan
from hackle_import.settings import Limits
from support.examples import examples
from support.samples import event, ndjson

SLOW = settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEY = b"0123456789abcdef" * 3
PATHS = ["mail", "user.mail", "user", "event_properties.mail", "user_properties.a.b", "a.b", "insert_id", "identifiers.id", "user.deep.mail"]  # fmt: skip
NAMES = st.sampled_from(["mail", "Mail", "MAIL", "user", "User", "user.mail", "USER.Mail", "a", "b", "a.b", "deep", "ma\u0131l", "plan", "", "\u017fuser", "x\n"])  # fmt: skip
VALUE = st.recursive(
    st.sampled_from(["s3cret", "", "é", "a\"b", '{"mail": "s3cret"}', ' {"mail": 1}', '["x"]', '"t"', "[", None, True, False, 0, -1.50, 10**20]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ROW = st.dictionaries(NAMES | st.sampled_from(["event_properties", "user_properties", "Event_Properties", "event_properties.mail", "metric_value"]), VALUE, max_size=6)  # fmt: skip
SPREAD = """
[fields]
insert_id = "insert_id"
event_key = "event_key"
ts = "ts"
metric_value = "metric_value"
[fields.identifiers]
spread = "identifiers"
[fields.event_properties]
spread = ["event_properties", "user"]
mail = "user.mail"
[fields.user_properties]
spread = "user_properties"
deep = "user.deep"
[fields.platform_properties]
spread = "platform_properties"
"""
WHOLE = SPREAD.replace('["event_properties", "user"]', '"@"').replace('spread = "user_properties"\n', "")


def target(drop, hashed, fields="", key=KEY):
    told = "".join(f"{name} = {json.dumps(paths)}\n" for name, paths in (("drop", drop), ("hash", hashed)) if paths)
    privacy = f"[privacy]\n{told}"
    return replace(target_of(privacy + fields), hash_key=key)


def assert_same(text, found, opened=open_lines, **more):
    def converted(decoder):
        own = replace(found, copies=Copies())  # which counts the rows of a drop
        return list(opened([text], own, Limits(), 1 << 16, **more).converted(decoder))

    same_rows(converted("python"), converted("native"))


@SLOW
@given(
    drop=st.lists(st.sampled_from(PATHS), max_size=3), hashed=st.lists(st.sampled_from(PATHS), min_size=1, max_size=3),
    fields=st.sampled_from(["", SPREAD, WHOLE]), rows=st.lists(ROW, min_size=1, max_size=8),
    plain_ascii=st.booleans(),
)  # fmt: skip
def test_both_decoders_keep_the_same_to_themselves(drop, hashed, fields, rows, plain_ascii):
    found = target(drop, hashed, fields)
    assert native_plan(found, 64) is not None
    lines = [json.dumps(event(number, **row), ensure_ascii=plain_ascii).encode() for number, row in enumerate(rows)]
    assert_same(b"\n".join(lines), found)


@pytest.mark.parametrize("fields", ["", SPREAD])
def test_what_is_usual_is_kept_to_itself_in_c(fields):
    rows = [event(n, user_properties={"mail": f"m{n}", "plan": "pro"}, phone=str(n), list=["x"]) for n in range(20)]
    found = target(["phone", "user_properties.none"], ["user_properties.mail", "identifiers.id"], fields)
    assert plain(ndjson(*rows), found) == 20


@pytest.mark.parametrize("size", [1, 54, 55, 56, 63, 64, 65, 119, 120, 500])
@pytest.mark.parametrize("key", [KEY, b"k" * 64, b"k" * 65, b"k" * 200])
def test_hashes_are_the_standard_s(size, key):
    found = target([], ["user_properties.mail"], key=key)
    text = ndjson(event(1, user_properties={"mail": "m" * size}))
    assert plain(text, found) == 1
    (made,) = open_lines([text], found, Limits(), 1 << 16).converted("native")
    told = hmac.new(key, b"m" * size, hashlib.sha256).hexdigest()
    assert made.batch["user_properties"].to_pylist() == [[("mail", told)]]


def test_more_hashes_in_a_record_than_the_mapping_names_are_python_s():
    text = ndjson(event(1, mail="a", Mail="b", MAIL="c"))
    assert plain(text, target([], ["mail"])) == 0
    assert_same(text, target([], ["mail"], WHOLE))


@SLOW
@given(
    drop=st.lists(st.sampled_from(PATHS), min_size=1, max_size=3), rows=st.lists(ROW, min_size=1, max_size=8), key=st.sampled_from([b"", KEY]),
    made=st.sampled_from(["content", "content+line", "content+copy"]), indent=st.sampled_from([None, 1]), plain_ascii=st.booleans(),
)  # fmt: skip
def test_both_decoders_make_the_same_ids_of_what_is_left(drop, rows, key, made, indent, plain_ascii):
    found = target(drop, [], f'{SPREAD}[insert_id]\nwhen_missing = "{made}"\n', key)
    events = [event(number, **{"insert_id": None} | row) for number, row in enumerate(rows)]
    texts = [json.dumps(one, ensure_ascii=plain_ascii, indent=indent).encode() for one in events]
    assert_same(b"\n".join(one.replace(b"\n", b"") for one in texts), found)
    assert_same(b"[" + b",".join(texts) + b"]", found, open_elements, array=True)


@pytest.mark.parametrize("key", [b"", KEY])
def test_usual_ids_of_what_is_left_are_made_in_c(key):
    rows = [event(n, insert_id=None, user={"a": [n], "mail": f"m{n}"}, User="a word", mail="m") for n in range(20)]
    spaced = b"\n".join(json.dumps(one).replace("{", "{ \t").encode() for one in rows)
    found = target(["mail", "user.mail"], [], key=key)
    assert plain(ndjson(*rows), found) == plain(spaced, found) == 20
    assert_same(ndjson(*rows), found)
    assert_same(spaced, found)


@pytest.mark.parametrize(
    ("more", "drop", "hashed"),
    [
        ({"event_properties": {"user": {"email": "e", "plan": "pro", "x": [1, {"y": 2}]}}}, "event_properties.user.email", "event_properties.user.plan"),
        ({"user": {"email": "e", "deep": {"mail": 1, "z": "\ud64d"}}}, "user.email", "user.deep.mail"),
        ({"user_properties": {"name": "\ud64d\uae38\ub3d9/\n"}}, "user_properties.none", "user_properties.name"),
        ({"user_properties": [], "other": "a \uae40"}, "user_properties.mail", "other.mail"),
        ({"mail": "m", "long": "0123456789" * 1000}, "mail", "phone"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", [b"", KEY])
def test_what_is_usual_of_nested_values_and_texts_is_kept_to_itself_in_c(more, drop, hashed, key):
    fields = SPREAD.replace('deep = "user.deep"', 'deep = "user.deep"\nuser = "user"')
    found = target([drop], [hashed] if key else [], fields, key)
    rows = [event(number, insert_id=None, **more) for number in range(20)]
    for text in (ndjson(*rows), b"\n".join(json.dumps(row).encode() for row in rows)):
        assert_same(text, found)
        assert plain(text, found) == 20


def test_a_number_of_more_digits_than_python_reads_is_python_s_where_expressions_look():
    where = "where = \"event_key != 'x'\"\n"
    for digits, made in (("1" * 4299, 1), ("1" * 4300, 0), ("1" * 9000, 0), ("1" * 4000 + "." + "1" * 4000, 1)):
        text = ndjson(event(1)).replace(b"{", f'{{"n": {digits}, '.encode(), 1)
        assert_same(text, target_of(where))
        assert plain(text, target_of(where)) == made


def test_ids_that_are_made_beside_hashes_are_keyed():
    text = ndjson(*(event(n, insert_id=None, user_properties={"mail": f"m{n}"}) for n in range(20)))
    found = target(["phone"], ["user_properties.mail"])
    assert plain(text, found) == 20
    assert_same(text, found)


@pytest.mark.parametrize(
    "more",
    [
        '"x": 1, "x": 2', '"user": {"y": 1, "y": 1}', '"User": {"mail": ["a"]}', '"USER": {"Mail": 1, "deep": {"mail": 1}}',
        '"User": ["a", {"mail": 1}]', '"User": "{\\"mail\\": 1}"', '"User": " \\u00a0[1]"', '"\\u0078": 1, "x": 2', '"k\\u000a\\u00e9\\/": "\\u00e9"',
        '"User": {}', '"User":  { }', '"mail": {"a": [1, {"b": 2}]}', f'"{"k" * 600}": 1', '"User": true, "user.mail": 1', '"": 1',
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", [b"", KEY])
def test_ids_of_what_is_left_of_unusual_records_are_the_same(more, key):
    row = ndjson(event(1, insert_id=None)).strip()[:-1] + f",{more}}}".encode()
    found = target(["mail", "user.mail", "user.deep.mail"], [], key=key)
    assert_same(b"\n".join([row, row.replace(b":", b" : ")]), found)


@pytest.mark.parametrize("decoder", ["native", "python"])
@pytest.mark.parametrize(
    ("opened", "text"),
    [
        (open_lines, b'{"insert_id":"a","mail":"%s"}'),
        (partial(open_table, delimiter=","), b"insert_id,event_key,ts,mail\na,e,1735787045,%s\n"),
    ],
)
def test_what_is_too_long_to_be_searched_is_not_shown(opened, text, decoder):
    found = opened([text % (b"s3cret" * 100)], target=target(["mail"], []), limits=Limits(max_line_bytes=300))
    (rejected,) = (one for made in found.converted(decoder) for one in made.rejects)
    assert (rejected.why.value, b"s3cret" in rejected.raw) == ("line_too_long", False)


def test_a_plan_of_too_many_names_is_python_s():
    assert native_plan(target([], [f"a{number}" for number in range(20)]), 64) is None
