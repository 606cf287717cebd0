"""`convert` and `run`: drops in, Parquet out."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli import command, tell
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
from hackle_import.cli.sources import found_files, is_one_file, mapping_named, source_of
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from hackle_import.identity.files import Register
    from hackle_import.mapping import Mapping
    from hackle_import.places import Places
    from hackle_import.stores import Store


@command.command()
@click.argument("sources", nargs=-1, required=True, metavar="SRC...")
@click.option("--mapping", default="hackle", show_default=True, metavar="NAME|FILE", help="A preset, or a TOML file.")
@click.option(
    "--out", required=True, metavar="PLACE", help="Where the day folders go; the ledger goes to PLACE-ledger."
)
@click.option("--copy", "copies", is_flag=True, help="Convert files, too, that hold the same as another one did.")
@json_option
@strict_option
def convert(sources: tuple[str, ...], mapping: str, out: str, copies: bool, as_json: bool, strict: bool) -> None:
    """Convert files, folders or zip archives once, without a staging area.

    A second run over the same files replaces what they gave before; it never doubles it, also where they were moved.
    """
    from hackle_import.cli.output import end, show

    settings, chosen, out = rules(), mapping_named(mapping), _out(out)
    drops = _distinct(found for source in sources for found in found_files(source))
    receipts = _converted(drops, out, _Given(Path(mapping).stem, chosen, settings, copies))
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


@dataclass(frozen=True, slots=True)
class _Given:
    """What the command was given beside its files; `name` is the mapping's."""

    name: str
    mapping: "Mapping"
    settings: Rules
    copies: bool


def _converted(found: list[tuple[str, str]], out: str, given: _Given) -> Iterator[Receipt | Undone]:
    from hackle_import.identity.files import Register
    from hackle_import.places import Places
    from hackle_import.writing import memory

    memory.prepare()
    staging, lake = opened(f"{out}-ledger"), opened(out)
    register = Register(staging, source_of, is_one_file, secrets.token_bytes(32))
    for place, keys in groupby(found, key=itemgetter(0)):
        with source_of(place) as drops:
            places = Places(drops, staging, lake)
            for _, key in keys:
                yield attempted(key, partial(_handled, register, places, key, given))


def _handled(register: "Register", places: "Places", key: str, given: _Given) -> Receipt:
    from hackle_import.ingest import ingest

    seen = register.recognised(places.drops, key, given.name, copies=given.copies)
    path = f"{places.drops.place}/{key}"
    if seen.moved_from:
        tell(f"{path}: it was {seen.moved_from}, which is gone: what that gave is its own now")
    gone = _is_gone(register.outputs(seen.file), places.lake)
    if gone:
        tell(f"{path}: what it gave is gone from {places.lake.place}: it is written again")
    receipt = ingest(seen.file, places, given.settings, now, mapping=given.mapping, again=gone)
    register.remember(seen.file, receipt)
    return receipt


def _is_gone(keys: list[str], lake: "Store") -> bool:
    """Whether a folder has lost one of these files. From a bucket Hackle deletes what it has read."""
    return "://" not in lake.place and not all(Path(lake.place, key).is_file() for key in keys)


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
    """Every file once, though two sources name it."""
    return list({f"{place}/{key}": (place, key) for place, key in found}.values())
