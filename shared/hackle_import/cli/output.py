"""What the commands show: JSON lines for machines, tables for people, progress on a terminal only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from hackle_import.cli import FAILED, WRONG_DATA, WRONG_USE, tell
from hackle_import.cli.backlog import Undone
from hackle_import.errors import shown
from hackle_import.receipt import Outcome, Receipt

if TYPE_CHECKING:
    from rich.table import Table

_COLOURS = {Outcome.WRITTEN: "green", Outcome.FAILED: "red", Outcome.WITHHELD: "yellow"}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of all drops of a command."""

    receipts: list[Receipt]
    undone: list[Undone]


def show(
    results: Iterable[Receipt | Undone], *, as_json: bool, total: int | None, hidden: Outcome | None = None
) -> Done:
    """Shows receipts and what is undone as they come, and returns them. `hidden` is left out of the table, not of the
    JSON."""
    done = Done([], [])
    receipts = _receipts(results, done.undone)
    if as_json:
        done.receipts.extend(map(_line, receipts))
        return done
    try:
        done.receipts.extend(_progress(receipts, total))
    finally:  # what was done before a failure is told
        told = [receipt for receipt in done.receipts if receipt.outcome is not hidden]
        if told:
            _print(receipts_table(told))
    if not told and not done.undone:
        click.echo("nothing new" if done.receipts else "nothing there", err=True)
    return done


def _receipts(results: Iterable[Receipt | Undone], undone: list[Undone]) -> Iterator[Receipt]:
    for result in results:
        if isinstance(result, Undone):
            tell(f"{result.key}: not handled: {result.reason}")
            undone.append(result)
        else:
            yield result


def end(done: Done, strict: bool = False) -> None:
    """Exit status 3 where a drop is undone, 2 where a setting is why; 1 where a person should look at a drop."""
    if done.undone:
        raise click.exceptions.Exit(WRONG_USE if all(one.wrong_use for one in done.undone) else FAILED)
    if any(receipt.needs_attention or (strict and receipt.rows_rejected) for receipt in done.receipts):
        raise click.exceptions.Exit(WRONG_DATA)


def receipts_table(receipts: Iterable[Receipt]) -> "Table":
    """One row a drop."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("drop", overflow="fold")
    table.add_column("outcome")
    for title in ("rows in", "written", "rejected", "files"):
        table.add_column(title, justify="right")
    table.add_column("days")
    table.add_column("why", overflow="fold")
    for receipt in receipts:
        table.add_row(*_cells(receipt))
    return table


def _cells(receipt: Receipt) -> tuple[str, ...]:
    colour = _COLOURS.get(receipt.outcome, "dim")
    counts = (receipt.rows_in, receipt.rows_written, receipt.rows_rejected, receipt.files)
    days = receipt.days[0] + (f" … {receipt.days[-1]}" if len(receipt.days) > 1 else "") if receipt.days else ""
    rejects = ", ".join(f"{code} {count}" for code, count in sorted(receipt.rejects.items()))
    why = f"{receipt.fault.code}: {receipt.fault.message}" if receipt.fault else rejects
    if receipt.changed:
        why = "; ".join(filter(None, (f"anew: {', '.join(receipt.changed)} changed", why)))
    name = receipt.source.rpartition("/incoming/")[2]
    return (safe(name), f"[{colour}]{receipt.outcome}[/]", *(f"{count:,}" for count in counts), days, safe(why))


def safe(text: str) -> str:
    """Text of a drop for a terminal: no markup, no control characters."""
    from rich.markup import escape

    return escape(shown(text))


def _print(table: "Table") -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = 160
    console.print(table)


def _line(receipt: Receipt) -> Receipt:
    click.echo(receipt.line())
    return receipt


def _progress(receipts: Iterable[Receipt], total: int | None) -> Iterator[Receipt]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(
        receipts, "Converting", total=total, console=console, disable=not console.is_terminal, transient=True
    )
