"""The keys of a mapping beside `[fields]`: which rows, which times, what must not be read, and tables."""

import hashlib
import hmac
import json

import pytest

from hackle_import.errors import Misconfigured
from hackle_import.mapping.times import time_in_name
from hackle_import.settings import Rules
from support.mapped_rows import FIELDS, ROW, mapped
from support.samples import event


def test_where_leaves_rows_out_and_counts_them():
    rows = [ROW | {"kind": "track", "n": n} for n in range(3)] + [ROW | {"kind": "page"}, ROW]
    found = mapped("where = \"kind == 'track' && n > `0`\"\n" + FIELDS, *rows)
    told = found.receipt
    assert (told.rows_in, told.rows_written, told.rows_rejected, told.rows_filtered) == (5, 2, 0, 3)


def test_where_alone_leaves_hackle_s_shape_as_it_is():
    found = mapped("where = \"event_key != 'noise'\"", event(1), event(2, event_key="noise"), event(3, ts=None))
    assert (found.receipt.rows_filtered, found.receipt.rejects) == (1, {"ts_missing": 1})
    assert found.rows == mapped("", event(1)).rows


def test_where_that_fails_rejects_and_a_filtered_row_is_not_judged():
    found = mapped('where = "length(n) > `0`"\n' + FIELDS, ROW | {"n": 5}, ROW | {"n": "", "at": "never"})
    assert (found.receipt.rejects, found.receipt.rows_filtered) == ({"wrong_type": 1}, 1)
    assert found.rejects[0]["field"] == "where"


@pytest.mark.parametrize(("unit", "at"), [("s", 1735787045.678), ("ms", 1735787045678), ("us", 1735787045678999), ("ns", "1735787045678999999")])  # fmt: skip
def test_unit_is_that_of_epoch_numbers(unit, at):
    found = mapped(f'ts.unit = "{unit}"\n' + FIELDS, ROW | {"at": at}, ROW)
    assert {row["ts"].isoformat() for row in found.rows[:1]} == {"2025-01-02T03:04:05.678000+00:00"}
    assert found.receipt.rows_written == 2


def test_a_number_in_another_unit_is_out_of_range_not_guessed():
    found = mapped('ts.unit = "s"\n' + FIELDS, *(ROW | {"at": at} for at in (1735787045678, 10**17, 10**20, -(10**20))))
    assert found.receipt.rejects == {"ts_out_of_range": 4}


def test_format_and_timezone():
    found = mapped(
        'ts = { format = "%d/%m/%Y %H:%M", timezone = "Asia/Seoul" }\n' + FIELDS, ROW | {"at": "02/01/2025 12:04"}
    )
    assert found.rows[0]["ts"].isoformat() == "2025-01-02T03:04:00+00:00"


def test_when_missing_hangs_on_the_text_as_dropped_not_on_the_mapping():
    ids = [
        mapped(FIELDS + more, ROW).rows[0]["insert_id"]
        for more in ("", '[fields.user_properties]\nx = "user"\n', '[privacy]\ndrop = ["other"]\n')
    ]
    assert ids[0] == ids[1] != ids[2]  # with [privacy] it must not lead back to what was dropped


KEY = b"a long random text"


def test_privacy_drops_and_hashes_before_anything_is_read():
    mapping = (
        FIELDS
        + '[fields.user_properties]\nspread = "person"\n[privacy]\ndrop = ["person.EMAIL"]\nhash = ["user", "person.list.id"]\n'
    )
    person = {"Email": "a@b.c", "age": 5, "list": [{"id": 77, "x": 1}, {"id": None}]}
    found = mapped(
        mapping, ROW | {"person": person}, ROW | {"person": person, "at": "never"}, rules=Rules(hash_key=KEY)
    )

    def hashed(text):
        return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()

    assert found.rows[0]["identifiers"]["id"] == hashed("u1")
    listed = f'[{{"id":"{hashed("77")}","x":1}},{{"id":null}}]'.replace(',{"id":null}', ",{}")
    assert found.rows[0]["user_properties"] == {"age": "5", "list": listed}
    raw = json.loads(found.rejects[0]["raw"])
    assert "Email" not in raw["person"]
    assert raw["user"] == hashed("u1")


def test_what_cannot_be_read_is_withheld_under_privacy():
    body = b'{"email": "a@b.c"\n' + b'{"email": "a@b.c\xff"}\n'
    found = mapped(FIELDS + '[privacy]\ndrop = ["email"]\n', body=body)
    assert len(found.rejects) == 2
    assert not any(b"a@b.c" in text for text in found.bytes)


def test_hashing_without_a_key_is_refused():
    with pytest.raises(Misconfigured, match="HACKLE_HASH_KEY"):
        mapped(FIELDS + '[privacy]\nhash = ["user"]\n', ROW)


