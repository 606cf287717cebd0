"""A lazy frame with columns of Polars' map type, sunk by day. It checks nothing, makes no ids, keeps the case of keys and
entries that are null, and sets no row aside: a bad one ends it. It cannot do a JSON array with nested values in a map."""

import os
import sys

source, kind, target, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads

import polars as pl  # noqa: E402 - it reads the number of threads when it is imported

MAP = pl.Map(pl.String, pl.String)
MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
SCALARS = ("insert_id", "event_key", "ts", "metric_value")
SCHEMA = dict.fromkeys(SCALARS, pl.String) | dict.fromkeys(MAPS, MAP)


def csv_rows():
    """A column an entry becomes maps of what is not empty."""
    frame = pl.scan_csv(source, infer_schema=False)
    names = frame.collect_schema().names()
    return frame.select(*SCALARS, *(as_map(name, names) for name in MAPS))


def as_map(name, names):
    own = [column for column in names if column.startswith(f"{name}.")]
    entries = [pl.struct(key=pl.lit(column.removeprefix(f"{name}.")), value=pl.col(column)) for column in own]
    kept = pl.element().filter(pl.element().struct.field("value").is_not_null())
    return pl.concat_list(entries).list.eval(kept).cast(MAP).alias(name)


ts = pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms", time_zone="UTC")
rows = csv_rows() if kind == "csv" else pl.scan_ndjson(source, schema=SCHEMA)
frame = rows.with_columns(ts, pl.col("metric_value").cast(pl.Decimal(24, 6)))
by_day = pl.PartitionBy(target, key=pl.col("ts").dt.date().alias("day"), include_key=False)
frame.sink_parquet(by_day, compression="snappy", mkdir=True)
