"""`sources`: the warehouses that days are exported from; one of them; a starter; what is wrong with one.

`sources NAME` shows a source's file, as `mappings NAME` does a preset's.
"""

from collections.abc import Iterable
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from msgspec import json

from hackle_import.cli import WRONG_DATA, WRONG_USE, command, tell
from hackle_import.cli.options import NAMED, Command, NameGroup, json_option
from hackle_import.cli.outside import exports_of, now, opened_to_read
from hackle_import.errors import shown

if TYPE_CHECKING:
    from hackle_import.cli.source_starter import Found, Where
    from hackle_import.stores import Catalogue, Store
    from hackle_import.warehouse.check import Line
    from hackle_import.warehouse.client import Warehouse
    from hackle_import.warehouse.source import Source

_SECONDS = 2.0  # between two looks at a statement


class _Sources(Command, NameGroup):
    """`sources NAME` shows that source."""


def _of_group(context: click.Context, option: click.Parameter, value: Any) -> Any:
    """What stands after a subcommand; else what its group has."""
    above = (context.parent.obj or {}) if context.parent else {}
    if context.get_parameter_source(str(option.name)) is not ParameterSource.COMMANDLINE:
        value = above.get(option.name) or value
    if value is None:
        raise click.MissingParameter(ctx=context, param=option)
    return value


_STAGING: dict[str, Any] = {
    "envvar": "HACKLE_STAGING", "show_envvar": True, "metavar": "PLACE", "help": "The place that holds sources/."
}  # fmt: skip
_staging_option = click.option("--staging", callback=_of_group, **_STAGING)
_json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_of_group, help="One JSON object a line on standard output."
)


@command.group(cls=_Sources, invoke_without_command=True)
@click.option("--staging", **_STAGING)
@json_option
@click.pass_context
def sources(ctx: click.Context, staging: str | None, as_json: bool) -> None:
    """List the warehouses of sources/; NAME shows one; `check NAME` tries it, `new KIND TABLE` writes a starter.

    Exit status 2 where a file is not valid.
    """
    ctx.obj = {"staging": staging, "as_json": as_json}
    if ctx.invoked_subcommand is None:
        if staging is None:
            option = next(one for one in ctx.command.params if one.name == "staging")
            raise click.MissingParameter(ctx=ctx, param=option)
        _list(opened_to_read(staging), as_json=as_json)


def _list(store: "Store", *, as_json: bool) -> None:
    """Raises click.exceptions.Exit where one is not valid, when all are listed."""
    from hackle_import.warehouse.catalogue import source_names
    from hackle_import.warehouse.format import BadSource

    is_well = True
    for name in source_names(store):
        try:
            source = found(store, name)
            told = {"kind": source.kind, "table": source.table or None, "mapping": source.mapping, "problem": None}
            line = f"{source.kind:<9} {source.table or 'a query'} -> {source.mapping}"
        except BadSource as wrong:
            told = {"kind": None, "table": None, "mapping": None, "problem": str(wrong)}
            line, is_well = f"not valid: {wrong}", False
        _echo({"source": name, **told}, f"{name:<20} {line}\n", as_json=as_json)
    if not is_well:
        raise click.exceptions.Exit(WRONG_USE)


@sources.command(NAMED, cls=Command, hidden=True)
@click.argument("name")
@_staging_option
@_json_option
def show(staging: str, name: str, as_json: bool) -> None:
    """Show a source's file; what is wrong with it, too."""
    from hackle_import.errors import NotFound
    from hackle_import.warehouse.format import SOURCES, BadSource, load_source

    store = opened_to_read(staging)
    try:
        text = store.get(f"{SOURCES}{name}.toml")[0]
    except NotFound:
        raise _unknown(store, name) from None
    told = text.decode(errors="replace")
    _echo({"source": name, "toml": told}, told, as_json=as_json)
    try:
        load_source(text, name)
    except BadSource as wrong:
        raise click.UsageError(str(wrong)) from None


