"""A record of a table -> its cells, as texts."""

import csv
import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec.structs import replace

from hackle_import.reading.dialect import Dialect, unescape

csv.field_size_limit(1 << 31)  # the record's own limit is what holds
_BLANKS = " \t"


def split_cells(record: str, dialect: Dialect) -> list[str]:
    """Raises ValueError, whose text says what is wrong with the record."""
    if dialect.is_plain and dialect.quote:
        return _quoted_only(record, dialect)
    marks = (dialect.quote, dialect.escape)
    if not dialect.trim and not any(mark and mark in record for mark in marks):
        return record.split(dialect.delimiter)
    return list(_splitter(dialect).cells(record))


def split_unquoted(record: str, dialect: Dialect) -> list[str]:
    """Its cells where quotes are text."""
    return split_cells(record, _without_quotes(dialect))


@lru_cache
def _without_quotes(dialect: Dialect) -> Dialect:
    return replace(dialect, quote="", lax=False, escape_quoted="")


def _quoted_only(record: str, dialect: Dialect) -> list[str]:
    if record and dialect.quote not in record and "\r" not in record and "\n" not in record:
        return record.split(dialect.delimiter)
    try:
        return next(csv.reader([record], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True), [])
    except csv.Error as wrong:
        told = str(wrong)
        if told.startswith("new-line"):  # it speaks of Python's files
            told = "a carriage return stands outside of quotes"
        raise ValueError(told) from None


class _Splitter:
    """The cells of any dialect; expressions are linear: nothing is tried twice."""

    def __init__(self, dialect: Dialect) -> None:
        patterns = dialect.patterns
        self._dialect = dialect
        self._quoted = re.compile(patterns.quoted(), re.DOTALL) if dialect.quote else None
        self._opened = re.compile(patterns.blanks + patterns.quote, re.DOTALL)
        self._bare = re.compile(patterns.bare, re.DOTALL)
        self._missing = dialect.escape + "N" if dialect.escape else None

    def cells(self, record: str) -> Iterator[str]:
        """Raises ValueError."""
        at, step = 0, len(self._dialect.delimiter)
        while True:
            cell, at = self._cell(record, at)
            yield cell.strip(_BLANKS) if self._dialect.trim else cell
            if at == len(record):
                return
            at += step

    def _cell(self, record: str, at: int) -> tuple[str, int]:
        """Its text, and where it ends: at a delimiter, or with the record."""
        dialect = self._dialect
        if self._quoted is not None:
            if found := self._quoted.match(record, at):
                return unescape(found[1], dialect.escape_quoted, dialect.quote, dialect.unescaped), found.end()
            if not dialect.lax and self._opened.match(record, at):
                raise ValueError(f"'{dialect.delimiter}' expected after '{dialect.quote}'")
        bare = self._bare.match(record, at)
        assert bare is not None, "it may be empty"
        text, end = bare[0], bare.end()
        if text == self._missing or (dialect.trim and text.strip(_BLANKS) == self._missing):
            return "", end
        return unescape(text, dialect.escape, "", dialect.unescaped), end


@lru_cache
def _splitter(dialect: Dialect) -> _Splitter:
    return _Splitter(dialect)
