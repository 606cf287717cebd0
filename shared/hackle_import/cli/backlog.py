"""The drops of a staging place, handled one after the other or by several processes. None of them stops another."""

import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from hackle_import.cli import tell
from hackle_import.cli.outside import day_rules, exports_of, given, local_identity, now, opened, take_over
from hackle_import.drop import INCOMING, NO_DROP, PASSED_OVER, Drop, is_folder_marker, is_hidden
from hackle_import.errors import Misconfigured, forget_frames, reason_of
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from hackle_import.cli.progress import Meter
    from hackle_import.places import Places

T = TypeVar("T")
_AHEAD = 4  # drops that wait for each process: keys are many, what waits is kept


@dataclass(frozen=True, slots=True)
class Undone:
    """A drop that something went wrong with which is not its own fault: it is as it was, and can be handled again.
    `wrong_use` where a setting is what is to be changed."""

    key: str
    reason: str
    wrong_use: bool = False


def handled(
    staging: str,
    lake: str,
    keys: Iterable[str],
    rules: Rules,
    jobs: int = 1,
    *,
    again: bool = False,
    meter: "Meter | None" = None,
) -> Iterator[Receipt | Undone]:
    """In the order of `keys`; a key that names no drop is told, and gives none. `again` as in `ingest`."""
    if jobs == 1:
        for key in keys:
            yield from _one(staging, lake, rules, again, key, meter)
    else:
        yield from by_processes(partial(_one, staging, lake, rules, again), keys, str, jobs, meter)


def without_side_files(keys: Iterable[str]) -> Iterator[str]:
    """The others, as they come; then one line on what was left out. Folder markers are not worth a word."""
    first, hidden = "", 0
    for key in keys:
        if is_hidden(key.removeprefix(INCOMING)):
            first, hidden = first or key, hidden + 1
        elif not is_folder_marker(key):
            yield key
    if hidden:
        more = f" and {hidden - 1:,} more" if hidden > 1 else ""
        _tell_once(f"{first}{more}: {PASSED_OVER}")


@cache  # a command may look twice
def _tell_once(message: str) -> None:
    tell(message)


def attempted(key: str, handle: Callable[[], T]) -> T | Undone:
    """Whatever a drop raises is told by its name and a reason that holds no row: the next one is handled."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return Undone(key, "its name is not UTF-8: rename it")
    try:
        return handle()
    except Exception as failure:
        if "--debug" in sys.argv:
            traceback.print_exc()
        reason = reason_of(failure)
        where = " (`hackle-import --debug ...` shows where)" if reason.startswith(type(failure).__name__) else ""
        undone = Undone(key, reason + where, isinstance(failure, Misconfigured))
        forget_frames(failure)
        return undone


def by_processes(
    task: Callable[[T], list[Receipt | Undone]],
    items: Iterable[T],
    name: Callable[[T], str],
    jobs: int,
    meter: "Meter | None" = None,
) -> Iterator[Receipt | Undone]:
    """A process that is killed takes its pool with it: what the pool had in hand is handled by processes of its own,
    and only the item that kills one again is given up, by its name."""
    from concurrent.futures.process import BrokenProcessPool

    left = iter(items)
    pool = _pool(jobs)
    waiting: list[tuple[T, Future[list[Receipt | Undone]]]] = []
    try:
        while True:
            for item in islice(left, jobs * _AHEAD - len(waiting)):
                waiting.append((item, pool.submit(task, item)))
            if not waiting:
                return
            item, doing = waiting.pop(0)
            try:
                yield from _metered(doing.result(), meter)
            except BrokenProcessPool:
                for suspect in [item, *(item for item, _ in waiting)]:
                    yield from _metered(_alone(task, suspect, name), meter)
                pool, waiting = _pool(jobs), []
    finally:
        pool.shutdown(cancel_futures=True)


def _one(
    staging: str, lake: str, rules: Rules, again: bool, key: str, meter: "Meter | None" = None
) -> list[Receipt | Undone]:
    from hackle_import.ingest import ingest

    places, place_id = _places(staging, lake)
    drop = Drop.at(places.staging.place, key, place_id)
    if drop is not None:
        seen, counted = watched(places, meter)
        result = attempted(key, lambda: ingest(drop, seen, rules, now, again=again, counted=counted))
        if meter is not None and isinstance(result, Receipt) and result.outcome is Outcome.SKIPPED:
            meter.read(result.bytes_in)
        return [result]
    tell(f"{key}: {NO_DROP}")
    return []


def watched(places: "Places", meter: "Meter | None") -> "tuple[Places, Callable[[int], None] | None]":
    """The same places, whose reads of drops the meter counts; and what is to be told of rows."""
    if meter is None:
        return places, None
    from hackle_import.cli.progress import Metered
    from hackle_import.places import Places

    drops, parts = (Metered(source, meter.read) for source in (places.drops, places.parts))
    return Places(drops, places.staging, places.lake, parts), meter.add_rows


@cache  # once a process: clients are made once, and versions of mappings are remembered by their store
def _places(staging: str, lake: str) -> "tuple[Places, str]":
    """And what the staging place is known by, where that is not its name."""
    from hackle_import.places import Places
    from hackle_import.writing import memory

    memory.prepare()
    store = opened(staging)
    written = day_rules().written_to(store.place, lake)
    return Places(store, store, opened(written), exports_of(store)), "" if "://" in staging else local_identity(store)


def _metered(results: list[Receipt | Undone], meter: "Meter | None") -> list[Receipt | Undone]:
    if meter is not None:
        for result in results:
            if isinstance(result, Receipt):
                meter.whole(result)
    return results


def _alone(task: Callable[[T], list[Receipt | Undone]], item: T, name: Callable[[T], str]) -> list[Receipt | Undone]:
    from concurrent.futures.process import BrokenProcessPool

    with _pool(1) as pool:
        try:
            return pool.submit(task, item).result()
        except BrokenProcessPool:
            return [Undone(name(item), "its process was ended from outside: is there enough memory?")]


def _pool(jobs: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: Arrow and the clouds' libraries hold threads and locks that a fork would copy half.
    context = get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(given(),))


def _begin(settings: dict[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to every process: the parent answers
    take_over(settings)
