"""Which of a mapping's sources some row had, and which fields of the rows nothing used: of JSON by what the rows hold,
of a table by its header. A null is nothing there."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

import msgspec

from hackle_import.mapping import Mapping
from hackle_import.mapping.conditions import paths_of
from hackle_import.mapping.expressions import Path, path_of, roots
from hackle_import.seen.used import Use, Used, named_groups, where_names

MOST_NAMES = 500  # more are values that became keys
MOST_TOLD = 50
_MOST_MEMBERS = 10_000  # of a record, those of its values included: more are not told apart, in bounded memory
ALL_OF, ONE_OF = 10_000, 16  # records of a drop that are looked at: the first ones, then one of so many; as in fields.h
_MOST_NAME_BYTES = 128  # as there
_NULL = msgspec.Raw(b"null")
_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(slots=True)
class Sources:
    """`present`: sources that some row had. `unused`: rows by field, among `rows` that were looked at: of JSON a sample
    of a drop's. `has_more`: not all fields are counted. `by_header`: a table told them, but for `asked`: expressions
    that look at columns it has, and are present where they gave something."""

    present: set[str] = field(default_factory=set)
    unused: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    has_more: bool = False
    by_header: bool = False
    asked: frozenset[str] = frozenset()

    def add(self, other: "Sources") -> None:
        self.present |= other.present
        self.rows += other.rows
        self.asked |= other.asked
        self.has_more, self.by_header = self.has_more or other.has_more, self.by_header or other.by_header
        for name, rows in other.unused.items():
            if name in self.unused or len(self.unused) < MOST_NAMES:
                self.unused[name] += rows
            else:
                self.has_more = True

    def most_frequent(self) -> dict[str, int]:
        """Unused fields with their rows, MOST_TOLD of them."""
        ranked = sorted(((name, rows) for name, rows in self.unused.items() if rows), key=lambda one: (-one[1], one[0]))
        return dict(ranked[:MOST_TOLD])


def absent(mapping: Mapping, present: set[str], *, has_kept: bool) -> list[str]:
    """Sources of values that no row had any source of. Where no row was kept, nothing is known of expressions but what
    `where` looks at."""
    asked = where_names(mapping)
    found = [
        source
        for group in named_groups(mapping)
        if not present.intersection(group) and (has_kept or all(path_of(one) or one in asked for one in group))
        for source in group
        if source != "@"
    ]
    return list(dict.fromkeys(found))


def is_looked_at(number: int) -> bool:
    """Whether a record of that number in its drop, counted from 1, is one of the sample."""
    return number <= ALL_OF or number % ONE_OF == 0


def unused_of(records: Sequence[bytes], numbers: Sequence[int], used: Used) -> Sources:
    """Fields of JSON objects, of a sample of them, by their numbers in the drop; `present` is not told."""
    found = Sources()
    for record, number in zip(records, numbers, strict=True):
        if is_looked_at(number):
            found.rows += 1
            _look(record, used, found)
    return found


def _look(record: bytes, used: Used, found: Sources) -> None:
    if used.takes_all:
        return
    if record.count(b":") > _MOST_MEMBERS:
        found.has_more = True
        return
    try:
        names = dict(_unused(record, used))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    short = {name: 1 for name, key in names.items() if not _is_long(key)}
    found.add(Sources(unused=Counter(short), has_more=len(short) < len(names)))


def _is_long(key: str) -> bool:
    return len(key) > _MOST_NAME_BYTES // 4 and len(key.encode("utf-8", "replace")) > _MOST_NAME_BYTES


def _unused(record: bytes, used: Used) -> Iterator[tuple[str, str]]:
    """Fields by their whole names, each with its own key."""
    for name, value in _members_of(record).items():
        use = used.use((name,))
        if use is Use.WHOLE or value == _NULL:
            continue
        if use is Use.NOT:
            yield name, name
        elif bytes(value).startswith(b"{"):
            below = _members_of(value).items()
            yield from (
                (f"{name}.{key}", key) for key, one in below if one != _NULL and used.use((name, key)) is Use.NOT
            )


class Header:
    """What a table's header says of its sources. `paths` are the columns as names in a record; a cell of each may hold
    an object."""

    def __init__(self, mapping: Mapping, paths: Sequence[Path]) -> None:
        used, self._paths = Used(mapping), set(paths)
        has = {one for group in named_groups(mapping) for one in group if self._has(one)}
        self.asked = frozenset(one for one in has if one != "@" and path_of(one) is None and paths_of(one) is None)
        self._present = has - self.asked
        self._unused = [
            ".".join(map(str, path)) for path in paths if not used.takes_all and used.use(path) is Use.NOT and any(path)
        ]

    def seen(self, rows: int, gave: Set[str] = frozenset()) -> Sources:
        """Of so many rows: each has every column. `gave` are expressions that gave something."""
        names = Counter(dict.fromkeys(self._unused[:MOST_NAMES], rows))
        present = self._present | (self.asked & gave)
        return Sources(present, names, rows, len(self._unused) > MOST_NAMES, by_header=True, asked=self.asked)

    def _has(self, source: str) -> bool:
        path = path_of(source)
        if source == "@":
            return True
        if path is None:
            return bool(roots(source) & {str(column[0]) for column in self._paths})
        return any(column[: len(path)] == path or path[: len(column)] == column for column in self._paths)
