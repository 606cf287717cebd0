"""`status --backfill`: how far each backfill of a place is, by its ledger."""

from typing import TYPE_CHECKING

import click
import msgspec

from hackle_import.backfill.job import Job, end, jobs, told
from hackle_import.backfill.progress import Progress, number_of, progress
from hackle_import.cli import WRONG_DATA, tell
from hackle_import.cli.outside import local_identity, now
from hackle_import.cli.tables import show_table
from hackle_import.drop import STATE, Drop

if TYPE_CHECKING:
    from hackle_import.stores.protocol import Catalogue

_TITLES = ("backfill", "began (UTC)", "sent", "done", "not mended", "left", "rows", "MB", "drops an hour", "time left")


def show(store: "Catalogue", *, as_json: bool) -> None:
    """A line a backfill. Exit status 1 while a drop of any of them is not mended."""
    from hackle_import.ingest import ledger

    found = [(job, progress(_sources(store, job), job.began, ledger.dated(store), now())) for job in jobs(store)]
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


def end_those_done(store: "Catalogue") -> None:
    """Notes of each backfill whether all that it told is handled. The ledger is read only where it has a document of
    each drop: a listing tells that."""
    from hackle_import.ingest import ledger

    for job in [one for one in jobs(store) if one.done is None]:
        sources = _sources(store, job)
        left = len(sources - {number_of(key) for key in store.keys(STATE)})
        if not left and job.finished:
            left = progress(sources, job.began, ledger.dated(store), now()).left
        if job.finished and not left:
            end(store, job, now())
        else:
            unsent = "" if job.finished else ", and not all of it was sent"
            tell(f"backfill {job.identity}: {left:,} of {len(sources):,} drops are not handled{unsent}")


def _sources(store: "Catalogue", job: Job) -> set[int]:
    """Digests of the drops that were told so far: listed again, since a document holds no names."""
    from hackle_import.cli.backfilling import chosen_of

    from_the_beginning = msgspec.structs.replace(job, mark="", drops=0)
    items = told(job, chosen_of(store, from_the_beginning))
    place_id = "" if "://" in store.place else local_identity(store)
    drops = (Drop.at(store.place, item.found.key, place_id) for item in items)
    return {number_of(drop.state_key) for drop in drops if drop is not None}


def _cells(job: Job, one: Progress) -> tuple[str, ...]:
    sent = f"{one.told:,}" + ("" if job.finished else ", not all yet")
    hours = "" if one.left == 0 else "no rate yet" if one.hours_left is None else f"{one.hours_left:,.1f} h"
    return (
        job.identity, f"{job.began:%Y-%m-%d %H:%M}", sent, f"{one.done:,}", f"{one.unmended:,}", f"{one.left:,}",
        f"{one.rows:,}", f"{one.bytes / 1e6:,.1f}", f"{one.an_hour:,.0f}", hours,
    )  # fmt: skip
