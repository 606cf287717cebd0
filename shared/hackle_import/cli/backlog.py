"""The drops of a staging place, handled one after the other or by several processes. None of them stops another."""

import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from hackle_import.cli import tell
from hackle_import.cli.names import MOST_NAMED, listed
from hackle_import.cli.outside import exports_of, given, local_identity, now, opened, take_over, written_to
from hackle_import.drop import INCOMING, NO_DROP, PASSED_OVER, Drop, is_folder_marker, is_hidden
from hackle_import.errors import Misconfigured, forget_frames, reason_of
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.connection import Connection

    from hackle_import.cli.progress import Meter, Remote
    from hackle_import.places import Places

R = TypeVar("R")
T = TypeVar("T")
ENDED = "its process was ended from outside: is there enough memory?"
_AHEAD = 4  # drops that wait for each process: keys are many, what waits is kept
_parents: "list[Remote]" = []  # in a process that a command started: the meter that somebody looks at


class Undone(Struct, frozen=True):
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
        yield from by_processes(partial(_one, staging, lake, rules, again), keys, ended, jobs, meter)


def without_side_files(keys: Iterable[str]) -> Iterator[str]:
    """The others, as they come; then one line that names what was left out. Folder markers are not worth a word."""
    first, hidden = list[str](), 0
    for key in keys:
        if is_hidden(key.removeprefix(INCOMING)):
            first, hidden = [*first, key][:MOST_NAMED], hidden + 1
        elif not is_folder_marker(key):
            yield key
    if hidden:
        _tell_once(f"{listed(first, hidden)}: {PASSED_OVER}")


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


def ended(key: str) -> Receipt | Undone:
    """A drop whose process was ended each time."""
    return Undone(key, ENDED)


def by_processes(
    task: Callable[[T], list[R]],
    items: Iterable[T],
    lost: Callable[[T], R],
    jobs: int,
    meter: "Meter | None" = None,
) -> Iterator[R]:
    """A process that is killed takes its pool with it: what the pool had in hand is handled by processes of its own,
    and only the item that kills one again is given up: `lost` says so."""
    if meter is None:
        yield from _by_processes(task, items, lost, jobs, None)
        return
    from hackle_import.cli.progress import Gathered

    with Gathered(meter) as gathered:
        yield from _by_processes(task, items, lost, jobs, gathered.writer)


def _by_processes(
    task: Callable[[T], list[R]],
    items: Iterable[T],
    lost: Callable[[T], R],
    jobs: int,
    writer: "Connection | None",
) -> Iterator[R]:
    from concurrent.futures.process import BrokenProcessPool

    left = iter(items)
    pool = _pool(jobs, writer)
    waiting: list[tuple[T, Future[list[R]]]] = []
    try:
        while True:
            for item in islice(left, jobs * _AHEAD - len(waiting)):
                waiting.append((item, _submitted(pool, task, item)))
            if not waiting:
                return
            item, doing = waiting.pop(0)
            try:
                yield from doing.result()
            except BrokenProcessPool:
                for suspect in [item, *(item for item, _ in waiting)]:
                    yield from _alone(task, suspect, lost, writer)
                pool, waiting = _pool(jobs, writer), []
    finally:
        pool.shutdown(cancel_futures=True)


def _one(
    staging: str, lake: str, rules: Rules, again: bool, key: str, meter: "Meter | None" = None
) -> list[Receipt | Undone]:
    from hackle_import.ingest import ingest

    places, place_id = _places(staging, lake)
    drop = Drop.at(places.staging.place, key, place_id)
    if drop is not None:
        seen, counted = watched(places, meter or parents_meter())
        result = attempted(key, lambda: ingest(drop, seen, rules, now, again=again, counted=counted))
        pass_over(result, meter or parents_meter())
        return [result]
    tell(f"{key}: {NO_DROP}")
    return []


def parents_meter() -> "Remote | None":
    """That of the command that started this process, where somebody looks at it."""
    return next(iter(_parents), None)


def watched(places: "Places", meter: "Meter | Remote | None") -> "tuple[Places, Callable[[int], None] | None]":
    """The same places, whose reads of drops the meter counts; and what is to be told of rows."""
    if meter is None:
        return places, None
    from hackle_import.cli.progress import Metered
    from hackle_import.places import Places

    drops, parts = (Metered(source, meter.read) for source in (places.drops, places.parts))
    return Places(drops, places.staging, places.lake, parts), meter.add_rows


def pass_over(result: Receipt | Undone, meter: "Meter | Remote | None") -> None:
    """A drop that was handled before is done as a whole, though nothing of it was read."""
    if meter is not None and isinstance(result, Receipt) and result.outcome is Outcome.SKIPPED:
        meter.read(result.bytes_in)


@cache  # once a process: clients are made once, and versions of mappings are remembered by their store
def _places(staging: str, lake: str) -> "tuple[Places, str]":
    """And what the staging place is known by, where that is not its name."""
    from hackle_import.places import Places
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    store = opened(staging)
    places = Places(store, store, opened(written_to(store, lake)), exports_of(store))
    return places, "" if "://" in staging else local_identity(store)


def _alone(task: Callable[[T], list[R]], item: T, lost: Callable[[T], R], writer: "Connection | None") -> list[R]:
    from concurrent.futures.process import BrokenProcessPool

    with _pool(1, writer) as pool:
        try:
            return _submitted(pool, task, item).result()
        except BrokenProcessPool:
            return [lost(item)]


def _submitted(pool: "ProcessPoolExecutor", task: Callable[[T], list[R]], item: T) -> "Future[list[R]]":
    """Processes begin here, and what is blocked stays so in them until they can answer: Ctrl-C is the parent's."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(task, item)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _pool(jobs: int, writer: "Connection | None") -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: Arrow and the clouds' libraries hold threads and locks that a fork would copy half.
    context = get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(given(), writer))


def _begin(settings: dict[str, str], writer: "Connection | None") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to every process: the parent answers
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    take_over(settings)
    if writer is not None:
        from hackle_import.cli.progress import Remote

        _parents.append(Remote(writer))
