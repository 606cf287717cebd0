"""Rows of many days that lie in memory together, and which part of them is whose.

Thousands of days share a batch. A slice of its own for each, at some kilobytes of Arrow's own, would take many times
what the rows do; and whoever lets go of one day's rows frees nothing while another day's keep the batch.
"""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(slots=True)
class Held:
    """A batch in memory; `size` is what it takes there, in bytes; `parts` counts those that are still needed."""

    batch: pa.RecordBatch
    size: int
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one day: within a batch in memory, or within one that has overflowed, of which this is the place."""

    source: Held | int
    start: int
    rows: int
