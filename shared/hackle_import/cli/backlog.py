"""The drops of a staging place, handled one after the other or by several processes."""

import signal
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

import click

from hackle_import.cli.outside import now, opened
from hackle_import.drop import NO_DROP, Drop, is_folder_marker
from hackle_import.receipt import Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from hackle_import.places import Places


def handled(
    staging: str, lake: str, keys: Iterable[str], rules: Rules, jobs: int = 1, *, again: bool = False
) -> Iterator[Receipt]:
    """Receipts in the order of `keys`; a key that names no drop is told, and gives none. `again` as in `ingest`."""
    if jobs == 1:
        for key in keys:
            yield from _one(staging, lake, key, rules, again)
    else:
        yield from _by_processes(staging, lake, keys, rules, jobs, again)


def _by_processes(
    staging: str, lake: str, keys: Iterable[str], rules: Rules, jobs: int, again: bool
) -> Iterator[Receipt]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: Arrow and the clouds' libraries hold threads and locks that a fork would copy half.
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_leave_signals_to_the_parent)
    try:
        for task in [pool.submit(_one, staging, lake, key, rules, again) for key in keys]:
            yield from task.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_signals_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to every process


def _one(staging: str, lake: str, key: str, rules: Rules, again: bool) -> list[Receipt]:
    from hackle_import.ingest import ingest

    places = _places(staging, lake)
    drop = Drop.at(places.staging.place, key)
    if drop is not None:
        return [ingest(drop, places, rules, now, again=again)]
    if not is_folder_marker(key):
        click.echo(f"hackle-import: {key}: {NO_DROP}", err=True)
    return []


@cache  # once a process: clients are made once, and versions of mappings are remembered by their store
def _places(staging: str, lake: str) -> "Places":
    from hackle_import.places import Places
    from hackle_import.writing import memory

    memory.prepare()
    store = opened(staging)
    return Places(store, store, opened(lake))
