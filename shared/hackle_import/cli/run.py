"""`run`: every drop of a staging place, or every drop of a part of them, that is not done."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from hackle_import.cli import command
from hackle_import.cli.backlog import handled, without_side_files
from hackle_import.cli.options import Command, handling_options, publish_option, strict_option
from hackle_import.cli.outside import day_rules, environment, local_identity, now, opened, opened_to_read, rules
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.backfill.shards import Shard
    from hackle_import.cli.progress import Meter


@command.command(cls=Command)
@handling_options
@strict_option
@publish_option
@click.option(
    "--shard", "part", metavar="I/N",
    help="Only part I of N, counted from 0, by drops' digests: for task arrays. auto, or auto/N: as the platform says.",
)  # fmt: skip
def run(
    staging: str,
    lake: str,
    jobs: int,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    strict: bool,
    part: str | None,
) -> None:
    """Handle every drop below incoming/ that the ledger does not show as done.

    What failed before and is not mended is told again: then the exit status is 1.
    """
    from hackle_import.backfill.shards import Shard, read_shard
    from hackle_import.cli.output import Manner, end, show

    settings, manner = rules(), Manner(staging, as_json, quiet, verbose, news=True)
    shard = read_shard(part, environment()) if part else Shard()
    opened(lake)
    store = opened_to_read(staging)
    if part and day_rules().are_closed:
        hold_days(store, shard)
    meter = None if as_json or quiet else meter_of(store, listed(store, shard))
    keys = without_side_files(listed(store, shard))
    end(show(handled(staging, lake, keys, settings, jobs, meter=meter), manner, meter), strict)


def hold_days(store: Store, shard: "Shard") -> None:
    """Days wait for all parts as for a backfill, by one document: that of the part which begins last, so that another
    batch is waited for, too. No part knows when all are done; the ledger does."""
    from hackle_import.backfill.job import ALL, Job, begin, identity_of
    from hackle_import.backfill.selection import Selection

    began = now()
    identity = identity_of(store.place, "run --shard", [str(shard.count)])
    begin(store, Job(identity, "run --shard", Selection(older=began), began, ALL, finished=began))


def listed(store: Store, shard: "Shard") -> Iterator[str]:
    """The keys of a part, streamed; what is no drop is for the first one to tell."""
    from hackle_import.drop import INCOMING, Drop

    place_id = "" if "://" in store.place or shard.count == 1 else local_identity(store)
    for key in store.keys(INCOMING):
        drop = Drop.at(store.place, key, place_id)
        if shard.holds(drop.source) if drop else shard.index == 0:
            yield key


def meter_of(store: Store, keys: Iterable[str]) -> "Meter | None":
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
