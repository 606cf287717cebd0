"""`rejects`: the rows that were set aside, to read, or as a file to mend and drop again."""

import gzip
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from hackle_import.cli import command, tell
from hackle_import.cli.options import Command, json_option, ledger_option, settings_options
from hackle_import.cli.outside import opened_ledger, rules
from hackle_import.drop import Drop
from hackle_import.errors import NotFound, shown
from hackle_import.stores.protocol import Store

if TYPE_CHECKING:
    from hackle_import.ingest.ledger import Entry

_RAW_CHARACTERS = 300  # of a row in the table


@command.command(cls=Command)
@click.argument("drops", nargs=-1, metavar="[DROP]...")
@ledger_option
@click.option("--code", help="Only rows that were rejected for this reason.")
@click.option("-n", "rows", default=50, show_default=True, type=click.IntRange(1), help="Rows to show.")
@click.option(
    "--out", metavar="FILE", help="Write the rows of one DROP as they were dropped, to mend and to drop again."
)
@click.option("--mapping", metavar="NAME|FILE", help="With --out: the mapping, where the staging place has it not.")
@json_option
@settings_options
def rejects(
    drops: tuple[str, ...],
    staging: str,
    code: str | None,
    rows: int,
    out: str | None,
    mapping: str | None,
    as_json: bool,
) -> None:
    """Show rejected rows: where each stands, why, and its text as it was dropped.

    Without a DROP those of all. With --out FILE the rows are written in the form that they were dropped in: a CSV with
    its header, an array, JSON lines.
    """
    store = opened_ledger(staging)
    rules()
    found = list(_with_rejects(store, drops))
    if out is not None:
        from hackle_import.cli.mending import write_to_mend

        if len(found) != 1:
            raise click.UsageError(f"--out takes the rows of one DROP with rejected rows, and {len(found)} are named")
        ((drop, entry),) = found
        write_to_mend(Path(out), drop, list(rows_of(store, drop, entry, code)), store, mapping)
        return
    all_rows = (row for drop, entry in found for row in rows_of(store, drop, entry, code))
    if as_json:
        for row in all_rows:
            click.echo(msgspec.json.encode(row).decode())
        return
    _show(list(islice(all_rows, rows + 1)), rows)


def rows_of(store: Store, drop: Drop, entry: "Entry", code: str | None) -> Iterator[dict[str, Any]]:
    """What the rejects file holds, one by one."""
    from hackle_import.cli.tables import key_of

    assert entry.rejects is not None
    name = key_of(f"{drop.place}/{drop.key}")  # as it can be pasted: a file's own name may be that of several
    try:
        body, _ = store.get(entry.rejects.key)
    except NotFound:
        tell(f"{entry.source}: its rejects file is gone; `replay` makes it anew")
        return
    with gzip.open(BytesIO(body)) as lines:
        for line in lines:
            row = msgspec.json.decode(line)
            if code is None or row["code"] == code:
                yield row | {"source": name} if row["source"] == entry.source else row  # a part has its own


def _with_rejects(store: Store, names: tuple[str, ...]) -> "Iterator[tuple[Drop, Entry]]":
    from hackle_import.cli.drops import found_drops, known_drops

    known = found_drops(store, names) if names else list(known_drops(store))
    for drop, entry in sorted(known, key=lambda one: one[0].key):
        if entry is not None and entry.rejects is not None:
            yield drop, entry


def _show(rows: list[dict[str, Any]], most: int) -> None:
    """A table; on a terminal, where a row's text does not fit into one, a few lines each."""
    from hackle_import.cli.tables import console, pasted, safe, show_table

    if not rows:
        click.echo("no rejected rows", err=True)
        return
    if console().is_terminal:
        for row in rows[:most]:
            click.echo(f"{pasted(row['source'])} line {row['line']:,}: {row['code']}")
            click.echo(f"  {shown(_told(row))}\n  {shown(row['raw'][:_RAW_CHARACTERS])}")
    else:
        cells = (
            (safe(row["source"]), f"{row['line']:,}", row["code"], safe(_told(row)), safe(row["raw"][:_RAW_CHARACTERS]))
            for row in rows[:most]
        )
        show_table(("drop", "line", "code", "why", "row"), cells, name="drop", why="row")
    if len(rows) > most:
        click.echo(
            f"and more: -n shows more, --json all, --out FILE writes those of one drop (first {most} shown)", err=True
        )


def _told(row: dict[str, Any]) -> str:
    return f"{row['field']}: {row['message']}" if row["field"] else row["message"]
