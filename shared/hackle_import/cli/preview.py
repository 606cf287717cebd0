"""`preview`: what a drop would become, as tables, as JSON, or as one page for a browser."""

from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import click

from hackle_import.cli import WRONG_DATA, command, tell
from hackle_import.cli.inputs import FORMATS, found_files, piped, previewed
from hackle_import.cli.names import STDINS
from hackle_import.cli.options import Command, config_of, json_option, mapping_option, settings_options
from hackle_import.cli.outside import rules


@command.command(cls=Command)
@click.argument("source", metavar="SRC")
@mapping_option
@click.option("-n", "rows", default=10, show_default=True, type=click.IntRange(0), help="Rows to show.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Of standard input, where SRC is -.")
@json_option
@click.option("--html", "page", type=click.Path(dir_okay=False), help="Write one self-contained page instead.")
@settings_options
@click.pass_context
def preview(
    context: click.Context, source: str, mapping: str, rows: int, form: str | None, as_json: bool, page: str | None
) -> None:
    """Show what a file would become: a sample of its beginning is read, nothing is written.

    Each field of the source and where it goes, events, days, rejected rows, then rows beside what they become. Exit
    status 1 where it cannot be read, or no row would be written.
    """
    import msgspec

    with ExitStack() as stack:
        given = stack.enter_context(piped(form)) if source in STDINS else source
        some = list(islice(found_files(given), 2))
        place, key = some[0]
        if len(some) > 1:
            tell(f"{source} holds more than one file; this is the first: {key}")
        if context.get_parameter_source("mapping") is not click.core.ParameterSource.COMMANDLINE:
            mapping = config_of(context).mapping_of(Path(place, key)) or mapping
        found = previewed(given, mapping, rules(), rows)
    if page is not None:
        from hackle_import.cli.preview_page import page_of

        Path(page).write_text(page_of(found), encoding="utf-8")
        tell(f"{page}: {found.rows_sampled:,} rows of {key}, {found.rows_rejected:,} of them rejected")
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif page is None:
        from hackle_import.cli.preview_tables import show_preview

        show_preview(found)
    if found.fault is not None or (found.rows_rejected and not found.rows_written):
        raise click.exceptions.Exit(WRONG_DATA)
