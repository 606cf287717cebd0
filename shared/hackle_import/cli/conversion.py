"""`convert` and `run`: drops in, Parquet out."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli import command
from hackle_import.cli.backlog import Undone, attempted, handled
from hackle_import.cli.outside import (
    jobs_option,
    json_option,
    lake_option,
    now,
    opened,
    opened_to_read,
    rules,
    staging_option,
    strict_option,
)
from hackle_import.cli.sources import found_files, mapping_named, source_of
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from hackle_import.mapping import Mapping


@command.command()
@click.argument("sources", nargs=-1, required=True, metavar="SRC...")
@click.option("--mapping", default="hackle", show_default=True, metavar="NAME|FILE", help="A preset, or a TOML file.")
@click.option(
    "--out", required=True, metavar="PLACE", help="Where the day folders go; the ledger goes to PLACE-ledger."
)
@json_option
@strict_option
def convert(sources: tuple[str, ...], mapping: str, out: str, as_json: bool, strict: bool) -> None:
    """Convert files, folders or zip archives once, without a staging area.

    A second run over the same files replaces what they gave before; it never doubles it.
    """
    from hackle_import.cli.output import end, show

    settings, chosen, out = rules(), mapping_named(mapping), _out(out)
    drops = _distinct(found for source in sources for found in found_files(source))
    receipts = _converted(drops, Path(mapping).stem, chosen, out, settings)
    end(show(receipts, as_json=as_json, total=len(drops)), strict)


@command.command()
@staging_option
@lake_option
@jobs_option
@json_option
@strict_option
def run(staging: str, lake: str, jobs: int, as_json: bool, strict: bool) -> None:
    """Handle every drop below incoming/ that the ledger does not show as done."""
    from hackle_import.cli.output import end, show
    from hackle_import.drop import INCOMING

    settings = rules()
    opened(lake)
    keys = list(opened_to_read(staging).keys(INCOMING))
    receipts = handled(staging, lake, keys, settings, jobs)
    end(show(receipts, as_json=as_json, total=len(keys), hidden=Outcome.SKIPPED), strict)


def _converted(
    found: list[tuple[str, str]], name: str, mapping: "Mapping", out: str, settings: Rules
) -> Iterator[Receipt | Undone]:
    from hackle_import.drop import Drop
    from hackle_import.ingest import ingest
    from hackle_import.places import Places
    from hackle_import.writing import memory

    memory.prepare()
    for place, keys in groupby(found, key=itemgetter(0)):
        with source_of(place) as drops:
            places = Places(drops, opened(f"{out}-ledger"), opened(out))
            for _, key in keys:
                drop = Drop(drops.place, key, name)
                yield attempted(key, partial(ingest, drop, places, settings, now, mapping=mapping))


def _out(place: str) -> str:
    """The place without a trailing slash, such that `-ledger` after it names a neighbour."""
    if "://" not in place:
        return str(Path(place).resolve())  # `.` has its neighbours by its name
    scheme, _, rest = place.rstrip("/").partition("://")
    if "/" not in rest:
        raise click.UsageError(
            f"{place} is a whole bucket, beside which no ledger can lie: give {scheme}://{rest}/prefix"
        )
    return f"{scheme}://{rest}"


def _distinct(found: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every file once, though two sources name it. Files of two folders under one key are refused: each would
    overwrite the other's rejects."""
    files = {f"{place}/{key}": (place, key) for place, key in found}
    by_key: dict[str, str] = {}
    for path, (_, key) in files.items():
        if by_key.setdefault(key, path) != path:
            raise click.UsageError(f"{by_key[key]} and {path} are both {key!r}: convert the folder above them")
    return list(files.values())
