"""The floor: pyarrow writes the rows that our command wrote once more, from memory, with the settings that its files show;
only the writing counts. Repeated values lie in memory as strings, or as the dictionaries that Arrow has for them."""

import json
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

source, form, target, threads = sys.argv[1:]
pa.set_cpu_count(int(threads))


def settings(file):
    """The settings of `pyarrow.parquet.write_table` that made `file`."""
    found = pq.read_metadata(file)
    group = found.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    return {
        "compression": {one.path_in_schema: one.compression.lower().replace("uncompressed", "none") for one in columns},
        "version": found.format_version, "store_schema": False,
        "use_dictionary": [one.path_in_schema for one in columns if one.has_dictionary_page] or False,
        "write_statistics": [one.path_in_schema for one in columns if one.is_stats_set] or False,
        "write_page_index": columns[0].has_offset_index,
        "row_group_size": max(found.row_group(number).num_rows for number in range(found.num_row_groups)),
    }  # fmt: skip


files = sorted(Path(source).rglob("*.parquet"))
chosen = settings(files[0])
repeated = chosen["use_dictionary"] if form == "dictionaries" else None
tables = [(file, pq.read_table(file, read_dictionary=repeated or None)) for file in files]
outputs = [Path(target, file.parent.name, file.name) for file in files]
for output in outputs:
    output.parent.mkdir(parents=True, exist_ok=True)
began = time.perf_counter()
for output, (_, table) in zip(outputs, tables, strict=True):
    pq.write_table(table, output, **chosen)
print(json.dumps({"seconds": time.perf_counter() - began}))
