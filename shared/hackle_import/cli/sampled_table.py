"""A table's beginning for `mappings new`: its delimiter and dialect, its header or that it has none, and its cells.

It is cut and split as `convert` does, by each dialect that its signs speak for; the one that gives rows of one width is
taken.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

from msgspec import Struct, field

from hackle_import.cli.sample import Name, Sample, Table, decoded

_DELIMITERS = (",", ";", "\t", "|", "\x01", "||", "^", "~")
_ESCAPING = {"|": ("redshift",), "\t": ("mysql",), ",": ("spark", "snowflake")}  # by their delimiters
_ROWS, _LOOKED_AT, _MOST_BEFORE = 200, 30, 10
_NO_NAME = re.compile(r"\\N|[-+]?\d[\d.,:]*(?:[T ][\d:.]+.*)?|\d{4}[-./].*|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}")
_COMMENTS = ("#", "--", "//")
_MOST_BYTES = 1 << 20  # of a record
_MISSING = re.compile(r"(?:^|\t)\\N(?:\t|$)", re.MULTILINE)
_TWICE = re.compile(r"\\[\\']")
_NO_ESCAPE = re.compile(r"(?:^|[^\\])(?:\\\\)*\\[^\\tnrbfv0N'\t\n]")
Rows = list[list[str]]


class _Read(Struct, frozen=True):
    """The sample as one dialect gives it; `lines` are where its rows begin, from 0."""

    delimiter: str
    dialect: str | None
    rows: Rows = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Of most rows that have more than one cell."""
        wide = [len(row) for row in self.rows[:_LOOKED_AT] if len(row) > 1]
        return Counter(wide).most_common(1)[0][0] if wide else 1

    @property
    def fitting(self) -> float:
        """The share of rows that have it; 0 for a single column."""
        looked_at = list(map(len, self.rows[:_LOOKED_AT]))
        return looked_at.count(self.width) / len(looked_at) if self.width > 1 else 0


def sample_of_table(name: str, text: str, encoding: str) -> Sample:
    """Of text in whatever dialect; `encoding` is how it was written."""
    text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    above = 1 if text[:4].lower() == "sep=" else 0
    read = _best(text.split("\n", above)[above:][0] if text.count("\n") >= above else "")
    before = _before(read.rows, read.width)
    if not read.rows[before:]:
        return Sample(name, 0, {})
    names, body, header, skip = _header(read, before)
    told = above + skip if skip or header else 0
    table = Table(read.delimiter, encoding, read.dialect, header, told)
    fields: dict[Name, list[str]] = {path: [] for path in _paths(names) if any(path)}
    for row in body[:_ROWS]:
        for path, cell in zip(_paths(names), row, strict=False):
            if path in fields and cell.strip():
                fields[path].append(cell.strip())
    return Sample(name, len(body[:_ROWS]), fields, table)


def _best(text: str) -> _Read:
    """Plain before escaped, and of delimiters the one that makes the most cells."""
    plain = [_read(text, delimiter, None) for delimiter in _DELIMITERS if delimiter in text]
    found = max(plain, key=lambda one: (one.fitting, one.width), default=_read(text, ",", None))
    if _is_of_two(found, text):
        found = _read(text, "||", None)
    if "\\" not in text:
        return found
    dialects = [(one, dialect) for one in _DELIMITERS if one in text for dialect in _ESCAPING.get(one, ())]
    escaped = [read for read in (_read(text, *one) for one in dialects) if read.fitting >= found.fitting]
    speaking = [read for read in escaped if read.fitting > found.fitting or _speaks(text, read)]
    return max(speaking, key=lambda one: (one.fitting, one.width), default=found)


def _is_of_two(read: _Read, text: str) -> bool:
    """Whether every other cell is empty between two bars."""
    return read.delimiter == "|" and "||" in text and not any(any(row[1::2]) for row in read.rows)


def _speaks(text: str, read: _Read) -> bool:
    """Whether escapes are plain to see, though cells without them fit as well."""
    if read.dialect == "mysql":
        return _MISSING.search(text) is not None or (_TWICE.search(text) is not None and not _NO_ESCAPE.search(text))
    return read.dialect == "redshift" and re.search(r"\\[\\|\n]", text) is not None


def _read(text: str, delimiter: str, dialect: str | None) -> _Read:
    from hackle_import.mapping import Csv
    from hackle_import.mapping.dialects import csv_options
    from hackle_import.reading.cells import split_cells
    from hackle_import.reading.cutter import Cutter
    from hackle_import.reading.dialect import dialect_of

    options = csv_options({"dialect": dialect} if dialect else {})
    csv = Csv(**{name: value for name, value in options.items() if name not in ("null", "delimiter", "encoding")})
    written = dialect_of(csv, delimiter, text.partition("\n")[0])
    read = _Read(delimiter, dialect)
    records, _ = Cutter(written, _MOST_BYTES, 0).records(text.encode())
    for line, record in records[: _ROWS + _MOST_BEFORE]:
        assert isinstance(record, bytes)
        read.lines.append(line)
        try:
            read.rows.append(split_cells(record.decode(), written))
        except ValueError:
            read.rows.append([])
    return read


def _before(rows: Rows, width: int) -> int:
    """How many rows stand before the header: they are shorter than the table is wide, as titles are."""
    first = next((number for number, row in enumerate(rows[:_MOST_BEFORE]) if len(row) >= width), 0)
    are_titles = (len([cell for cell in row if cell]) <= 1 or row[0].startswith(_COMMENTS) for row in rows[:first])
    return first if all(are_titles) else 0


def _header(read: _Read, before: int) -> tuple[list[str], Rows, list[str], int]:
    """The names, the rows below them, the names that the mapping must give, and how many lines it must pass over."""
    from hackle_import.reading.dialect import names_of

    first, rest = read.rows[before], read.rows[before + 1 :]
    names, above = names_of(first), read.lines[before] if before else 0
    if _is_data(names, rest):
        made = [f"column_{number}" for number in range(1, len(first) + 1)]
        return made, [first, *rest], made, above
    given = [name for name in names if name]
    if len(set(given)) == len(given):
        return names, rest, [], above
    apart = list(_apart(names))
    after = read.lines[before + 1] if rest else read.lines[before] + 1
    return apart, rest, apart, after


def _is_data(names: Sequence[str], rest: Rows) -> bool:
    """Whether a first row is none of names: it has what no column is called, or one text twice that comes again."""
    given = [name for name in names if name]
    if any(_NO_NAME.fullmatch(one) or decoded(one) is not None for one in given):
        return True
    below = {(place, cell.strip()) for row in rest for place, cell in enumerate(row)}
    return len(set(given)) < len(given) and any(one and (place, one) in below for place, one in enumerate(names))


def _apart(names: Sequence[str]) -> Iterator[str]:
    """Names of which none comes twice; a column without one gets one."""
    given = set[str]()
    for place, name in enumerate(names, 1):
        own = called = name or f"column_{place}"
        for number in count(2):
            if own not in given and (own == name or own not in names):
                break
            own = f"{called}_{number}"
        given.add(own)
        yield own


def _paths(names: list[str]) -> list[Name]:
    from hackle_import.decode.table import column_paths
    from hackle_import.mapping import Fields, Mapping

    return [tuple(path) for path in column_paths(names, Mapping(fields=Fields()))]
