"""A day's report: only names and counts, never a value of a row, so that it may be mailed. `docs/days.md` tells its
fields."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from hackle_import.days.counts import LAGS, OTHER, Counted
from hackle_import.days.document import Change, Day, Held, Summary
from hackle_import.days.exported import Exported
from hackle_import.days.steps import Counts
from hackle_import.receipt import Receipt

MOST_EVENTS = 200  # told apart by hour; what is rarer is `OTHER`
WEEKS, WEEK = 4, 7  # closed days of the same weekday, and days before, that a day is held against


class Rows(msgspec.Struct, frozen=True, rename={"in_": "in"}):
    """`in_` = `written` + `repeats_removed`, but for `uncounted` rows, which were published before days were closed;
    `late` are of drops that came after the first close; `held` are of drops that the day does not show as they are."""

    in_: int = 0
    written: int = 0
    repeats: int = 0
    repeats_differ: int = 0
    repeats_removed: int = 0
    late: int = 0
    held: int = 0
    uncounted: int = 0


class Event(msgspec.Struct, frozen=True):
    """`same_weekday` are its rows on the same weekday, 1 to 4 weeks ago, null where that day was not closed."""

    key: str
    rows: int
    same_weekday: list[int | None] = []
    new: bool = False
    vanished: bool = False


class Property(msgspec.Struct, frozen=True):
    """A key of an event's properties: `share` of the event's rows that have it; new and vanished against the last 7
    closed days."""

    event: str
    key: str
    rows: int
    share: float
    new: bool = False
    vanished: bool = False


class Freshness(msgspec.Struct, frozen=True):
    """When the last row happened and the last drop came; `lags` are [seconds, rows]: how many rows were no older than
    that when their drop came, null seconds for those that were older still."""

    last_ts: datetime | None = None
    last_drop: datetime | None = None
    lag_p50_s: int | None = None
    lag_p95_s: int | None = None
    lags: list[tuple[int | None, int]] = []


class Warned(msgspec.Struct, frozen=True):
    """`about` are the names and numbers in the message."""

    code: str
    message: str
    action: str
    about: dict[str, str] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Of a closed day. `hours` are [event, hour, rows]; `usual_hours` the median of rows by hour on the same weekday.
    `rejects`, `notes` and `drops` are of the drops that hold rows of this day: a receipt counts a drop, not a day."""

    day: str
    timezone: str
    generation: int
    state: str
    closed_at: datetime
    parts: int
    bytes: int
    digest: str
    rows: Rows
    hours: list[tuple[str, int, int]] = []
    usual_hours: list[int] = []
    usual_rows: int | None = None
    events: list[Event] = []
    properties: list[Property] = []
    properties_cut: list[str] = []
    rejects: dict[str, int] = {}
    notes: dict[str, int] = {}
    drops: dict[str, int] = {}
    cost_usd: float | None = None
    freshness: Freshness = Freshness()
    held: list[Held] = []
    changes: list[Change] = []
    missing: list[str] = []
    exports: list[Exported] = []
    warnings: list[Warned] = []

    @property
    def rows_by_event(self) -> dict[str, int]:
        return {one.key: one.rows for one in self.events if one.rows}

    @property
    def rows_by_hour(self) -> list[int]:
        found = Counter[int]()
        for _, hour, rows in self.hours:
            found[hour] += rows
        return [found[hour] for hour in range(24)]


def made(
    day: Day, zone: str, counts: Sequence[Counts], receipts: Iterable[Receipt], history: Mapping[str, Report]
) -> Report:
    """Of a day that is closed; `history` are the reports of days before it. Without its warnings: see `warnings`."""
    commit = day.commit
    assert commit is not None
    counted = sum((one.counted for one in counts), Counted())
    receipts, weekday = list(receipts), [history.get(one) for one in same_weekdays(day.day)]
    week = [history[one] for one in days_before(day.day, WEEK) if one in history]
    return Report(
        day=day.day,
        timezone=zone,
        generation=commit.generation,
        state=day.state,
        closed_at=commit.closed_at,
        parts=len(commit.outputs),
        bytes=commit.bytes,
        digest=commit.digest,
        rows=_rows(day, [one.summary for one in counts], counted),
        hours=_hours(counted),
        usual_hours=_usual_hours(weekday),
        usual_rows=median([one.rows.written for one in weekday if one]),
        events=_events(counted, weekday, week),
        properties=_properties(counted, week),
        properties_cut=counted.properties_cut,
        rejects=_added(one.rejects for one in receipts),
        notes=_added(one.notes for one in receipts),
        drops=dict(Counter(one.outcome.value for one in receipts)),
        cost_usd=sum(one.estimated_cost_usd or 0 for one in receipts) or None,
        freshness=_freshness(counted, receipts),
        held=day.held,
        changes=day.changes,
        missing=day.missing,
    )


