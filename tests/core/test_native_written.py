"""Numbers as people write them: C reads what `decode/numbers.py` reads, and asks Python where a blank is no ASCII."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.test_native_mappings import assert_same, plain, target_of
from hackle_import.native.library import library
from hackle_import.native.plan import native_plan
from support.examples import examples
from support.mapped_rows import FIELDS, ROW

pytestmark = pytest.mark.skipif(library() is None, reason="make native")

MARKS = [",", ".", " ", "\u00a0", "\u202f", "'", "\u2019", "\u066b", "_", "|"]
STRIPS = ["원", "₩", "$", "USD", "%", "+", "-", "()", "(", "0", "e", ",", "\u00a0x", " x", "kr.", "12"]
PIECES = [
    "1",
    "12",
    "123",
    "1234",
    "0",
    "000",
    ".",
    ",",
    "-",
    "+",
    "e5",
    "E-3",
    "e",
    " ",
    "\t",
    "\x1c",
    "\n",
    "\u00a0",
    "\u3000",
    "n/a",
    "null",
    "{}",
]


def mapping_of(decimal, thousands, strip, more=""):
    marks = [f"decimal = {json.dumps(decimal)}"] if decimal else []
    marks += [f"thousands = {json.dumps(thousands)}"] if thousands else []
    marks += [f"strip = {json.dumps(strip, ensure_ascii=False)}"] if strip else []
    written = f'{{ from = ["sum", "deep.sum"], {", ".join(marks)}{more} }}'
    return target_of(
        f"{FIELDS.replace('[fields]', f'[fields]{chr(10)}metric_value = {written}')}[fields.event_properties]\namount = {written}\n"
    )


def lines(values):
    return b"".join(json.dumps(ROW | value, ensure_ascii=False).encode() + b"\n" for value in values)


@st.composite
def written(draw):
    decimal, thousands = draw(st.none() | st.sampled_from(MARKS)), draw(st.none() | st.sampled_from(MARKS))
    strip = draw(st.lists(st.sampled_from(STRIPS), max_size=3, unique=True))
    if decimal == thousands or not (decimal or thousands or strip):
        decimal, thousands = ",", "."
    own = [one for one in (decimal, thousands, *strip) if one]
    amount = st.builds(
        lambda *parts: "".join(parts),
        st.sampled_from(["", "-", "+", "- ", *own]), st.sampled_from(["", "-", *own]), st.sampled_from(["", "1", "12", "123", "1234"]),
        st.lists(st.builds("{}{}".format, st.sampled_from([thousands or "", thousands or ",", "\u2009"]), st.sampled_from(["123", "12", "1", "000"])), max_size=3).map("".join),
        st.builds("{}{}".format, st.sampled_from(["", decimal or "."]), st.sampled_from(["", "5", "000000", "1234567"])),
        st.sampled_from(["", "e2", "E+1"]), st.sampled_from(["", *own]), st.sampled_from(["", " ", "\u00a0", *own]),
    )  # fmt: skip
    mixed = st.lists(st.sampled_from([*PIECES, *own]), max_size=7).map("".join)
    value = amount | mixed | st.sampled_from([None, 5, -0.5, True, [], {"a": 1}, "", "9" * 70])
    row = st.fixed_dictionaries({"sum": value}, optional={"deep": st.fixed_dictionaries({"sum": value})})
    return decimal, thousands, strip, draw(st.lists(row, min_size=1, max_size=12))


@settings(max_examples=examples(120), deadline=None)
@given(written(), st.sampled_from(["", ', values = { "5" = "7", "n/a" = "" }', ', default = "3"']))
def test_both_decoders_read_the_same(given_, more):
    decimal, thousands, strip, values = given_
    target = mapping_of(decimal, thousands, strip, more)
    assert_same(lines(values), target)


@pytest.mark.parametrize(
    ("marks", "texts"),
    [
        ((None, ",", ["원"]), ["1,234원", "1,234,567 원", "12원", "-5 원", "0"]),
        ((None, ",", ["$"]), ["$1,234.50", "-$1.5", "$ -1.5", "$.5", "+$7"]),
        ((",", ".", ["€"]), ["1.234,56 €", "€ 12,5", "12", "1.234.567"]),
        ((",", " ", []), ["1 234,5", "1\u00a0234,5", "1\u202f234\u2009567"]),
        ((None, "\u2019", ["CHF"]), ["CHF 1\u2019234.50"]),
    ],
)
def test_amounts_are_read_in_c(marks, texts):
    target = mapping_of(*marks)
    text = lines([{"sum": one} for one in texts])
    assert plain(text, target) == len(texts)
    assert_same(text, target)


@pytest.mark.parametrize(
    "marks", [(None, ".", []), ("\u00a0", None, []), (None, None, ["\u00a0x"]), (None, None, [" x"])]
)
def test_marks_that_only_python_tells_apart_are_python_s(marks):
    assert native_plan(mapping_of(*marks), 64) is None


def test_a_text_that_is_no_number_stays_what_it_is_but_as_an_amount():
    target = target_of(f'{FIELDS}[fields.event_properties]\namount = {{ from = "sum", thousands = "," }}\n')
    text = lines([{"sum": one} for one in ("n/a", "1,23", "", "12,345")])
    assert plain(text, target) == 4
    assert_same(text, target)
