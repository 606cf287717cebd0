"""Source columns -> a record batch of Hackle's schema, and what was found about its rows: design section 3, a module
a rule.

Values are judged column by column, vectorised; only what is unusual is looked at value by value.
"""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.conform.event_key import conform_event_key
from hackle_import.conform.insert_id import conform_insert_id
from hackle_import.conform.maps import conform_map
from hackle_import.conform.metric_value import conform_metric_value
from hackle_import.conform.ts import conform_ts
from hackle_import.decode import MAPS, SourceRows
from hackle_import.mapping import Mapping
from hackle_import.schema import SCHEMA


@dataclass(frozen=True, slots=True)
class Target:
    """What rows must become. `earliest` and `latest` bound `ts`, both included; the latter hangs on the drop's
    upload, not
    on the clock, so that a retry judges alike. `osnames` None allows any."""

    mapping: Mapping
    earliest: datetime
    latest: datetime
    osnames: tuple[str, ...] | None = ("Android", "iOS")


def conform(source: SourceRows, target: Target) -> pa.RecordBatch:
    """The good rows, in order. `source.findings` then holds why the others are not among them, and the notes."""
    texts, found = source.texts, source.findings
    columns = [
        conform_insert_id(source, target.mapping.insert_id.when_missing),
        conform_event_key(texts["event_key"], found),
        conform_ts(texts["ts"], target.mapping.ts, (target.earliest, target.latest), found),
        conform_metric_value(texts["metric_value"], target.mapping.limits, found),
        *(conform_map(name, source.maps[name], target.mapping.limits, target.osnames, found) for name in MAPS),
    ]
    if found.rejects:
        kept = pa.array([row for row in range(len(source.records)) if row not in found.rejects], pa.int64())
        columns = [pc.take(column, kept) for column in columns]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
