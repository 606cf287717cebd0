"""`export`: days of a source, now: those that are looked back at, or a range; or what would be exported."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING

import click
from msgspec import json

from hackle_import.cli import WRONG_DATA, command, tell
from hackle_import.cli.options import Command, json_option, staging_option
from hackle_import.cli.outlook import show_what_would_be
from hackle_import.cli.outside import exports_of, now, opened_to_read
from hackle_import.cli.sources import connected, found
from hackle_import.errors import Changed, TryAgain, shown

if TYPE_CHECKING:
    from hackle_import.stores import Catalogue
    from hackle_import.warehouse.client import Warehouse
    from hackle_import.warehouse.source import Source

_SECONDS = 5.0  # between two looks at statements that run
_MOST_DAYS = 4000
_ROUNDS = 5  # of asking, while the deployed exporter strikes out what is done
_GOING_ON = ("asked", "running", "offered", "waiting")  # of a step: another tick is worth while
_DAY = click.DateTime(["%Y-%m-%d"])


@command.command(cls=Command)
@click.argument("name", metavar="SOURCE")
@staging_option
@click.option("--from", "first", type=_DAY, help="First day; else those of the last ones that changed.")
@click.option("--to", "last", type=_DAY, help="Last day, included; else the first one alone.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show the statement, rows, bytes and dollars of each day, and ten rows as they would become.",
)
@click.option("--accept", is_flag=True, help="Let through days that are withheld since they shrank; export no other.")
@json_option
def export(
    name: str,
    staging: str,
    first: datetime | None,
    last: datetime | None,
    dry_run: bool,
    accept: bool,
    as_json: bool,
) -> None:
    """Export days of a warehouse, newest first, and wait until their drops are there; `run` handles those.

    Exit status 1 where a day failed, is withheld, or has no table.
    """
    from hackle_import.warehouse.client import NoTable, Refused
    from hackle_import.warehouse.format import BadSource

    if dry_run and as_json:
        raise click.UsageError("--dry-run shows statements and rows to people: leave out --json")
    store = opened_to_read(staging)
    try:
        source = found(store, name)
        warehouse = connected(source)
        days = _days(source, first, last)
        if dry_run:
            show_what_would_be(store, source, warehouse, days)
            return
        if accept:
            days = _accepted(store, source, days)
        elif first is not None:
            _ask(store, source, days)
        only = days if accept or first is not None else None
        is_well = _exported(store, source, warehouse, days, only=only, as_json=as_json)
    except BadSource as wrong:
        raise click.UsageError(str(wrong)) from None
    except (Refused, NoTable) as refused:
        tell(f"{name}: {refused}")
        is_well = False
    if not is_well:
        raise click.exceptions.Exit(WRONG_DATA)


def _days(source: "Source", first: datetime | None, last: datetime | None) -> list[date]:
    """Newest first."""
    if first is None:
        from hackle_import.warehouse.days import looked_back

        return looked_back(source, now())
    count = ((last or first) - first).days + 1
    if not 0 < count <= _MOST_DAYS:
        raise click.UsageError(f"--from and --to are {count:,} days: 1 to {_MOST_DAYS:,} can be exported")
    return [first.date() + timedelta(days=number) for number in reversed(range(count))]


def _accepted(store: "Catalogue", source: "Source", days: Sequence[date]) -> list[date]:
    """The days that are let through, and no other; also those that were, and are not offered yet."""
    from hackle_import.warehouse import deciding
    from hackle_import.warehouse.state import Phase, load_state, save_state

    through = []
    for day in days:
        state, version = load_state(store, source.name, day)
        if state.phase is Phase.WITHHELD:
            with suppress(Changed):  # another one lets it through
                save_state(store, source.name, day, deciding.accept(state, now()), version)
            tell(f"{source.name} {day}: {state.error}: accepted")
        if state.phase in (Phase.WITHHELD, Phase.EXPORTED):
            through.append(day)
    if not through:
        tell(f"{source.name}: no day is withheld of {days[-1]} to {days[0]}")
        raise click.exceptions.Exit(WRONG_DATA)
    return through


def _exported(
    store: "Catalogue",
    source: "Source",
    warehouse: "Warehouse",
    days: Sequence[date],
    *,
    only: Sequence[date] | None,
    as_json: bool,
) -> bool:
    """Ticks until nothing is under way any more; with `only`, no other day begins."""
    from hackle_import.warehouse.state import OPEN, Phase, load_state
    from hackle_import.warehouse.tick import Ticks

    ticks = Ticks(store, warehouse, now, exports_of(store))
    while True:
        steps = ticks.tick(source, only=only)
        for step in steps:
            if as_json:
                click.echo(shown(json.encode(step).decode()))
            else:
                tell(f"{step.source} {step.day} {step.phase}{f': {step.told}' if step.told else ''}")
        phases = [load_state(store, source.name, day)[0].phase for day in days]
        if not any(phase in OPEN for phase in phases) and not any(step.phase in _GOING_ON for step in steps):
            return all(phase is Phase.OFFERED for phase in phases)
        sleep(_SECONDS)


def _ask(store: "Catalogue", source: "Source", days: Sequence[date]) -> None:
    """Days are exported whether or not they changed, but for those that are being let through."""
    from msgspec.structs import replace

    from hackle_import.warehouse.state import Phase, load_book, load_state, save_book

    let_through = {day for day in days if load_state(store, source.name, day)[0].phase is Phase.EXPORTED}
    asked = {str(day): now() for day in days if day not in let_through}
    for _ in range(_ROUNDS):
        book, version = load_book(store, source.name)
        with suppress(Changed):
            save_book(store, source.name, replace(book, wanted=book.wanted | asked), version)
            return
    raise TryAgain(f"{source.name}: other workers changed what is asked for {_ROUNDS} times meanwhile")