CSV = FIELDS + '[fields.event_properties]\nspread = "props"\nplan = "Plan name"\n'.replace(
    "Plan name", '\\"Plan name\\"'
)


def test_a_table_with_its_own_header_delimiter_nulls_and_json():
    body = 'name;at;user;device;os;app;props;Plan name\nbuy;2025-01-02;u1;d1;iOS;1;"{""a"":1.50}";NULL\nbuy;2025-01-02;-;d1;iOS;1;;pro\nbuy;2025-01-02;u;d;iOS;1;{;x\n'
    found = mapped(
        CSV + '[csv]\ndelimiter = ";"\nnull = ["NULL", "-"]\njson = ["props"]\n', body=body.encode(), name="a.csv"
    )
    assert found.rows[0]["event_properties"] == {"a": "1.50"}
    assert [(reject["line"], reject["code"], reject["field"]) for reject in found.rejects] == [
        (3, "required_key_missing", "identifiers.id"),
        (4, "wrong_type", "props"),
    ]


def test_a_table_without_a_header_and_with_dotted_columns():
    header = '["name", "at", "user", "device", "os", "app", "props.a", "props.b"]'
    body = b"buy,2025-01-02,u1,d1,iOS,1,x,\n"
    (row,) = mapped(CSV + f"[csv]\nheader = {header}\n", body=body, name="a.csv").rows
    assert row["event_properties"] == {"a": "x"}


def test_a_table_without_the_columns_that_are_needed_fails_with_their_names():
    found = mapped(CSV, body=b"a,b\n1,2\n", name="a.csv")
    assert (found.receipt.fault.code, found.receipt.fault.message) == (
        "csv_header",
        "no column name, which the mapping needs for event_key; no column at, which the mapping needs for ts",
    )  # fmt: skip


def test_privacy_in_a_table():
    body = b"name,at,user,device,os,app,props.email\nbuy,never,u1,d1,iOS,1,a@b.c\nbuy,a@b.c\n"
    found = mapped(CSV + '[privacy]\ndrop = ["props.email"]\n', body=body, name="a.csv")
    assert found.receipt.rows_rejected == 2
    assert not any(b"a@b.c" in text for text in found.bytes)


SECRET_RECORDS = {
    "escapes": '"us\\u0065r":{"em\\u0061il":"secret-1"}',
    "escaped value": '"user":{"email":"\\u0073ecret-1"}',
    "another case": '"USER":{"EMAIL":"secret-1"}',
    "repeated key": '"user":{"email":"secret-1","email":"x"}',
    "repeated parent": '"user":{"email":"secret-1"},"user":{"x":1}',
    "parent in two cases": '"user":{"email":"secret-1"},"User":{"email":"secret-1"}',
    "dotted key": '"user.email":"secret-1","User.EMail":"secret-1"',
    "below a dotted key": '"user.email.home":"secret-1"',
    "lists": '"user":[[{"email":"secret-1"}],{"email":["secret-1"]}]',
    "a whole object": '"user":{"email":{"home":["secret-1"]}}',
    "JSON in a text": '"user":"{\\"email\\": \\"secret-1\\"}"',
    "JSON in a text, twice": '"user":["[{\\"EMAIL\\":\\"secret-1\\"}]"]',
    "broken JSON in a text": '"user":" {\\"email\\":\\"secret-1\\""',
    "deep JSON in a text": '"user":"' + "[" * 5000 + '{\\"email\\":\\"secret-1\\"}"',
    "no JSON": '"user":{"email":"secret-1"',
    "a lone surrogate beside it": '"user":{"x":"\\ud800","email":"secret-1"}',
}
EVERYTHING = FIELDS + '[fields.event_properties]\nspread = "@"\nonly = ["user*", "email*"]\n'
PRIVATE = '[privacy]\n{} = ["user.email"]\n'


@pytest.mark.parametrize("how", ["drop", "hash"])
@pytest.mark.parametrize("at", ["2025-01-02", "never"])
@pytest.mark.parametrize("record", SECRET_RECORDS.values(), ids=SECRET_RECORDS)
def test_a_private_value_is_found_however_it_is_written(record, at, how):
    mapping = EVERYTHING.replace('"user"', '"who"') + PRIVATE.format(how)
    row = f'{{"name":"buy","at":"{at}","who":"u","device":"d","os":"iOS","app":"1",{record}}}\n'.encode()
    found = mapped(mapping, body=row, rules=Rules(hash_key=KEY))
    assert found.receipt.rows_in == 1
    assert not any(b"secret-1" in text for text in found.bytes)


