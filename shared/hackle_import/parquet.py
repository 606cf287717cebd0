"""The only writer settings of Parquet files: the same rows give the same bytes.

Snappy, dictionaries and format 2.6 are what Spark 3, Athena and Trino read without a setting; row groups of at most
128 Ki
rows keep a reader's memory small and a file's statistics useful.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hackle_import.schema import ROWS

ROW_GROUP_ROWS = 128 * 1024
ROW_GROUP_BYTES = 48 << 20  # of Arrow memory; what is buffered before a row group is encoded
_PAGE_BYTES = 1 << 20
_SCALARS = ["insert_id", "event_key", "ts", "metric_value"]  # nobody prunes by the entries of a map
_MAPS = ["identifiers", "event_properties", "user_properties", "platform_properties"]
_REPEATED = [
    "event_key",
    *(f"{name}.key_value.key" for name in _MAPS),
    *(f"{name}.key_value.value" for name in ("user_properties", "platform_properties")),
]


def write_parquet(path: Path, batches: Iterable[pa.RecordBatch], footer: Mapping[str, str]) -> int:
    """Writes one file and returns its rows. `footer` is kept as key/value metadata."""
    with _writer(path) as writer:
        rows = sum(_write(writer, table) for table in row_groups(batches))
        writer.add_key_value_metadata({f"hackle_import.{name}": text for name, text in footer.items()})
    return rows


def row_groups(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.Table]:
    """Batches put together until one bound of a row group is reached; they hang on the rows alone."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if held and (rows + batch.num_rows > ROW_GROUP_ROWS or size + batch.nbytes > ROW_GROUP_BYTES):
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
    if held:
        yield pa.Table.from_batches(held)


def _writer(path: Path) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        ROWS,
        version="2.6",
        compression="snappy",
        use_dictionary=_REPEATED,
        write_statistics=_SCALARS,
        data_page_size=_PAGE_BYTES,
        store_schema=False,  # Arrow's own copy of the schema would hang on the version of Arrow
        write_page_index=True,
    )


def _write(writer: pq.ParquetWriter, table: pa.Table) -> int:
    writer.write_table(table.unify_dictionaries(), row_group_size=ROW_GROUP_ROWS)
    return int(table.num_rows)
