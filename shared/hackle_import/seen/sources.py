"""Which of a mapping's sources some row had, and which fields of the rows nothing used: of JSON by what the rows hold,
of a table by its header. A null is nothing there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from itertools import chain, compress

import msgspec
from msgspec import Struct, field

from hackle_import.mapping import Mapping
from hackle_import.mapping.conditions import paths_of
from hackle_import.mapping.expressions import Path, path_of, roots
from hackle_import.seen.used import Use, Used, named_groups, where_names

MOST_NAMES = 500  # more are values that became keys
MOST_TOLD = 50
_FEW = 200  # names of many records, beyond which each record is looked at by itself: work must not grow with both
_MOST_MEMBERS = 10_000  # of a record, those of its values included: more are not told apart, in bounded memory
ALL_OF, ONE_OF = 500, 32  # records of a drop that are looked at: the first ones, then one of so many; as in fields.h
_MOST_NAME_BYTES = 128  # as there
_NULL = msgspec.Raw(b"null")
_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Sources(Struct):
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
    chosen = list(compress(records, map(is_looked_at, numbers)))
    found = Sources(rows=len(chosen))
    if used.takes_all or not chosen:
        return found
    few = [record for record in chosen if record.count(b":") <= _MOST_MEMBERS]
    found.has_more = len(few) < len(chosen)
    _count(list(_objects(few)), (), used, found)
    return found


def _objects(records: Iterable[bytes]) -> Iterator[dict[str, msgspec.Raw]]:
    for record in records:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            yield _members_of(record)


def _count(members: Sequence[dict[str, msgspec.Raw]], outer: Path, used: Used, found: Sources) -> None:
    """All records at once, name by name; where names are many, the work must not grow with both."""
    names = dict.fromkeys(chain.from_iterable(members))
    if len(names) <= _FEW:
        _count_names(members, names, outer, used, found)
    else:
        for one in members:
            _count_names([one], one, outer, used, found)


def _count_names(
    members: Sequence[dict[str, msgspec.Raw]], names: Iterable[str], outer: Path, used: Used, found: Sources
) -> None:
    for name in names:
        use = used.use((*outer, name))
        if use is Use.WHOLE or (use is Use.PARTLY and outer):
            continue
        values = [one[name] for one in members if name in one]
        if use is Use.PARTLY:
            _count(list(_objects(text for value in values if (text := bytes(value))[:1] == b"{")), (name,), used, found)
        elif rows := len(values) - values.count(_NULL):
            told = Counter({".".join(map(str, (*outer, name))): rows})
            found.add(Sources(has_more=True) if _is_long(name) else Sources(unused=told))


def _is_long(key: str) -> bool:
    return len(key) > _MOST_NAME_BYTES // 4 and len(key.encode("utf-8", "replace")) > _MOST_NAME_BYTES


class Header:
    """What a table's header says of its sources. `paths` are the columns as names in a record; a cell of each may hold
    an object."""

    def __init__(self, mapping: Mapping, paths: Sequence[Path]) -> None:
        used, self._paths, names = Used(mapping), set(paths), where_names(mapping)
        has = {one for group in named_groups(mapping) for one in group if self._has(one, names)}
        asked = (one for one in has - names if one != "@" and path_of(one) is None and paths_of(one) is None)
        self.asked = frozenset(asked)
        self._present = has - self.asked
        self._unused = [
            ".".join(map(str, path)) for path in paths if not used.takes_all and used.use(path) is Use.NOT and any(path)
        ]

    def seen(self, rows: int, gave: Set[str] = frozenset()) -> Sources:
        """Of so many rows: each has every column. `gave` are expressions that gave something."""
        names = Counter(dict.fromkeys(self._unused[:MOST_NAMES], rows))
        present = self._present | (self.asked & gave)
        return Sources(present, names, rows, len(self._unused) > MOST_NAMES, by_header=True, asked=self.asked)

    def _has(self, source: str, names: Set[str]) -> bool:
        """`names` are no expressions, whatever they look like."""
        path = (source,) if source in names else path_of(source)
        if source == "@":
            return True
        if path is None:
            return bool(roots(source) & {str(column[0]) for column in self._paths})
        return any(column[: len(path)] == path or path[: len(column)] == column for column in self._paths)
