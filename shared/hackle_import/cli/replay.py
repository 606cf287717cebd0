"""`replay`: drops that were handled before, once more, with today's mappings."""

from hackle_import.cli import command
from hackle_import.cli.backlog import handled
from hackle_import.cli.options import Command, drops_argument, handling_options, publish_option, strict_option
from hackle_import.cli.outside import opened, opened_to_read, rules


@command.command(cls=Command)
@drops_argument
@handling_options
@strict_option
@publish_option
def replay(
    drops: tuple[str, ...],
    staging: str,
    lake: str,
    jobs: int,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    strict: bool,
) -> None:
    """Handle drops again with today's mapping; what they wrote before is replaced.

    A DROP is a key such as incoming/hackle/a.ndjson, or a folder such as incoming/hackle/ with all below it.
    """
    from hackle_import.cli.drops import keys_named
    from hackle_import.cli.output import Manner, end, show
    from hackle_import.cli.run import meter_of

    settings, store = rules(), opened_to_read(staging)
    opened(lake)
    keys = list(dict.fromkeys(key for name in drops for key in keys_named(store, name)))
    meter = None if as_json or quiet else meter_of(store, keys)
    receipts = handled(staging, lake, keys, settings, jobs, again=True, meter=meter)
    end(show(receipts, Manner(staging, as_json, quiet, verbose), meter), strict)
