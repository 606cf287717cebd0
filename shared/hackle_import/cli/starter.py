"""A starter mapping from a sample: the best guess per field; guesses are said to be guesses, gaps to be gaps."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from hackle_import.cli.guesses import roles, time_lines
from hackle_import.cli.sample import Name, Sample, sample_of
from hackle_import.conform.maps import spelling
from hackle_import.mapping.parse import RESERVED

_GUESS = "  # GUESS by its name"
_NO_COLUMN = "TODO: no field says it; this stands for every row"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")


def starter(path: Path) -> str:
    """TOML that `load_mapping` takes. Raises click.UsageError for a sample without fields."""
    try:
        sample = sample_of(path)
    except UnicodeDecodeError:
        raise click.UsageError(
            f"{path} is neither UTF-8 (Excel: CSV UTF-8) nor UTF-16 text, and it must not be compressed"
        ) from None
    if not sample.fields:
        raise click.UsageError(f"{path} has no fields to map: neither a CSV header nor JSON objects")
    found = roles(sample)
    repeated = found.pop("insert_id") if sample.repeats(found.get("insert_id", ())) else ()
    amount = found.get("metric_value", ())
    if not all(map(_NUMBER.fullmatch, sample.fields.get(amount, []))):
        del found["metric_value"]
    rest = [name for name in sample.fields if name not in found.values()]
    parts = (_head(sample, rest), _times(sample, found), _columns(found, amount, repeated), _maps(sample, found, rest))
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(sample: Sample, rest: list[Name]) -> Iterator[str]:
    yield f"# A starter for files like {sample.name}. Check every line marked GUESS and TODO, then look at it with"
    yield f"#   hackle-import preview {sample.name} --mapping this-file.toml"
    told = [f"delimiter = {json.dumps(sample.delimiter)}"] if sample.delimiter in (";", "|") else []
    if nested := [name[0] for name in rest if sample.holds_json(name)]:
        told.append(f"json = {json.dumps(nested, ensure_ascii=False)}  # GUESS by their cells")
    if told:
        yield "\n[csv]"
        yield from told


def _times(sample: Sample, found: dict[str, Name]) -> Iterator[str]:
    korean = any("가" <= letter <= "힣" for name in sample.fields for letter in "".join(name))
    if lines := time_lines(sample.fields.get(found.get("ts", ()), []), korean=korean):
        yield "\n[ts]"
        yield from lines


def _columns(found: dict[str, Name], amount: Name, repeated: Name) -> Iterator[str]:
    """`amount` may hold what is no number; `repeated` is named as an id, and holds one twice."""
    yield "\n[fields]"
    if repeated:
        yield f"# TODO: insert_id: {_source(repeated)} repeats itself, and Hackle keeps one row an id; take another one"
    for column in ("insert_id", "event_key", "ts"):
        if column in found:
            yield f"{column} = {_source(found[column])}{_GUESS}"
        elif column == "event_key":
            yield f'event_key = {{ const = "event" }}  # {_NO_COLUMN}: the name of the event'
        elif column == "ts":
            yield 'ts = "time"  # TODO: no field looks like a time'
    if "metric_value" in found:
        yield f"metric_value = {_source(amount)}{_GUESS}"
    elif amount:
        yield f"# metric_value = {_source(amount)}  # TODO: not plain numbers, such as 1234.50: rows would be rejected"


def _maps(sample: Sample, found: dict[str, Name], rest: list[Name]) -> Iterator[str]:
    ids = [_source(found[name]) for name in ("device_id", "user_id") if name in found]
    listed = f"[{', '.join(ids)}]{_GUESS}" if ids else '"device_id"  # TODO: no field looks like an id'
    yield f"\n[fields.identifiers]\nid = {listed}\ndevice_id = {listed}"
    if "user_id" in found:
        yield f"user_id = {_source(found['user_id'])}{_GUESS}"
    yield "\n[fields.event_properties]"
    nested = [name for name in rest if sample.holds_json(name)]
    if nested:
        yield f"spread = [{', '.join(map(_source, nested))}]"
    yield from (f"{_key(name)} = {_source(name)}" for name in _distinct(rest) if name not in nested)
    yield from _platform(found, sample.fields.get(found.get("osname", ()), []))


def _platform(found: dict[str, Name], systems: list[str]) -> Iterator[str]:
    yield "\n[fields.platform_properties]"
    usual = spelling(("Android", "iOS"))
    if odd := ", ".join(map(repr, sorted({name for name in systems if usual(name) not in ("Android", "iOS")})[:3])):
        yield f'# TODO: osname holds {odd}; write {{ from = ..., values = {{ ... = "Android" }} }}'
    for name, default in (("osname", "Android"), ("appversion", "1.0")):
        yield f"{name} = {_source(found[name])}{_GUESS}" if name in found else _const(name, default)
    for name in ("osversion", "devicemodel", "language"):
        if name in found:
            yield f"{name} = {_source(found[name])}{_GUESS}"


def _const(name: str, default: str) -> str:
    return f'{name} = {{ const = "{default}" }}  # {_NO_COLUMN}'


def _distinct(names: list[Name]) -> list[Name]:
    """The first of those that are one key in lower case."""
    return list({_key(name): name for name in reversed(names)}.values())[::-1]


def _key(name: Name) -> str:
    """A key of the target, in TOML."""
    key = ".".join(name).lower()
    return json.dumps(f"{key}_" if key in RESERVED else key, ensure_ascii=False)


def _source(name: Name) -> str:
    """A source as TOML; names that a path cannot hold are put in quotes, as JMESPath does."""
    steps = [step for part in name for step in part.split(".")]
    path = ".".join(step if _PLAIN.fullmatch(step) else json.dumps(step, ensure_ascii=False) for step in steps)
    return json.dumps(path, ensure_ascii=False) if "'" in path or '"' not in path else f"'{path}'"
