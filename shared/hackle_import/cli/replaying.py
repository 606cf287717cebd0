"""`replay`: drops that were handled before, once more, with today's mappings."""

from collections.abc import Iterator

import click

from hackle_import.cli import command
from hackle_import.cli.backlog import handled
from hackle_import.cli.outside import (
    json_option,
    lake_option,
    opened,
    opened_to_read,
    rules,
    staging_option,
    strict_option,
)
from hackle_import.drop import Drop
from hackle_import.stores.protocol import Store


@command.command()
@click.argument("drops", nargs=-1, required=True, metavar="DROP...")
@staging_option
@lake_option
@json_option
@strict_option
def replay(drops: tuple[str, ...], staging: str, lake: str, as_json: bool, strict: bool) -> None:
    """Handle drops again with today's mapping; what they wrote before is replaced.

    A DROP is a key such as incoming/hackle/a.ndjson, or a folder such as incoming/hackle/ with all below it.
    """
    from hackle_import.cli.output import end, show

    settings, store = rules(), opened_to_read(staging)
    opened(lake)
    keys = dict.fromkeys(key for drop in drops for key in _named(store, drop))
    receipts = handled(staging, lake, keys, settings, again=True)
    end(show(receipts, as_json=as_json, total=len(keys)), strict)


def _named(store: Store, drop: str) -> Iterator[str]:
    """The keys of drops that `drop` names, with or without the staging place before it: at least one."""
    key = drop.removeprefix(f"{store.place}/")
    below = f"{key.rstrip('/')}/"
    found = [name for name in store.keys(key) if (name == key or name.startswith(below)) and Drop.at(store.place, name)]
    if not found:
        raise click.UsageError(f"no drop {key!r} in {store.place}: give a key below incoming/, or a folder there")
    yield from found
