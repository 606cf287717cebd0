"""What a deployed exporter does when it is called: a tick of every source. Whatever calls it is a hint, as an event of
a drop is: it looks for itself what is to be done."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from hackle_import.errors import Misconfigured, NotFound, TryAgain, forget_frames, reason_of
from hackle_import.settings import Settings
from hackle_import.stores import open_store
from hackle_import.stores.protocol import Store
from hackle_import.warehouse.catalogue import find_source, source_names
from hackle_import.warehouse.connect import connect
from hackle_import.warehouse.format import BadSource
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.standing import Trouble, standings
from hackle_import.warehouse.tick import Step, Ticks

EXPORT = {"hackle-import": "export"}  # what a schedule sends
_LONGEST = timedelta(seconds=90)  # of a source: two counts, each waited for by two calls
_ROUND = timedelta(minutes=15)  # between two ticks
_LOOKED_AT = 7  # days beyond those that are looked back at, of which trouble is told


class Tally(msgspec.Struct):
    """Of one call: `offered` counts days whose drop was put now; the others days that stand so, at each call anew."""

    sources: int = 0
    offered: int = 0
    failed: int = 0
    late: int = 0
    withheld: int = 0


def export_all(
    settings: Settings, clock: Callable[[], datetime], deadline: datetime, told: Callable[[Step], None]
) -> Tally:
    """`told` is given every step. None of the sources stops another. Raises TryAgain where one could not be ticked,
    when all were tried."""
    staging = open_store(settings.staging, settings.bucket_owners)
    parts = open_store(settings.exports or settings.staging, settings.bucket_owners)
    tally, failed = Tally(), []
    for name in _in_turn(source_names(staging), clock()):
        if clock() + _LONGEST > deadline:
            told(Step(name, "", "waiting", "no time is left: the next tick begins with another source"))
            continue
        try:
            _tick(staging, parts, find_source(staging, name), clock, told, tally)
        except (BadSource, Misconfigured, NotFound) as wrong:
            told(Step(name, "", "failed", str(wrong), alarms=True))
            tally.failed += 1
        except Exception as failure:
            failed.append(f"{name}: {reason_of(failure)}")
            forget_frames(failure)
    if failed:
        raise TryAgain("; ".join(failed))
    return tally


def _tick(
    staging: Store,
    parts: Store,
    source: Source,
    clock: Callable[[], datetime],
    told: Callable[[Step], None],
    tally: Tally,
) -> None:
    tally.sources += 1
    for step in Ticks(staging, connect(source, clock()), clock, parts).tick(source):
        told(step)
        tally.offered += step.phase == "offered"
    today = clock().astimezone(source.zone).date()
    first = today - timedelta(days=source.lookback_days + _LOOKED_AT)
    found = Counter(one.trouble for one in standings(staging, source, clock(), first))
    tally.failed += found[Trouble.FAILED]
    tally.late += found[Trouble.LATE]
    tally.withheld += found[Trouble.WITHHELD]


def _in_turn(names: Sequence[str], now: datetime) -> list[str]:
    """Another one comes first at each round, so that the time is short for each of them in turn."""
    first = int(now.timestamp() // _ROUND.total_seconds()) % max(len(names), 1)
    return [*names[first:], *names[:first]]
