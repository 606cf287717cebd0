"""`mappings`: the presets, one of them as TOML, or a starter for a table of one's own."""

import re
from pathlib import Path

import click

from hackle_import.cli import command


class _NameOrNew(click.Group):
    """`mappings`, `mappings NAME` and `mappings new FILE`: a name that is no subcommand is a preset's."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "show", show, args


@command.group(cls=_NameOrNew, invoke_without_command=True)
@click.pass_context
def mappings(ctx: click.Context) -> None:
    """List the presets; NAME shows one as TOML to start from; `new FROM.csv` writes a starter."""
    from hackle_import.mapping import PRESETS, preset_text

    if ctx.invoked_subcommand is None:
        for name in PRESETS:
            first = preset_text(name).decode().splitlines()[0].lstrip("# ")
            click.echo(f"{name:<10} {re.split(r':| [(]', first)[0]}")


@click.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a preset as TOML."""
    from hackle_import.mapping import PRESETS, preset_text

    if name not in PRESETS:
        raise click.UsageError(f"no preset {name!r}; there are: {', '.join(PRESETS)}")
    click.echo(preset_text(name).decode(), nl=False)


@mappings.command()
@click.argument("sample", type=click.Path(exists=True, dir_okay=False), metavar="FROM.csv")
def new(sample: str) -> None:
    """Write a starter mapping for a table or JSON lines: the best guess per field, with comments where it guessed."""
    from hackle_import.cli.starter import starter

    click.echo(starter(Path(sample)), nl=False)
