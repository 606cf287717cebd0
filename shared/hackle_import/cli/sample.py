"""The beginning of a file for `mappings new`: what kind of text it is, which fields it has, and what they hold.

It is read as `convert` reads it: compressed, in a zip archive, on a disk or in a bucket; `-` is standard input.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from hackle_import.cli.sources import found_files, source_of

if TYPE_CHECKING:
    from hackle_import.stores import Source

Name = tuple[str, ...]
_BYTES, _RECORDS, _INPUT_BYTES = 256 << 10, 200, 8 << 20
_JSON = re.compile(r'\s*[\[{]\s*(?:["{\[\]}\d]|-\d|$)')
_BETWEEN = re.compile(r"[\s,]*")
_DELIMITERS = ",;\t|\x01"
_NO_NAME = re.compile(r"\\N|[-+]?\d[\d.,:]*(?:[T ][\d:.]+.*)?|\d{4}[-./].*|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}")
_WRAPPING = ("rows", "records", "data", "results", "events", "hits")


@dataclass(frozen=True)
class Table:
    """How a table is written; `header` are the names that were made up for one without."""

    delimiter: str
    encoding: str
    header: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """`fields` are the texts found under each name, by its steps, but for empty ones; `table` None: JSON; `records` is
    the path of the list in a document that wraps it."""

    name: str
    rows: int
    fields: dict[Name, list[str]]
    table: Table | None = None
    records: Name = ()

    def holds_json(self, name: Name) -> bool:
        """Whether the cells of a column are JSON objects."""
        found = self.fields[name]
        return self.table is not None and bool(found) and all(isinstance(_decoded(text), dict) for text in found)

    def is_unique(self, name: Name) -> bool:
        """Whether every row has a value there, and no two the same."""
        found = self.fields[name]
        return len(found) == len(set(found)) == self.rows


def sample_of(source: str) -> Sample:
    """The first records. Raises click.UsageError for what is not there, or is no text."""
    name, head, whole = _beginning(source)
    if not whole:
        head = head[: head.rfind(b"\n") + 1] or head
    text, encoding = _text(name, head)
    return _objects(name, text) if _JSON.match(text) else _rows(name, text, encoding)


def _beginning(source: str) -> tuple[str, bytes, bool]:
    """The name, the beginning of its text, and whether that is all of it."""
    from hackle_import.stores.memory import MemoryStore

    if source == "-":
        store = MemoryStore(lambda: datetime.min.replace(tzinfo=UTC))  # nobody asks when it came
        store.put("stdin", sys.stdin.buffer.read(_INPUT_BYTES))
        return "stdin", *_head(store, "stdin")
    place, key = next(found_files(source))
    with source_of(place) as found:
        return key, *_head(found, key)


def _head(store: "Source", key: str) -> tuple[bytes, bool]:
    from hackle_import.errors import BadDrop
    from hackle_import.reading.decompress import text_pieces
    from hackle_import.reading.pinned import PinnedReader
    from hackle_import.settings import Limits

    head = b""
    with PinnedReader(store, store.head(key)) as reader:
        try:
            for piece in text_pieces(key, reader, Limits()):
                head += piece
                if len(head) >= _BYTES:
                    return head[:_BYTES], False
        except BadDrop as wrong:  # what is cut off has a beginning, too
            if not head:
                raise click.UsageError(f"{key}: {wrong.message}") from None
            return head, False
    return head, True


def _text(name: str, head: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return head.decode(encoding), encoding
        except UnicodeDecodeError as wrong:
            if wrong.start > len(head) - 4:  # a character that is cut off
                return head[: wrong.start].decode(encoding), encoding
    raise click.UsageError(f"{name} is neither UTF-8, UTF-16 nor CP949 text (in Excel: save as CSV UTF-8)")


# ---- JSON ----


def _objects(name: str, text: str) -> Sample:
    records = list(islice((one for one in _values(text) if isinstance(one, dict)), _RECORDS))
    path: Name = ()
    if len(records) == 1 and (wrapped := _wrapped(records[0])):
        path = (wrapped,)
        records = records[0][wrapped][:_RECORDS]
    fields: dict[Name, list[str]] = {}
    for record in records:
        for steps, value in _leaves((), record):
            fields.setdefault(steps, []).append(value)
    return Sample(name, len(records), fields, records=path)


def _wrapped(record: dict[str, Any]) -> str | None:
    """The list of a document that is one: `rows` in { "exported": ..., "rows": [...] }."""
    from hackle_import.mapping.format import FORMAT

    lists = [name for name, one in record.items() if isinstance(one, list) and one and isinstance(one[0], dict)]
    return next((name for name in _WRAPPING if name in lists and "records" in FORMAT.keys), None)


def _values(text: str) -> Iterator[Any]:
    """Of an array its elements; otherwise value after value. What cannot be read ends an array, and a line."""
    decode, at = json.JSONDecoder().raw_decode, 0
    is_array = text.lstrip()[:1] == "["
    at = text.index("[") + 1 if is_array else 0
    while (at := _end(text, at)) < len(text):
        try:
            value, at = decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("\n", at) + 1
            if is_array or not at:
                return
            continue
        yield value


def _end(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _leaves(path: Name, value: Any) -> Iterator[tuple[Name, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name.isprintable():
                yield from _leaves((*path, name), one)
    elif path and value is not None and value != "":
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# ---- tables ----


def _rows(name: str, text: str, encoding: str) -> Sample:
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    if lines and lines[0].lower().startswith("sep="):
        lines = lines[1:]
    if not lines:
        return Sample(name, 0, {})
    delimiter = max(_DELIMITERS, key=lambda one: _fitting(lines, one))
    first, *rest = _cells(lines, delimiter)
    names, table = [cell.strip() for cell in first], Table(delimiter, encoding)
    if _is_data(names):
        names, rest = [f"column_{number}" for number in range(1, len(first) + 1)], [first, *rest]
        table = Table(delimiter, encoding, names)
    fields: dict[Name, list[str]] = {path: [] for path in _paths(names) if any(path)}
    rest = rest[:_RECORDS]
    for row in rest:
        for path, cell in zip(_paths(names), row, strict=False):
            if path in fields and cell.strip():
                fields[path].append(cell.strip())
    return Sample(name, len(rest), fields, table)


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    """Dumps by tab and \\x01 quote nothing: a quote in them is text."""
    try:
        return list(islice(csv.reader(lines, delimiter=delimiter, strict=delimiter in "\t\x01"), _RECORDS + 1))
    except csv.Error:
        return [line.rstrip("\r\n").split(delimiter) for line in lines[: _RECORDS + 1]]


def _fitting(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How many of the first rows have as many cells as the first one, and how many that are."""
    sizes = list(map(len, _cells(lines[:20], delimiter)))
    return (sizes.count(sizes[0]) / len(sizes), sizes[0]) if sizes[0] > 1 else (0, 0)


def _is_data(names: list[str]) -> bool:
    """Whether a first row is none of names: it has what no column is called, or one text twice."""
    given = [name for name in names if name]
    return len(set(given)) < len(given) or any(_NO_NAME.fullmatch(one) or _decoded(one) is not None for one in given)


def _paths(names: list[str]) -> list[Name]:
    from hackle_import.decode.table import column_paths
    from hackle_import.mapping import Fields, Mapping

    return [tuple(path) for path in column_paths(names, Mapping(fields=Fields()))]
