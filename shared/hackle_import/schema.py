"""The columns that Hackle reads, from its Data Import documentation: eight, in this order, none of them null."""

import pyarrow as pa

MAP = pa.map_(pa.string(), pa.field("value", pa.string(), nullable=False))
TS = pa.timestamp("ms", "UTC")
METRIC = pa.decimal128(24, 6)

SCHEMA = pa.schema(
    [
        pa.field("insert_id", pa.string(), nullable=False),
        pa.field("event_key", pa.string(), nullable=False),
        pa.field("ts", TS, nullable=False),
        pa.field("metric_value", METRIC, nullable=False),
        pa.field("identifiers", MAP, nullable=False),
        pa.field("event_properties", MAP, nullable=False),
        pa.field("user_properties", MAP, nullable=False),
        pa.field("platform_properties", MAP, nullable=False),
    ]
)
