"""`watch`: what `run` does, and then every drop that appears in a local folder, until a signal ends it."""

import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from hackle_import.cli import command
from hackle_import.cli.backlog import handled
from hackle_import.cli.outside import (
    jobs_option,
    json_option,
    lake_option,
    opened,
    opened_to_read,
    rules,
    staging_option,
)
from hackle_import.drop import INCOMING, MAPPINGS
from hackle_import.errors import NotFound, TryAgain, Unavailable, forget_frames
from hackle_import.receipt import Outcome, Receipt
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.settings import Rules

SETTLE_SECONDS = 1.0  # for which a file must stand still: a copy in progress writes more often than that


@command.command()
@staging_option
@lake_option
@jobs_option
@json_option
def watch(staging: str, lake: str, jobs: int, as_json: bool) -> None:
    """Do what `run` does, then stay and handle new drops of a local folder as they come."""
    from watchfiles import watch as changes_in

    if "://" in staging:
        raise click.UsageError(
            "watch needs a local folder; a bucket's events start the deployed function, `run` catches up"
        )
    store, settings = opened_to_read(staging), rules()
    opened(lake)
    folders = [Path(staging, INCOMING), Path(staging, MAPPINGS)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    stop, lookout = _stopped_by_signals(), Lookout(store)
    click.echo(f"watching {staging}/{INCOMING}", err=True)
    for changes in changes_in(
        *folders, stop_event=stop, yield_on_timeout=True, rust_timeout=round(SETTLE_SECONDS * 1000)
    ):
        if any(Path(path).suffix == ".toml" and folders[1].resolve() in Path(path).parents for _, path in changes):
            lookout.forget()  # a drop that a mapping failed, or was made with it, is another version now
        if stop.wait(SETTLE_SECONDS):
            return
        if changes or lookout.waiting:
            _handle(lookout, staging, lake, settings, jobs, as_json, stop)


class Lookout:
    """Which drops stood still between two looks, and have not been handled as they are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: Mapping[str, str] = {}
        self._done: dict[str, str] = {}
        self.waiting = True

    def look(self) -> dict[str, str]:
        """Versions by key."""
        before, self._seen = self._seen, dict(self._versions())
        new = {key: version for key, version in self._seen.items() if self._done.get(key) != version}
        self.waiting = bool(new)
        return {key: version for key, version in new.items() if before.get(key) == version}

    def handled(self, versions: Mapping[str, str]) -> None:
        self._done.update(versions)

    def forget(self) -> None:
        self._done.clear()

    def _versions(self) -> Iterator[tuple[str, str]]:
        for key in self._store.keys(INCOMING):
            try:
                yield key, self._store.head(key).version
            except NotFound:
                continue  # deleted since it was listed


def _handle(
    lookout: Lookout, staging: str, lake: str, settings: "Rules", jobs: int, as_json: bool, stop: Event
) -> None:
    from hackle_import.cli.output import show

    ready = lookout.look()
    if not ready:
        return
    try:
        receipts = _until(stop, handled(staging, lake, ready, settings, jobs if len(ready) > 1 else 1))
        show(receipts, as_json=as_json, total=None, hidden=Outcome.SKIPPED)
        lookout.handled(ready)
    except (TryAgain, Unavailable) as later:
        click.echo(f"hackle-import: {later}; it will be tried again", err=True)
        forget_frames(later)


def _until(stop: Event, receipts: Iterator[Receipt]) -> Iterator[Receipt]:
    for receipt in receipts:
        yield receipt
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
