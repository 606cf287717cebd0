"""`convert`, `run` and `watch`: drops in, Parquet out."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli import WRONG_DATA, command
from hackle_import.errors import Misconfigured
from hackle_import.receipt import Outcome, Receipt
from hackle_import.settings import Rules, read_rules

if TYPE_CHECKING:
    from hackle_import.mapping import Mapping

_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
_strict = click.option("--strict", is_flag=True, help="Exit with 1 when a row was rejected.")
_staging = click.option(
    "--staging", required=True, envvar="HACKLE_STAGING", help="Folder, s3://… or gs://… that holds incoming/."
)
_lake = click.option(
    "--import", "lake", required=True, envvar="HACKLE_IMPORT", help="Where Hackle reads, its prefix included."
)


@command.command()
@click.argument("sources", nargs=-1, required=True, metavar="SRC...")
@click.option("--mapping", default="hackle", show_default=True, metavar="NAME|FILE", help="A preset, or a TOML file.")
@click.option(
    "--out", required=True, metavar="PLACE", help="Where the day folders go; the ledger goes to PLACE-ledger."
)
@_json
@_strict
def convert(sources: tuple[str, ...], mapping: str, out: str, as_json: bool, strict: bool) -> None:
    """Convert files or folders once, without a staging area.

    A second run over the same files replaces what they gave before; it never doubles it.
    """
    from hackle_import.cli.output import show

    rules, chosen = _rules(), _mapping(mapping)
    name = Path(mapping).stem
    drops = [(place, key) for source in sources for place, key in _found(source)]
    receipts = (_converted(place, key, name, chosen, out, rules) for place, key in drops)
    _end(show(receipts, as_json=as_json, total=len(drops)), strict)


@command.command()
@_staging
@_lake
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes.")
@_json
@_strict
def run(staging: str, lake: str, jobs: int, as_json: bool, strict: bool) -> None:
    """Handle every drop below incoming/ that the ledger does not show as done."""
    _end(_backlog(staging, lake, jobs, as_json), strict)


@command.command()
@_staging
@_lake
@click.option(
    "--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes, for what is there at the start."
)
@_json
def watch(staging: str, lake: str, jobs: int, as_json: bool) -> None:
    """Do what `run` does, then stay and handle new drops of a local folder as they come."""
    from watchfiles import watch as changes

    if "://" in staging:
        raise click.UsageError("watch needs a local folder; a bucket's own events start the deployed function instead")
    (Path(staging) / "incoming").mkdir(parents=True, exist_ok=True)
    _backlog(staging, lake, jobs, as_json)
    click.echo(f"watching {staging}/incoming", err=True)
    for _ in changes(Path(staging) / "incoming", debounce=800, raise_interrupt=False):
        _backlog(staging, lake, 1, as_json)


def _backlog(staging: str, lake: str, jobs: int, as_json: bool) -> list[Receipt]:
    from hackle_import.cli.output import show
    from hackle_import.stores import open_store

    rules, store = _rules(), open_store(staging)
    keys = list(store.keys("incoming/"))
    return show(_news(_handled(staging, lake, keys, rules, jobs)), as_json=as_json, total=None)


def _news(receipts: Iterator[Receipt]) -> Iterator[Receipt]:
    return (receipt for receipt in receipts if receipt.outcome is not Outcome.SKIPPED)


def _handled(staging: str, lake: str, keys: list[str], rules: Rules, jobs: int) -> Iterator[Receipt]:
    if jobs == 1:
        for key in keys:
            yield from _one(staging, lake, key, rules)
        return
    with ProcessPoolExecutor(jobs) as pool:
        tasks = [pool.submit(_one, staging, lake, key, rules) for key in keys]
        for task in tasks:
            yield from task.result()


def _one(staging: str, lake: str, key: str, rules: Rules) -> list[Receipt]:
    from hackle_import.drop import Drop
    from hackle_import.ingest import ingest
    from hackle_import.places import Places
    from hackle_import.stores import open_store

    store = open_store(staging)
    drop = Drop.at(store.place, key)
    return [ingest(drop, Places(store, store, open_store(lake)), rules, _now)] if drop else []


def _converted(place: str, key: str, name: str, mapping: "Mapping", out: str, rules: Rules) -> Receipt:
    from hackle_import.drop import Drop
    from hackle_import.ingest import ingest
    from hackle_import.places import Places
    from hackle_import.stores import open_store

    drops = open_store(place)
    drop: Drop = Drop(drops.place, key, name)
    places = Places(drops, open_store(f"{out.rstrip('/')}-ledger"), open_store(out.rstrip("/")))
    return ingest(drop, places, rules, _now, mapping=mapping)


def _found(source: str) -> Iterator[tuple[str, str]]:
    """(place of a store, key) of every file that a source names."""
    from hackle_import.stores import NotFound, open_store

    place, _, name = source.rstrip("/").rpartition("/")
    if "://" not in source:
        path = Path(source)
        if not path.exists():
            raise click.UsageError(f"no such file or folder: {source}")
        place, name = str(path.resolve().parent), path.resolve().name
        if path.is_dir():
            yield from ((str(path.resolve()), key) for key in open_store(str(path)).keys(""))
            return
    try:
        open_store(place).head(name)
        yield place, name
    except NotFound:
        yield from ((source.rstrip("/"), key) for key in open_store(source).keys("") if not key.endswith("/"))


def _mapping(named: str) -> "Mapping":
    from hackle_import.errors import BadDrop
    from hackle_import.mapping import PRESETS, load_mapping

    if named in PRESETS:
        return PRESETS[named]
    try:
        return load_mapping(Path(named).read_bytes(), named)
    except FileNotFoundError:
        raise click.UsageError(f"no preset and no file {named!r}; presets: {', '.join(PRESETS)}") from None
    except BadDrop as wrong:
        raise click.UsageError(wrong.message) from None


def _rules() -> Rules:
    problems: list[str] = []
    rules = read_rules(os.environ, problems)  # noqa: TID251 - the command is where the environment is read
    if problems:
        raise Misconfigured("; ".join(problems))
    return rules


def _end(receipts: list[Receipt], strict: bool) -> None:
    wrong: Callable[[Receipt], bool] = lambda receipt: receipt.outcome in (Outcome.FAILED, Outcome.WITHHELD)  # noqa: E731
    if any(wrong(receipt) or (strict and receipt.rows_rejected) for receipt in receipts):
        raise click.exceptions.Exit(WRONG_DATA)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the command is where the clock is read
