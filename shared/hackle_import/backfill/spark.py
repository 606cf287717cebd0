"""Drops on Spark: the same `ingest` by drop, on as many executors as there are. Spark only says who takes which.

Two attempts of a task, after a failure or by speculation, are two workers on one drop, which the ledger bears. What a
task tells is another matter: an attempt that dies takes its receipts along, and the next one finds its drops done. So
receipts are for looking at, and totals are read from the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from hackle_import.backfill.estimate import MB_A_SECOND, SECONDS_A_DROP
from hackle_import.backfill.progress import Progress, number_of, progress
from hackle_import.backfill.selection import Selection, chosen
from hackle_import.backfill.sources import items
from hackle_import.drop import STATE, Drop
from hackle_import.errors import Misconfigured, reason_of
from hackle_import.identity.place import id_of
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places, places_of
from hackle_import.settings import Rules, Settings
from hackle_import.stores import open_store
from hackle_import.stores.protocol import Catalogue, Listed

if TYPE_CHECKING:
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


def drops(spark: "SparkSession", env: Mapping[str, str], selection: Selection | None = None) -> Handled:
    """Handles every drop that is chosen. `env` holds the settings as a function has them, HACKLE_STAGING and
    HACKLE_IMPORT among them; executors get the same. Raises Misconfigured with every problem of theirs."""
    staging, began = open_store(Settings.read(env).staging), _now()
    place_id, wanted = _place_id(staging), selection or Selection()
    listed = [item.found for item in chosen(items(wanted, "", staging, None), wanted, staging.place)]
    handle = partial(handled, dict(env), place_id)
    told, undone = _first_pass(spark, handle, listed)
    if told is None:
        told, undone = _second_pass(spark, handle, _left(staging, listed, place_id, began))
    sources = {number_of(drop.state_key) for drop in _named(staging, listed, place_id)}
    totals = progress(sources, began, ledger.dated(staging), _now())
    return Handled(spark.createDataFrame(told, _SCHEMA), totals, undone)


def tasks(listed: Iterable[Listed], seconds: float = SECONDS_A_TASK) -> list[list[str]]:
    """Keys by task, of about as many seconds of work each, those of the largest first: the last ones are short."""
    found: list[list[str]] = []
    room = 0.0
    for one in sorted(listed, key=_seconds, reverse=True):
        if not found or _seconds(one) > room:
            found.append([])
            room = seconds
        found[-1].append(one.key)
        room -= _seconds(one)
    return found


def handled(env: Mapping[str, str], place_id: str, some: Iterable[Iterable[str]]) -> Iterator[Told]:
    """On an executor: the drops of a partition's tasks. One that raises does not stop the next."""
    places, rules = _wiring(tuple(sorted(env.items())))
    for keys in some:
        for key in keys:
            drop = Drop.at(places.staging.place, key, place_id)
            if drop is None:
                continue
            try:
                receipt = ingest(drop, places, rules, _now)
            except Misconfigured:
                raise
            except Exception as failure:
                yield Told(key, "undone", 0, 0, 0, 0.0, reason_of(failure))
            else:
                counts = (receipt.rows_in, receipt.rows_written, receipt.rows_rejected)
                yield Told(key, receipt.outcome.value, *counts, receipt.seconds, "")


def _first_pass(
    spark: "SparkSession", handle: "partial[Iterator[Told]]", listed: list[Listed]
) -> tuple[list[Told] | None, dict[str, str]]:
    """None where Spark gave the job up: a task was lost as often as it may be, and the others were stopped with it."""
    from py4j.protocol import Py4JJavaError

    parts = tasks(listed)
    if not parts:
        return [], {}
    try:
        told = spark.sparkContext.parallelize(parts, len(parts)).mapPartitions(handle).collect()
    except Py4JJavaError:
        return None, {}
    return told, {one.drop: one.reason for one in told if one.reason}


def _second_pass(
    spark: "SparkSession", handle: "partial[Iterator[Told]]", left: list[str]
) -> tuple[list[Told], dict[str, str]]:
    """A job a drop: the one that kills its worker again is told apart from those that were beside it."""
    from py4j.protocol import Py4JJavaError

    told: list[Told] = []
    undone: dict[str, str] = {}

    def alone(key: str) -> None:
        try:
            told.extend(spark.sparkContext.parallelize([[key]], 1).mapPartitions(handle).collect())
        except Py4JJavaError:
            undone[key] = "its worker was ended each time: is there enough memory?"

    with ThreadPoolExecutor(spark.sparkContext.defaultParallelism) as pool:
        list(pool.map(alone, left))
    return told, undone | {one.drop: one.reason for one in told if one.reason}


def _left(staging: Catalogue, listed: Iterable[Listed], place_id: str, began: datetime) -> list[str]:
    """Drops whose ledger document was not written since: one listing, and no read."""
    done = {found.key for found in staging.listed(STATE) if found.modified and found.modified >= began}
    return [drop.key for drop in _named(staging, listed, place_id) if drop.state_key not in done]


def _named(staging: Catalogue, listed: Iterable[Listed], place_id: str) -> Iterator[Drop]:
    for found in listed:
        if (drop := Drop.at(staging.place, found.key, place_id)) is not None:
            yield drop


def _seconds(found: Listed) -> float:
    return (found.size or 0) / 1e6 / MB_A_SECOND + SECONDS_A_DROP


def _place_id(staging: Catalogue) -> str:
    """Of a local folder, which may be moved; a bucket needs none."""
    return "" if "://" in staging.place else id_of(staging) or ""


@cache  # once a worker: clients can't be sent to one
def _wiring(env: tuple[tuple[str, str], ...]) -> tuple[Places, Rules]:
    from hackle_import.writing import memory

    memory.prepare()
    settings = Settings.read(dict(env))
    return places_of(settings), settings.rules


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - an executor has no caller that could hand it a clock
