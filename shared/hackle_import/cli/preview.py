"""`preview`: what a drop would become, as tables, as JSON, or as one page for a browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli import WRONG_DATA, command
from hackle_import.cli.outside import json_option, rules
from hackle_import.cli.sources import found_files, mapping_named, source_of

if TYPE_CHECKING:
    from hackle_import.preview import Preview


@command.command()
@click.argument("source", metavar="SRC")
@click.option("--mapping", default="hackle", show_default=True, metavar="NAME|FILE", help="A preset, or a TOML file.")
@click.option("-n", "rows", default=10, show_default=True, type=click.IntRange(0), help="Rows to show.")
@json_option
@click.option("--html", "page", type=click.Path(dir_okay=False), help="Write one self-contained page instead.")
def preview(source: str, mapping: str, rows: int, as_json: bool, page: str | None) -> None:
    """Show what a file would become: a sample of its beginning is read, nothing is written."""
    import msgspec

    found = _previewed(source, mapping, rows)
    if page is not None:
        from hackle_import.cli.preview_page import page_of

        Path(page).write_text(page_of(found), encoding="utf-8")
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif page is None:
        from hackle_import.cli.preview_tables import show_preview

        show_preview(found)
    if found.fault is not None:
        raise click.exceptions.Exit(WRONG_DATA)


def _previewed(source: str, mapping: str, rows: int) -> "Preview":
    from hackle_import.convert import target_of
    from hackle_import.preview import preview
    from hackle_import.reading.pinned import PinnedReader

    settings, chosen = rules(), mapping_named(mapping)
    place, key = next(found_files(source))
    with source_of(place) as store, PinnedReader(store, head := store.head(key)) as reader:
        target = target_of(chosen, settings, head)
        return preview(key, Path(mapping).stem, reader, head.size, target, settings, rows)
