"""`hackle-import.toml`: places, settings and mappings for a folder of data, so that no command need repeat them.

A flag comes before the environment, that before the file. Paths in the file are relative to it.
"""

import os
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from msgspec import Struct, field

FILE = "hackle-import.toml"
NAMES = "settings"  # in a context's meta: those that are given, by the names they have in the environment
WRITTEN = "written"  # and how they are called where they were written, if not so
_PLACES = {"staging": "staging", "import": "lake", "out": "out"}
_PATHS = {*_PLACES, "exports", "hash_key_file"}
_TEXTS = ("compression", "day_folder", "day_timezone", "decoder", "exports", "publish", "late", "repeats", "day_order")
_NUMBERS = ("max_line_bytes", "max_ratio", "max_bytes", "spool_bytes", "jobs", "close_hour", "look_back_days")
_KEYS = (*_PLACES, "mapping", "folders", "osnames", "bucket_owners", "hash_key_file", *_TEXTS, *_NUMBERS)


class Config(Struct, frozen=True):
    """`defaults` are options' values by their parameters' names; `folders` are mappings by absolute folder, the deepest
    first; `path` is the file, None where there is none."""

    path: Path | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    folders: dict[Path, str] = field(default_factory=dict)

    def mapping_of(self, path: Path) -> str | None:
        """The mapping of the folder that a file lies in, if the file of settings names one."""
        return next((mapping for folder, mapping in self.folders.items() if path.is_relative_to(folder)), None)


def found_config(args: Sequence[str], flags: set[str]) -> Config:
    """The file that `--config` names, or the one beside the data that a command is given, or in the working folder.
    Raises click.UsageError with everything that is wrong with it."""
    named = _option(args, "--config")
    if named is not None:
        return _read(Path(named))
    staging = _option(args, "--staging") or os.environ.get("HACKLE_STAGING")  # noqa: TID251 - see the package
    data = [staging] if staging else _positional(args, flags)
    folders = [folder for one in data if "://" not in one for folder in (Path(one), Path(one).absolute().parent)]
    found = (folder / FILE for folder in (*folders, Path()))
    return next((_read(path) for path in found if path.is_file()), Config())


def _option(args: Sequence[str], name: str) -> str | None:
    for place, arg in enumerate(args):
        if arg.startswith(f"{name}="):
            return arg.partition("=")[2]
        if arg == name and place + 1 < len(args):
            return args[place + 1]
    return None


def _positional(args: Sequence[str], flags: set[str]) -> list[str]:
    found, value = [], False
    for arg in args:
        if value or arg.startswith("-"):
            value = not value and arg not in flags and "=" not in arg
        else:
            found.append(arg)
    return found


def _read(path: Path) -> Config:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise click.UsageError(f"{path} cannot be read as settings: {wrong}") from None
    problems = [problem for key, value in content.items() if (problem := _problem(key, value))]
    if problems:
        raise click.UsageError(f"{path}: {'; '.join(problems)}")
    folder = path.absolute().parent
    defaults = {_PLACES.get(key, key): _text(key, value, folder) for key, value in content.items() if key != "folders"}
    folders = {(folder / name).resolve(): _mapping(one, folder) for name, one in content.get("folders", {}).items()}
    deepest = sorted(folders.items(), key=lambda one: -len(one[0].parts))
    return Config(path, defaults, dict(deepest))


def _problem(key: str, value: object) -> str | None:
    if key not in _KEYS:
        return f"{key}: unknown key{meant(key, _KEYS)}"
    if key in _NUMBERS and (not isinstance(value, int) or isinstance(value, bool) or value < (key != "close_hour")):
        return f"{key}: give a whole number above 0"
    if key == "osnames" and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        return 'osnames: give a list, such as ["Android", "iOS"]'
    if key in ("folders", "bucket_owners"):
        tabled = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        return None if tabled else f"{key}: give a table of texts"
    return None if key in (*_NUMBERS, "osnames") or isinstance(value, str) else f"{key}: give a text"


def _text(key: str, value: Any, folder: Path) -> str:
    """As the option would be written."""
    if key == "mapping":
        return _mapping(value, folder)
    if key in _PATHS:
        return value if "://" in value else str(folder / value)
    if isinstance(value, dict):
        return ",".join(f"{name}={one}" for name, one in value.items())
    return ",".join(value) if isinstance(value, list) else str(value)


def _mapping(named: str, folder: Path) -> str:
    """A file beside the settings, or a preset's name."""
    return str(folder / named) if (folder / named).is_file() else named


def meant(name: str, known: Sequence[str]) -> str:
    """What to say of a name that nothing has."""
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"
