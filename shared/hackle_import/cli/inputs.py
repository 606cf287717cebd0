"""What a command is given to read: files by their place, standard input, and a mapping by its name or its file."""

import glob
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from hackle_import.cli.backlog import without_side_files
from hackle_import.cli.names import STDIN
from hackle_import.cli.outside import now, opened, rules
from hackle_import.drop import INCOMING, STATE, Drop

if TYPE_CHECKING:
    from hackle_import.mapping import Mapping
    from hackle_import.preview import Preview
    from hackle_import.seen.changes import Names
    from hackle_import.settings import Rules
    from hackle_import.stores import Source


FORMATS = ("csv", "tsv", "ndjson", "json")
_GLOB = set("*?[")
_PIPED = "hackle-import-stdin-"  # before the name of a folder that holds standard input


@contextmanager
def piped(form: str | None) -> Iterator[str]:
    """Standard input as a file, by whose name the format is known; without one, by what it holds. It is read to its
    end first: a drop is read in ranges. The file's name is its own, for what is piped another time is another file."""
    with TemporaryDirectory(prefix=_PIPED) as folder:
        name = f"stdin-{now():%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        path = Path(folder) / (f"{name}.{form}" if form else name)
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield str(path)


class _Piped:
    """A folder that `piped` made, of which nothing is said: it goes."""

    place = STDIN

    def __init__(self, folder: "Source") -> None:
        self.head, self.read, self.keys = folder.head, folder.read, folder.keys


def found_files(source: str) -> Iterator[tuple[str, str]]:
    """(place of a source, key) of every file that a folder, file, zip archive or pattern names: at least one. Hidden
    files in a folder are left out, as they are below incoming/."""
    if _GLOB & set(source) and not Path(source).exists():
        yield from _matching(source)
        return
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
        store = opened(place)
        yield _Piped(store) if Path(store.place).name.startswith(_PIPED) else store
        return
    with Archive(place, rules().limits.max_ratio) as archive:
        yield archive


def is_one_file(one: str, other: str) -> bool:
    """Whether two paths lead to one file of this machine, as where names may be written in any case."""
    paths = [Path(path) for path in (one, other) if "://" not in path and Path(path).exists()]
    return len(paths) == 2 and paths[0].samefile(paths[1])  # noqa: PLR2004


def _matching(pattern: str) -> Iterator[tuple[str, str]]:
    """The files that a pattern names, and those below folders that it does."""
    if "://" not in pattern:
        paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may be absolute
        found = [one for path in paths for one in found_files(path)]
    else:
        steps = pattern.split("/")
        fixed = next(number for number, step in enumerate(steps) if _GLOB & set(step))
        place, rest = "/".join(steps[:fixed]), "/".join(steps[fixed:])
        found = [(place, key) for key in _keys(place) if fnmatchcase(key, rest)]
    if not found:
        raise click.UsageError(f"no file is named so: {pattern}")
    yield from found


def _keys(place: str) -> list[str]:
    try:
        with source_of(place) as source:
            return list(without_side_files(source.keys("")))
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
    from hackle_import.mapping import PRESETS, load_mapping, names_a_preset, preset

    if names_a_preset(named):
        return preset(named)
    try:
        return load_mapping(Path(named).read_bytes(), named)
    except OSError:
        raise click.UsageError(f"no preset and no readable file {named!r}; presets: {', '.join(PRESETS)}") from None
    except BadDrop as wrong:
        raise click.UsageError(wrong.message) from None


def first_of(source: str) -> str:
    """The file of a source that a preview shows."""
    return next(found_files(source))[1]


def previewed(source: str, mapping: str, settings: "Rules", rows: int) -> "Preview":
    """Of the first file of a source."""
    from hackle_import.convert import target_of
    from hackle_import.exports import is_manifest
    from hackle_import.ingest.version import version_of
    from hackle_import.preview import preview
    from hackle_import.reading.pinned import PinnedReader

    chosen = mapping_named(mapping)
    place, key = next(found_files(source))
    with source_of(place) as store, PinnedReader(store, head := store.head(key)) as reader:
        if is_manifest(key, reader):
            raise click.UsageError(f"{key} names the parts of an export: preview one of those")
        target = target_of(chosen, settings, head, place)
        before = _names_before(f"{place}/{key}", version_of(head, chosen, settings).digest)
        return preview(key, Path(mapping).stem, reader, head.size, target, settings, rows, _stated(mapping), before)


def _names_before(path: str, version: str) -> "Names | None":
    """What the last drop of its folder had, of a file that lies in a staging place; None of any other."""
    from hackle_import.identity.place import place_id_of
    from hackle_import.ingest.folders import LastDrop

    root, incoming, rest = path.rpartition(f"/{INCOMING}")
    if not incoming or ("://" not in root and not Path(root, STATE).is_dir()):
        return None
    staging = opened(root)
    drop = Drop.at(staging.place, INCOMING + rest, place_id_of(staging))
    return LastDrop(staging, drop, version).names if drop else None


def _stated(named: str) -> set[str]:
    """Keys of `[ts]` that a mapping's file says, though it be what holds without them."""
    import tomllib

    from hackle_import.mapping import names_a_preset, preset_text

    text = preset_text(named) if names_a_preset(named) else Path(named).read_bytes()
    return {f"ts.{key}" for key in tomllib.loads(text.decode()).get("ts", {})}
