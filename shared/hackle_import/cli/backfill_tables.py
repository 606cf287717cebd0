"""What `backfill` shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from hackle_import.cli import tell
from hackle_import.cli.tables import show_table

if TYPE_CHECKING:
    from hackle_import.backfill.estimate import Amount, Estimate
    from hackle_import.backfill.job import Job


def tell_sent(job: "Job", *, as_json: bool) -> None:
    """All that there is to say: what comes of it, the ledger says."""
    if as_json:
        click.echo(msgspec.json.encode(job).decode())
    else:
        click.echo(f"{job.drops:,} drops were sent ({_size(job.bytes)}) as backfill {job.identity}")


def show_estimates(estimates: "Sequence[Estimate]", amount: "Amount", *, as_json: bool) -> None:
    """A line a number of days that a drop's rows may lie on."""
    if as_json:
        for one in estimates:
            click.echo(msgspec.json.encode(one).decode())
        return
    told = (
        f", as NDJSON about {_size(amount.plain)}"
        if amount.stored
        else "; the source tells no sizes: that is for the drops alone"
    )
    click.echo(f"{amount.drops:,} drops, {_size(amount.stored)} as stored{told}")
    workers = estimates[0].hours
    by_workers = (f"hours by {count:,}" for count in workers)
    titles = ("days a drop", "files", "worker hours", *by_workers, "US dollars", "to close: worker hours", "US dollars")
    rows = [
        (
            str(one.days_a_drop),
            f"{one.files:,}",
            _hours(one.worker_hours),
            *map(_hours, one.hours.values()),
            f"{one.dollars:,.2f}",
            _hours(one.closing_hours),
            f"{one.closing_dollars:,.2f}",
        )
        for one in estimates
    ]
    show_table(titles, rows)
    tell("an estimate at list prices, without storage: docs/scale.md has the formulas")


def _hours(hours: float) -> str:
    return f"{hours:,.1f}" if hours >= 0.1 else f"{hours:.3f}"  # noqa: PLR2004 - six minutes


def _size(size: float) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"  # noqa: PLR2004 - a GB
