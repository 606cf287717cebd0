"""What `export --dry-run` shows: the statement; rows, bytes and dollars of each day; some rows as they would become."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from hackle_import.cli import tell
from hackle_import.cli.names import many
from hackle_import.cli.outside import rules

if TYPE_CHECKING:
    from hackle_import.stores import Store
    from hackle_import.warehouse.client import Warehouse
    from hackle_import.warehouse.outlook import Outlook, Total
    from hackle_import.warehouse.source import Source

_STEPS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def show_what_would_be(store: "Store", source: "Source", warehouse: "Warehouse", days: Sequence[date]) -> None:
    """Raises Refused, NoTable and Unavailable. Nothing is exported."""
    from hackle_import.warehouse.columns import book_of, newest_columns
    from hackle_import.warehouse.outlook import outlooks, sampled, total
    from hackle_import.warehouse.sql import select
    from hackle_import.warehouse.state import Book

    book = book_of(source, newest_columns(warehouse, source, days)[1], Book())
    click.echo(select(source, book.columns, days[0], book.day_type))
    found = outlooks(source, warehouse, book, days)
    for one in found:
        click.echo(f"{one.day}  {_told(one)}")
    lines = sampled(source, warehouse, book, found)
    _show_total(source, total(found), lines)
    if lines:
        _preview(store, source, lines)
    elif any(one.rows for one in found):
        tell("no rows are shown: a look at some scans as much as the day, and that is more than 10 GB")


def _told(one: "Outlook") -> str:
    from hackle_import.warehouse.outlook import dollars

    if not one.is_there:
        return "no table"
    rows = "rows are not told" if one.rows is None else many(one.rows, "row")
    return rows if one.scanned is None else f"{rows}, scans {_size(one.scanned)}: ${dollars(one.scanned):.4f}"


def _show_total(source: "Source", whole: "Total", lines: Sequence[str]) -> None:
    """What the warehouse bills, and what handling the drops does."""
    from hackle_import.backfill.estimate import PRICES, Amount, estimated

    text = round(whole.rows * sum(len(line.encode()) + 1 for line in lines) / len(lines)) if lines else 0
    handling = estimated(Amount(drops=whole.days, plain=text), 1, PRICES["s3" if source.kind == "redshift" else "gs"])
    bills = f"${whole.dollars:.2f}" if whole.dollars is not None else "by the time of a SELECT of these rows"
    scanned = "" if whole.scanned is None else f", scans {_size(whole.scanned)}"
    click.echo(f"{many(whole.days, 'day')}: about {many(whole.rows, 'row')}, {_size(text)} of text{scanned}")
    click.echo(f"{source.kind} bills {bills}; handling the drops in a function comes to about ${handling.dollars:.2f}")


def _preview(store: "Store", source: "Source", lines: Sequence[str]) -> None:
    from hackle_import.cli.inputs import previewed
    from hackle_import.cli.preview_tables import show_preview
    from hackle_import.mapping import names_a_preset

    with TemporaryDirectory(prefix="hackle-import-") as folder:
        sample = Path(folder, "rows.ndjson")
        sample.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        mapping = source.mapping
        if not names_a_preset(mapping):
            mapping = str(Path(folder, f"{source.mapping}.toml"))
            Path(mapping).write_bytes(store.get(f"mappings/{source.mapping}.toml")[0])
        show_preview(previewed(str(sample), mapping, rules(), len(lines)))


def _size(size: float) -> str:
    for step, unit in _STEPS:
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,.0f} bytes"
