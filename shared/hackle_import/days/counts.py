"""What a day's report counts of the rows that are written: by event and hour, by event and property; how old they were
when their drop came. Names and counts, never a value of a row."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.writing.layout import hours

MOST_EVENTS = 10_000  # whose rows are counted apart
MOST_PROPERTIES = 500  # of an event: more are ids that became keys
OTHER = "(other)"
LAGS = (60, 300, 900, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800, 604_800)  # seconds, the ends of classes


class Counted(msgspec.Struct):
    """`hours` are rows by hour of the day (0 to 23) of each event; `properties` rows by key of each event's properties;
    `lags` rows by the classes of `LAGS`, the last one for what is above; `last_ts` in milliseconds since 1970."""

    hours: dict[str, dict[int, int]] = {}
    properties: dict[str, dict[str, int]] = {}
    lags: list[int] = msgspec.field(default_factory=lambda: [0] * (len(LAGS) + 1))
    last_ts: int | None = None
    properties_cut: list[str] = []

    def __add__(self, other: "Counted") -> "Counted":
        """Of both."""
        hours, properties = _added(self.hours, other.hours), _added(self.properties, other.properties)
        lags = [one + another for one, another in zip(self.lags, other.lags, strict=True)]
        last = max((one for one in (self.last_ts, other.last_ts) if one is not None), default=None)
        cut = sorted({*self.properties_cut, *other.properties_cut})
        return Counted(hours, properties, lags, last, cut)

    @property
    def rows(self) -> int:
        return sum(sum(by_hour.values()) for by_hour in self.hours.values())


class Counts:
    """Of rows whose days are cut in `zone`."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours: Counter[tuple[str, int]] = Counter()
        self._properties: dict[str, Counter[str]] = {}
        self._lags, self._events = [0] * (len(LAGS) + 1), set[str]()
        self._last_ts: int | None = None
        self._cut: set[str] = set()

    def add(self, batch: pa.RecordBatch) -> None:
        """Rows that are written; the batch begins its buffers."""
        if not batch.num_rows:
            return
        encoded = batch["event_key"].dictionary_encode()
        names = [self._name(event) for event in encoded.dictionary.to_pylist()]
        numbers = encoded.indices.cast(pa.int64())
        for both, rows in _counted(pc.add(pc.multiply(numbers, 24), hours(batch["ts"], self._zone))):
            self._hours[names[both // 24], both % 24] += rows
        self._add_properties(batch["event_properties"], numbers, names)
        last = pc.max(batch["ts"].cast(pa.int64())).as_py()
        self._last_ts = last if self._last_ts is None else max(self._last_ts, last)

    def add_lag(self, ts: pa.Array, uploaded: datetime | None) -> None:
        """Rows of a drop that was uploaded then."""
        if uploaded is None or not len(ts):
            return
        then = int(uploaded.timestamp())
        past = pc.subtract(then, pc.divide(ts.cast(pa.int64()), 1000))
        above = pa.repeat(pa.scalar(0, pa.int64()), len(ts))
        for end in LAGS:
            above = pc.add(above, pc.greater(past, end).cast(pa.int64()))
        for place, rows in _counted(above):
            self._lags[place] += rows

    @property
    def counted(self) -> Counted:
        by_hour: dict[str, dict[int, int]] = {}
        for (event, hour), rows in sorted(self._hours.items()):
            by_hour.setdefault(event, {})[hour] = rows
        properties = {event: dict(sorted(keys.items())) for event, keys in sorted(self._properties.items())}
        return Counted(by_hour, properties, self._lags, self._last_ts, sorted(self._cut))

    def _add_properties(self, column: pa.MapArray, numbers: pa.Int64Array, names: list[str]) -> None:
        if not len(column.keys):
            return
        lists = pa.ListArray.from_arrays(column.offsets, column.keys)
        keys = column.keys.dictionary_encode()
        found, width = keys.dictionary.to_pylist(), len(keys.dictionary)
        of_event = numbers.take(pc.list_parent_indices(lists))
        for both, rows in _counted(pc.add(pc.multiply(of_event, width), keys.indices.cast(pa.int64()))):
            self._add_property(names[both // width], found[both % width], rows)

    def _add_property(self, event: str, key: str, rows: int) -> None:
        known = self._properties.setdefault(event, Counter())
        if key in known or len(known) < MOST_PROPERTIES:
            known[key] += rows
        else:
            self._cut.add(event)

    def _name(self, event: str) -> str:
        if event not in self._events and len(self._events) >= MOST_EVENTS:
            return OTHER
        self._events.add(event)
        return event


def _counted(numbers: pa.Int64Array) -> list[tuple[int, int]]:
    found = pc.value_counts(numbers)
    return sorted(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))


def _added(one: dict[str, dict], another: dict[str, dict]) -> dict[str, dict]:  # type: ignore[type-arg]
    found = {event: dict(counts) for event, counts in one.items()}
    for event, counts in another.items():
        known = found.setdefault(event, {})
        for name, rows in counts.items():
            known[name] = known.get(name, 0) + rows
    return found
