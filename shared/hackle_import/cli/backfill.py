"""`backfill`: years of drops are told to a queue of the deployed function, or what that would take is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli import command, tell
from hackle_import.cli.options import Command, config_option, json_option, staging_option
from hackle_import.cli.outside import environment, moment, now, opened, opened_to_read
from hackle_import.drop import INCOMING, digest_of

if TYPE_CHECKING:
    from hackle_import.backfill.job import Job
    from hackle_import.backfill.selection import Item, Selection
    from hackle_import.stores.protocol import Catalogue


@command.command(cls=Command)
@staging_option
@click.option("--to", metavar="QUEUE", help="URL of an SQS queue, or projects/PROJECT/topics/TOPIC: BackfillQueue.")
@click.option("--prefix", default=INCOMING, show_default=True, metavar="KEY", help="Drops whose key begins so.")
@click.option("--list", "keys", metavar="FILE", help="Drops by a list: a key a line.")
@click.option(
    "--inventory", metavar="PLACE", help="Drops by the manifest of an S3 Inventory, or of a Storage Insights report."
)
@click.option("--newer", metavar="WHEN", help="Dropped since then: 24h, 7d, or a date such as 2025-01-31.")
@click.option("--older", metavar="WHEN", help="Dropped before then.")
@click.option("--limit", type=click.IntRange(1), help="So many drops at most.")
@click.option("--dry-run", is_flag=True, help="Send nothing: show drops, hours and dollars.")
@click.option("--again", is_flag=True, help="Send all of it anew, though it was sent.")
@json_option
@config_option
def backfill(
    staging: str,
    to: str | None,
    prefix: str,
    keys: str | None,
    inventory: str | None,
    newer: str | None,
    older: str | None,
    limit: int | None,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Tell a queue of the deployed function of every drop, so that years of them are handled beside the live ones.

    What was broken off goes on where it was, by the same command. Sending a drop twice is harmless: what is done is
    skipped. `status --backfill` shows how far the function is.
    """
    if keys is not None and inventory is not None:
        raise click.UsageError("--list and --inventory each tell the drops: give one of them")
    if to is None and not dry_run:
        raise click.UsageError("give --to QUEUE, or --dry-run to see what it would take")
    store, listed = opened_to_read(staging), _read(keys) if keys is not None else None
    chosen = _selection(store.place, prefix, newer, older, limit, inventory, listed)
    if to is None or dry_run:
        _show_estimate(store, chosen, listed or b"", as_json=as_json)
        return
    asked = (prefix, newer or "", older or "", str(limit or ""), chosen.inventory, chosen.listed)
    _send(store, to, asked, chosen, listed or b"", again, as_json=as_json)


def _selection(
    place: str,
    prefix: str,
    newer: str | None,
    older: str | None,
    limit: int | None,
    inventory: str | None,
    listed: bytes | None,
) -> "Selection":
    from hackle_import.backfill.selection import Selection

    return Selection(
        prefix.removeprefix(f"{place}/"),
        moment(newer, "--newer") if newer else None,
        moment(older, "--older") if older else None,
        limit,
        inventory or "",
        digest_of(listed.decode("latin-1")) if listed is not None else "",
    )


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        raise click.UsageError(f"--list: {path} cannot be read") from None


def _send(
    store: "Catalogue",
    to: str,
    asked: Sequence[str],
    chosen: "Selection",
    listed: bytes,
    again: bool,
    *,
    as_json: bool,
) -> None:
    """`asked` are the wishes as they were written: the same ones are the same backfill."""
    from hackle_import.backfill.job import Job, identity_of, sent
    from hackle_import.backfill.queues import open_queue
    from hackle_import.cli.backfill_tables import tell_sent
    from hackle_import.errors import Changed

    queue = open_queue(to, store.place, environment())
    new = Job(identity_of(store.place, to, asked), to, chosen, now())
    job, version = _begun(store, new, listed, again)
    if job.finished is not None:
        tell(f"all of it was sent at {job.finished:%Y-%m-%d %H:%M} UTC: --again sends it anew")
    elif job.drops:
        tell(f"goes on behind the {job.drops:,} drops that were sent")
    try:
        for step in () if job.finished else sent(store, job, version, chosen_of(store, job), queue, now):
            job = step
            if not as_json and job.finished is None:
                tell(f"{job.drops:,} drops sent")
    except Changed:
        raise click.UsageError("another process sends the same backfill: one is enough") from None
    tell_sent(job, as_json=as_json)


def _begun(store: "Catalogue", new: "Job", listed: bytes, again: bool) -> "tuple[Job, str]":
    """The backfill as it is, or the new one, and the version of its document."""
    from hackle_import.backfill.job import list_key_of, load, save
    from hackle_import.backfill.sources import checked

    job, version = load(store, new.identity)
    if job is not None and version is not None and not again:
        return job, version
    if new.selection.listed:
        store.put(list_key_of(new.identity), checked(listed, store.place))
    return new, save(store, new, version)


def chosen_of(store: "Catalogue", job: "Job") -> "Iterator[Item]":
    """What is left of a backfill's drops."""
    from hackle_import.backfill.selection import chosen
    from hackle_import.backfill.sources import items

    bucket = bucket_of(job.selection.inventory)
    found = items(job.selection, job.identity, store, bucket, job.mark)
    return chosen(found, job.selection, store.place, job.drops)


def bucket_of(inventory: str) -> "Catalogue | None":
    """The whole bucket that holds an inventory: its files lie beside the manifest's folder, not in it."""
    if not inventory:
        return None
    scheme, found, rest = inventory.partition("://")
    if not found or "/" not in rest:
        raise click.UsageError(
            f"--inventory {inventory}: give s3://bucket/…/manifest.json, or gs://bucket/…/manifest.json"
        )
    return opened(f"{scheme}://{rest.partition('/')[0]}")


def _show_estimate(store: "Catalogue", selection: "Selection", listed: bytes, *, as_json: bool) -> None:
    from hackle_import.backfill.estimate import DAYS, PRICES, Amount, estimated
    from hackle_import.backfill.selection import chosen
    from hackle_import.backfill.sources import checked, in_list, items
    from hackle_import.cli.backfill_tables import show_estimates

    prices = PRICES.get(store.place.partition("://")[0])
    if prices is None:
        raise click.UsageError(f"{store.place} is no bucket: `run --jobs` handles the drops of a folder")
    if selection.listed:
        found = in_list(checked(listed, store.place))
    else:
        found = items(selection, "", store, bucket_of(selection.inventory))
    amount = Amount()
    for item in chosen(found, selection, store.place):
        amount = amount.with_drop(item.found)
    show_estimates([estimated(amount, days, prices) for days in DAYS], amount, as_json=as_json)
