"""Converted rows that tests make."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from hackle_import.schema import ROWS

DAY = timedelta(days=1)
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def batch(*days, first=0):
    """A row for each of `days` (from 2025-01-01 on); its `event_key` is its number."""
    return _batch(days, first, ["id"] * len(days))


def with_keys(keys):
    """A row of 2025-01-01 for each of the keys, which its maps have alone."""
    return _batch([0] * len(keys), 0, keys)


def _batch(days, first, keys):
    count = len(days)
    entries = [[(key, f"u{number}")] for number, key in enumerate(keys)]
    columns = {
        "insert_id": [f"00000000-0000-4000-8000-{number:012d}" for number in range(count)],
        "event_key": [f"{first + number:06d}" for number in range(count)],
        "ts": [FIRST + day * DAY for day in days],
        "metric_value": [0] * count,
    }
    return pa.RecordBatch.from_arrays(
        [pa.array(columns.get(field.name, entries), field.type) for field in ROWS], schema=ROWS
    )
