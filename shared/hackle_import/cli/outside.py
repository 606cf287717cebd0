"""What the commands take from outside: places, settings, the clock, and the options that several of them share.

What a user wrote wrongly raises click.UsageError or Misconfigured: exit status 2, never a failure.
"""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.drop import STATE
from hackle_import.errors import Misconfigured
from hackle_import.settings import Rules, overlap, read_owners, read_rules

if TYPE_CHECKING:
    from hackle_import.stores import Store

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
strict_option = click.option("--strict", is_flag=True, help="Exit with 1 when a row was rejected.")
jobs_option = click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes.")


def _apart(context: click.Context, option: click.Parameter, place: str) -> str:
    """Whichever of both places comes second is held against the first."""
    places = {**context.params, option.name: place}
    if "staging" in places and "lake" in places:
        for problem in overlap(*(_whole(places[name]) for name in ("staging", "lake"))):
            raise click.UsageError(problem)
    return place


def _whole(place: str) -> str:
    return place.rstrip("/") if "://" in place else str(Path(place).resolve())


staging_option = click.option(
    "--staging",
    required=True,
    envvar="HACKLE_STAGING",
    callback=_apart,
    help="Folder, s3://… or gs://… that holds incoming/.",
)
lake_option = click.option(
    "--import",
    "lake",
    required=True,
    envvar="HACKLE_IMPORT",
    callback=_apart,
    help="Where Hackle reads, its prefix included.",
)


def opened(place: str) -> "Store":
    """The store of a place that may still be empty or, if local, not made yet."""
    from hackle_import.stores import open_store

    problems: list[str] = []
    owners = read_owners(os.environ, problems)  # noqa: TID251 - the command is where the environment is read
    if problems:
        raise Misconfigured("; ".join(problems))
    try:
        return open_store(place, owners)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def opened_to_read(place: str) -> "Store":
    """The store of a place that must be there: a mistyped folder is not an empty one."""
    if "://" not in place and not Path(place).is_dir():
        raise click.UsageError(f"no such folder: {place}")
    return opened(place)


def local_identity(staging: "Store") -> str:
    """What a local folder is known by, wherever it lies. Raises Misconfigured for a copy."""
    from hackle_import.identity.place import id_of, identity_of

    def is_another(path: str, identity: str) -> bool:
        other = Path(path)
        if not (other / STATE).is_dir() or other.samefile(staging.place):
            return False
        return id_of(opened(path)) in (None, identity)  # an earlier release wrote no id

    return identity_of(staging, secrets.token_hex(16), is_another)


def rules() -> Rules:
    """The settings of the environment. Raises Misconfigured with every problem."""
    problems: list[str] = []
    found = read_rules(os.environ, problems)  # noqa: TID251 - the command is where the environment is read
    if found.hash_key.startswith((b"arn:", b"projects/")):
        problems.append("HACKLE_HASH_KEY names a secret, which only a deployed function reads: give the key itself")
    if problems:
        raise Misconfigured("; ".join(problems))
    return found


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the command is where the clock is read
