"""`report.html` and `index.html`: what `report.json` says, to be looked at. Every number stands in a table, and is
there with scripts off; plots are drawn beside it."""

from collections.abc import Iterator, Sequence

from hackle_import.codes import Note, Why
from hackle_import.days.html import both, cell, figure, meter, number, page, section, table, text
from hackle_import.days.korean import CODES, STATES
from hackle_import.days.report import Report, median
from hackle_import.days.words import WARNINGS

_SHOWN_HOURS = 25  # of events, whose hours are shown as a table; the plot has all
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))  # of seconds
_DRAW_DAY = """
const data = JSON.parse(document.getElementById('data').textContent);
const put = (id, plot) => { const place = document.getElementById(id); if (place) place.append(plot); };
const common = {width: 960, marginLeft: 60, style: {background: 'transparent', fontSize: '12px'}};
const hours = data.hours_total.map((rows, hour) => ({hour, rows}));
const usual = data.usual.map((rows, hour) => ({hour, rows}));
if (data.rows) {
  put('plot-hours', Plot.plot({...common, height: 240, x: {label: null, domain: d3.range(24)},
    y: {grid: true, label: null}, marks: [
      Plot.barY(hours, {x: 'hour', y: 'rows', fill: '#4a78c2', tip: true}),
      Plot.lineY(usual, {x: 'hour', y: 'rows', stroke: '#e39a1c', strokeWidth: 2, marker: true})]}));
  put('plot-events', Plot.plot({...common, marginLeft: 180, height: 60 + 18 * data.events.length,
    x: {label: null, domain: d3.range(24)}, y: {label: null, domain: data.events, tickFormat: d => d.slice(0, 28)},
    color: {type: 'sqrt', scheme: 'blues'},
    marks: [Plot.cell(data.cells, {x: '1', y: '0', fill: '2', inset: .5, tip: true})]}));
}
"""
_DRAW_INDEX = """
const data = JSON.parse(document.getElementById('data').textContent);
if (data.length) document.getElementById('plot-days').append(Plot.plot({width: 960, height: 260,
  marginLeft: 60, marginBottom: 50, style: {background: 'transparent', fontSize: '12px'},
  x: {type: 'band', label: null, tickRotate: -60, tickFormat: d => d.slice(5)},
  y: {grid: true, label: null, domain: [0, d3.max(data, d => Math.max(d.rows, d.usual)) || 1]}, marks: [
    Plot.barY(data, {x: 'day', y: 'rows', fill: '#4a78c2', tip: true}),
    Plot.tickY(data.filter(d => d.usual !== null), {x: 'day', y: 'usual', stroke: '#e39a1c', strokeWidth: 3})]}));
"""


def day_page(report: Report) -> str:
    """One file that loads nothing."""
    body = [_header(report), _warnings(report), _hours(report), _events(report), _events_by_hour(report)]
    body += [_properties(report), _codes(report), _drops(report), _lags(report), _changes(report), _held(report)]
    body.append(_exports(report))
    largest = [one.key for one in report.events if one.rows]
    told = set(largest)
    data = {
        "rows": report.rows.written,
        "hours_total": report.rows_by_hour,
        "usual": report.usual_hours,
        "events": largest,
        "cells": [one for one in report.hours if one[0] in told],
    }
    return page(f"{report.day}: {report.state}", body, data, _DRAW_DAY)


def index_page(reports: Sequence[Report]) -> str:
    """The last days, the newest first."""
    days = [{"day": one.day, "rows": one.rows.written, "usual": one.usual_rows} for one in reversed(reports)]
    names = ("day", "state", "rows", "usual", "late rows", "held rows", "rejected rows", "warnings")
    rows = (
        [
            f'<td class="name"><a href="{one.day}/report.html">{one.day}</a></td>',
            _state(one.state),
            number(one.rows.written),
            number(one.usual_rows),
            number(one.rows.late),
            number(one.rows.held),
            number(sum(one.rejects.values())),
            cell(", ".join(warned.code for warned in one.warnings), "tag"),
        ]
        for one in reports
    )
    body = f"<header><h1>{both('Closed days')}</h1></header>", section("Rows by day", table(names, rows), "plot-days")
    return page("Closed days", body, days, _DRAW_INDEX)


def _header(report: Report) -> str:
    rows = report.rows
    figures = [
        figure(f"{rows.written:,}", "rows"),
        figure(f"{report.parts:,}", "files"),
        figure(f"{rows.repeats:,}", "repeated rows", "note" if rows.repeats_differ else ""),
        figure(f"{rows.repeats_removed:,}", "removed repeats"),
        figure(f"{rows.late:,}", "late rows", "note" if rows.late else ""),
        figure(f"{rows.held:,}", "held rows", "bad" if rows.held else ""),
        figure(f"{sum(report.rejects.values()):,}", "rejected rows", "bad" if report.rejects else ""),
    ]
    told = f" · {report.timezone} · {report.closed_at:%Y-%m-%d %H:%M} UTC · {report.bytes / 1e6:,.1f} MB"
    fresh = _fresh(report)
    head = f"<h1>{text(report.day)}</h1><p>{_named(report.state)}{text(told)}{fresh}</p>"
    return f'<header>{head}<div class="figures">{"".join(figures)}</div></header>'


def _fresh(report: Report) -> str:
    last = (("Last row", report.freshness.last_ts), ("Last drop", report.freshness.last_drop))
    told = "".join(f"<br>{both(name)}: {moment:%Y-%m-%d %H:%M} UTC" for name, moment in last if moment)
    return told + (f"<br>{both('Cost of handling its drops')}: ${report.cost_usd:.4f}" if report.cost_usd else "")


