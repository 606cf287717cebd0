"""Sources of the eight columns: every key of `[fields]`, and that plain paths and JMESPath read the same."""

import pytest

from hackle_import.mapping import preset_text
from support.mapped_rows import FIELDS, ROW, mapped


def one(more, **row):
    (found,) = mapped(FIELDS + more, ROW | row).rows
    return found


def test_plain_names_fill_the_columns():
    found = one("")
    assert (found["event_key"], found["metric_value"]) == ("buy", 0)
    assert found["ts"].isoformat() == "2025-01-02T03:04:05.678000+00:00"
    assert found["identifiers"] == {"id": "u1", "device_id": "d1"}
    assert found["platform_properties"] == {"osname": "iOS", "appversion": "1.0"}
    assert found["event_properties"] == found["user_properties"] == {}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a.b", "1.50"),
        ("a.c", "-0"),
        ("a.d", "true"),
        ("a.e", '{"x":[1.0,"é"]}'),
        ("a.f", None),
        ("a.f.g", None),
        ("none.at.all", None),
        ('"주문 번호"', "7"),
        ("a.$os", "x"),
        ("a.n", "123456789012345678901234567890"),
        ("a.s", ""),
        ("a", '{"b":1.50,"c":-0,"d":true,"e":{"x":[1.0,"é"]},"f":null,"$os":"x","n":123456789012345678901234567890,"s":""}'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", [b"", b"\n{}", b'\n{"a":"a text"}', b"\nnot json"])
def test_a_path_gives_the_value_s_own_text_whatever_is_beside_it(source, text, beside):
    body = (
        '{"name":"buy","at":1735787045,"user":"u","device":"d","os":"iOS","app":"1", "주문 번호": 7, "a": {"b":1.50, "c":-0,'
        '"d":true,"e":{"x": [1.0, "\\u00e9"]},"f":null,"$os":"x", "n":123456789012345678901234567890,"s":""}}'
    ).encode()
    toml = FIELDS + f"[fields.event_properties]\nx = '{source}'\n"
    for mapping in (toml, toml + '[fields.user_properties]\ny = "a.b"\nspread = "a"\n'):
        row = mapped(mapping, body=body + beside).rows[0]
        assert row["event_properties"] == ({} if text is None else {"x": text})


def test_the_first_source_that_is_there_and_not_empty_wins():
    more = '[fields.event_properties]\nx = ["p", "q", "r"]\n'
    assert one(more, p="", q=None, r="z")["event_properties"] == {"x": "z"}
    assert one(more, p="")["event_properties"] == {"x": ""}
    assert one(more)["event_properties"] == {}


def test_values_translate_and_default_fills():
    more = '[fields.event_properties]\nx = { from = ["p", "q"], values = { "1" = "one", "null" = "" }, default = 9 }\n'
    assert one(more, p=1)["event_properties"] == {"x": "one"}
    assert one(more, p="null", q="other")["event_properties"] == {"x": "other"}
    assert one(more, p="null")["event_properties"] == {"x": "9"}
    assert one("[fields.event_properties]\nx = { const = true }\n")["event_properties"] == {"x": "true"}


def test_spread_takes_objects_in_order_and_named_entries_beside_it():
    more = '[fields.event_properties]\nspread = ["p", "q"]\nnamed = "user"\n'
    found = mapped(FIELDS + more, ROW | {"p": {"a": 1, "B": 2.50}, "q": {"b": None, "A": "later", "c": {"d": [1]}}})
    assert found.rows[0]["event_properties"] == {"a": "later", "b": "2.5", "c": '{"d":[1]}', "named": "u1"}
    assert "key_repeated" not in found.receipt.notes  # the mapping means it


def test_only_and_except_choose_by_glob_whatever_the_case():
    p = {"utm_Source": "a", "UTM_medium": "b", "utm_secret": "c", "other": "d"}
    more = '[fields.event_properties]\nspread = "p"\nonly = ["utm_*"]\nexcept = ["*_SECRET"]\n'
    assert one(more, p=p)["event_properties"] == {"utm_source": "a", "utm_medium": "b"}


def test_a_spread_that_is_no_object_rejects_its_row():
    found = mapped(FIELDS + '[fields.event_properties]\nspread = "p"\n', ROW | {"p": [1]}, ROW | {"p": None}, ROW)
    assert found.receipt.rejects == {"wrong_type": 1}
    assert found.rejects[0]["field"] == "event_properties"


def test_pivot_makes_entries_of_a_list():
    more = '[fields.event_properties]\npivot = { from = "ps", key = "k", value = ["v.s", "v.i"] }\nexcept = ["c"]\n'
    ps = [
        {"k": "a", "v": {"s": "x"}},
        {"k": "b", "v": {"i": 1.50}},
        {"k": "c", "v": {"s": ""}},
        {"k": None},
        {"k": "d"},
    ]
    assert one(more, ps=ps)["event_properties"] == {"a": "x", "b": "1.5"}
    found = mapped(FIELDS + more, ROW | {"ps": "text"}, ROW | {"ps": [1]}, ROW | {"ps": None})
    assert (found.receipt.rejects, found.receipt.rows_written) == ({"wrong_type": 2}, 1)


def test_jmespath_where_a_path_is_not_enough():
    more = """[fields.event_properties]
first = "items[0].sku"
count = "length(items)"
price = "items[?sku == 'b'].price | [0]"
spread = "{kinds: items[].sku, total: sum(items[].price)}"
"""
    items = '[{"sku": "a", "price": 1.50}, {"sku": "b", "price": 2.00}]'
    body = f'{{"name":"buy","at":1735787045,"user":"u","device":"d","os":"iOS","app":"1","items":{items}}}'.encode()
    (row,) = mapped(FIELDS + more, body=body).rows
    expected = {"first": "a", "count": "2", "price": "2.00", "kinds": '["a","b"]', "total": "3.5"}
    assert row["event_properties"] == expected


def test_an_expression_that_fails_rejects_its_row_without_its_values():
    more = '[fields.event_properties]\nx = "length(p)"\n'
    found = mapped(FIELDS + more, ROW | {"p": 5}, ROW | {"p": "abc"})
    assert found.receipt.rejects == {"wrong_type": 1}
    assert found.rejects[0]["message"] == "length(p) cannot be applied"
    assert found.rows[0]["event_properties"] == {"x": "3"}


def test_a_column_of_its_own_must_be_text_or_a_number():
    found = mapped(FIELDS, ROW | {"name": {"a": 1}}, ROW | {"name": True}, ROW | {"name": 5})
    assert [reject["message"] for reject in found.rejects] == [
        "an object; text or a number is needed",
        "true or false; text or a number is needed",
    ]
    assert found.rows[0]["event_key"] == "5"


def test_records_that_are_no_objects_are_rejected_beside_good_ones():
    body = (
        b'{"name":"buy","at":1735787045,"user":"u","device":"d","os":"iOS","app":"1"}\n[1]\n{"a":\n"x"\n{"a":"\xff"}\n'
    )
    found = mapped(FIELDS, body=body)
    assert [(reject["line"], reject["code"]) for reject in found.rejects] == [
        (2, "not_an_object"), (3, "not_json"), (4, "not_an_object"), (5, "not_utf8"),
    ]  # fmt: skip
    assert found.receipt.rows_written == 1


@pytest.mark.parametrize(("identified", "user"), [(True, "kim"), (False, None), (None, None)])
def test_posthog_s_mobile_users_are_the_distinct_ids_of_those_who_are_identified(identified, user):
    row = {
        "uuid": "u", "event": "e", "timestamp": "2025-01-02T03:04:05+00:00", "distinct_id": "kim", "person_properties": {},
        "properties": {"$device_id": "d", "$os": "iOS", "$app_version": "1", "$is_identified": identified},
    }  # fmt: skip
    (found,) = mapped(preset_text("posthog").decode(), row).rows
    assert found["identifiers"].get("user_id") == user