@sources.command(cls=Command)
@click.argument("kind", type=click.Choice(("redshift", "bigquery")))
@click.argument("table")
@click.option("--database", default="", help="Redshift's.")
@click.option("--workgroup", default="", help="Redshift's, serverless.")
@click.option("--cluster", default="", help="Redshift's, in a workgroup's place.")
@click.option("--project", default="", help="BigQuery's that pays; else the table's own.")
@click.option("--mapping", "mapping_file", type=click.Path(dir_okay=False), help="Write a proposed mapping there.")
@_json_option
def new(
    kind: str,
    table: str,
    database: str,
    workgroup: str,
    cluster: str,
    project: str,
    mapping_file: str | None,
    as_json: bool,
) -> None:
    """Write a starter for a table: its columns with their types, and a mapping that is proposed by these.

    What is marked TODO is to be filled in. Without Redshift's database and workgroup, or BigQuery's project, nobody is
    asked for columns. No row is read.
    """
    from hackle_import.cli.source_starter import Where, proposed_mapping, source_text, table_of

    where, table = Where(workgroup, cluster, database, project), table_of(kind, table)
    found = _looked_up(kind, table, where)
    name = Path(mapping_file).stem if mapping_file and found.columns else ""
    text = source_text(kind, table, where, found, name)
    _echo({"toml": text}, text, as_json=as_json)
    if mapping_file and found.columns:
        Path(mapping_file).write_text(proposed_mapping(found.columns), encoding="utf-8")
        tell(f"{mapping_file}: a proposed mapping; look at each GUESS, then put it into mappings/ of the staging place")


def _looked_up(kind: str, table: str, where: "Where") -> "Found":
    """What cannot be looked up is told, and left to be filled in."""
    from hackle_import.cli.source_starter import Found, can_ask, looked_up
    from hackle_import.errors import Misconfigured, Unavailable
    from hackle_import.warehouse.client import NoTable, Refused

    if not can_ask(kind, table, where):
        return Found()
    try:
        return looked_up(kind, table, where)
    except NoTable as missing:
        tell(f"there is no table {missing}")
    except (Refused, Unavailable, Misconfigured) as refused:
        tell(f"columns were not looked up: {refused}")
    return Found()


@sources.command(cls=Command)
@click.argument("name")
@click.option("--live", is_flag=True, help="Also export ten rows of the newest day, to a folder that nobody reads.")
@_staging_option
@_json_option
def check(staging: str, name: str, live: bool, as_json: bool) -> None:
    """Say everything that is wrong with a source, then try it: its columns, its last days, each grant that lacks.

    NAME is a source of the staging place, or a file. Exit status 1 where something is wrong. No drop comes of it.
    """
    from hackle_import.warehouse.check import checked
    from hackle_import.warehouse.format import BadSource, load_source

    store = opened_to_read(staging)
    try:
        path = Path(name)
        source = load_source(path.read_bytes(), path.stem) if path.suffix == ".toml" else found(store, name)
    except BadSource as wrong:
        told = {"source": name, "what": "the file", "is_well": False, "told": str(wrong)}
        _echo(told, f"{wrong}\n", as_json=as_json)
        raise click.exceptions.Exit(WRONG_DATA) from None
    warehouse = connected(source)
    is_well = _shown(name, checked(exports_of(store), store, source, warehouse, now()), as_json=as_json)
    if live and is_well:
        is_well = _shown(name, _live(store, source, warehouse), as_json=as_json)
    if not is_well:
        raise click.exceptions.Exit(WRONG_DATA)


def _echo(found: dict[str, Any], text: str, *, as_json: bool) -> None:
    click.echo(shown(json.encode(found).decode()) if as_json else text, nl=as_json)


def _shown(source: str, lines: "Iterable[Line]", *, as_json: bool) -> bool:
    is_well = True
    for line in lines:
        told = {"source": source, "what": line.what, "is_well": line.is_well, "told": line.told}
        _echo(told, f"{'ok  ' if line.is_well else 'FAIL'}  {line.what}: {line.told}\n", as_json=as_json)
        is_well = is_well and line.is_well
    return is_well


def _live(store: "Catalogue", source: "Source", warehouse: "Warehouse") -> "Iterable[Line]":
    from hackle_import.warehouse.columns import book_of, newest_columns
    from hackle_import.warehouse.days import looked_back
    from hackle_import.warehouse.live import tried
    from hackle_import.warehouse.state import Book

    day, columns = newest_columns(warehouse, source, looked_back(source, now()))
    book = book_of(source, columns, Book())
    return tried(exports_of(store), source, warehouse, book, day, now(), lambda: sleep(_SECONDS))


def found(store: "Store", name: str) -> "Source":
    """A source of a staging place. Raises BadSource, and click.UsageError for none of that name."""
    from hackle_import.errors import NotFound
    from hackle_import.warehouse.catalogue import find_source

    try:
        return find_source(store, name)
    except NotFound:
        raise _unknown(store, name) from None


def connected(source: "Source") -> "Warehouse":
    """What is asked of the source's warehouse. Raises Misconfigured where its library is not installed."""
    from hackle_import.warehouse.connect import connect

    return connect(source, now(), fresh=True)


def _unknown(store: "Store", name: str) -> click.UsageError:
    from hackle_import.warehouse.catalogue import source_names

    there = ", ".join(source_names(store)) or "none"
    return click.UsageError(f"no source {name!r} in {store.place}/sources/; there are: {there}")