def same_weekdays(day: str) -> list[str]:
    """1 to 4 weeks before."""
    return [(date.fromisoformat(day) - timedelta(weeks=weeks)).isoformat() for weeks in range(1, WEEKS + 1)]


def days_before(day: str, count: int) -> list[str]:
    """The last ones first."""
    return [(date.fromisoformat(day) - timedelta(days=days)).isoformat() for days in range(1, count + 1)]


def median(numbers: Sequence[int]) -> int | None:
    """None of fewer than two: one day is no custom."""
    ordered = sorted(numbers)
    if len(ordered) < 2:  # noqa: PLR2004 - as said
        return None
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2


def _rows(day: Day, summaries: Sequence[Summary], counted: Counted) -> Rows:
    outputs, summary = day.commit.outputs if day.commit else [], Summary.of(summaries)
    rows = sum(part.rows for part in outputs)
    return Rows(
        summary.rows_in,
        rows,
        summary.repeats,
        summary.repeats_differ,
        summary.repeats_removed,
        sum(part.rows for part in outputs if part.key.rpartition("/")[2].startswith("late-")),
        sum(one.rows for one in day.held),
        max(0, rows - counted.rows),
    )


def _hours(counted: Counted) -> list[tuple[str, int, int]]:
    """Of the largest events apart."""
    largest = set(_largest({event: sum(by_hour.values()) for event, by_hour in counted.hours.items()}))
    found: Counter[tuple[str, int]] = Counter()
    for event, by_hour in counted.hours.items():
        for hour, rows in by_hour.items():
            found[event if event in largest else OTHER, hour] += rows
    return [(event, hour, rows) for (event, hour), rows in sorted(found.items())]


def _usual_hours(weekday: Sequence[Report | None]) -> list[int]:
    hours = [one.rows_by_hour for one in weekday if one]
    found = [median([one[hour] for one in hours]) for hour in range(24)]
    return [rows for rows in found if rows is not None]


def _events(counted: Counted, weekday: Sequence[Report | None], week: Sequence[Report]) -> list[Event]:
    now = {event: sum(by_hour.values()) for event, by_hour in counted.hours.items()}
    before = {event for one in week for event in one.rows_by_event}
    names = [*_largest(now), *sorted(before - now.keys())]
    then = [one.rows_by_event if one else None for one in weekday]
    return [
        Event(
            name,
            now.get(name, 0),
            [rows.get(name, 0) if rows is not None else None for rows in then],
            new=bool(week) and name not in before,
            vanished=name not in now,
        )
        for name in names
    ]


def _properties(counted: Counted, week: Sequence[Report]) -> list[Property]:
    before = {(one.event, one.key) for report in week for one in report.properties if one.rows}
    rows = {event: sum(by_hour.values()) for event, by_hour in counted.hours.items()}
    had = {one for one, _ in before}
    largest = set(_largest(rows))
    found = [
        Property(event, key, count, round(count / rows[event], 4), new=event in had and (event, key) not in before)
        for event, keys in counted.properties.items()
        if event in largest
        for key, count in keys.items()
    ]
    now = {(one.event, one.key) for one in found}
    gone = sorted((event, key) for event, key in before - now if event in rows)
    return [*found, *(Property(event, key, 0, 0.0, vanished=True) for event, key in gone)]


def _largest(rows: Mapping[str, int]) -> list[str]:
    ordered = sorted((-count, event) for event, count in rows.items() if event != OTHER)
    return [event for _, event in ordered[:MOST_EVENTS]]


def _freshness(counted: Counted, receipts: Sequence[Receipt]) -> Freshness:
    last = datetime.fromtimestamp(counted.last_ts / 1000, UTC) if counted.last_ts is not None else None
    drops = [one.uploaded for one in receipts if one.uploaded]
    ends = [*LAGS, None]
    lags = [(end, rows) for end, rows in zip(ends, counted.lags, strict=True)]
    return Freshness(
        last, max(drops, default=None), _lag(lags, 0.5), _lag(lags, 0.95), lags if any(counted.lags) else []
    )


def _lag(lags: Sequence[tuple[int | None, int]], share: float) -> int | None:
    """The end of the class in which this share of the rows is reached; None above the last one."""
    left = share * sum(rows for _, rows in lags)
    for end, rows in lags:
        left -= rows
        if left <= 0 and rows:
            return end
    return None


def _added(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in counted:
        found.update(one)
    return {code: rows for code, rows in sorted(found.items()) if rows}
