"""Closing days on Spark: a task a day, each by the closer that a function and the command have, so with the same
bytes."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from hackle_import.backfill.ending import end_those_done
from hackle_import.backfill.spark.jobs import alone, tasks, together
from hackle_import.backfill.spark.wiring import Wiring, now, wired
from hackle_import.days import Closer
from hackle_import.days.closed import Closed, DayOutcome
from hackle_import.days.document import load
from hackle_import.errors import reason_of
from hackle_import.writing.layout import day_of_key

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_A_TASK = 0.0  # of bytes: a day each, whatever it holds


class ClosedDays(NamedTuple):
    """`told` is what tasks said of each day, the heaviest first; `rows` and `files` are those of the days' ledgers;
    `undone` are days that no try closed, and why."""

    told: list[Closed]
    rows: int
    files: int
    undone: dict[str, str]


def close_days(spark: "SparkSession", env: Mapping[str, str], days: Collection[str] = ()) -> ClosedDays:
    """Closes `days`, or each that is due. `env` holds the settings as a function has them; executors get the same, and
    need temporary disk as docs/days.md says. Raises Misconfigured where drops are published as they are handled."""
    wiring = wired(env)
    for _ in end_those_done(wiring.staging, now()):
        pass  # days wait for a backfill until somebody looks
    wanted = list(days) or _closer(wiring).due()[0]
    sizes = _sizes(wiring)
    handle = partial(closed, dict(env))
    told, undone = together(spark, handle, tasks(((day, sizes[day]) for day in wanted), _A_TASK)), dict[str, str]()
    if told is None:
        told, undone = alone(spark, handle, wanted)
    found = [msgspec.json.decode(line, type=Closed) for line in told]
    undone |= {one.day: one.reason for one in found if one.outcome is DayOutcome.FAILED}
    parts = [part for day in wanted if (commit := load(wiring.staging, day)[0].commit) for part in commit.outputs]
    return ClosedDays(found, sum(part.rows for part in parts), len(parts), undone)


def closed(env: Mapping[str, str], some: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """On an executor: the days of a partition's tasks. One that raises does not stop the next."""
    closer = _closer(wired(env))
    for day in (day for days in some for day in days):
        try:
            found = closer.close(day)
        except Exception as failure:
            found = Closed(day=day, outcome=DayOutcome.FAILED, reason=reason_of(failure))
        yield msgspec.json.encode(found)


def _closer(wiring: Wiring) -> Closer:
    return Closer(wiring.of_days, wiring.settings.rules, wiring.settings.days, now)


def _sizes(wiring: Wiring) -> Counter[str]:
    """Bytes below the open place by day."""
    found = Counter[str]()
    for one in wiring.written.listed(""):
        if day := day_of_key(one.key, wiring.settings.rules.day_folder):
            found[day] += one.size or 0
    return found
