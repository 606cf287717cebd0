"""Drops on Spark: the same `ingest` by drop."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from hackle_import.backfill.estimate import MB_A_SECOND, SECONDS_A_DROP
from hackle_import.backfill.job import Job, begin, end, identity_of
from hackle_import.backfill.progress import Progress, number_of, progress
from hackle_import.backfill.selection import Selection, chosen
from hackle_import.backfill.sources import items
from hackle_import.backfill.spark.jobs import alone, tasks, together
from hackle_import.backfill.spark.wiring import now, wired
from hackle_import.drop import STATE, Drop
from hackle_import.errors import Misconfigured, reason_of
from hackle_import.identity.place import place_id_of
from hackle_import.ingest import ingest, ledger
from hackle_import.stores.protocol import Catalogue, Listed

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import DataFrame, SparkSession

SECONDS_A_TASK = 60.0  # of work: what a lost worker costs, and long beside what starting a task takes
_SCHEMA = (
    "drop string, outcome string, rows_in long, rows_written long, rows_rejected long, seconds double, reason string"
)


class Told(NamedTuple):
    """What a task tells of a drop; `reason` is why it is undone, where it is."""

    drop: str
    outcome: str
    rows_in: int
    rows_written: int
    rows_rejected: int
    seconds: float
    reason: str


class Handled(NamedTuple):
    """`receipts` are what tasks told; `totals` are the ledger's; `undone` are drops that no try finished, and why."""

    receipts: "DataFrame"
    totals: Progress
    undone: dict[str, str]


def drops(
    spark: "SparkSession",
    env: Mapping[str, str],
    selection: Selection | None = None,
    seconds_a_task: float = SECONDS_A_TASK,
) -> Handled:
    """Handles every drop that is chosen. `env` holds the settings as a function has them, HACKLE_STAGING and
    HACKLE_IMPORT among them; executors get the same. Where days are closed, they wait as for a backfill. Raises
    Misconfigured with every problem of the settings."""
    wiring, began, wanted = wired(env), now(), selection or Selection()
    staging = wiring.staging
    known = place_id_of(staging)
    listed = [item.found for item in chosen(items(wanted, "", staging, None), wanted, staging.place)]
    job = _backfill(staging, wanted, began, listed)
    if wiring.settings.days.are_closed and listed:
        begin(staging, job)
    handle = partial(handled, dict(env), known)
    weights = ((found.key, _seconds(found)) for found in listed)
    told, undone = together(spark, handle, tasks(weights, seconds_a_task)), dict[str, str]()
    if told is None:
        told, undone = alone(spark, handle, _left(staging, listed, known, began))
    undone |= {one.drop: one.reason for one in told if one.reason}
    sources = {number_of(drop.state_key) for drop in _named(staging, listed, known)}
    totals = progress(sources, began, ledger.dated(staging), now())
    if not totals.left:
        end(staging, job, now())
    return Handled(spark.createDataFrame(told, _SCHEMA), totals, undone)


def handled(env: Mapping[str, str], known: str, some: Iterable[Sequence[str]]) -> Iterator[Told]:
    """On an executor: the drops of a partition's tasks. One that raises does not stop the next."""
    wiring = wired(env)
    for key in (key for keys in some for key in keys):
        drop = Drop.at(wiring.staging.place, key, known)
        if drop is None:
            continue
        try:
            receipt = ingest(drop, wiring.of_drops, wiring.settings.rules, now)
        except Misconfigured:
            raise
        except Exception as failure:
            yield Told(key, "undone", 0, 0, 0, 0.0, reason_of(failure))
        else:
            counts = (receipt.rows_in, receipt.rows_written, receipt.rows_rejected)
            yield Told(key, receipt.outcome.value, *counts, receipt.seconds, "")


def _backfill(staging: Catalogue, selection: Selection, began: "datetime", listed: Sequence[Listed]) -> Job:
    """What days wait for: the driver's own word counts as little as a task's, and what was not ended here, the ledger
    ends."""
    identity = identity_of(staging.place, "spark", [msgspec.json.encode(selection).decode()])
    last, size = listed[-1].key if listed else "", sum(found.size or 0 for found in listed)
    return Job(identity, "spark", selection, began, last, len(listed), size, finished=began)


def _left(staging: Catalogue, listed: Iterable[Listed], known: str, began: "datetime") -> list[str]:
    """Drops whose ledger document was not written since: one listing, and no read."""
    done = {found.key for found in staging.listed(STATE) if found.modified and found.modified >= began}
    return [drop.key for drop in _named(staging, listed, known) if drop.state_key not in done]


def _named(staging: Catalogue, listed: Iterable[Listed], known: str) -> Iterator[Drop]:
    for found in listed:
        if (drop := Drop.at(staging.place, found.key, known)) is not None:
            yield drop


def _seconds(found: Listed) -> float:
    return (found.size or 0) / 1e6 / MB_A_SECOND + SECONDS_A_DROP
