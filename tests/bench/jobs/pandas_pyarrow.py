"""What people write themselves: `pandas.read_json`, maps through Python, `pyarrow.parquet` by day. Everything is in memory
at once, numbers pass through floats; it makes no ids, keeps the case of keys, and sets no row aside: a bad one ends it.
gzip and a JSON array it would read as slowly, and they are left out."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

source, kind, target, threads = sys.argv[1:]
pa.set_cpu_count(int(threads))
MAP = pa.map_(pa.string(), pa.string())
MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
SCHEMA = pa.schema(
    [("insert_id", pa.string()), ("event_key", pa.string()), ("ts", pa.timestamp("ms", "UTC")),
     ("metric_value", pa.decimal128(24, 6)), *((name, MAP) for name in MAPS)]
)  # fmt: skip


def text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def entries(values):
    return [(key, text(value)) for key, value in values.items() if value is not None]


def from_csv():
    frame = pd.read_csv(source, dtype=str, keep_default_na=False)
    for name in MAPS:
        own = [column for column in frame.columns if column.startswith(f"{name}.")]
        keys = [column.removeprefix(f"{name}.") for column in own]
        cells = zip(*(frame[column] for column in own), strict=True)
        frame[name] = [[(key, cell) for key, cell in zip(keys, row, strict=True) if cell] for row in cells]
    return frame


def from_json():
    frame = pd.read_json(source, lines=True, dtype=False)
    for name in MAPS:
        frame[name] = [entries(values) for values in frame[name]]
    return frame


frame = from_csv() if kind == "csv" else from_json()
frame["metric_value"] = [Decimal(f"{number:.6f}") for number in pd.to_numeric(frame["metric_value"]).fillna(0)]
frame["ts"] = pd.to_datetime(frame["ts"], utc=True)
for day, rows in frame.groupby(frame["ts"].dt.strftime("%Y-%m-%d")):
    folder = Path(target, str(day))
    folder.mkdir(parents=True)
    table = pa.Table.from_pandas(rows[SCHEMA.names], SCHEMA, preserve_index=False)
    pq.write_table(table, folder / "part.parquet", compression="snappy")
