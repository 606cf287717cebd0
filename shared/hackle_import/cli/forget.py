"""`forget`: takes drops back."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from hackle_import.cli import command, tell
from hackle_import.cli.backlog import attempted
from hackle_import.cli.options import (
    Command,
    drops_argument,
    json_option,
    lake_option,
    ledger_option,
    publish_option,
    quiet_option,
    settings_options,
)
from hackle_import.cli.outside import day_rules, now, opened, opened_ledger, rules, written_to

if TYPE_CHECKING:
    from hackle_import.ingest.ledger import Entry


@command.command(cls=Command)
@drops_argument
@ledger_option
@lake_option
@json_option
@quiet_option
@publish_option
@settings_options
def forget(drops: tuple[str, ...], staging: str, lake: str, as_json: bool, quiet: bool) -> None:
    """Take drops back: their rows leave the import place, and their rejected rows are deleted.

    A DROP is a key such as incoming/hackle/a.ndjson, or a folder with all below it; it may be deleted already. What
    was taken back is not made again, but by `replay`; a newer file of that name is. What Hackle has imported already,
    only Hackle can remove.
    """
    from hackle_import.cli.drops import found_drops
    from hackle_import.cli.inputs import source_of
    from hackle_import.cli.output import Manner, end, show
    from hackle_import.drop import Drop
    from hackle_import.ingest import forget
    from hackle_import.places import Places
    from hackle_import.receipt import Receipt

    rules()
    ledger = opened_ledger(staging)
    target = opened(written_to(ledger, lake))

    taken: list[Entry] = []  # what became of the others is told by their names

    def taken_back(drop: Drop, entry: "Entry | None") -> Receipt:
        with source_of(drop.place) as source:
            receipt = forget(drop, Places(source, ledger, target), now)
        assert receipt is not None  # it was found
        taken.extend([entry] if entry else [])
        return receipt

    found = found_drops(ledger, drops)
    results = (attempted(drop.key, partial(taken_back, drop, entry)) for drop, entry in found)
    done = show(results, Manner(staging, as_json, quiet))
    if day_rules().are_closed:
        _tell_days(taken)
    end(done)


def _tell_days(entries: "Iterable[Entry]") -> None:
    """Closed days keep what they show until they are written anew."""
    days = sorted({day for one in entries if one.commit for day in one.commit.receipt.days})
    if days:
        tell(f"closed days keep these rows until they are written anew: hackle-import day rewrite {' '.join(days)}")
