"""`replay`: drops that were handled before, once more, with today's mappings."""

from collections.abc import Iterator

import click

from hackle_import.cli import command
from hackle_import.cli.backlog import handled
from hackle_import.cli.options import (
    Command,
    json_option,
    lake_option,
    quiet_option,
    settings_options,
    staging_option,
    strict_option,
    verbose_option,
)
from hackle_import.cli.outside import opened, opened_to_read, rules
from hackle_import.drop import INCOMING, Drop
from hackle_import.stores.protocol import Store


@command.command(cls=Command)
@click.argument("drops", nargs=-1, required=True, metavar="DROP...")
@staging_option
@lake_option
@json_option
@quiet_option
@verbose_option
@strict_option
@settings_options
def replay(
    drops: tuple[str, ...], staging: str, lake: str, as_json: bool, quiet: bool, verbose: bool, strict: bool
) -> None:
    """Handle drops again with today's mapping; what they wrote before is replaced.

    A DROP is a key such as incoming/hackle/a.ndjson, or a folder such as incoming/hackle/ with all below it.
    """
    from hackle_import.cli.output import Manner, end, show
    from hackle_import.cli.running import meter_of

    settings, store = rules(), opened_to_read(staging)
    opened(lake)
    keys = list(dict.fromkeys(key for drop in drops for key in _named(store, drop)))
    meter = None if as_json or quiet else meter_of(store, keys)
    receipts = handled(staging, lake, keys, settings, again=True, meter=meter)
    end(show(receipts, Manner(staging, as_json, quiet, verbose), meter), strict)


def _named(store: Store, drop: str) -> Iterator[str]:
    """The keys of drops that `drop` names, with or without the staging place before it: at least one."""
    key = drop.removeprefix(f"{store.place}/")
    key = key if key.startswith(INCOMING) or f"{key}/" == INCOMING else INCOMING + key
    below = f"{key.rstrip('/')}/"
    found = [name for name in store.keys(key) if (name == key or name.startswith(below)) and Drop.at(store.place, name)]
    if not found:
        raise click.UsageError(f"no drop {key!r} in {store.place}: give a key below incoming/, or a folder there")
    yield from found
