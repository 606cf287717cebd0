"""Which fields of a source nothing uses: dotted paths, the most frequent first, and never one that something takes."""

import json

import pytest

from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.table import MappedTable
from hackle_import.mapping import Mapping, load_mapping
from hackle_import.preview.fields import FieldCounts, fields_of
from hackle_import.reading.dialect import Dialect

FIELDS = (
    '[fields]\nevent_key = "name"\nts = "at"\nidentifiers = { id = "user.id", device_id = "device" }\n'
    'platform_properties = { osname = "os", appversion = "v" }\n'
)


def unused(text, *rows):
    mapping = load_mapping(text.encode(), "own")
    counts, decode = FieldCounts(mapping), MappedDecoder(mapping, 64)
    for number, row in enumerate(rows, 1):
        record = row if isinstance(row, bytes) else json.dumps(row).encode()
        counts.add(fields_of(record, decode, is_json=True), number, None, None)
    return [(one.field, one.rows) for one in counts.unused()]


@pytest.mark.parametrize(
    ("more", "row", "left"),
    [
        ("", {"name": 1, "at": 1, "user": {"id": 1, "plan": 2}, "x": None}, ["user.plan"]),
        ("", {"user": {"id": {"deep": 1}}, "device": [1]}, []),
        ('[fields.event_properties]\nspread = "props"', {"props": {"a": {"b": 1}}, "other": 1}, ["other"]),
        (
            '[fields.event_properties]\nspread = "props"\nonly = ["utm_*"]',
            {"props": {"UTM_id": 1, "a": 1}},
            ["props.a"],
        ),
        ('[fields.event_properties]\nspread = "props"\nexcept = ["a"]', {"props": {"b": 1, "A": 1}}, ["props.A"]),
        ('[fields.event_properties]\nspread = "@"', {"x": 1, "y": {"z": 2}}, []),
        ('[fields.event_properties]\nx = "items[0].sku"', {"items": [{"sku": 1, "n": 2}]}, []),
        ("[fields.event_properties]\nx = \"join('-', tags)\"", {"tags": ["a"], "tag": 1}, ["tag"]),
        ('[fields.event_properties]\npivot = { from = "p", key = "k", value = "v" }', {"p": [{"k": 1}], "q": 1}, ["q"]),
        ('[privacy]\ndrop = ["secret.a"]', {"secret": {"a": 1, "b": 2}}, ["secret.b"]),
    ],
)
def test_what_something_takes_is_used(more, row, left):
    assert [field for field, _ in unused(FIELDS + more, row)] == left


def test_where_uses_what_it_looks_at():
    assert unused("where = \"type == 'a'\"\n", {"type": "a", "other": 1}) == [("other", 1)]


def test_fields_are_counted_by_rows_and_what_is_no_record_has_none():
    rows = [{"b": 1}, {"a": 1, "b": [1, 1]}, b"x", b"\xff", {"c": {}}]
    assert unused("", *rows) == [("b", 2), ("a", 1), ("c", 1)]


def test_a_table_s_columns_are_its_fields():
    header, record = ["event_key", "event_properties.a.b", "other"], b"buy,1,2"
    counts = FieldCounts(Mapping())
    decode = MappedTable([*header, "ts"], Dialect(), Mapping(), MappedDecoder(Mapping(), 64))
    counts.add(fields_of(record + b",", decode, is_json=False), 2, None, None)
    assert [one.field for one in counts.unused()] == ["other"]
