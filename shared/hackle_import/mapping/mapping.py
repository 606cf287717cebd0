"""A mapping as a value: what its file says, validated. Nothing here reads a file or a row."""

import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from hackle_import.schema import MAPS, SCALARS


class _Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is left at its default is not part of the digest: a new key changes no mapping that lacks it."""


class InsertId(_Part, frozen=True):
    """What a row without `insert_id` gets: design section 3."""

    when_missing: Literal["content", "content+line", "content+copy", "reject"] = "content"


class Ts(_Part, frozen=True):
    """`timezone` is that of times without an offset; `format` are strptime's, tried before ISO 8601 and epoch; `unit`
    is that of epoch numbers, told by their magnitude where it is None. `epoch_timezone`: epoch numbers count what a
    clock there shows, as if it were UTC. `excel`: numbers are a spreadsheet's serial days."""

    timezone: str | None = None
    format: tuple[str, ...] = ()
    unit: Literal["s", "ms", "us", "ns"] | None = None
    epoch_timezone: str | None = None
    excel: bool = False

    @property
    def zone(self) -> str:
        """That of times without an offset."""
        return self.timezone or "UTC"


class Value(_Part, frozen=True):
    """One text of a row: the first of `sources` that is there and not empty, translated by `values`; `default` where
    there is none; `const` whatever the row holds; with `join`, the texts of all `sources`, or of so many `alternatives`
    after each other the first that is there. `file` is the pattern of a
    time in the drop's name, before `default`. Texts are numbers with `decimal` and `thousands` marks, after what
    `strip` names was taken off."""

    sources: tuple[str, ...] = ()
    const: str | None = None
    default: str | None = None
    values: dict[str, str] = {}
    join: bool = False
    alternatives: tuple[int, ...] = ()
    file: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    strip: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()  # what stands for no value, blanks around it apart

    @property
    def parts(self) -> tuple[int, ...]:
        """How many sources each part of what is joined has."""
        return self.alternatives or (1,) * len(self.sources)

    @property
    def is_number(self) -> bool:
        """Whether its texts are numbers that are written in a way of their own."""
        return bool(self.decimal or self.thousands or self.strip)


class Pivot(_Part, frozen=True):
    """A list of records at `source`, each an entry: `key`, and the first of `values` that is there."""

    source: str
    key: str
    values: tuple[str, ...]


