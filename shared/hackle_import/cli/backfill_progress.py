"""`status --backfill`: how far each backfill of a place is, by its ledger."""

from typing import TYPE_CHECKING

import click
import msgspec

from hackle_import.backfill import ending
from hackle_import.backfill.job import Job, jobs
from hackle_import.backfill.progress import Progress, progress
from hackle_import.cli import WRONG_DATA, tell
from hackle_import.cli.backfill import bucket_of
from hackle_import.cli.outside import now
from hackle_import.cli.tables import show_table

if TYPE_CHECKING:
    from hackle_import.stores.protocol import Catalogue

_TITLES = ("backfill", "began (UTC)", "sent", "done", "not mended", "left", "rows", "MB", "drops an hour", "time left")


def show(store: "Catalogue", *, as_json: bool) -> None:
    """A line a backfill. Exit status 1 while a drop of any of them is not mended."""
    from hackle_import.ingest import ledger

    found = [(job, progress(_told(store, job), job.began, ledger.dated(store), now())) for job in jobs(store)]
    found.sort(key=lambda one: one[0].began)
    for job, one in found if as_json else ():
        told_too = {"backfill": job.identity, "began": job.began, "sent_all": job.finished is not None}
        click.echo(msgspec.json.encode(told_too | msgspec.structs.asdict(one)).decode())
    if not found:
        click.echo("no backfill was begun here", err=True)
    elif not as_json:
        show_table(_TITLES, [_cells(job, one) for job, one in found])
    if any(one.unmended for _, one in found):
        raise click.exceptions.Exit(WRONG_DATA)


def _told(store: "Catalogue", job: Job) -> set[int]:
    return ending.sources_of(store, job, bucket_of(job.selection.inventory))


def end_those_done(store: "Catalogue") -> None:
    """Notes of each backfill whether all that it told is handled, and tells of those that are not."""
    for job, left in ending.end_those_done(store, now(), bucket_of):
        if left:
            tell(f"backfill {job.identity}: {left:,} drops are not handled")
    for job in jobs(store):
        if not job.finished:
            tell(f"backfill {job.identity}: not all of it was sent: `hackle-import backfill` goes on where it was")


def _cells(job: Job, one: Progress) -> tuple[str, ...]:
    sent = f"{one.told:,}" + ("" if job.finished else ", not all yet")
    hours = "" if one.left == 0 else "no rate yet" if one.hours_left is None else f"{one.hours_left:,.1f} h"
    return (
        job.identity, f"{job.began:%Y-%m-%d %H:%M}", sent, f"{one.done:,}", f"{one.unmended:,}", f"{one.left:,}",
        f"{one.rows:,}", f"{one.bytes / 1e6:,.1f}", f"{one.an_hour:,.0f}", hours,
    )  # fmt: skip
