"""What the partitions of a table of BigQuery tell of a day. They are days of UTC: a day of another zone lies in two.

https://cloud.google.com/bigquery/docs/information-schema-partitions
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hackle_import.warehouse.client import Refused
from hackle_import.warehouse.days import partition_dates
from hackle_import.warehouse.source import ColumnType, Source
from hackle_import.warehouse.state import Seen

_ADDED = ("_PARTITIONTIME", "_PARTITIONDATE")  # columns of a table that is partitioned by when rows came
_DAY = 8  # characters of a partition's id that are its day; an hour's has two more


def require_partitions(source: Source, table: Mapping[str, Any]) -> None:
    """`table` as tables.get answers. Raises Refused, final, for one that is not partitioned by days or hours."""
    by = table.get("timePartitioning", {})
    columns = [by["field"]] if "field" in by else _ADDED
    if by.get("type") not in ("DAY", "HOUR") or source.day.column not in columns:
        told = f"{source.table} is not partitioned by day or hour of {source.day.column}"
        raise Refused(f'{told}; write changed_by = "checksum", and leave partition out', final=True)


def seen_by_partitions(
    source: Source, days: Sequence[date], day_type: ColumnType, rows: Sequence[Sequence[Any]]
) -> dict[date, Seen]:
    """`rows` are those of `sql.partitions`. A day's rows are told where it has a partition of its own; rows that
    BigQuery still buffers change their partition when they get there."""
    return {day: _seen(source, day, day_type, rows) for day in days}


def _seen(source: Source, day: date, day_type: ColumnType, partitions: Sequence[Sequence[Any]]) -> Seen:
    cut = {f"{one:%Y%m%d}" for one in partition_dates(source, day, day_type)}
    rows = [one for one in partitions if one[0][:_DAY] in cut]
    told = "\n".join(":".join(map(str, row)) for row in sorted(map(list, rows)))
    fingerprint = hashlib.sha256(told.encode()).hexdigest()[:16]
    if len(cut) > 1:
        return Seen(fingerprint)
    return Seen(fingerprint, sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows))
