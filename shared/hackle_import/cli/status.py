"""`status`: the ledger, what is not mended first; and whether anything is not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from hackle_import.cli import WRONG_DATA, command, tell
from hackle_import.cli.options import Command, json_option, ledger_option, settings_options
from hackle_import.cli.outside import moment, opened_ledger, rules
from hackle_import.errors import NewerLedger
from hackle_import.receipt import Receipt
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.ingest.ledger import Entry


class Known(NamedTuple):
    """A drop that was handled, and when."""

    entry: "Entry"
    receipt: Receipt
    handled: datetime


class Ledger(NamedTuple):
    """`known` is what was handled since it was asked for, `unmended` how many of all are not mended; `newer` counts
    drops of which only a newer release can say; `keys` are those of all, `with_rows` of those that have rows in the
    import place."""

    known: list[Known]
    unmended: int
    newer: int
    keys: set[str]
    with_rows: set[str]


@command.command(cls=Command)
@ledger_option
@click.option("--failed", is_flag=True, help="Only drops that are not mended.")
@click.option("--since", metavar="WHEN", help="Only what was handled since: 24h, 7d, or a date such as 2025-01-31.")
@click.option(
    "--by", type=click.Choice(["drop", "day", "event", "mapping"]), default="drop", show_default=True,
    help="A line for each of these.",
)  # fmt: skip
@click.option("--backfill", is_flag=True, help="How far backfills are: drops done and left, rate, time left.")
@json_option
@settings_options
def status(staging: str, failed: bool, since: str | None, by: str, backfill: bool, as_json: bool) -> None:
    """Show the ledger: every drop's last outcome, those that are not mended first.

    Exit status 1 while a drop has failed, was withheld or had all its rows rejected, and nothing mended it, whenever
    that was: for cron. Also where a newer release handled a drop, for then this one cannot tell.
    """
    from hackle_import.cli import status_tables
    from hackle_import.cli.drops import standing_of

    settings, store = rules(), opened_ledger(staging)
    if backfill:
        from hackle_import.cli.backfill_progress import show

        show(store, as_json=as_json)
        return
    earliest = moment(since, "--since") if since else None
    ledger = _read(store, earliest)
    chosen = [one for one in ledger.known if one.receipt.is_unmended or not failed]
    if by == "drop":
        status_tables.drops(chosen, as_json=as_json, staging=staging)
    else:
        status_tables.grouped(by, _grouped(by, chosen, settings.day_folder), as_json=as_json)
    if not as_json:
        status_tables.summary(ledger, since)
        status_tables.standing(standing_of(store, ledger.keys, ledger.with_rows))
    if ledger.newer or ledger.unmended:
        raise click.exceptions.Exit(WRONG_DATA)


def _read(store: Store, earliest: datetime | None) -> Ledger:
    """What is not mended first."""
    from msgspec.structs import replace

    from hackle_import.cli.drops import digest_in
    from hackle_import.identity.files import known_files
    from hackle_import.ingest import ledger

    known, unmended, newer, keys, with_rows = list[Known](), 0, 0, set[str](), set[str]()
    files = known_files(store)
    for key, entry, handled in ledger.dated(store):
        keys.add(entry.source)
        if isinstance(entry, NewerLedger):
            tell(str(entry))
            newer += 1
            continue
        if entry.commit and entry.commit.outputs:
            with_rows.add(entry.source)
        if entry.receipt is None:
            continue
        unmended += entry.receipt.is_unmended
        if earliest is None or handled >= earliest:
            file = files.get(digest_in(key))
            known.append(Known(entry, replace(entry.receipt, source=file.path) if file else entry.receipt, handled))
    return Ledger(sorted(known, key=_trouble_first), unmended, newer, keys, with_rows)


def _trouble_first(one: Known) -> tuple[bool, str, str]:
    unmended = one.receipt.is_unmended
    return not unmended, one.receipt.outcome if unmended else "", one.receipt.source


def _grouped(by: str, known: Iterable[Known], day_folder: str) -> dict[str, Counter[str]]:
    """Drops and rows that are in the import place, by what was asked for; of mappings, also what is not."""
    found: dict[str, Counter[str]] = {}
    for one in known:
        for name, counts in _parts(by, one, day_folder):
            found.setdefault(name, Counter()).update(counts)
    return dict(sorted(found.items()))


def _parts(by: str, one: Known, day_folder: str) -> Iterator[tuple[str, dict[str, int]]]:
    from hackle_import.writing.layout import day_of_key

    written = one.entry.commit
    if by == "day":
        days: Counter[str] = Counter()
        for output in written.outputs if written else []:
            days[day_of_key(output.key, day_folder) or "elsewhere"] += output.rows
        yield from ((day, {"drops": 1, "written": rows}) for day, rows in days.items())
    elif by == "event":
        events: dict[str, int] = getattr(written.receipt, "rows_by_event", {}) if written else {}
        yield from ((event, {"drops": 1, "written": rows}) for event, rows in events.items())
    else:
        rows = {"written": written.receipt.rows_written if written else 0, "rejected": one.receipt.rows_rejected}
        rows["left out"] = one.receipt.rows_filtered
        yield one.receipt.mapping, {"drops": 1, "failed": int(one.receipt.is_unmended), **rows}
