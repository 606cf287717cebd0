"""What a job wrote, read back: `python outcome.py FOLDER [REFERENCE]` prints it as JSON.

`rows` and `days` (rows by day) come from the files' footers. With a reference, which is what our command made of the
same file, also the content: in which columns the type is not the one that Hackle reads, and how many values differ.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MAPS = ("identifiers", "event_properties", "user_properties", "platform_properties")
_SCALARS = {
    "insert_id": pa.string(), "event_key": pa.string(), "ts": pa.timestamp("ms", "UTC"), "metric_value": pa.decimal128(24, 6),
}  # fmt: skip


def rows(files: list[Path]) -> dict[str, Any]:
    days: Counter[str] = Counter()
    for file in files:
        days[file.parent.name.rpartition("=")[2]] += pq.read_metadata(file).num_rows
    size = sum(file.stat().st_size for file in files)
    return {"rows": days.total(), "days": dict(sorted(days.items())), "megabytes": size / 1e6}


def content(files: list[Path]) -> dict[str, Any]:
    import duckdb

    entries = ", ".join(f"sum(len(list_filter(map_values({name}), lambda v: v IS NOT NULL)))::BIGINT" for name in MAPS)
    nulls = ", ".join(f"sum(len(list_filter(map_values({name}), lambda v: v IS NULL)))::BIGINT" for name in MAPS)
    found = duckdb.execute(
        f"SELECT count(DISTINCT insert_id), sum(metric_value)::VARCHAR, count(metric_value), {entries}, {nulls} "
        f"FROM read_parquet({list(map(str, files))}, hive_partitioning = false)"
    ).fetchone()
    assert found
    return {
        "ids": found[0], "metric_sum": found[1], "metrics": found[2], "types": types(files[0]),
        "entries": dict(zip(MAPS, found[3:7], strict=True)), "null_entries": sum(found[7:11]),
    }  # fmt: skip


def differences(files: list[Path], reference: list[Path]) -> dict[str, int]:
    """Of a sixteenth of the rows: event properties compared, and those of another text, white space in JSON aside."""
    import duckdb

    compared, altered = duckdb.execute(
        f"SELECT count(*), count(*) FILTER ({_TEXT.format('ours')} != {_TEXT.format('theirs')}) FROM ({_sample(reference)}) ours "
        f"JOIN ({_sample(files)}) theirs ON ours.insert_id = theirs.insert_id AND ours.entry.key = lower(theirs.entry.key)"
    ).fetchall()[0]
    return {"compared": compared, "altered": altered}


_TEXT = "CASE WHEN {0}.entry.value[1] IN ('{{', '[') THEN replace({0}.entry.value, ' ', '') ELSE {0}.entry.value END"


def _sample(files: list[Path]) -> str:
    return f"""SELECT insert_id, unnest(map_entries(event_properties)) AS entry
        FROM read_parquet({list(map(str, files))}, hive_partitioning = false) WHERE insert_id < '1'"""


def types(file: Path) -> dict[str, str]:
    """Columns of another type than Hackle reads, or that it does not know."""
    schema = pq.ParquetFile(file).schema.to_arrow_schema()
    return {field.name: str(field.type) for field in schema if not _as_agreed(field)}


def _as_agreed(field: pa.Field) -> bool:
    if field.name in MAPS:
        return pa.types.is_map(field.type) and {_plain(field.type.key_type), _plain(field.type.item_type)} == {
            pa.string()
        }
    return _plain(field.type) == _SCALARS.get(field.name)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Polars' large strings are the same in Parquet."""
    return pa.string() if pa.types.is_large_string(kind) else kind


if __name__ == "__main__":
    found, *reference = [sorted(Path(folder).rglob("*.parquet")) for folder in sys.argv[1:]]
    print(json.dumps(rows(found) | (content(found) | differences(found, reference[0]) if reference else {})))
