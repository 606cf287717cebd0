"""`run`: every drop of a staging place that is not done."""

from typing import TYPE_CHECKING

from hackle_import.cli import command
from hackle_import.cli.backlog import handled
from hackle_import.cli.options import Command, handling_options, strict_option
from hackle_import.cli.outside import opened, opened_to_read, rules
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.cli.progress import Meter


@command.command(cls=Command)
@handling_options
@strict_option
def run(staging: str, lake: str, jobs: int, as_json: bool, quiet: bool, verbose: bool, strict: bool) -> None:
    """Handle every drop below incoming/ that the ledger does not show as done.

    What failed before and is not mended is told again: then the exit status is 1.
    """
    from hackle_import.cli.output import Manner, end, show
    from hackle_import.drop import INCOMING

    settings, manner = rules(), Manner(staging, as_json, quiet, verbose, news=True)
    opened(lake)
    store = opened_to_read(staging)
    keys = list(store.keys(INCOMING))
    meter = None if as_json or quiet else meter_of(store, keys)
    end(show(handled(staging, lake, keys, settings, jobs, meter=meter), manner, meter), strict)


def meter_of(store: Store, keys: list[str]) -> "Meter | None":
    """Sizes are asked for only where somebody looks, and of a local folder, where that costs nothing."""
    from hackle_import.cli.progress import Meter
    from hackle_import.cli.tables import console
    from hackle_import.errors import NotFound

    if not console(err=True).is_terminal:
        return None
    if "://" in store.place:
        return Meter(None)
    total = 0
    for key in keys:
        try:
            total += store.head(key).size
        except NotFound:
            continue  # deleted since it was listed
    return Meter(total)
