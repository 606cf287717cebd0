"""The beginning of a file for `mappings new`: which fields it has, and what they hold."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BYTES, _RECORDS = 256 << 10, 200
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
Name = tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """`fields` are the texts found under each name, by its steps; `delimiter` is that of a table, None for JSON."""

    name: str
    delimiter: str | None
    fields: dict[Name, list[str]] = field(default_factory=dict)

    def repeats(self, name: Name) -> bool:
        """Whether a field has one value twice."""
        found = self.fields.get(name, [])
        return len(set(found)) < len(found)

    def holds_json(self, name: Name) -> bool:
        """Whether the cells of a column are JSON objects."""
        found = self.fields[name]
        return self.delimiter is not None and bool(found) and all(isinstance(_decoded(text), dict) for text in found)


def sample_of(path: Path) -> Sample:
    """The first records. Raises UnicodeDecodeError for what is no text."""
    with path.open("rb") as file:
        head = file.read(_BYTES)
    lines = _text(head).splitlines(keepends=True)
    if len(head) == _BYTES:
        lines = lines[:-1]  # the last one may be cut off
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip()[:1] in ("{", "["):
        return _objects(path.name, lines)
    delimiter = max(",;\t|", key=first.count)
    return _table(path.name, delimiter, lines) if first else Sample(path.name, None)


def _text(head: bytes) -> str:
    if head.startswith(_UTF16):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace" if len(head) == _BYTES else "strict")


def _table(name: str, delimiter: str, lines: list[str]) -> Sample:
    rows = csv.reader(lines, delimiter=delimiter)
    names = [cell.strip() for cell in next(rows)]
    sample = Sample(name, delimiter, {(name,): [] for name in names if name})
    for row, _ in zip(rows, range(_RECORDS), strict=False):
        for column, cell in zip(names, row, strict=False):
            if column and cell.strip():
                sample.fields[column,].append(cell.strip())
    return sample


def _objects(name: str, lines: list[str]) -> Sample:
    sample = Sample(name, None)
    whole = _decoded("".join(lines))
    for record in whole if isinstance(whole, list) else map(_decoded, lines[:_RECORDS]):
        for path, text in _leaves((), record):
            sample.fields.setdefault(path, []).append(text)
    return sample


def _leaves(path: Name, value: Any) -> Iterator[tuple[Name, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves((*path, str(name)), one)
    elif path and value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
