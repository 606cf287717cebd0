"""A table's `decimal` and `thousands` are those of its cells, whatever is made of them, by both decoders."""

import json

import pytest

from core.test_native_mappings import target_of
from hackle_import.convert.opening import open_drop
from hackle_import.settings import DECODERS, Limits

MARKS = '[csv]\ndecimal = ","\nthousands = "."\n'
MAPPING = """
[fields]
event_key = "event"
ts = "at"
metric_value = {}
identifiers = {{ id = "user", device_id = "user" }}
platform_properties = {{ osname = {{ const = "iOS" }}, appversion = {{ const = "1" }} }}
"""


def amounts(decoder, csv, value, *cells):
    lines = ["event,at,user,amount", *(f"b,2025-01-01,u,{cell}" for cell in cells)]
    return came(decoder, "a.csv", "\n".join(lines), csv + MAPPING.format(value))


def came(decoder, name, text, mapping):
    converted = open_drop(name, [text.encode()], target_of(mapping), Limits()).converted(decoder)
    return [f"{amount.normalize():f}" for one in converted for amount in one.batch["metric_value"].to_pylist()]


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize(
    ("value", "cells", "came"),
    [
        ('"amount"', ['"1.234,5"', "12"], ["1234.5", "12"]),
        ('{ from = "amount", strip = ["€"] }', ['"1.234 €"', '"12,50 €"'], ["1234", "12.5"]),
        ('"divide(amount, `1000000`)"', ["1234000"], ["1.234"]),
        ('{ from = "amount", default = "0.5" }', ["", '"12,5"'], ["0.5", "12.5"]),
        ('{ from = "amount", values = { free = "1.5" } }', ["free", '"1.234,5"'], ["1.5", "1234.5"]),
        ('{ from = "amount", decimal = ".", thousands = "," }', ['"1,234.5"'], ["1234.5"]),
    ],
)
def test_marks_are_those_of_cells(decoder, value, cells, came):
    assert amounts(decoder, MARKS, value, *cells) == came


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_number_of_json_in_a_cell_has_no_marks(decoder):
    assert amounts(decoder, f'json = ["amount"]\n{MARKS}', '"amount.v"', '"{""v"":1.234}"') == ["1.234"]


@pytest.mark.parametrize("decoder", DECODERS)
def test_what_a_dialect_says_holds_beside_what_is_stripped(decoder):
    csv = '[csv]\ndialect = "excel-ko"\nencoding = "utf-8"\n'
    assert amounts(decoder, csv, '{ from = "amount", strip = ["원"] }', '"1,234원"') == ["1234"]


@pytest.mark.parametrize("decoder", DECODERS)
def test_signs_of_the_field_s_own_are_all_it_has(decoder):
    csv = '[csv]\ndialect = "excel-ko"\nencoding = "utf-8"\n'
    assert amounts(decoder, csv, '{ from = "amount", decimal = "," }', '"1,234"') == ["1.234"]


WRITTEN = ["1.234,5", "1.234", "12.5", "12,5", ",5", "5,", "-1.234,50", "- 5", "+7", "1e3", "1,5E+03", "1.5e3", "12.34.567",
           "1.2345", "1.23", "12,50,0", "", "-", ",", " 1.234 ", "0012,5", "1 234,5", "1\u00a0234", "1.234.567.890,12"]  # fmt: skip


@pytest.mark.parametrize("marks", [(",", "."), (".", ","), (",", " "), (",", None)])
@pytest.mark.parametrize("text", WRITTEN)
def test_cells_and_texts_of_json_are_one_number_by_both_decoders(text, marks):
    decimal, thousands = marks
    options = [f'decimal = "{decimal}"', *([f'thousands = "{thousands}"'] if thousands else [])]
    row = json.dumps({"event": "b", "at": "2025-01-01", "user": "u", "amount": text})
    value = f'{{ from = "amount", {", ".join(options)} }}'
    csv = "[csv]\n" + "\n".join(options) + "\n"
    of_json = {str(came(decoder, "a.ndjson", row, MAPPING.format(value))) for decoder in DECODERS}
    of_cells = {str(amounts(decoder, csv, '"amount"', f'"{text}"')) for decoder in DECODERS}
    assert of_json == of_cells
    assert len(of_cells) == 1


def test_marks_read_what_people_and_spreadsheets_write():
    value = '{ from = "amount", decimal = ",", thousands = "." }'
    cells = ['"1,5E+03"', "1e3", '"12.34.567"', '"-1.234,5"', "+7"]
    assert amounts("python", "", value, *cells) == ["1500", "1000", "1234567", "-1234.5", "7"]
    assert amounts("python", "", value, "12.5", "1.2345", "1.5e3") == []


@pytest.mark.parametrize("text", ["12,500", "₩12500", "1_000", "nan", "Infinity", "free"])
def test_to_number_of_what_is_none_is_told(text):
    """JMESPath makes null of it, which would be 0 without a word."""
    row = json.dumps({"event": "b", "at": "2025-01-01", "user": "u", "amount": text, "other": "7"})

    def of(value, more=""):
        return came("python", "a.ndjson", row, more + MAPPING.format(value))

    assert of('"to_number(amount)"') == of('"multiply(to_number(amount), `2`)"') == []
    assert (
        of('"to_number(amount)"', 'on_bad_metric = "zero"\n')
        == of('"number(amount)"', 'on_bad_metric = "zero"\n')
        == ["0"]
    )
    assert of('"to_number(amount) || to_number(other)"') == of('["to_number(amount)", "other"]') == ["7"]


def test_to_number_is_exact_and_null_of_what_is_no_text():
    for amount, value in [
        ('"12345678901234567.125"', "12345678901234567.125"),
        ("12.50", "12.5"),
        ('" 7 "', "7"),
        ('""', "0"),
        ("null", "0"),
        ("[1]", "0"),
        ("true", "0"),
    ]:
        row = f'{{"event": "b", "at": "2025-01-01", "user": "u", "amount": {amount}}}'
        assert came("python", "a.ndjson", row, MAPPING.format('"to_number(amount)"')) == [value]
