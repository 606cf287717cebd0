"""The columns that Hackle reads, from its Data Import documentation: eight, in this order, none of them null.

`SCHEMA` is that of files, `ROWS` that of the same rows in memory, where a batch holds every key of its maps once.
"""

import pyarrow as pa

_VALUE = pa.field("value", pa.string(), nullable=False)
MAP = pa.map_(pa.string(), _VALUE)
ENCODED_MAP = pa.map_(pa.dictionary(pa.int32(), pa.string()), _VALUE)
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

ROWS = pa.schema([field.with_type(ENCODED_MAP) if field.type == MAP else field for field in SCHEMA])
