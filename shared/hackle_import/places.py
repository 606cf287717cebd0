"""Where a conversion reads and writes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from hackle_import.stores.bounded import Bounded, BoundedSource
from hackle_import.stores.protocol import Source, Store


@dataclass(frozen=True, slots=True)
class Places:
    """`drops` is read; `staging` takes ledger and rejects and holds users' mappings; `lake` is the import place,
    Hackle's prefix included. In a deployment, drops and staging are one store."""

    drops: Source
    staging: Store
    lake: Store


@contextmanager
def until(deadline: datetime | None, clock: Callable[[], datetime], places: Places) -> Iterator[Places]:
    """The same places, whose calls raise TryAgain at the deadline, if there is one."""
    if deadline is None:
        yield places
        return

    def left() -> float:
        return (deadline - clock()).total_seconds()

    pool = ThreadPoolExecutor(3, "store")  # two calls at once: a block is read, a file uploaded
    try:
        staging, lake = (Bounded(store, left, pool) for store in (places.staging, places.lake))
        yield Places(BoundedSource(places.drops, left, pool), staging, lake)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
