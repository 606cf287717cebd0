"""What the beginning of a table says of it: Excel's `sep=` line, how lines end, and which delimiter its header shows.

Pure: in are the first bytes, out is what to read the table by. The mapping's own words come before all of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from hackle_import.mapping import Csv
from hackle_import.reading.cells import split_cells
from hackle_import.reading.dialect import Dialect, dialect_of, names_of

DELIMITERS = (",", "\t", "\x01", "|", ";")
_SEP_LINE = re.compile(rb'"?sep=([^\r\n])"?\r?(?=\n|\Z)', re.IGNORECASE)
_OWN_CR = re.compile(rb'(?:[^"\r\n]++|"[^"]*+")*+\r(?!\n)')
_LONE_CR = re.compile(rb"\r(?!\n)")
_HEAD_BYTES = 64 << 10


class TableHead(Struct, frozen=True):
    """`skip`: lines before the header, or before the first row; `ends_with_cr`: lines end with a carriage return alone;
    `guessed`: neither mapping nor name says the delimiter, its header does."""

    dialect: Dialect
    skip: int = 0
    ends_with_cr: bool = False
    guessed: bool = False


def table_head(head: bytes, named: str | None, csv: Csv, fits: Callable[[Sequence[str]], bool]) -> TableHead:
    """`named` is the delimiter that the file's name says; `fits` tells whether a header has what the mapping needs."""
    head = head[:_HEAD_BYTES]
    cr = _ends_with_cr(head)
    if cr:
        head = b"".join(with_line_feeds([head]))
    sep = _SEP_LINE.match(head)
    skip = csv.skip or (1 if sep else 0)
    first = _first_line(head, skip, csv.comment.encode())
    told = csv.delimiter or (sep[1].decode("latin-1") if sep else None)
    delimiter = told or _shown(first, named, csv, fits)
    return TableHead(dialect_of(csv, delimiter, first), skip, cr, guessed=told is None and delimiter != named)


def with_line_feeds(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A text whose lines end with carriage returns, with line feeds instead."""
    held = b""
    for piece in pieces:
        whole = held + piece
        held = b"\r" if whole.endswith(b"\r") else b""
        if whole := whole.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n"):
            yield whole
    if held:
        yield b"\n"


def without_lines(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """A text without its first lines."""
    left = count
    for piece in pieces:
        start = 0
        while left and (end := piece.find(b"\n", start)) >= 0:
            start, left = end + 1, left - 1
        if not left:
            yield piece[start:] if start else piece


def _ends_with_cr(head: bytes) -> bool:
    """Whether the first line does, and no fewer lines than end with a line feed."""
    return _OWN_CR.match(head) is not None and len(_LONE_CR.findall(head)) >= head.count(b"\n")


def _first_line(head: bytes, skip: int, comment: bytes) -> str:
    for line in head.split(b"\n")[skip:]:
        if line.strip() and not (comment and line.startswith(comment)):
            return line.removesuffix(b"\r").decode("utf-8", "replace")
    return ""


def _shown(first: str, named: str | None, csv: Csv, fits: Callable[[Sequence[str]], bool]) -> str:
    """The first delimiter that gives a header that fits, the named one before others; else the named one if it is
    there, else the one that is there most often."""
    others = [one for one in DELIMITERS if one != named]
    for delimiter in ([named] if named else []) + others:
        names = _names(first, delimiter, csv)
        if len(names) > 1 and (len(names) == len(csv.header) if csv.header else fits(names)):
            return delimiter
    if named and (named in first or not any(one in first for one in others)):
        return named
    return max(others if named else DELIMITERS, key=first.count)


def _names(first: str, delimiter: str, csv: Csv) -> list[str]:
    try:
        return names_of(split_cells(first, dialect_of(csv, delimiter, first)))
    except ValueError:
        return []
