"""What `status` shows."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from hackle_import.cli.names import many
from hackle_import.cli.remarks import remarks_of
from hackle_import.cli.tables import key_of, outcome_cell, pasted, reason_of, safe, show_table
from hackle_import.errors import shown

if TYPE_CHECKING:
    from hackle_import.cli.drops import Standing
    from hackle_import.cli.status import Known, Ledger

_MOST_NOTED = 20  # drops in words
_COUNTS = ("rows in", "written", "rejected", "left out")


def drops(known: "Sequence[Known]", *, as_json: bool, staging: str) -> None:
    """A line a drop; what is not mended, or remarked on, once more in words, with its whole name."""
    if as_json:
        for one in known:
            click.echo(one.receipt.line())
        return
    if known:
        titles = ("drop", "outcome", *_COUNTS, "handled (UTC)", "why")
        show_table(titles, map(_cells, known), name="drop", why="why", roomy=("handled (UTC)", "why"))
    unmended = [one.receipt for one in known if one.receipt.is_unmended]
    noted = [one.receipt for one in known if not one.receipt.is_unmended and remarks_of(one.receipt)]
    for receipt in (*unmended, *noted[:_MOST_NOTED]):
        click.echo(f"\n{pasted(key_of(receipt.source))}\n  {receipt.outcome}: {shown(reason_of(receipt))}")
    if len(noted) > _MOST_NOTED:
        click.echo(f"\nand {len(noted) - _MOST_NOTED:,} more drops that something is remarked on: --json has them")
    if unmended:
        click.echo("\nDrop a corrected file under the same name, or take it back:")
        click.echo(
            f"  hackle-import forget {pasted(key_of(unmended[0].source))} --staging {pasted(staging)} --import PLACE"
        )


def grouped(by: str, found: dict[str, Counter[str]], *, as_json: bool) -> None:
    """A line a day, an event or a mapping."""
    titles = list(dict.fromkeys(title for counts in found.values() for title in counts))
    for name, counts in found.items() if as_json else ():
        named = {title.replace(" ", "_"): counts[title] for title in titles}
        click.echo(shown(msgspec.json.encode({by: name, **named}).decode()))
    if found and not as_json:
        rows = ((safe(name), *(f"{counts[title]:,}" for title in titles)) for name, counts in found.items())
        show_table((by, *titles), rows, name=by)


def summary(ledger: "Ledger", since: str | None) -> None:
    """One line: how many drops ended how, and when the newest was handled; then what is not mended, and was handled
    before. Those of a newer release were told one by one."""
    known = ledger.known
    if known:
        outcomes = Counter(one.receipt.outcome.value for one in known)
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())
        newest = max(one.handled for one in known)
        click.echo(f"{many(len(known), 'drop')}: {told}; the last one handled {newest:%Y-%m-%d %H:%M} UTC", err=True)
    elif not ledger.newer:
        click.echo(f"nothing handled since {since}" if since and ledger.keys else "nothing there", err=True)
    if before := ledger.unmended - sum(one.receipt.is_unmended for one in known):
        click.echo(f"{many(before, 'drop')} handled before that {'are' if before > 1 else 'is'} not mended", err=True)


def standing(found: "Standing") -> None:
    """What the ledger does not say: drops that wait, drops without a byte, drops that were deleted."""
    if found.unhandled:
        click.echo(f"{_many(found.unhandled)} not handled yet: `hackle-import run` does that", err=True)
    if found.empty:
        click.echo(f"{_many(found.empty)} of 0 bytes: an export may have broken off", err=True)
    if found.gone:
        rows = f"{found.gone:,} drops with rows are" if found.gone > 1 else "1 drop with rows is"
        click.echo(
            f"{rows} deleted from incoming/: the rows stay, until `hackle-import forget` takes them back", err=True
        )


def _many(keys: "Sequence[str]") -> str:
    return f"{pasted(keys[0])} is" if len(keys) == 1 else f"{len(keys):,} drops, such as {pasted(keys[0])}, are"


def _cells(one: "Known") -> tuple[str, ...]:
    """Of a version that wrote nothing, `written` are the rows that an earlier one left."""
    receipt, commit = one.receipt, one.entry.commit
    written = commit.receipt.rows_written if commit else 0
    counts = (receipt.rows_in, written, receipt.rows_rejected, receipt.rows_filtered)
    when = f"{one.handled:%Y-%m-%d %H:%M}"
    reason = safe(reason_of(receipt))
    return (safe(key_of(receipt.source)), outcome_cell(receipt), *(f"{count:,}" for count in counts), when, reason)
