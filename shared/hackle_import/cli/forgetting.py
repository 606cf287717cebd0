"""`forget`: takes drops back."""

from hackle_import.cli import command
from hackle_import.cli.backlog import attempted
from hackle_import.cli.options import (
    Command,
    drops_argument,
    json_option,
    lake_option,
    ledger_option,
    quiet_option,
    settings_options,
)
from hackle_import.cli.outside import now, opened, opened_ledger, rules


@command.command(cls=Command)
@drops_argument
@ledger_option
@lake_option
@json_option
@quiet_option
@settings_options
def forget(drops: tuple[str, ...], staging: str, lake: str, as_json: bool, quiet: bool) -> None:
    """Take drops back: their rows leave the import place, and their rejected rows are deleted.

    A DROP is a key such as incoming/hackle/a.ndjson, or a folder with all below it; it may be deleted already. What
    was taken back is not made again, but by `replay`; a newer file of that name is. What Hackle has imported already,
    only Hackle can remove.
    """
    from hackle_import.cli.drops import found_drops
    from hackle_import.cli.output import Manner, end, show
    from hackle_import.cli.sources import source_of
    from hackle_import.drop import Drop
    from hackle_import.ingest import forget
    from hackle_import.places import Places
    from hackle_import.receipt import Receipt

    rules()
    ledger, target = opened_ledger(staging), opened(lake)

    def taken_back(drop: Drop) -> Receipt:
        with source_of(drop.place) as source:
            receipt = forget(drop, Places(source, ledger, target), now)
        assert receipt is not None  # it was found
        return receipt

    found = [drop for drop, _ in found_drops(ledger, drops)]
    results = (attempted(drop.key, lambda drop=drop: taken_back(drop)) for drop in found)  # type: ignore[misc]
    end(show(results, Manner(staging, as_json, quiet)))
