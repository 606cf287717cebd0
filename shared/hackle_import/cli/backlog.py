"""The drops of a staging place, handled one after the other or by several processes. None of them stops another."""

import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from hackle_import.cli import tell
from hackle_import.cli.outside import local_identity, now, opened
from hackle_import.drop import NO_DROP, Drop, is_folder_marker
from hackle_import.errors import Misconfigured, forget_frames, reason_of
from hackle_import.receipt import Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from hackle_import.places import Places

_AHEAD = 4  # drops that wait for each process: keys are many, what waits is kept


@dataclass(frozen=True, slots=True)
class Undone:
    """A drop that something went wrong with which is not its own fault: it is as it was, and can be handled again.
    `wrong_use` where a setting is what is to be changed."""

    key: str
    reason: str
    wrong_use: bool = False


def handled(
    staging: str, lake: str, keys: Iterable[str], rules: Rules, jobs: int = 1, *, again: bool = False
) -> Iterator[Receipt | Undone]:
    """In the order of `keys`; a key that names no drop is told, and gives none. `again` as in `ingest`."""
    if jobs == 1:
        for key in keys:
            yield from _one(staging, lake, key, rules, again)
    else:
        yield from _by_processes(staging, lake, keys, rules, jobs, again)


def attempted(key: str, handle: Callable[[], Receipt]) -> Receipt | Undone:
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


def _one(staging: str, lake: str, key: str, rules: Rules, again: bool) -> list[Receipt | Undone]:
    from hackle_import.ingest import ingest

    places, place_id = _places(staging, lake)
    drop = Drop.at(places.staging.place, key, place_id)
    if drop is not None:
        return [attempted(key, lambda: ingest(drop, places, rules, now, again=again))]
    if not is_folder_marker(key):
        tell(f"{key}: {NO_DROP}")
    return []


@cache  # once a process: clients are made once, and versions of mappings are remembered by their store
def _places(staging: str, lake: str) -> "tuple[Places, str]":
    """And what the staging place is known by, where that is not its name."""
    from hackle_import.places import Places
    from hackle_import.writing import memory

    memory.prepare()
    store = opened(staging)
    return Places(store, store, opened(lake)), "" if "://" in staging else local_identity(store)


def _by_processes(
    staging: str, lake: str, keys: Iterable[str], rules: Rules, jobs: int, again: bool
) -> Iterator[Receipt | Undone]:
    """A process that is killed takes its pool with it: what the pool had in hand is handled by processes of its own,
    and only the drop that kills one again is given up."""
    from concurrent.futures.process import BrokenProcessPool

    left = iter(keys)
    pool = _pool(jobs)
    waiting: list[tuple[str, Future[list[Receipt | Undone]]]] = []
    try:
        while True:
            for key in islice(left, jobs * _AHEAD - len(waiting)):
                waiting.append((key, pool.submit(_one, staging, lake, key, rules, again)))
            if not waiting:
                return
            key, task = waiting.pop(0)
            try:
                yield from task.result()
            except BrokenProcessPool:
                for suspect in [key, *(key for key, _ in waiting)]:
                    yield from _alone(staging, lake, suspect, rules, again)
                pool, waiting = _pool(jobs), []
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(staging: str, lake: str, key: str, rules: Rules, again: bool) -> list[Receipt | Undone]:
    from concurrent.futures.process import BrokenProcessPool

    with _pool(1) as pool:
        try:
            return pool.submit(_one, staging, lake, key, rules, again).result()
        except BrokenProcessPool:
            return [Undone(key, "its process was ended from outside: is there enough memory?")]


def _pool(jobs: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: Arrow and the clouds' libraries hold threads and locks that a fork would copy half.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_leave_signals_to_the_parent)


def _leave_signals_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to every process
