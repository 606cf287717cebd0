"""`mappings`: the presets, one of them as TOML, a starter for a table of one's own, or what is wrong with one."""

import re

import click
from msgspec import json

from hackle_import.cli import WRONG_DATA, command
from hackle_import.cli.options import NAMED, Command, NameGroup, json_option, settings_options
from hackle_import.cli.outside import rules


@command.group(cls=NameGroup, invoke_without_command=True)
@json_option
@click.pass_context
def mappings(ctx: click.Context, as_json: bool) -> None:
    """List the presets; NAME shows one as TOML; `new SRC` writes a starter, `check FILE` says what is wrong."""
    from hackle_import.mapping import PRESETS, pins_of, preset_text

    for name in PRESETS if ctx.invoked_subcommand is None else ():
        first = preset_text(name).decode().splitlines()[0].lstrip("# ")
        reads, (*before, _) = re.split(r":| [(]", first)[0], pins_of(name)
        if as_json:
            click.echo(json.encode({"mapping": name, "reads": reads, "before": before}).decode())
        else:
            told = f" (before: {', '.join(before)})" if before else ""
            click.echo(f"{name:<{max(map(len, PRESETS))}} {reads}{told}")


@mappings.command(NAMED, hidden=True)
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a preset as TOML."""
    from hackle_import.mapping import PRESETS, names_a_preset, preset_text

    if not names_a_preset(name):
        raise click.UsageError(f"no preset {name!r}; there are: {', '.join(PRESETS)}")
    _show({"mapping": name, "toml": preset_text(name).decode()}, as_json=as_json)


@mappings.command()
@click.argument("sample", metavar="SRC")
@json_option
def new(sample: str, as_json: bool) -> None:
    """Write a starter mapping for a file as `convert` takes it, or - for standard input: the best guess per field, with
    comments where it guessed."""
    from hackle_import.cli.starter import starter

    _show({"toml": starter(sample)}, as_json=as_json)


def _show(found: dict[str, str], *, as_json: bool) -> None:
    click.echo(json.encode(found).decode() if as_json else found["toml"], nl=as_json)


@mappings.command(cls=Command)
@click.argument("mapping", metavar="FILE")
@click.argument("sample", required=False, metavar="[SAMPLE]")
@json_option
@settings_options
def check(mapping: str, sample: str | None, as_json: bool) -> None:
    """Say everything that is wrong with a mapping; with a SAMPLE also what it does to its first rows.

    Exit status 1 where the mapping is not valid, a row of the sample is rejected, or a source is in no row.
    """
    from hackle_import.cli.checking import found_wrong

    problems = found_wrong(mapping, sample, rules(), as_json=as_json)
    if problems:
        raise click.exceptions.Exit(WRONG_DATA)
