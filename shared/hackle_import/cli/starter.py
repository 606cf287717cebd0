"""A starter mapping from a sample: which field is most likely what, by name; guesses are said to be guesses."""

import csv
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

_LINES = 200
_GUESSES = {
    "insert_id": ("insert_id", "event_id", "message_id", "uuid", "order_id", "id"),
    "event_key": ("event_key", "event_name", "event_type", "event", "action", "name", "type"),
    "ts": ("ts", "timestamp", "event_time", "time", "created_at", "occurred_at", "datetime", "date", "when"),
    "metric_value": ("metric_value", "revenue", "amount", "price", "total", "value"),
    "user_id": ("user_id", "userid", "customer_id", "member_id", "user"),
    "device_id": ("device_id", "deviceid", "anonymous_id", "client_id", "visitor_id", "device"),
    "osname": ("osname", "os_name", "os", "platform"),
    "appversion": ("appversion", "app_version", "version_name", "app_ver", "version"),
    "osversion": ("osversion", "os_version"),
    "devicemodel": ("devicemodel", "device_model", "model"),
    "language": ("language", "locale", "lang"),
}


def starter(sample: Path) -> str:
    """TOML that `load_mapping` takes. Raises click.UsageError for a sample without fields."""
    delimiter, names = _fields(sample)
    if not names:
        raise click.UsageError(f"{sample} has no fields to map: neither a CSV header nor JSON objects")
    found = _guessed(names)
    rest = [name for name in names if name not in found.values()]
    return "\n".join([*_head(sample, delimiter), *_columns(found), *_maps(found, rest)]) + "\n"


def _head(sample: Path, delimiter: str | None) -> Iterator[str]:
    yield f"# A starter for files like {sample.name}. Check every line marked GUESS and TODO, then look at it with"
    yield f"#   hackle-import preview {sample.name} --mapping this-file.toml"
    if delimiter is not None and delimiter not in ",\t":
        yield f"\n[csv]\ndelimiter = {json.dumps(delimiter)}"
    yield "\n[ts]"
    yield 'timezone = "UTC"  # GUESS: of times without an offset'


def _columns(found: dict[str, str]) -> Iterator[str]:
    yield "\n[fields]"
    for column in ("insert_id", "event_key", "ts", "metric_value"):
        if column in found:
            yield f"{column} = {_quoted(found[column])}  # GUESS by its name"
        elif column == "event_key":
            yield 'event_key = { const = "event" }  # TODO: the event\'s name'
        elif column == "ts":
            yield 'ts = "time"  # TODO: no field looks like a time'


def _maps(found: dict[str, str], rest: list[str]) -> Iterator[str]:
    ids = [found[name] for name in ("device_id", "user_id") if name in found]
    listed = "[" + ", ".join(map(_quoted, ids)) + "]" if ids else '"device_id"  # TODO: no field looks like an id'
    yield f"\n[fields.identifiers]\nid = {listed}\ndevice_id = {listed}"
    if "user_id" in found:
        yield f"user_id = {_quoted(found['user_id'])}  # GUESS by its name"
    yield "\n[fields.event_properties]"
    yield from (f"{_key(name)} = {_quoted(name)}" for name in rest)
    yield "\n[fields.platform_properties]"
    for name, default in (("osname", "Android"), ("appversion", "1.0")):
        if name in found:
            yield f"{name} = {_quoted(found[name])}  # GUESS by its name"
        else:
            yield f'{name} = {{ const = "{default}" }}  # TODO: nothing looks like it; Hackle needs it'
    for name in ("osversion", "devicemodel", "language"):
        if name in found:
            yield f"{name} = {_quoted(found[name])}  # GUESS by its name"


def _guessed(names: list[str]) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(re.sub(r"[^a-z0-9]+", "_", _last(name).lower()).strip("_"), name)
    found: dict[str, str] = {}
    for column, guesses in _GUESSES.items():
        for guess in guesses:
            if guess in plain and plain[guess] not in found.values():
                found[column] = plain[guess]
                break
    return found


def _fields(sample: Path) -> tuple[str | None, list[str]]:
    """The delimiter of a table, None for JSON; and the names of columns, or the paths of plain fields."""
    with sample.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in islice(file, _LINES) if line.strip()]
    if not lines:
        return None, []
    if lines[0].lstrip()[:1] in "{[":
        return None, list(dict.fromkeys(name for line in lines for name in _paths((), _decoded(line))))
    delimiter = max(",;\t|", key=lines[0].count)
    return delimiter, [name.strip() for name in next(csv.reader(lines, delimiter=delimiter)) if name.strip()]


def _decoded(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _paths(path: tuple[str, ...], value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _paths((*path, str(name)), one)
    elif path:
        yield "\0".join(path)


def _last(name: str) -> str:
    return name.rpartition("\0")[2]


def _key(name: str) -> str:
    """A key of the target, in TOML."""
    return json.dumps(name.replace("\0", ".").lower(), ensure_ascii=False)


def _quoted(name: str) -> str:
    """A source expression as TOML; names that a plain path cannot hold are put in quotes."""
    plain = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
    steps = re.split(r"[\0.]", name)
    path = ".".join(step if plain.fullmatch(step) else f'"{step}"' for step in steps)
    return json.dumps(path, ensure_ascii=False)