def _warnings(report: Report) -> str:
    told = [
        f'<div class="warning"><p><b>{both(*_said(one.code, 0, one.about))}</b></p>'
        f"<p>{both(*_said(one.code, 1, one.about))}</p></div>"
        for one in report.warnings
    ]
    return section("Warnings", "".join(told) or f'<p class="fine">{both("Nothing to warn of.")}</p>')


def _said(code: str, place: int, about: dict[str, str]) -> tuple[str, str]:
    words = WARNINGS[code]
    return words["en"][place].format(**about), words["ko"][place].format(**about)


def _hours(report: Report) -> str:
    usual: Sequence[int | None] = report.usual_hours or [None] * 24
    most = max(report.rows_by_hour)
    rows = (
        [cell(f"{hour:02}"), meter(count, most), number(count), number(usual[hour])]
        for hour, count in enumerate(report.rows_by_hour)
        if report.rows.written
    )
    return section("Rows by hour", table(("hour", "", "rows", "usual"), rows), "plot-hours")


def _events(report: Report) -> str:
    most = max((one.rows for one in report.events), default=1)
    rows = (
        [
            cell(one.key, "name"),
            meter(one.rows, most),
            number(one.rows),
            number(median([rows for rows in one.same_weekday if rows is not None])),
            _tag(one.new, one.vanished),
        ]
        for one in report.events
    )
    return section("Events", table(("event", "", "rows", "usual", ""), rows))


def _events_by_hour(report: Report) -> str:
    found: dict[str, list[int]] = {}
    for event, hour, count in report.hours:
        found.setdefault(event, [0] * 24)[hour] += count
    largest = [one.key for one in report.events if one.key in found][:_SHOWN_HOURS]
    names = ("event", *(f"{hour:02}" for hour in range(24)))
    rows = ([cell(event, "name"), *map(number, found[event])] for event in largest)
    return section("Events by hour", table(names, rows, "hours"), "plot-events")


def _properties(report: Report) -> str:
    rows = (
        [
            cell(one.event, "name"),
            cell(one.key, "name"),
            number(one.rows),
            cell(f"{one.share:.0%}"),
            _tag(one.new, one.vanished),
        ]
        for one in report.properties
        if one.new or one.vanished
    )
    return section("Properties that came or went", table(("event", "property", "rows", "share", ""), rows))


def _codes(report: Report) -> str:
    known = {code.value: code for code in (*Why, *Note)}
    made = []
    for title, counted in (("Rejected rows", report.rejects), ("Remarks", report.notes)):
        rows = (
            [
                cell(code, "name"),
                number(count),
                *(f"<td>{both(english, korean)}</td>" for english, korean in _said_of(known[code])),
            ]
            for code, count in counted.items()
            if code in known
        )
        content = table(("code", "rows", "what", "what to do"), rows)
        made.append(section(f"{title}, of the drops that hold rows of this day", content))
    return "".join(made)


def _said_of(code: Why | Note) -> Iterator[tuple[str, str]]:
    """What it means and what to do, in both languages."""
    return zip((code.meaning, code.remedy), CODES[code], strict=True)


def _drops(report: Report) -> str:
    """What became of those that hold rows of the day, and what was expected and did not come."""
    rows = [[_state(outcome), number(count)] for outcome, count in sorted(report.drops.items())]
    rows += [[cell(pattern, "name"), f'<td class="tag">{both("did not come")}</td>'] for pattern in report.missing]
    return section("Drops of this day", table(("what", "drops"), rows))


def _lags(report: Report) -> str:
    most = max((rows for _, rows in report.freshness.lags), default=1)
    rows = ([cell(_lag(end)), meter(count, most), number(count)] for end, count in report.freshness.lags)
    return section("How old rows were when their drop came", table(("at most", "", "rows"), rows))


def _lag(seconds: int | None) -> str:
    if seconds is None:
        return "> 7 d"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{seconds // size} {unit}"


def _changes(report: Report) -> str:
    rows = (
        [
            number(one.generation),
            _state(one.kind),
            cell(f"{one.at:%Y-%m-%d %H:%M} UTC"),
            number(one.added),
            number(one.removed),
        ]
        for one in report.changes
    )
    return section("After the day was closed", table(("generation", "what", "when", "added", "removed"), rows))


def _held(report: Report) -> str:
    rows: Iterator[list[str]] = (
        [cell(one.name or one.source, "name"), _state(one.reason), number(one.rows), number(one.shown)]
        for one in report.held
    )
    return section("Drops that the day does not show as they are", table(("drop", "what", "rows", "day"), rows))


def _exports(report: Report) -> str:
    """Beside the drops that they are."""
    rows: Iterator[list[str]] = (
        [cell(one.source, "name"), _state(one.phase), number(one.attempt), number(one.rows), cell(one.error)]
        for one in report.exports
    )
    content = table(("source", "state", "attempt", "rows", "what"), rows)
    return section("Exports of warehouses", content) if report.exports else ""


def _named(state: str) -> str:
    return both(state, STATES.get(state, state))


def _state(state: str) -> str:
    """A cell."""
    return f"<td>{_named(state)}</td>"


def _tag(new: bool, vanished: bool) -> str:
    return f'<td class="tag">{both("new") if new else both("vanished") if vanished else ""}</td>'
