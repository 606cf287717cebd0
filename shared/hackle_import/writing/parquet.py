"""The only writer settings of Parquet files: the same rows in the same row groups give the same bytes.

Dictionaries and format 2.6 are what Spark 3, Athena and Trino read without a setting, Snappy and zstd alike.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hackle_import.schema import MAPS, ROWS, SCALARS
from hackle_import.settings import COMPRESSIONS

_PAGE_BYTES = 1 << 20
_USUAL_KEYS = 1 << 16  # bytes of the keys of a batch, which repeat from row to row
# By their statistics: an id is anything, and nobody prunes by the entries of a map.
_PRUNED = [name for name in SCALARS if name != "insert_id"]
_KEYS, _VALUES = ({name: f"{name}.key_value.{part}" for name in MAPS} for part in ("key", "value"))
_LEAVES = [*SCALARS, *_KEYS.values(), *_VALUES.values()]
_REPEATED = ["event_key", *_KEYS.values(), _VALUES["user_properties"], _VALUES["platform_properties"]]
# Snappy makes UUIDs a tenth smaller, and would take a tenth of the writing for that.
_SNAPPY = {"compression": dict.fromkeys(_LEAVES, "snappy") | {"insert_id": "none"}}
# Zstd halves them. Its higher levels take several times as long for a few hundredths.
_ZSTD = {"compression": "zstd", "compression_level": 1}
_COMPRESSIONS: dict[str, dict[str, Any]] = {"snappy": _SNAPPY, "zstd": _ZSTD}


def weight_of_keys(batch: pa.RecordBatch) -> int:
    """What keys that hardly repeat count for beyond their bytes, when row groups are cut: a row group's are made one
    dictionary, by a hash table, and then pages, while the next row group is gathered."""
    size = sum(column.keys.dictionary.nbytes for column in batch.columns if isinstance(column, pa.MapArray))
    return int(4 * size) if size > _USUAL_KEYS else 0


class ParquetFile:
    """A file that is written a row group at a time. `compression` is one of `settings.COMPRESSIONS`; `rows` and `size`
    (in bytes, encoded) are what it holds so far."""

    def __init__(self, path: Path, compression: str = COMPRESSIONS[0]) -> None:
        self.path, self.rows = path, 0
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pq.ParquetWriter(
            self._sink,
            ROWS,
            version="2.6",
            **_COMPRESSIONS[compression],
            use_dictionary=_REPEATED,
            write_statistics=_PRUNED,
            data_page_size=_PAGE_BYTES,
            store_schema=False,  # Arrow's own copy of the schema would hang on the version of Arrow
            write_page_index=True,
        )

    @property
    def size(self) -> int:
        return int(self._sink.tell())

    def write(self, row_group: Sequence[pa.RecordBatch]) -> None:
        """Batches of `schema.ROWS` as one row group."""
        table = pa.Table.from_batches(row_group, ROWS).unify_dictionaries()
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
        self.rows += table.num_rows

    def finish(self, footer: Mapping[str, str]) -> None:
        """The file is whole then; `footer` is kept as key/value metadata."""
        self._writer.add_key_value_metadata({f"hackle_import.{name}": text for name, text in footer.items()})
        self.close()

    def close(self) -> None:
        self._writer.close()
        self._sink.close()
