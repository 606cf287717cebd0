"""`sources`: the warehouses that days are exported from; one of them; a starter; what is wrong with one.

`sources NAME` shows a source's file, as `mappings NAME` does a preset's.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli import WRONG_DATA, command
from hackle_import.cli.options import Command, ledger_option
from hackle_import.cli.outside import now, opened_to_read

if TYPE_CHECKING:
    from hackle_import.stores import Store
    from hackle_import.warehouse.client import Warehouse
    from hackle_import.warehouse.source import Source


class _NameOrCheck(click.Group):
    """A name that is no subcommand is a source's."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "show", show, args


@command.group(cls=_NameOrCheck, invoke_without_command=True)
@ledger_option
@click.pass_context
def sources(ctx: click.Context, staging: str) -> None:
    """List the warehouses of sources/; NAME shows one; `check NAME` tries it, `new KIND TABLE` writes a starter."""
    ctx.obj = staging
    if ctx.invoked_subcommand is None:
        from hackle_import.warehouse.format import BadSource

        store = opened_to_read(staging)
        for name in names(store):
            try:
                source = found(store, name)
                click.echo(f"{name:<20} {source.kind:<9} {source.table or 'a query'} -> {source.mapping}")
            except BadSource as wrong:
                click.echo(f"{name:<20} not valid: {wrong}")


@click.command()
@click.argument("name")
@click.pass_obj
def show(staging: str, name: str) -> None:
    """Show a source's file."""
    from hackle_import.errors import NotFound
    from hackle_import.warehouse.format import SOURCES

    store = opened_to_read(staging)
    try:
        click.echo(store.get(f"{SOURCES}{name}.toml")[0].decode(errors="replace"), nl=False)
    except NotFound:
        raise _unknown(store, name) from None


@sources.command(cls=Command)
@click.argument("kind", type=click.Choice(("redshift", "bigquery")))
@click.argument("table")
def new(kind: str, table: str) -> None:
    """Write a starter for a table: what is marked TODO is to be filled in."""
    click.echo(_STARTER.format(kind=kind, table=table, own=_OWN[kind]), nl=False)


@sources.command(cls=Command)
@click.argument("name")
@click.pass_obj
def check(staging: str, name: str) -> None:
    """Say everything that is wrong with a source, then try it: its columns, its last days, each grant that lacks.

    NAME is a source of the staging place, or a file. Exit status 1 where something is wrong. Nothing is exported.
    """
    from hackle_import.warehouse.check import checked
    from hackle_import.warehouse.format import BadSource, load_source

    store = opened_to_read(staging)
    try:
        path = Path(name)
        source = load_source(path.read_bytes(), path.stem) if path.suffix == ".toml" else found(store, name)
    except BadSource as wrong:
        click.echo(str(wrong))
        raise click.exceptions.Exit(WRONG_DATA) from None
    is_well = True
    for line in checked(store, source, connected(source), now()):
        click.echo(f"{'ok  ' if line.is_well else 'FAIL'}  {line.what}: {line.told}")
        is_well = is_well and line.is_well
    if not is_well:
        raise click.exceptions.Exit(WRONG_DATA)


def names(store: "Store") -> list[str]:
    """Of the sources of a staging place."""
    from hackle_import.warehouse.format import SOURCES

    keys = (key.removeprefix(SOURCES) for key in store.keys(SOURCES) if key.endswith(".toml"))
    return sorted(key.removesuffix(".toml") for key in keys)


def found(store: "Store", name: str) -> "Source":
    """A source of a staging place. Raises BadSource, and click.UsageError for none of that name."""
    from hackle_import.errors import NotFound
    from hackle_import.warehouse.format import SOURCES, load_source

    try:
        return load_source(store.get(f"{SOURCES}{name}.toml")[0], name)
    except NotFound:
        raise _unknown(store, name) from None


def connected(source: "Source") -> "Warehouse":
    """What is asked of the source's warehouse. Raises Misconfigured where its library is not installed."""
    from hackle_import.warehouse.connect import connect

    return connect(source, now(), fresh=True)


def _unknown(store: "Store", name: str) -> click.UsageError:
    there = ", ".join(names(store)) or "none"
    return click.UsageError(f"no source {name!r} in {store.place}/sources/; there are: {there}")


_OWN = {
    "redshift": """[redshift]
workgroup = "TODO"  # or cluster = "…"
database = "TODO"
unload_role = "TODO"  # the ARN of the role by which UNLOAD writes, or "default"
""",
    "bigquery": """[bigquery]
project = "TODO"  # which pays for the jobs
location = "TODO"  # of the tables, such as "asia-northeast3" or "US"
""",
}
_STARTER = """# A starter: fill in what is marked TODO, put it into sources/<name>.toml of the staging place, and
# try it with `hackle-import sources check <name>`.
kind = "{kind}"
mapping = "TODO"  # a preset, or mappings/<name>.toml
table = "{table}"
day = {{ column = "TODO", timezone = "Asia/Seoul" }}  # which rows are a day's; no column for a table a day
lookback_days = 3  # days that are looked at again: late rows and corrections replace a day

{own}"""
