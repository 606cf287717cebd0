"""`convert`: files in, Parquet out, once."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from msgspec import Struct

from hackle_import.cli import command, tell
from hackle_import.cli.backlog import Undone, attempted, by_processes, ended, parents_meter, pass_over, watched
from hackle_import.cli.inputs import FORMATS, found_files, is_one_file, mapping_named, piped, source_of
from hackle_import.cli.names import STDINS, name_of
from hackle_import.cli.options import (
    Command,
    config_of,
    jobs_option,
    manner_options,
    mapping_option,
    settings_options,
    strict_option,
)
from hackle_import.cli.outside import now, opened, rules
from hackle_import.receipt import Receipt
from hackle_import.settings import Rules

if TYPE_CHECKING:
    from hackle_import.cli.progress import Meter, Remote
    from hackle_import.identity.files import GivenFile, Register
    from hackle_import.mapping import Mapping
    from hackle_import.stores import Source, Store


class File(NamedTuple):
    """One to convert: where it lies, its key there, and what maps it."""

    place: str
    key: str
    mapping: str

    @property
    def path(self) -> str:
        return f"{self.place}/{self.key}"


class Recognised(NamedTuple):
    """A file by the name that the ledger has for it; `again` where what it gave is gone."""

    file: File
    drop: "GivenFile"
    again: bool


@command.command(cls=Command)
@click.argument("sources", nargs=-1, required=True, metavar="SRC...")
@mapping_option
@click.option(
    "--out", required=True, metavar="PLACE", help="Where the day folders go; the ledger goes to PLACE-ledger."
)
@click.option("--copy", "copies", is_flag=True, help="Convert files, too, that hold the same as another one did.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Of standard input, where SRC is -.")
@jobs_option
@manner_options
@strict_option
@settings_options
@click.pass_context
def convert(
    context: click.Context,
    sources: tuple[str, ...],
    mapping: str,
    out: str,
    copies: bool,
    form: str | None,
    jobs: int,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    strict: bool,
) -> None:
    """Convert files, folders or zip archives once, without a staging area.

    A SRC may hold * and ?, and - is standard input. A second run over the same files replaces what they gave before;
    it never doubles it, also where they were moved.
    """
    from hackle_import.cli.output import Manner, end, show

    settings, out = rules(), _out(out)
    manner = Manner(f"{out}-ledger", as_json, quiet, verbose)
    with ExitStack() as stack:
        given = [stack.enter_context(piped(form)) if source in STDINS else source for source in sources]
        files = _distinct(found for source in given for found in found_files(source))
        named = _mappings(context, files, mapping)
        chosen = {name: mapping_named(name) for name in dict.fromkeys(file.mapping for file in named)}
        meter = None if as_json or quiet else _meter(named)
        results = _converted(named, out, Given(chosen, settings, copies), jobs, meter)
        end(show(results, manner, meter), strict)


def _mappings(context: click.Context, files: list[tuple[str, str]], mapping: str) -> list[File]:
    """`--mapping` where it is written; else what the file of settings says of the folder."""
    written = context.get_parameter_source("mapping") is click.core.ParameterSource.COMMANDLINE
    config = config_of(context)

    def named(path: str) -> str:
        return mapping if written or "://" in path else config.mapping_of(Path(path)) or mapping

    return [File(place, key, named(f"{place}/{key}")) for place, key in files]


class Given(Struct, frozen=True):
    """What the command was given beside its files; `mappings` are by the names that files have for them."""

    mappings: dict[str, "Mapping"]
    settings: Rules
    copies: bool


def _converted(
    files: list[File], out: str, given: Given, jobs: int, meter: "Meter | None"
) -> Iterator[Receipt | Undone]:
    from hackle_import.identity.files import Register
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    register = Register(opened(f"{out}-ledger"), source_of, is_one_file, secrets.token_bytes(32))
    if jobs > 1:
        yield from _at_once(files, register, out, given, jobs, meter)
        return
    for place, some in groupby(files, key=lambda file: file.place):
        with source_of(place) as drops:
            for file in some:
                yield attempted(file.key, partial(_known, register, drops, file, out, given, meter))


def _known(register: "Register", drops: "Source", file: File, out: str, given: Given, meter: "Meter | None") -> Receipt:
    from hackle_import.identity.content import Digested

    known = _recognised(register, drops, file, opened(out), given)
    digested = Digested(drops, register.hash_key)
    receipt = _handled(digested, known, out, given, meter)
    register.remember(known.drop, receipt, digested)
    return receipt


def _at_once(
    files: list[File], register: "Register", out: str, given: Given, jobs: int, meter: "Meter | None"
) -> Iterator[Receipt | Undone]:
    """By several processes, each of different bytes: what holds the same as another one is looked at after that."""
    from hackle_import.identity.files import Together

    lake, later, chosen = opened(out), list[File](), list[Recognised]()
    together = Together(register, source_of)
    for file in files:
        with source_of(file.place) as source:
            known = attempted(file.key, partial(_recognised, register, source, file, lake, given))
            if isinstance(known, Undone):
                yield known
            elif not given.copies and together.has_another(source, known.drop):
                later.append(file)
            else:
                chosen.append(known)
    task = partial(_one, out, given, register.hash_key)
    yield from by_processes(task, chosen, lambda known: ended(known.file.key), jobs, meter)
    yield from _converted(later, out, given, 1, meter) if later else ()


def _one(out: str, given: Given, hash_key: bytes, known: Recognised) -> list[Receipt | Undone]:
    """In a process of its own."""
    from hackle_import.identity.content import Digested
    from hackle_import.identity.files import remember
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    with source_of(known.file.place) as drops:
        digested = Digested(drops, hash_key)
        result = attempted(known.file.key, partial(_handled, digested, known, out, given, parents_meter()))
        if isinstance(result, Receipt):
            remember(opened(f"{out}-ledger"), known.drop, result, digested)
        return [result]


def _recognised(register: "Register", drops: "Source", file: File, lake: "Store", given: Given) -> Recognised:
    seen = register.recognised(drops, file.key, Path(file.mapping).stem, copies=given.copies)
    path = name_of(seen.file.known.path)
    if seen.moved_from:
        tell(f"{path}: it was {name_of(seen.moved_from)}, which is gone: what that gave is its own now")
    gone = _is_gone(register.outputs(seen.file), lake)
    if gone:
        tell(f"{path}: what it gave is gone from {lake.place}: it is written again")
    return Recognised(file, seen.file, gone)


def _handled(drops: "Source", known: Recognised, out: str, given: Given, meter: "Meter | Remote | None") -> Receipt:
    from hackle_import.ingest import ingest
    from hackle_import.places import Places

    places, counted = watched(Places(drops, opened(f"{out}-ledger"), opened(out)), meter)
    mapping = given.mappings[known.file.mapping]
    receipt = ingest(known.drop, places, given.settings, now, mapping=mapping, again=known.again, counted=counted)
    pass_over(receipt, meter)
    return receipt


def _is_gone(keys: list[str], lake: "Store") -> bool:
    """Whether a folder has lost one of these files. From a bucket Hackle deletes what it has read."""
    return "://" not in lake.place and not all(Path(lake.place, key).is_file() for key in keys)


def _meter(files: list[File]) -> "Meter | None":
    """Sizes of files are asked for only where somebody looks."""
    from hackle_import.cli.tables import console

    if not console(err=True).is_terminal:
        return None
    from hackle_import.cli.progress import Meter

    total = 0
    for place, some in groupby(files, key=lambda file: file.place):
        with source_of(place) as drops:
            total += sum(drops.head(file.key).size for file in some)
    return Meter(total)


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
