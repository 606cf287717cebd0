"""Rows without an id are told apart by their number among equal ones in C as in Python, and counted by both together."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.test_native_mappings import assert_same, plain, target_of
from hackle_import.conform.copies import Copies
from hackle_import.convert.opening import open_lines, open_table
from hackle_import.errors import BadDrop
from hackle_import.settings import DECODERS, Limits
from support.examples import examples
from support.samples import event, ndjson

MAPPING = 'insert_id.when_missing = "content+copy"\n'
PRIVATE = MAPPING + '[privacy]\ndrop = ["user_properties.grade"]\n'
KEYED = MAPPING + '[privacy]\nhash = ["identifiers.id"]\n'
CONSTANT = """
identifiers = { id = { const = "i" }, device_id = { const = "d" } }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1" } }
"""
EACH = (
    MAPPING
    + """each = "events"
[fields]
event_key = "key"
ts = "ts"
"""
    + CONSTANT
)


def row(number, **more):
    return {name: value for name, value in event(number).items() if name != "insert_id"} | more


def tables_ids(text, target, decoder):
    opened = open_table([text], ",", replace(target, copies=Copies()), Limits(), 1 << 16)
    return [one for converted in opened.converted(decoder) for one in converted.batch["insert_id"].to_pylist()]


def ids(texts, target, decoder):
    """Of several texts, whose rows are counted together."""
    found = (one for text in texts for one in open_lines([text], target, Limits(), 1 << 16).converted(decoder))
    return [one for converted in found for one in converted.batch["insert_id"].to_pylist()]


def test_equal_rows_are_told_apart_in_c():
    random = Random(1)
    rows = [row(random.randrange(2000)) for _ in range(6000)]
    text, target = ndjson(*rows), target_of(MAPPING)
    assert plain(text, target) == len(rows)
    assert_same(text, target)
    assert len(set(ids([text], target_of(MAPPING), "native"))) == len(rows)


rows_without_id = st.builds(
    lambda number, odd, grade: row(number, ts="nothing" if odd == "ts" else "2025-01-02 03:04:05", user_properties={"grade": grade})
    | ({"event_properties": {"a": "1", "A": "2"}} if odd == "key" else {}),
    st.integers(1, 3), st.sampled_from(["", "", "", "ts", "key"]), st.sampled_from(["a", "b"]),
)  # fmt: skip


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(rows_without_id | st.builds(event, st.integers(1, 3)), max_size=12),
    st.sampled_from([MAPPING, PRIVATE, KEYED]),
)
def test_both_decoders_make_the_same_ids(rows, mapping):
    assert_same(
        ndjson(*rows), replace(target_of(mapping), hash_key=b"0123456789abcdef" * 2 if mapping == KEYED else b"")
    )


@pytest.mark.parametrize("count", [4, 5, 7, 10, 300])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_of_equal_rows_some_may_find_no_room_in_c(count, end):
    """Room is made for rows of a usual length; the last line, which does not end, is decoded by itself."""
    short = 'insert_id.when_missing = "content+copy"\n[fields]\nevent_key = { const = "e" }\nts = "t"\n' + CONSTANT
    text = b'{"t":1735787045}\n' * (count - 1) + b'{"t":1735787045}' + end
    assert_same(text, target_of(short))
    assert plain(text, target_of(short)) < count
    table = b"t\n" + b"1735787045\n" * (count - 1) + b"1735787045" + end
    found = [tables_ids(table, target_of(short), decoder) for decoder in DECODERS]
    assert found[0] == found[1]
    assert len(set(found[0])) == count


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ('each = "l"\n', [{"l": [{"t": 1735787045}, 1]}, {"l": [{"t": 1735787045}]}]),
        ('privacy.drop = ["phone"]\n', [{"t": 1735787045, "phone": [[]] * 90_000}, {"t": 1735787045, "phone": 1}]),
    ],
)
def test_ids_that_are_equal_for_rows_that_are_not_are_counted_in_the_order_of_rows(more, rows):
    assert_same(
        ndjson(*rows, *rows), target_of(MAPPING + more + '[fields]\nevent_key = { const = "e" }\nts = "t"\n' + CONSTANT)
    )


def test_equal_elements_of_lists_are_told_apart():
    text = ndjson(*[{"events": [{"key": "a", "ts": "2025-01-02"}, {"key": "b", "ts": "2025-01-02 03:04:05"}] * 2}] * 3)
    assert_same(text, target_of(EACH))
    assert len(set(ids([text], target_of(EACH), "native"))) == 12


@pytest.mark.parametrize("decoders", [("native", "python"), ("python", "native")])
def test_parts_of_an_export_are_counted_together_whoever_decodes_them(decoders):
    text = ndjson(*(row(number) for number in range(1500)))
    together, alone = target_of(MAPPING), target_of(MAPPING)
    found = [one for decoder in decoders for one in ids([text], together, decoder)]
    assert len(set(found)) == 3000
    assert found == ids([text, text], alone, "python")


@pytest.mark.parametrize("decoder", DECODERS)
def test_more_rows_than_are_counted_fail_the_drop(decoder):
    target = replace(target_of(MAPPING), copies=Copies(most=1100))
    text = ndjson(*(row(number) for number in range(1100)))
    assert len(set(ids([text, text], target, decoder))) == 2200
    with pytest.raises(BadDrop, match="more than 1,100 rows lack an id"):
        ids([ndjson(row(1100))], target, decoder)
