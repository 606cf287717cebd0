"""The target, written down once: what Hackle's Data Import reads, and its limits.

Eight columns, in this order, none of them null: four scalars, then four maps from text to text whose keys are in lower
case. Lengths count characters. The columns and the required keys are from Hackle's Data Import documentation; the
limits are from its SDK documentation, and not stated for Data Import.

`SCHEMA` is that of files, `ROWS` that of the same rows in memory, where a batch holds every key of its maps once. The
decoder in C has numbers of its own for some of this, and a test holds them to these.
"""

import pyarrow as pa
from msgspec import Struct

SCALARS = ("insert_id", "event_key", "ts", "metric_value")
MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
REQUIRED_COLUMNS = ("event_key", "ts")  # without which no row can be written
REQUIRED_KEYS = {"identifiers": ("id", "device_id"), "platform_properties": ("osname", "appversion")}

EVENT_KEY_CHARACTERS = 128
METRIC_DIGITS, METRIC_DECIMALS = 24, 6  # of the column; so 18 digits before the point
METRIC_INTEGER_DIGITS = 15  # Hackle's own limit


class MapLimits(Struct, frozen=True):
    """Of one map: entries (None: any number), characters of a key, characters of a value."""

    keys: int | None
    key_characters: int = 128
    value_characters: int = 1024


MAP_LIMITS = {
    "identifiers": MapLimits(None, value_characters=512),
    "event_properties": MapLimits(64),
    "user_properties": MapLimits(128),
    "platform_properties": MapLimits(None),
}

_VALUE = pa.field("value", pa.string(), nullable=False)
MAP = pa.map_(pa.string(), _VALUE)
ENCODED_MAP = pa.map_(pa.dictionary(pa.int32(), pa.string()), _VALUE)
TS = pa.timestamp("ms", "UTC")
METRIC = pa.decimal128(METRIC_DIGITS, METRIC_DECIMALS)

_TYPES = dict(zip(SCALARS, (pa.string(), pa.string(), TS, METRIC), strict=True)) | dict.fromkeys(MAPS, MAP)
SCHEMA = pa.schema([pa.field(name, kind, nullable=False) for name, kind in _TYPES.items()])
ROWS = pa.schema([field.with_type(ENCODED_MAP) if field.type == MAP else field for field in SCHEMA])
