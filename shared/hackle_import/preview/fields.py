"""What becomes of each field of the source: how often it is filled, what it holds, where it goes, where it is lost."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from hackle_import.convert.opening import Decode
from hackle_import.decode.table import MappedTable
from hackle_import.mapping import Mapping
from hackle_import.preview.uses import EXPRESSION, Uses

MAX_FIELDS = 500  # that are told apart: keys that are ids have no end
SAMPLES = 3
_decode = msgspec.json.Decoder(float_hook=str).decode  # a number keeps its own text
_encode = msgspec.json.encode
Path = tuple[str, ...]


class Sample(msgspec.Struct, frozen=True):
    """A value of a source field, and what it became in the row on `line`: None where the row was rejected, or it is
    `lost`."""

    line: int
    value: str
    becomes: str | None = None
    lost: bool = False


class Field(msgspec.Struct, frozen=True):
    """A field of the source: a dotted path, or a column. `targets` are `ts`, `event_properties.plan` and so on, empty
    where nothing uses it; `filled` counts rows of the sample, `lost` those in which the field is filled, and its target
    is not, or the row was rejected because of it; `lines` are the first of them."""

    source: str
    targets: list[str]
    filled: int
    distinct: int
    samples: list[Sample]
    lost: int = 0
    lines: list[int] = []


class Unused(msgspec.Struct, frozen=True):
    """`field` is a dotted path; `rows` counts rows of the sample that have it, and not as null."""

    field: str
    rows: int


class Absent(msgspec.Struct, frozen=True):
    """A source of the mapping that is in no row of the sample, and where it would go."""

    source: str
    target: str


class _Seen(Struct):
    filled: int = 0
    lost: int = 0
    values: set[int] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


class FieldCounts:
    """Counts the fields of rows. `more` is how many were left out beyond MAX_FIELDS."""

    def __init__(self, mapping: Mapping) -> None:
        self._uses = Uses(mapping)
        self._seen: dict[Path, _Seen] = {}
        self._more: Counter[Path] = Counter()
        self._targets: dict[Path, list[str]] = {}

    @property
    def more(self) -> int:
        return len(self._more)

    def add(self, fields: dict[Path, str], line: int, row: dict[str, Any] | None, wrong: str | None) -> None:
        """`fields` are a row's; `row` is what it became, None for a reject, whose `wrong` field that is."""
        for path, value in fields.items():
            seen = self._seen.get(path)
            if seen is None:
                if len(self._seen) >= MAX_FIELDS:
                    self._more[path] += 1
                    continue
                seen = self._seen[path] = _Seen()
                self._targets[path] = self._uses.targets(path)
            self._count(seen, self._targets[path], Sample(line, value), row, wrong)

    def fields(self) -> list[Field]:
        """In the order of their first rows."""
        return [
            Field(
                ".".join(path), self._targets[path], seen.filled, len(seen.values), seen.samples, seen.lost, seen.lines
            )
            for path, seen in self._seen.items()
        ]

    def unused(self) -> list[Unused]:
        """The most frequent first."""
        unused = [(path, seen) for path, seen in self._seen.items() if seen.filled and not self._targets[path]]
        found = [Unused(".".join(path), seen.filled) for path, seen in unused]
        return sorted(found, key=lambda one: (-one.rows, one.field))

    def absent(self, silent: Collection[str]) -> list[Absent]:
        """Sources of a target of which none is in any row, or gave anything."""
        seen = self._seen.keys() | self._more.keys()
        return [Absent(source, target) for source, target in self._uses.absent(seen, silent)]

    def _count(
        self, seen: _Seen, targets: list[str], found: Sample, row: dict[str, Any] | None, wrong: str | None
    ) -> None:
        if not found.value:
            return
        became = {target: None if row is None else _became(row, target) for target in targets}
        lost = _is_blamed(wrong, targets) if row is None else _is_lost(became, found.value)
        seen.filled += 1
        if lost:
            seen.lost += 1
            seen.lines += [found.line][: SAMPLES - len(seen.lines)]
        texts = list(dict.fromkeys(text for text in became.values() if text is not None))
        _keep(seen, Sample(found.line, found.value, ", ".join(texts) if texts else None, lost))
        known = hash(found.value)
        seen.values.add(known)


def _keep(seen: _Seen, sample: Sample) -> None:
    """The first values, and the first that is lost; a value that a written row has is told by that row."""
    for place, former in enumerate(seen.samples):
        if former.value == sample.value:
            if not former.lost and former.becomes is None:
                seen.samples[place] = sample
            return
    if len(seen.samples) < SAMPLES:
        seen.samples.append(sample)
    elif sample.lost and not any(former.lost for former in seen.samples):
        seen.samples[-1] = sample


def fields_of(record: bytes, decode: Decode, *, is_json: bool) -> dict[Path, str]:
    """What a record has, by path: of a table every column, of JSON what is not empty; lists are values."""
    if isinstance(decode, MappedTable) and not is_json:
        return {(name,): text for name, text in decode.named(record).items() if name}
    try:
        return {path: text for path, text in _leaves((), _decode(record)) if text}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _leaves((*path, str(name)), one)
    elif value is not None and path:
        yield path, value if isinstance(value, str) else _encode(value).decode()


def _is_blamed(wrong: str | None, targets: list[str]) -> bool:
    """Whether the field that a row was rejected for is one of these."""
    return wrong is not None and any(wrong in (target, target.partition(".")[2]) for target in targets)


def _is_lost(became: dict[str, str | None], value: str) -> bool:
    """Whether what was read from this very field is not where it goes to; of an expression that is not known."""
    plain = {target: text for target, text in became.items() if not target.endswith(")")}
    return any(text is None or _is_zeroed(target, text, value) for target, text in plain.items())


def _is_zeroed(target: str, text: str, value: str) -> bool:
    """Whether a number became 0 on its way."""
    digits = set("123456789")
    return target == "metric_value" and not set(text) & digits and bool(set(value) & digits)


def _became(row: dict[str, Any], target: str) -> str | None:
    column, _, key = target.removesuffix(EXPRESSION).partition(".")
    value = row.get(column)
    if isinstance(value, dict):
        value = value.get(key)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return None if value is None else str(value)
