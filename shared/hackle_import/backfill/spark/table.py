"""A table on Spark -> a drop a day: the rows of any DataFrame as an export, whose manifest names parts of NDJSON.

The ledger's unit stays the drop: what a row becomes, rejects, corrections and `verify` are as for any other one. Which
day a row goes to, its mapping decides. The same rows give the same parts and the same manifests, whatever is tried
twice: no part is named before its task ended, and what another attempt wrote is the same part.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa

from hackle_import.backfill.spark.parts import UNDATED, Row, Written, days_of, written
from hackle_import.backfill.spark.wiring import now, wired
from hackle_import.convert import target_of
from hackle_import.drop import EXPORTS, INCOMING, Drop, is_name_anywhere
from hackle_import.errors import BadDrop, Misconfigured, NotFound
from hackle_import.exports.manifest import OURS, Manifest, Part
from hackle_import.mapping import Mapping as Plan
from hackle_import.mapping import find_mapping
from hackle_import.settings import Limits
from hackle_import.stores.protocol import Store, StoredObject

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SHARES = 8  # tasks that a day may be written by at once, and so the parts that it has at least, if it has as many rows
# The same text from every session: times with their microseconds, those that are instants in UTC.
_AS_JSON = {
    "timeZone": "UTC",
    "dateFormat": "yyyy-MM-dd",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


class ExportedDay(NamedTuple):
    """`key` is the drop; `is_new` where its rows are other ones than those it had before, or it had none."""

    day: str
    key: str
    rows: int
    parts: int
    is_new: bool


def table(
    df: "DataFrame", mapping: str, places: Mapping[str, str], name: str, *, is_whole: bool = False
) -> list[ExportedDay]:
    """Exports every row of `df`, in the shape that `mapping` takes, a column a field. `places` are the settings as a
    function has them, HACKLE_STAGING among them: executors open the places themselves. `name` tells this table's drops
    from another one's: `incoming/<mapping>/<name>/<day>.export.json`.

    A day of `df` is whole: what an earlier export had of it is replaced. Other days stay as they are; with `is_whole`,
    `df` is all that the table has, and they are emptied. What the mapping makes no row of is the drop `undated`, whose
    rejects tell why. Nothing is offered where Spark gives up. Raises Misconfigured for a mapping that is not there, a
    name that no storage takes, and a day that is larger than a drop may be."""
    staging, plan = wired(places).staging, _plan(mapping, places)
    below = f"{INCOMING}{mapping}/{name}/"
    if Drop.at(staging.place, f"{below}{UNDATED}{OURS}") is None or not is_name_anywhere(f"{below}x", staging.place):
        raise Misconfigured(f"{name!r} is no name for a table: give letters, digits, - and _")
    days: dict[str, list[Written]] = {}
    for part in _written(df, plan, dict(places), f"{EXPORTS}{name}/"):
        days.setdefault(part.day, []).append(part)
    _require_size(days, wired(places).settings.rules.limits)
    days |= {day: [] for day in _exported(staging, below) if day not in days and (is_whole or day == UNDATED)}
    return [_offered(staging, f"{below}{day}{OURS}", day, parts) for day, parts in sorted(days.items())]


def _plan(mapping: str, places: Mapping[str, str]) -> Plan:
    """Looked up once: each row has one day, also where the mapping is replaced meanwhile."""
    wiring = wired(places)
    try:
        plan = find_mapping(mapping, wiring.staging)
    except BadDrop as unknown:
        raise Misconfigured(str(unknown)) from None
    target_of(plan, wiring.settings.rules, StoredObject("", "", 0, now()))
    return plan


def _written(df: "DataFrame", plan: Plan, env: dict[str, str], folder: str) -> list[Written]:
    """Where a row goes hangs on nothing but the row: a stage that is run again in part loses none and doubles none."""
    from pyspark.sql import functions as of

    lines = df.select(of.to_json(of.struct("*"), _AS_JSON).alias("line"))
    dated = lines.mapInArrow(partial(_dated, env, plan), "day string, line string")
    shared = dated.withColumn("share", of.pmod(of.xxhash64("line"), of.lit(SHARES)))
    rows = shared.repartition("day", "share").sortWithinPartitions("day", "share", "line")
    parts = rows.mapInArrow(
        partial(_put, env, folder), "day string, key string, rows long, bytes long, text long"
    ).collect()
    return [Written(*part) for part in parts]


def _dated(env: dict[str, str], plan: Plan, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    rules = wired(env).settings.rules
    for batch in batches:
        names = days_of(batch["line"].to_pylist(), plan, rules)
        yield pa.RecordBatch.from_pydict({"day": pa.array(names, pa.string()), "line": batch["line"]})


def _put(env: dict[str, str], folder: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    names = ("day", "share", "line")
    rows = (Row(*row) for batch in batches for row in zip(*(batch[name].to_pylist() for name in names), strict=True))
    for part in written(rows, wired(env).staging, folder, now()):
        yield pa.RecordBatch.from_pylist([part._asdict()])


def _require_size(days: Mapping[str, list[Written]], limits: Limits) -> None:
    for day, parts in days.items():
        size = sum(part.text for part in parts)
        if size > limits.max_bytes:
            told = f"{day} has {size:,} bytes of JSON, and a drop may have {limits.max_bytes:,} (HACKLE_MAX_BYTES)"
            raise Misconfigured(f"{told}: export it in slices, each by a name of its own")


def _exported(staging: Store, below: str) -> Iterator[str]:
    """Days that have a manifest."""
    names = (key.removeprefix(below) for key in staging.keys(below) if key.endswith(OURS))
    return (name.removesuffix(OURS) for name in names if "/" not in name)


def _offered(staging: Store, key: str, day: str, parts: list[Written]) -> ExportedDay:
    """A manifest that is there as it would be put is left alone: its drop is done, or will be."""
    rows = sum(part.rows for part in parts)
    named = sorted((Part(part.key, part.bytes, rows=part.rows) for part in parts), key=lambda part: part.key)
    body = msgspec.json.encode(Manifest(1, rows, named, "ndjson"))
    is_new = _there(staging, key) != body
    if is_new:
        staging.put(key, body)
    return ExportedDay(day, key, rows, len(parts), is_new)


def _there(staging: Store, key: str) -> bytes | None:
    try:
        return staging.get(key)[0]
    except NotFound:
        return None
