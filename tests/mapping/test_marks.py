"""A table's `decimal` and `thousands` are those of its cells, whatever is made of them, by both decoders."""

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
    target = target_of(csv + MAPPING.format(value))
    converted = open_drop("a.csv", ["\n".join(lines).encode()], target, Limits()).converted(decoder)
    return [str(amount.normalize()) for one in converted for amount in one.batch["metric_value"].to_pylist()]


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
