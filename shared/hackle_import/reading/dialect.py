"""How the cells of a table are divided, quoted and escaped: as a value, and as patterns for texts and for bytes."""

import re
import string
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from hackle_import.mapping import Csv

_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_LONG = _LETTERS | {"b": "\b", "f": "\f", "v": "\v"}
_AROUND = re.compile("^[\\s\ufeff\u200b-\u200d\u2060]+|[\\s\ufeff\u200b-\u200d\u2060]+$")
_UNQUOTED = ("\t", "\x01")  # who writes these between cells quotes none, or is not to be told from who does not


class Dialect(Struct, frozen=True, dict=True):
    """`quote`, `escape` (in bare cells) and `escape_quoted` may be empty. `lax`: a quote that is not closed on its
    line, in front of a delimiter or the line's end, is text. `escapes` are those of `mapping.Csv`."""

    delimiter: str = ","
    quote: str = '"'
    lax: bool = False
    escape: str = ""
    escape_quoted: str = ""
    escapes: str = "text"
    comment: str = ""
    trim: bool = False
    pad: bool = False

    @cached_property
    def is_plain(self) -> bool:
        """Whether records are as in RFC 4180, but for delimiter and quote: a line without a quote is one."""
        return not (self.lax or self.escape or self.escape_quoted or self.trim) and len(self.delimiter.encode()) == 1

    @cached_property
    def unescaped(self) -> dict[str, str]:
        """What an escape makes of the character behind it; of any other, both stay."""
        if self.escapes == "quotes":
            return {one: one for one in (self.quote, self.escape, self.escape_quoted) if one}
        themselves = {one: one for one in (*string.punctuation, *map(chr, range(1, 33)), "\x7f")}
        themselves["\r\n"] = "\r\n"
        return themselves | (_LONG if self.escapes == "long" else _LETTERS)

    @cached_property
    def patterns(self) -> "Patterns":
        """Of its texts."""
        return Patterns(self)


def dialect_of(csv: Csv, delimiter: str, first: str) -> Dialect:
    """A mapping's, with what the mapping leaves open. `delimiter`: that of the name or the content; `first`: the
    table's first record."""
    delimiter, quote = csv.delimiter or delimiter, '"' if csv.quote is None else csv.quote
    if csv.quoting == "every" and not first.startswith(quote):
        quote = ""
    lax = csv.quote is None and csv.quoting == "usual" and delimiter in _UNQUOTED
    bare, quoted = (csv.escape if csv.escaped in ("all", where) else "" for where in ("bare", "quoted"))
    return Dialect(
        delimiter, quote, lax, bare, quoted if quote else "", csv.escapes, csv.comment, csv.trim, csv.pad_short_rows
    )


class Patterns:
    """Regular expressions, as texts: `DOTALL` is theirs."""

    def __init__(self, dialect: Dialect) -> None:
        end, quote = re.escape(dialect.delimiter), re.escape(dialect.quote)
        self.end = end
        self.blanks = "[{}]*+".format("".join({" ", "\t"} - {dialect.delimiter})) if dialect.trim else ""
        pair, pair_quoted = _pair(dialect.escape), _pair(dialect.escape_quoted)
        plain = (
            f"[^{end}{re.escape(dialect.escape)}]++"
            if len(dialect.delimiter.encode()) == 1
            else _not(end, dialect.escape)
        )
        self.bare = f"(?:{plain}{pair})*+"
        self.body = f"(?:[^{quote}{re.escape(dialect.escape_quoted)}]++|{quote * 2}{pair_quoted})*+" if quote else ""
        self.tail = f"(?:(?!{end}).)*+"  # behind a closing quote
        self.quote = quote
        self.lax = dialect.lax

    def quoted(self) -> str:
        """A quoted cell whose text is its group, up to the delimiter."""
        return f"{self.blanks}{self.quote}({self.body}){self.quote}{self.blanks}(?={self.end}|\\Z)"

    def cell(self) -> str:
        """A cell on one line."""
        if not self.quote:
            return self.bare
        if self.lax:
            closed = f"{self.quote}{self.blanks}(?:(?={self.end})|\\r?\\Z)"
            return f"(?>{self.blanks}{self.quote}{self.body}{closed}|{self.bare})"
        opened = f"{self.blanks}{self.quote}"
        return f"(?>{opened}{self.body}{self.quote}{self.tail}|(?!{opened}){self.bare})"


def _pair(escape: str) -> str:
    """An escape and what is behind it, other than the end of the line."""
    return f"|{re.escape(escape)}(?!\\r?\\Z)(?:\\r\\n|.)" if escape else ""


def _not(end: str, escape: str) -> str:
    return f"(?!{end})[^{re.escape(escape)}]" if escape else f"(?!{end})."


def unescape(text: str, escape: str, quote: str, known: dict[str, str]) -> str:
    """A cell's text without escapes, and with one quote where there are two (`quote` empty: as they are)."""
    if not escape or escape not in text:
        return text.replace(quote * 2, quote) if quote else text
    twice = f"|{re.escape(quote)}({re.escape(quote)})" if quote else ""
    return re.sub(
        f"{re.escape(escape)}(\\r\\n|.){twice}", lambda found: _unescaped(found, known), text, flags=re.DOTALL
    )


def _unescaped(found: re.Match[str], known: dict[str, str]) -> str:
    return found[2] if found[1] is None else known.get(found[1], found[0])


def names_of(cells: Sequence[str]) -> list[str]:
    """The names of a header: without blanks around, byte order marks, and what has no width."""
    return [_name(cell) for cell in cells]


def _name(cell: str) -> str:
    name = _AROUND.sub("", cell)
    if name != cell.strip() and len(name) > 1 and name[0] == name[-1] == '"':  # a mark stood in front of the quote
        return name[1:-1].strip()
    return name
