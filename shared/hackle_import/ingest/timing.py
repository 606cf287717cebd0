"""When the work on a drop began, what it took, and when it has to end."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct

from hackle_import.errors import TryAgain
from hackle_import.places import Places
from hackle_import.stores.bounded import Bounded, BoundedCatalogue, BoundedSource


class Timing(Struct, frozen=True):
    """`source` is the drop's, to be named; `price_per_second` is in US dollars; `deadline` None is none;
    `counted` is told how many rows came."""

    source: str
    clock: Callable[[], datetime]
    began: datetime
    deadline: datetime | None = None
    price_per_second: float | None = None
    counted: Callable[[int], None] | None = None

    @property
    def seconds(self) -> float:
        """Since the work began."""
        return (self.clock() - self.began).total_seconds()

    def checkpoint(self) -> None:
        """To be called between two steps. Raises TryAgain once the deadline is over."""
        if self.deadline is not None and self.clock() > self.deadline:
            raise TryAgain(f"{self.source}: not done in time: raise memory or timeout, or split the drop")

    def count(self, rows: int) -> None:
        """Tells who asked for it."""
        if self.counted is not None:
            self.counted(rows)


@contextmanager
def until(deadline: datetime | None, clock: Callable[[], datetime], places: Places) -> Iterator[Places]:
    """The same places, whose calls raise TryAgain at the deadline, if there is one."""
    if deadline is None:
        yield places
        return

    def left() -> float:
        return (deadline - clock()).total_seconds()

    pool = ThreadPoolExecutor(8, "store")  # calls at once: blocks are read, files uploaded, parts looked at
    try:
        staging, lake = BoundedCatalogue(places.staging, left, pool), Bounded(places.lake, left, pool)
        drops, parts = (BoundedSource(source, left, pool) for source in (places.drops, places.parts))
        yield Places(drops, staging, lake, parts)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
