"""The beginning of a file for `mappings new`: what kind of text it is, which fields it has, and what they hold.

It is read as `convert` reads it: compressed, in a zip archive, on a disk or in a bucket; `-` is standard input.
"""

import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct, field

from hackle_import.cli.inputs import found_files, source_of

if TYPE_CHECKING:
    from hackle_import.stores import Source

Name = tuple[str, ...]
_BYTES, _INPUT_BYTES = 256 << 10, 8 << 20
_JSON = re.compile(r'\s*[\[{]\s*(?:["{\[\]}\d]|-\d|$)')


class Table(Struct, frozen=True):
    """How a table is written; `header` are names that its own does not give, `skip` the lines that are none of its
    rows then."""

    delimiter: str
    encoding: str
    dialect: str | None = None
    header: list[str] = field(default_factory=list)
    skip: int = 0


class Sample(Struct, frozen=True):
    """`fields` are the texts found under each name, by its steps, but for empty ones; `table` None: JSON; `records` is
    the path of the list in a document that wraps it, `each` of that in every record whose elements are the rows."""

    name: str
    rows: int
    fields: dict[Name, list[str]]
    table: Table | None = None
    records: Name = ()
    each: Name = ()

    def holds_json(self, name: Name) -> bool:
        """Whether the cells of a column are JSON objects."""
        found = self.fields[name]
        return self.table is not None and bool(found) and all(isinstance(decoded(text), dict) for text in found)

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
    if _JSON.match(text):
        from hackle_import.cli.sampled_json import sample_of_json

        return sample_of_json(name, text)
    from hackle_import.cli.sampled_table import sample_of_table

    return sample_of_table(name, text, encoding)


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


def decoded(text: str) -> Any:
    """What JSON says; None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