class Entries(_Part, frozen=True):
    """A map of a row: whole objects (`spread`), then lists (`pivots`), of both only keys that match a glob of `only`
    (if any) and none of `exclude`; then `named` entries. Of equal keys the later one wins."""

    spread: tuple[str, ...] = ()
    pivots: tuple[Pivot, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    named: dict[str, Value] = {}


class Fields(_Part, frozen=True):
    """Where the eight columns come from."""

    insert_id: Value = Value()
    event_key: Value = Value()
    ts: Value = Value()
    metric_value: Value = Value()
    identifiers: Entries = Entries()
    event_properties: Entries = Entries()
    user_properties: Entries = Entries()
    platform_properties: Entries = Entries()

    @property
    def scalars(self) -> dict[str, Value]:
        return {name: getattr(self, name) for name in SCALARS}

    @property
    def maps(self) -> dict[str, Entries]:
        return {name: getattr(self, name) for name in MAPS}

    def texts(self) -> Iterator[str]:
        """Sources that are read as texts: those of the scalars, then those of named entries."""
        for value in self.scalars.values():
            yield from value.sources
        for entries in self.maps.values():
            for value in entries.named.values():
                yield from value.sources

    def numbers(self) -> Iterator[str]:
        """Those of them whose texts are numbers in a way of their own: JSON's own numbers are not."""
        named = (value for entries in self.maps.values() for value in entries.named.values())
        for value in (*self.scalars.values(), *named):
            yield from value.sources if value.is_number else ()

    def objects(self) -> Iterator[str]:
        """Sources whose entries become a map's."""
        for entries in self.maps.values():
            yield from entries.spread

    def lists(self) -> Iterator[str]:
        """Sources of pivots."""
        for entries in self.maps.values():
            yield from (pivot.source for pivot in entries.pivots)


HACKLE_FIELDS = Fields(
    **{name: Value((name,)) for name in SCALARS},  # type: ignore[arg-type]
    **{name: Entries(spread=(name,)) for name in MAPS},  # type: ignore[arg-type]
)  # Hackle's shape: the eight columns by their own names


class Privacy(_Part, frozen=True):
    """Plain paths of a source record, whatever their case: what must go, and what must become a keyed hash."""

    drop: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()


class Fillers(_Part, frozen=True):
    """Texts that stand for no value in identifiers and in what is required: those that are `known`, and `texts`."""

    known: bool = False
    texts: tuple[str, ...] = ()


def _within(paths: tuple[str, ...], each: str) -> tuple[str, ...]:
    own = f"{each}.".casefold()
    inner = (path[len(own) :] for path in paths if path.casefold().startswith(own))
    return (*inner, *(f"record.{path}" for path in paths))


class Csv(_Part, frozen=True):
    """How a table is written. `delimiter` and `quote` None are the format's own, `quote` "" is none; `header` are the
    names of a table without a header line; `skip` counts lines before it; cells equal to one of `null` are missing; the
    columns of `json` hold JSON; `decimal` and `thousands` are those of `metric_value`.

    `quoting` "every": all cells are quoted, or none. `escapes`: what an escape in front of it stands for: punctuation
    and n, t, r ("text"), b, f, v as well ("long"), or quotes and itself only. `escaped`: in which cells.
    """

    delimiter: str | None = None
    quote: str | None = None
    quoting: Literal["usual", "every"] = "usual"
    escape: str = ""
    escapes: Literal["text", "long", "quotes"] = "text"
    escaped: Literal["all", "quoted", "bare"] = "all"
    header: tuple[str, ...] = ()
    skip: int = 0
    comment: str = ""
    encoding: str | None = None
    null: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    trim: bool = False
    decimal: str = "."
    thousands: str = ""
    pad_short_rows: bool = False


class Mapping(_Part, frozen=True):
    """A validated mapping. `max_reject_ratio` is between 0 and 1; above it nothing of a drop is written. `records` is
    the path of the list that a document wraps, `each` that of the list in a record whose elements are the rows, `json`
    are those of fields that hold JSON as text."""

    insert_id: InsertId = InsertId()
    ts: Ts = Ts()
    limits: Literal["note", "reject", "truncate"] = "note"
    on_bad_metric: Literal["reject", "zero"] = "reject"
    on_bad_map: Literal["reject", "keep"] = "reject"
    on_broken_drop: Literal["discard", "keep"] = "discard"
    on_absent: Literal["note", "fail"] = "note"
    max_reject_ratio: float = 1.0
    where: str | None = None
    records: str | None = None
    each: str | None = None
    json: tuple[str, ...] = ()
    fillers: Fillers = Fillers()
    fields: Fields | None = None
    privacy: Privacy = Privacy()
    csv: Csv = Csv()
    for_drop: Fields | None = None  # what `resolved` makes of the fields

    @property
    def digest(self) -> str:
        """Changes whenever the mapping means something else; formatting and comments don't count."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]

    @property
    def sources(self) -> Fields:
        """`fields`, or without them Hackle's shape; of a mapping that was resolved, as that says."""
        return self.for_drop or self.fields or HACKLE_FIELDS

    @property
    def privacy_of_rows(self) -> Privacy:
        """With paths as they are in an element of `each`: its own, and those of the record that it was part of."""
        if self.each is None:
            return self.privacy
        return Privacy(*(_within(paths, self.each) for paths in (self.privacy.drop, self.privacy.hash)))

    @property
    def is_hackle(self) -> bool:
        """Whether rows come in Hackle's shape, whatever else is asked of them."""
        return self.fields is None
