"""The table `[csv]` of a mapping: its options and what each may hold."""

import codecs
from collections.abc import Iterator
from typing import Any

from hackle_import.mapping.dialects import DIALECTS, csv_options
from hackle_import.mapping.kinds import Choice, Flag, Listed, NumberOr, Problem, TableOf, TextOf, Whole

MOST_BYTES = 7  # of a delimiter and of what begins a comment: as many as a number of the decoder in C holds
MOST_SKIPPED = 10_000
_NO_TEXTS = {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
_SEPARATORS = ("", ",", ".", " ", "'", "\u2019", "_", "\u00a0", "\u202f")


def _delimiter(text: str) -> None:
    if not text or len(text.encode()) > MOST_BYTES or set(text) & set('"\r\n'):
        raise ValueError(f"not 1 to {MOST_BYTES} bytes without quotes and line ends")


def _mark(text: str) -> None:
    if len(text) > 1 or not text.isascii() or text.isalnum() or set(text) & set("\r\n\0"):
        raise ValueError("not one character of ASCII other than a letter, digit or line end")


def _comment(text: str) -> None:
    if not text.strip() or len(text.encode()) > MOST_BYTES or set(text) & set("\r\n"):
        raise ValueError(f"not 1 to {MOST_BYTES} bytes without line ends")


def _encoding(name: str) -> None:
    try:
        known = codecs.lookup(name).name
        " ".encode(known)  # refused by what is no encoding of texts, such as hex
        codecs.getincrementaldecoder(known)
    except (LookupError, ValueError):
        known = ""
    if not known or known in _NO_TEXTS:
        raise ValueError("no encoding of texts that Python knows")


def _together(table: dict[str, Any]) -> Iterator[Problem]:
    """What the options say of each other."""
    if isinstance(table.get("header"), int) and "skip" in table:
        yield "skip", "header is the number of a line, which says how many are before it; leave skip out"
    options = csv_options({name: one for name, one in table.items() if isinstance(one, str)})
    marks = (options.get("quote", '"'), options.get("escape", ""))
    delimiter = options.get("delimiter", "")
    if any(mark and mark in delimiter for mark in marks):
        yield "delimiter", "it holds the quote or the escape; write another one of them"
    if options.get("decimal", ".") == options.get("thousands"):
        yield "thousands", "the same as decimal; write the sign between thousands, or leave it out"


CSV = TableOf(
    {
        "dialect": Choice(tuple(DIALECTS)),
        "delimiter": TextOf('one character or a few, such as ";" or "||"', _delimiter, r'^[^"\r\n]+$'),
        "quote": TextOf('one character, such as "\'", or "" for none', _mark, r"^[^A-Za-z0-9\r\n]?$"),
        "escape": TextOf("one character, such as '\\', or \"\" for none", _mark, r"^[^A-Za-z0-9\r\n]?$"),
        "header": NumberOr(
            Whole(1, MOST_SKIPPED, "the number of the line that is the header, such as 3"),
            Listed(TextOf('a column\'s name, such as "user_id"'), 'a list of names, such as ["user_id", "time"]'),
        ),
        "skip": Whole(0, MOST_SKIPPED, "how many lines are before the header, such as 2"),
        "comment": TextOf('what lines that are no rows begin with, such as "#"', _comment, r"^[^\r\n]+$"),
        "encoding": TextOf('an encoding, such as "cp949" or "utf-16-le"', _encoding, "[^ ]"),
        "null": Listed(TextOf('a text, such as "NULL"'), 'a list of texts, such as ["NULL", "-"]'),
        "json": Listed(TextOf('a column\'s name, such as "properties"'), 'a list of names, such as ["properties"]'),
        "trim": Flag(),
        "decimal": Choice((".", ",")),
        "thousands": Choice(_SEPARATORS),
        "pad_short_rows": Flag(),
    },
    'a table such as { delimiter = ";" }',
    check=_together,
    rules=({"not": {"required": ["skip", "header"], "properties": {"header": {"type": "integer"}}}},),
)
