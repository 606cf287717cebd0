"""`watch`: what `run` does, and then every drop that appears in a local folder, until a signal ends it."""

import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from hackle_import.cli import command
from hackle_import.cli.backlog import Undone, handled, without_side_files
from hackle_import.cli.options import Command, days_options, handling_options
from hackle_import.cli.outside import day_rules, now, opened, opened_to_read, rules
from hackle_import.drop import INCOMING, MAPPINGS
from hackle_import.errors import NotFound
from hackle_import.receipt import Receipt
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.cli.output import Manner
    from hackle_import.settings import Rules

SETTLE_SECONDS = 1.0  # for which a file must stand still: a copy in progress writes more often than that
_BETWEEN_CLOSES = timedelta(hours=1)
_LONGEST_WAIT = 128  # looks, of which each takes two seconds or so, until a drop that is undone is tried again


@command.command(cls=Command)
@handling_options
@days_options
def watch(staging: str, lake: str, jobs: int, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Do what `run` does, then stay and handle new drops of a local folder as they come."""
    from watchfiles import watch as changes_in

    from hackle_import.cli.output import Done, Manner, end

    if "://" in staging:
        raise click.UsageError(
            "watch needs a local folder; a bucket's events start the deployed function, `run` catches up"
        )
    store, settings = opened_to_read(staging), rules()
    manner = Manner(staging, as_json, quiet, verbose, news=True)
    opened(lake)
    folders = [Path(staging, INCOMING), Path(staging, MAPPINGS)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    stop, lookout, closing = _stopped_by_signals(), Lookout(store), Closing(staging, lake, manner)
    click.echo(f"watching {staging}/{INCOMING}", err=True)
    for changes in changes_in(
        *folders, stop_event=stop, yield_on_timeout=True, rust_timeout=round(SETTLE_SECONDS * 1000)
    ):
        if any(Path(path).suffix == ".toml" and folders[1].resolve() in Path(path).parents for _, path in changes):
            lookout.forget()  # a drop that a mapping failed, or was made with it, is another version now
        if stop.wait(SETTLE_SECONDS):
            break
        if changes or lookout.waiting:
            _handle(lookout, lake, settings, jobs, manner, stop)
        if not lookout.waiting:
            closing.look()
    end(Done([], lookout.undone()))


@dataclass
class _Postponed:
    """A drop that is undone as it is: tried again after some looks, twice as many each time."""

    version: str
    undone: Undone
    looks: int = 1
    left: int = 1


class Lookout:
    """Which drops stood still between two looks, and have not been handled as they are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: Mapping[str, str] = {}
        self._done: dict[str, str] = {}
        self._postponed: dict[str, _Postponed] = {}
        self.waiting = True

    def look(self) -> dict[str, str]:
        """Versions by key."""
        before, self._seen = self._seen, dict(self._versions())
        new = {key: version for key, version in self._seen.items() if self._done.get(key) != version}
        self.waiting = bool(new)
        still = {key: version for key, version in new.items() if before.get(key) == version}
        return {key: version for key, version in still.items() if self._is_due(key, version)}

    def handled(self, versions: Mapping[str, str], undone: Iterable[Undone] = ()) -> None:
        """These were, but for what is undone."""
        left = {one.key: one for one in undone}
        for key, version in versions.items():
            former = self._postponed.pop(key, None)
            if key not in left:
                self._done[key] = version
                continue
            again = former is not None and former.version == version
            looks = min(2 * former.looks, _LONGEST_WAIT) if former and again else 1
            self._postponed[key] = _Postponed(version, left[key], looks, looks)

    def forget(self) -> None:
        self._done.clear()
        self._postponed.clear()

    def undone(self) -> list[Undone]:
        """Of the drops that are there."""
        return [one.undone for key, one in self._postponed.items() if key in self._seen]

    def _is_due(self, key: str, version: str) -> bool:
        postponed = self._postponed.get(key)
        if postponed is None or postponed.version != version:
            return True
        postponed.left -= 1
        return postponed.left < 0

    def _versions(self) -> Iterator[tuple[str, str]]:
        for key in self._store.keys(INCOMING):
            try:
                yield key, self._store.head(key).version
            except NotFound:
                continue  # deleted since it was listed


class Closing:
    """Closes days that are due, once an hour, where days are closed."""

    def __init__(self, staging: str, lake: str, manner: "Manner") -> None:
        self._staging, self._lake, self._manner = staging, lake, manner
        self._next = now() if day_rules().are_closed else None

    def look(self) -> None:
        """To be called when no drop waits."""
        if self._next is None or now() < self._next:
            return
        from hackle_import.cli.closing import closer_of, look_at_backfills
        from hackle_import.cli.day import show_closed

        self._next = now() + _BETWEEN_CLOSES
        closer = closer_of(self._staging, self._lake)
        look_at_backfills(self._staging)
        show_closed(closer.close_due(), as_json=self._manner.as_json, quiet=True)


def _handle(lookout: Lookout, lake: str, settings: "Rules", jobs: int, manner: "Manner", stop: Event) -> None:
    from hackle_import.cli.output import show

    ready = lookout.look()
    if not ready:
        return
    keys = list(without_side_files(ready))
    results = _until(stop, handled(manner.staging, lake, keys, settings, jobs if len(keys) > 1 else 1))
    done = show(results, manner)
    lookout.handled(ready, done.undone)


def _until(stop: Event, results: Iterator[Receipt | Undone]) -> Iterator[Receipt | Undone]:
    for result in results:
        yield result
        if stop.is_set():
            return


def _stopped_by_signals() -> Event:
    """Set by the first SIGINT or SIGTERM: the drop in hand is finished. A second one ends the process at once, which
    the ledger bears."""
    stop = Event()

    def ask(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return stop
