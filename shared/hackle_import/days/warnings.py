"""The few things that a report warns of, each with what to do. Rules that a person can check, no model: a warning that
is not understood is not read. Pure.

A number is usual when it is within a half and the double of the median of the same weekday in the last four weeks; of
fewer than two such days nothing is usual, and nothing is said.
"""

from collections.abc import Iterator, Mapping

from hackle_import.days.report import Report, Warned, same_weekdays
from hackle_import.days.words import WARNINGS

MANY = 100  # rows, of which an hour or an event that has none is missed
_LEAST_DAYS = 3  # same weekdays on which an event came, that is missed now
REJECTED, REPEATED, CHANGED = 0.01, 0.001, 0.01  # parts of a day


def warnings(report: Report, history: Mapping[str, Report]) -> list[Warned]:
    """In the order in which they matter; `history` are the reports of days before."""
    found = [*_volume(report), *_missing(report), *_hours(report), *_events(report, history), *_quality(report)]
    return [_warned(code, about) for code, about in [*found, *_changes(report)]]


_Found = Iterator[tuple[str, dict[str, str]]]


def _volume(report: Report) -> _Found:
    rows, usual = report.rows.written, report.usual_rows
    if not rows:
        yield "no_rows", {}
    elif usual and not usual / 2 <= rows <= usual * 2:
        yield "volume", {"rows": f"{rows:,}", "usual": f"{usual:,}"}


def _missing(report: Report) -> _Found:
    if report.missing:
        yield "missing", {"patterns": ", ".join(report.missing)}


def _hours(report: Report) -> _Found:
    rows = report.rows_by_hour
    if not report.rows.written:
        return
    empty = [hour for hour, usual in enumerate(report.usual_hours) if usual >= MANY and not rows[hour]]
    if empty:
        yield "hours", {"hours": ", ".join(f"{hour:02}:00" for hour in empty)}


def _events(report: Report, history: Mapping[str, Report]) -> _Found:
    weekdays = [history[day].rows_by_event for day in same_weekdays(report.day)[:_LEAST_DAYS] if day in history]
    now = report.rows_by_event
    if len(weekdays) < _LEAST_DAYS or not report.rows.written:
        return
    gone = [event for event in weekdays[0] if event not in now and all(one.get(event, 0) >= MANY for one in weekdays)]
    if gone:
        yield "events", {"events": ", ".join(sorted(gone))}


def _quality(report: Report) -> _Found:
    rejected, rows = sum(report.rejects.values()), max(report.rows.written, 1)
    if rejected > REJECTED * (rows + rejected):
        yield "rejects", {"rows": f"{rejected:,}", "code": max(report.rejects, key=lambda code: report.rejects[code])}
    if report.rows.repeats > REPEATED * rows:
        yield "repeats", {"rows": f"{report.rows.repeats:,}", "differ": f"{report.rows.repeats_differ:,}"}


def _changes(report: Report) -> _Found:
    grown = sum(one.added - one.removed for one in report.changes)
    rows = max(report.rows.written, report.rows.written - grown, 1)  # the day now, or as it was
    changed = sum(max(one.added, one.removed) for one in report.changes)  # another version of a row is one that changed
    if changed >= CHANGED * rows and report.changes:
        yield "changed", {"rows": f"{changed:,}", "percent": f"{100 * changed / rows:.1f}"}
    if report.held:
        yield "held", {"drops": f"{len(report.held):,}", "rows": f"{report.rows.held:,}", "day": report.day}


def _warned(code: str, about: dict[str, str]) -> Warned:
    message, action = WARNINGS[code]["en"]
    return Warned(code, message.format(**about), action.format(**about), about)
