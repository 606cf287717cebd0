"""The report's plot, as SVG by hand: speed of all on one core, then time and memory by size."""

import math
from collections.abc import Iterator
from html import escape
from typing import Any

from competitors import DUCKDB, OURS, OURS_PYTHON
from figures import comparison, rates

WIDTH, HEIGHT = 980, 300
COLOURS = {OURS: "#1f6feb", OURS_PYTHON: "#85b7ff", DUCKDB: "#d98c00"}
GREY, INK, GRID = "#9aa4b2", "#24292f", "#e4e8ee"
STYLE = f"text{{font:12px system-ui,sans-serif;fill:{INK}}}.h{{font-weight:600;font-size:13px}}.n{{fill:#57606a;font-size:11px}}"


def svg(report: dict[str, Any]) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    found = comparison(report, "ndjson")
    parts += _bars(found) if found else []
    if len(report.get("scaling", ())) > 1:
        parts += _lines(report["scaling"], 480, "seconds by MB of NDJSON", lambda job: min(job["seconds"]))
        parts += _lines(report["scaling"], 750, "peak MiB by MB of NDJSON", lambda job: job["peak_mib"])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bars(found: dict[str, Any]) -> Iterator[str]:
    """A bar a job: the median, with a line from the minimum to the maximum."""
    left, top, width = 200, 48, 170
    most = max(rates(found, name)[2] for name in found["jobs"])
    yield _text(10, 22, "MB/s of NDJSON, one core", "h")
    for number, name in enumerate(found["jobs"]):
        low, middle, high = (width * rate / most for rate in rates(found, name))
        y = top + number * 29
        yield _text(left - 8, y + 13, name.replace("Parquet writer alone", "writer alone"), anchor="end")
        yield f'<rect x="{left}" y="{y}" width="{middle:.1f}" height="18" fill="{COLOURS.get(name, GREY)}" rx="2"/>'
        yield f'<path d="M{left + low:.1f} {y + 9}H{left + high:.1f}" stroke="{INK}"/>'
        yield _text(left + high + 6, y + 13, f"{rates(found, name)[1]:.0f}", "n")


def _lines(scaling: list[dict[str, Any]], left: float, title: str, value: Any) -> Iterator[str]:
    """A line a job over the input's size, from zero on, so that straight and flat can be seen."""
    top, width, height = 48, 200, 200
    xs = _ticks(max(one["megabytes"] for one in scaling))
    ys = _ticks(max(value(job) for one in scaling for job in one["jobs"].values()))
    across, up = width / xs[-1], height / ys[-1]
    yield _text(left - 30, 22, title, "h")
    for tick in ys:
        y = top + height - tick * up
        yield f'<path d="M{left} {y:.1f}h{width}" stroke="{GRID}"/>'
        yield _text(left - 6, y + 4, f"{tick:g}", "n", "end")
    for tick in xs:
        yield _text(left + tick * across, top + height + 18, f"{tick:g}", "n", "middle")
    for number, name in enumerate(scaling[0]["jobs"]):
        points = [(left + one["megabytes"] * across, top + height - value(one["jobs"][name]) * up) for one in scaling]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[name]}"/>' for x, y in points)
        x, y = left + number * 110, HEIGHT - 14
        yield f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{COLOURS[name]}"/>'
        yield _text(x + 15, y, name)


def _ticks(most: float) -> list[float]:
    """Round numbers from zero to at least `most`."""
    rough = most / 4
    base = 10 ** math.floor(math.log10(rough))
    step = next(base * factor for factor in (1, 2, 2.5, 5, 10) if base * factor >= rough)
    return [step * number for number in range(math.ceil(most / step) + 1)]


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    chosen = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{chosen}>{escape(text)}</text>'
