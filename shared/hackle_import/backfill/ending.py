"""Whether backfills are over, by the ledger: what a task or a queue tells is not asked. Closed days wait for one until
somebody has looked: the schedule, the command, Spark.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from msgspec.structs import replace

from hackle_import.backfill.job import ALL, Job, end, jobs, told
from hackle_import.backfill.progress import number_of
from hackle_import.backfill.selection import Selection, chosen
from hackle_import.backfill.sources import items
from hackle_import.drop import STATE, Drop
from hackle_import.errors import NewerLedger, NotFound
from hackle_import.identity.place import place_id_of
from hackle_import.ingest import ledger
from hackle_import.stores.protocol import Catalogue, Listed, Store

# What is under way writes its document more often, and what a worker had in hand that ended is given to another one
# sooner: a queue of the deployment waits for an hour and a half. Days look at what is left of it themselves.
SETTLED = timedelta(hours=2)
_AT_ONCE = 16  # ledgers that are asked for


def end_those_done(
    staging: Catalogue,
    now: datetime,
    inventory_of: Callable[[str], Store | None] | None = None,
    most: float = float("inf"),
) -> Iterator[tuple[Job, int]]:
    """Ends each backfill whose drops were all handled; gives it, and each other one that was sent, with how many of its
    drops are not; days tell of one that cannot be read. `inventory_of` is the bucket of an inventory, None where that
    cannot be read: then all drops of its prefix are asked for that were there when it began. At most `most` documents
    are read of a backfill."""
    for job in [one for one in jobs(staging) if isinstance(one, Job) and one.finished and not one.done]:
        if inventory_of is None:
            sources = sources_of(staging, _listed(job), None)
        else:
            sources = sources_of(staging, job, inventory_of(job.selection.inventory))
        left = left_of(staging, sources, now, most)
        if not left:
            end(staging, job, now)
        yield job, left


def sources_of(staging: Catalogue, job: Job, inventory: Store | None) -> set[int]:
    """Digests, as numbers, of the drops that were told so far and are there: its document holds no names."""
    wanted = chosen(items(job.selection, job.identity, staging, inventory), job.selection, staging.place)
    found = _numbers(staging, (item.found for item in told(job, wanted)))
    if job.selection.inventory or job.selection.listed:
        found &= _numbers(staging, staging.listed(job.selection.prefix))
    return found


def left_of(staging: Catalogue, sources: set[int], now: datetime, most: float) -> int:
    """How many of `sources`, which are used up, are not handled. A listing tells which have a document; what
    changed lately is read, for it may be under way. More than `most` of those are all taken for that."""
    lately = []
    for found in staging.listed(STATE):
        if (number := number_of(found.key)) in sources:
            sources.remove(number)
            if found.modified is None or found.modified > now - SETTLED:
                lately.append(found.key)
    if sources or len(lately) > most:
        return len(sources) or len(lately)
    with ThreadPoolExecutor(_AT_ONCE, "ledger") as pool:
        return sum(not is_handled for is_handled in pool.map(lambda key: _is_handled(staging, key), lately))


def _listed(job: Job) -> Job:
    """The same without its inventory: of more drops, never of fewer."""
    asked = job.selection
    if not asked.inventory:
        return job
    older = min(job.began, asked.older or job.began)
    return replace(job, mark=ALL, selection=Selection(asked.prefix, asked.newer, older))


def _numbers(staging: Store, found: Iterable[Listed]) -> set[int]:
    known = place_id_of(staging)
    drops = (Drop.at(staging.place, one.key, known) for one in found)
    return {number_of(drop.state_key) for drop in drops if drop is not None}


def _is_handled(staging: Store, key: str) -> bool:
    try:
        entry = ledger.decoded(key, staging.get(key)[0])
    except NewerLedger:  # which has handled it
        return True
    except NotFound:
        return False
    return entry.receipt is not None and not entry.intent_version
