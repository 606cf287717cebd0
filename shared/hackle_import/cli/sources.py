"""What a command is given to read: files by their place, and a mapping by its name or its file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli.outside import opened

if TYPE_CHECKING:
    from hackle_import.mapping import Mapping


def found_files(source: str) -> Iterator[tuple[str, str]]:
    """(place of a store, key) of every file that a source names: at least one."""
    from hackle_import.stores import NotFound

    place, name = _parted(source)
    try:
        opened(place).head(name)
        yield place, name
        return
    except NotFound:
        folder = f"{place}/{name}"
    keys = [key for key in opened(folder).keys("") if not key.endswith("/")]
    if not keys:
        raise click.UsageError(f"no such file, and no file below it: {source}")
    yield from ((folder, key) for key in keys)


def _parted(source: str) -> tuple[str, str]:
    """The parent and the name; a bucket's parent is no store, and neither is the root's."""
    if "://" not in source:
        path = Path(source).resolve()
        return str(path.parent), path.name
    place, _, name = source.rstrip("/").rpartition("/")
    return place, name


def mapping_named(named: str) -> "Mapping":
    """A preset, or a file. Raises click.UsageError that says everything that is wrong with it."""
    from hackle_import.errors import BadDrop
    from hackle_import.mapping import PRESETS, load_mapping, preset

    if named in PRESETS:
        return preset(named)
    try:
        return load_mapping(Path(named).read_bytes(), named)
    except OSError:
        raise click.UsageError(f"no preset and no readable file {named!r}; presets: {', '.join(PRESETS)}") from None
    except BadDrop as wrong:
        raise click.UsageError(wrong.message) from None
