"""How much a whole drop would give, told from its sample."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.settings import Rules
from hackle_import.writing.layout import day_name, days
from hackle_import.writing.parquet import ParquetFile


class Estimate(msgspec.Struct, frozen=True):
    """`rows` and `bytes_out` (of Parquet) of the whole drop, exact where the sample is all of it; `days` are those of
    the sample, of which a long drop may have more."""

    rows: int
    bytes_out: int
    days: list[str]
    exact: bool


def estimate(batches: list[pa.RecordBatch], rows: int, read: int, size: int, rules: Rules) -> Estimate:
    """`read` of `size` stored bytes gave `rows`, of which `batches` would be written."""
    factor = size / read if read else 1.0
    found: set[int] = set()
    for batch in batches:
        found |= set(pc.unique(days(batch["ts"], rules.day_timezone)).to_pylist())
    size_out = round(_parquet_bytes(batches, rules.compression) * factor)
    named = [day_name(day) for day in sorted(found)]
    return Estimate(round(rows * factor), size_out, named, read >= size)


def _parquet_bytes(batches: list[pa.RecordBatch], compression: str) -> int:
    if not any(batch.num_rows for batch in batches):
        return 0
    with TemporaryDirectory(prefix="hackle-import-") as folder:
        file = ParquetFile(Path(folder) / "sample.parquet", compression)
        file.write(batches)
        file.finish({})
        return file.path.stat().st_size
