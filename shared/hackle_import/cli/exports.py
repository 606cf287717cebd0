"""Exports of warehouses beside the drops that they become: what `status` shows of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from hackle_import.cli import tell
from hackle_import.cli.tables import safe, show_table
from hackle_import.errors import shown
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.warehouse.standing import Standing

_MOST_SHOWN = 7  # days of a source that are well


def standings_of(store: Store, now: datetime) -> "tuple[list[Standing], bool]":
    """Of every source, what a person is to look at first; and whether all of them are well."""
    found: list[Standing] = []
    is_well = True
    for one in _each(store, now):
        if isinstance(one, str):
            tell(one)
            is_well = False
        else:
            found.append(one)
    found.sort(key=lambda one: one.day, reverse=True)
    found.sort(key=lambda one: (one.trouble is None, one.source))
    return found, is_well and not any(one.trouble for one in found)


def show_exports(found: "list[Standing]", *, as_json: bool) -> None:
    """A line a day: what is to be looked at, and the newest of each source."""
    if as_json:
        for one in found:
            click.echo(shown(msgspec.json.encode({"export": one}).decode()))
        return
    chosen = [one for number, one in enumerate(found) if one.trouble or _rank(found, number) < _MOST_SHOWN]
    if chosen:
        titles = ("source", "exported day", "export", "attempt", "rows", "since (UTC)", "why")
        click.echo()
        show_table(titles, map(_cells, chosen), name="source", why="why", roomy=("since (UTC)",))


def _each(store: Store, now: datetime) -> "Iterator[Standing | str]":
    """What stands of a source, or why it is not valid."""
    from hackle_import.warehouse.catalogue import find_source, source_names
    from hackle_import.warehouse.format import BadSource
    from hackle_import.warehouse.standing import standings

    for name in source_names(store):
        try:
            yield from standings(store, find_source(store, name), now)
        except BadSource as wrong:
            yield str(wrong)


def _rank(found: "list[Standing]", number: int) -> int:
    """How many days of the same source that are well come before."""
    return sum(1 for one in found[:number] if one.source == found[number].source and not one.trouble)


def _cells(one: "Standing") -> tuple[str, ...]:
    colour = "red" if one.trouble else "green" if one.phase == "offered" else ""
    phase = str(one.trouble or one.phase)
    rows = "" if one.rows is None else f"{one.rows:,}"
    since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else ""
    marked = f"[{colour}]{phase}[/]" if colour else phase
    return (safe(one.source), one.day, marked, str(one.attempt), rows, since, safe(shown(one.told)))
