"""The target as Hackle's documentation gives it, held against a table of its own."""

import pyarrow as pa

from hackle_import.schema import (
    ENCODED_MAP,
    MAP,
    MAP_LIMITS,
    MAPS,
    REQUIRED_COLUMNS,
    REQUIRED_KEYS,
    ROWS,
    SCALARS,
    SCHEMA,
)

COLUMNS = {
    "insert_id": "string",
    "event_key": "string",
    "ts": "timestamp[ms, tz=UTC]",
    "metric_value": "decimal128(24, 6)",
    "identifiers": "map<string, string>",
    "event_properties": "map<string, string>",
    "user_properties": "map<string, string>",
    "platform_properties": "map<string, string>",
}


def told(kind):
    return "map<string, string>" if kind == MAP else str(kind)


def test_a_file_has_hackle_s_columns_in_their_order_and_none_is_null():
    assert {field.name: told(field.type) for field in SCHEMA} == COLUMNS
    assert SCHEMA.names == list(COLUMNS) == [*SCALARS, *MAPS]
    assert not any(field.nullable for field in SCHEMA)
    assert (MAP.key_type, MAP.item_type, MAP.item_field.nullable) == (pa.string(), pa.string(), False)


def test_rows_in_memory_differ_in_that_they_hold_each_key_once():
    assert ROWS.names == SCHEMA.names
    assert [field.type for field in ROWS if field.name in SCALARS] == [SCHEMA.field(name).type for name in SCALARS]
    assert {field.type for field in ROWS if field.name in MAPS} == {ENCODED_MAP}
    assert ENCODED_MAP.item_type == MAP.item_type


def test_what_is_required_and_limited_is_a_column():
    assert set(REQUIRED_COLUMNS) <= set(SCALARS)
    assert set(REQUIRED_KEYS) <= set(MAP_LIMITS) == set(MAPS)
