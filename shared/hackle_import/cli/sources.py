"""What a command is given to read: files by their place, and a mapping by its name or its file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli.outside import opened, rules
from hackle_import.drop import is_folder_marker, is_hidden

if TYPE_CHECKING:
    from hackle_import.mapping import Mapping
    from hackle_import.stores import Source


def found_files(source: str) -> Iterator[tuple[str, str]]:
    """(place of a source, key) of every file that a folder, file or zip archive holds: at least one."""
    from hackle_import.stores import NotFound
    from hackle_import.stores.archive import is_archive

    place, name = _parted(source)
    folder = f"{place}/{name}"
    if "://" in place or not is_archive(Path(folder)):
        try:
            opened(place).head(name)
            yield place, name
            return
        except NotFound:
            pass
    keys = _keys(folder)
    if not keys:
        raise click.UsageError(f"no such file, and no file below it: {source}")
    yield from ((folder, key) for key in keys)


@contextmanager
def source_of(place: str) -> "Iterator[Source]":
    """The folder, bucket or zip archive in which `found_files` found something."""
    from hackle_import.stores.archive import Archive, is_archive

    if "://" in place or not is_archive(Path(place)):
        yield opened(place)
        return
    with Archive(place, rules().limits.max_ratio) as archive:
        yield archive


def is_one_file(one: str, other: str) -> bool:
    """Whether two paths lead to one file of this machine, as where names may be written in any case."""
    paths = [Path(path) for path in (one, other) if "://" not in path and Path(path).exists()]
    return len(paths) == 2 and paths[0].samefile(paths[1])  # noqa: PLR2004


def _keys(place: str) -> list[str]:
    try:
        with source_of(place) as source:
            return [key for key in source.keys("") if not is_folder_marker(key) and not is_hidden(key)]
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


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
