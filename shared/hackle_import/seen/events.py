"""When the written rows happened, and under which event keys."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

MOST_TOLD = 50
MOST_COUNTED = 5000  # event keys; a source that makes one a row must not fill memory
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Events:
    """Counts rows as they are written. `has_more`: there were more than MOST_COUNTED keys, and of those that came later
    nothing is known."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._first: int | None = None
        self._last: int | None = None
        self.has_more = False

    def add(self, batch: pa.RecordBatch) -> None:
        """A batch of `schema.ROWS`."""
        if not batch.num_rows:
            return
        instants = pc.min_max(batch["ts"].view(pa.int64())).as_py()
        self._first = instants["min"] if self._first is None else min(self._first, instants["min"])
        self._last = instants["max"] if self._last is None else max(self._last, instants["max"])
        counted = pc.value_counts(batch["event_key"])
        for key, rows in zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True):
            if key in self._rows or len(self._rows) < MOST_COUNTED:
                self._rows[key] += rows
            else:
                self.has_more = True

    @property
    def earliest(self) -> datetime | None:
        return _moment(self._first)

    @property
    def latest(self) -> datetime | None:
        return _moment(self._last)

    @property
    def keys(self) -> int:
        """How many there are, as far as they were counted."""
        return len(self._rows)

    def most_frequent(self) -> dict[str, int]:
        """Rows by event key, MOST_TOLD of them; of equal counts by name, whatever came first."""
        ranked = sorted(self._rows.items(), key=lambda one: (-one[1], one[0]))
        return dict(ranked[:MOST_TOLD])


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)