@pytest.mark.parametrize("how", ["drop", "hash"])
@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("user.email", "secret-1"),
        ("User.EMAIL", "secret-1"),
        ("user,user.email", "x,secret-1"),
        ("user.email,user", "secret-1,x"),
        ("user.email", '"secret-1, ""secret-1"""'),
        ("user.email", '"secret-1"x'),
        ("user.email", "secret-1,one more"),
        ("props", '"{""user"": {""email"": ""secret-1""}}"'),
        ("user", '"{""email"": ""secret-1""}"'),
        ("user", '"{""email"": ""secret-1"""'),
        ("json", '"{""email"": ""secret-1""}"'),
        ("json,json.email", '"{""email"": ""secret-1""}",secret-1'),
        ("json,json.email", '"[1]",secret-1'),
        ("json", '"{""email"": ""secret-1"""'),
        ("user.email,user.email", "secret-1,secret-1"),
        ("secret-1,secret-1", "a,b"),
    ],
)
def test_a_private_value_is_found_in_a_table(columns, cells, how):
    mapping = (
        EVERYTHING.replace('"user"', '"who"')
        + f'[csv]\njson = ["json", "props"]\n[privacy]\n{how} = ["user.email", "json.email", "props.user.email"]\n'
    )
    body = f"name,at,who,device,os,app,{columns}\nbuy,2025-01-02,u,d,iOS,1,{cells}\nbuy,never,u,d,iOS,1,{cells}\n"
    found = mapped(mapping, body=body.encode(), name="a.csv", rules=Rules(hash_key=KEY))
    assert found.receipt.rows_in == 2 or found.receipt.fault.code == "csv_header"
    assert not any(b"secret-1" in text for text in found.bytes)


def test_what_lies_beside_a_private_value_stays():
    mapping = EVERYTHING.replace('"user"', '"who"') + PRIVATE.format("drop")
    body = b'{"name":"buy","at":"2025-01-02","who":"u","device":"d","os":"iOS","app":"1","user":"{\\"email\\":\\"s\\",\\"a\\":1.50}","user.name":"Kim"}'
    (row,) = mapped(mapping, body=body).rows
    assert row["event_properties"] == {"user": '{"a":1.50}', "user.name": "Kim"}


def test_an_empty_text_is_not_hashed_for_it_would_look_like_a_user():
    found = mapped(FIELDS + '[privacy]\nhash = ["user"]\n', ROW | {"user": ""}, rules=Rules(hash_key=KEY))
    assert found.receipt.rejects == {"required_key_missing": 1}


def test_a_table_in_hackle_s_shape_reads_as_it_does_without_policies():
    body = (
        b"event_key,ts,identifiers.id,identifiers,event_properties,event_properties.plan,platform_properties\n"
        b'buy,2025-01-02,u,"{""device_id"": ""d""}","{""plan"": ""free"", ""n"": 1.50}",pro,"{""osname"": ""iOS"", ""appversion"": 1}"\n'
        b'buy,2025-01-02,u,"{""device_id"": ""d""}",,,"{""osname"": ""iOS"", ""appversion"": 1}"\n'
    )
    plain = mapped("", body=body, name="a.csv")
    assert plain.rows[0]["event_properties"] == {"plan": "pro", "n": "1.50"}
    for more in ("where = \"event_key != 'x'\"\n", '[csv]\ndelimiter = ","\n'):
        assert mapped(more, body=body, name="a.csv").rows == plain.rows
    private = mapped('[privacy]\ndrop = ["identifiers.user_id"]\n', body=body, name="a.csv").rows
    assert [row | {"insert_id": ""} for row in private] == [row | {"insert_id": ""} for row in plain.rows]


def test_a_column_and_one_below_its_name_are_both_there_whatever_their_order():
    more = '[fields.event_properties]\na = "device"\nb = \'"device.model"\'\n'
    for columns, cells in (("device,device.model", "d,SM-1"), ("device.model,device", "SM-1,d")):
        body = f"name,at,user,os,app,{columns}\nbuy,2025-01-02,u,iOS,1,{cells}\n".encode()
        assert mapped(FIELDS + more, body=body, name="a.csv").rows[0]["event_properties"] == {"a": "d", "b": "SM-1"}


@pytest.mark.parametrize(
    ("folders", "name", "pattern", "day"),
    [
        ("/dt=2025-01-02", "a.csv", "dt=%Y-%m-%d", "2025-01-02T00:00:00"),
        ("/2024-01-01/2025/01", "02/a.csv", "%Y/%m/%d", "2025-01-02T00:00:00"),
        ("/2024-01-01/x", "a-2025-01-02.csv", "%Y-%m-%d", "2025-01-02T00:00:00"),
        ("/2024-01-01/2025-01-02/x", "a.csv", "%Y-%m-%d", "2025-01-02T00:00:00"),
        ("/2025-01-02", "a-2025-01-03-2025-01-04.csv", "%Y-%m-%d", None),
        ("/data", "a.csv", "%Y-%m-%d", None),
        ("", "2025-01-02/2025-01-03.csv", "%Y-%m-%d", None),
    ],
)
def test_a_date_stands_in_the_name_or_in_the_nearest_folder_that_has_one(folders, name, pattern, day):
    assert time_in_name(name, pattern, folders) == day
