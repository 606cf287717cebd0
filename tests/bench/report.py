"""The report as Markdown, and the part of it that docs/speed.md shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from competitors import COMPETITORS, OURS, OURS_PYTHON
from emulated_text import artifact_lines
from features import feature_lines
from figures import Spread, line, per_byte, rates, ratios, spread
from targets import targets

KINDS = {
    "ndjson": "NDJSON", "gzip": "gzip NDJSON (MB of what is inside)", "csv": "CSV", "array": "JSON array",
    "amplitude": "Amplitude preset",
}  # fmt: skip
BEGIN, END = "<!-- bench: written by `make bench ARGS=--page` -->\n", "<!-- /bench -->"


def markdown(report: dict[str, Any]) -> str:
    """The whole report."""
    found = [*report.get("speed", ()), *report.get("formats", ())]
    parts = ["# Speed", _machine(report), *_targets(report)]
    for one in found:
        parts += [f"## {_title(one)}", *_table(one)]
    parts += _came_out(found) + _mappings(report.get("mappings")) + _scaling(report.get("scaling"))
    parts += ["## Features of mappings", "", *feature_lines(report.get("features"))]
    parts += artifact_lines(report.get("lambda")) + _who(report["versions"])
    return "\n".join(parts) + "\n"


def in_page(text: str, report: dict[str, Any]) -> str:
    """The page with its section between the two comments written anew."""
    found = [*report.get("speed", ()), *report.get("formats", ())]
    parts = [_machine(report), "![MB/s, and time and memory by size](../tests/bench/speed.svg)\n"]
    for one in found[:1]:
        parts += [f"**{_title(one)}**\n", *_table(one)]
    parts += [*_formats(found[1:]), *_targets(report), *feature_lines(report.get("features"))]
    parts += artifact_lines(report.get("lambda"))[1:]
    return re.sub(f"(?s)(?<={re.escape(BEGIN)}).*(?={END})", lambda _: "\n".join(parts) + "\n", text)


def _machine(report: dict[str, Any]) -> str:
    one = report["machine"]
    return f"{one['processor']}, {one['cores']} cores, {one['memory_gib']} GiB, Python {one['python']}; input in the page cache.\n"


def _title(one: dict[str, Any]) -> str:
    cores = "one core" if one["cores"] == 1 else f"{one['cores']} cores"
    runs = len(one["jobs"][OURS]["seconds"])
    return f"{KINDS[one['kind']]}, {cores}: {one['rows']:,} events, {one['megabytes']:,.0f} MB, {runs} runs in turn"


def _table(one: dict[str, Any]) -> Iterator[str]:
    yield "| | MB/s min | median | max | times as fast we are: min / median / max | CPU s | peak MiB | Parquet MB |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, job in one["jobs"].items():
        low, middle, high = rates(one, name)
        times = "" if name == OURS else three(ratios(one, name))
        cpu = "-" if name in COMPETITORS and COMPETITORS[name].part else f"{spread(job['cpu_seconds'])[1]:.1f}"
        sizes = f"{job['peak_mib']:.0f} | {job['came_out']['megabytes']:.1f}"
        yield f"| {name} | {low:.1f} | {middle:.1f} | {high:.1f} | {times} | {cpu} | {sizes} |"
    yield ""


def _formats(found: list[dict[str, Any]]) -> Iterator[str]:
    """The page's short form: MB/s of ours, and how many times as fast as each of the others it is."""
    others = [
        name for name, other in COMPETITORS.items() if not other.part and any(name in one["jobs"] for one in found)
    ]
    yield f"| | MB/s | {' | '.join(f'times {name}' for name in others)} |"
    yield f"|---|---:|{'---:|' * len(others)}"
    for one in found:
        times = (f"{ratios(one, name)[1]:.1f}" if name in one["jobs"] else "-" for name in others)
        cores = "" if one["cores"] == 1 else f", {one['cores']} cores"
        yield f"| {KINDS[one['kind']]}{cores} | {rates(one, OURS)[1]:.0f} | {' | '.join(times)} |"
    yield ""


def three(found: Spread) -> str:
    return " / ".join(f"{one:.2f}" for one in found)


def _targets(report: dict[str, Any]) -> Iterator[str]:
    yield "| target | | min / median / max | by the median |"
    yield "|---|---:|---:|---|"
    for target in targets(report):
        yield target.row()
    yield ""


def _came_out(found: list[dict[str, Any]]) -> list[str]:
    lines = ["## What came out", "", "Every run's rows were read back, day by day: all have all rows. Beside ours:", ""]
    lines += [
        "| | | type | values altered | null metrics | null entries | entries too many |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for one in found:
        for name, job in one["jobs"].items():
            if name in COMPETITORS and one["cores"] == 1:
                lines.append(_difference(KINDS[one["kind"]], name, one, job["came_out"]))
    return [*lines, ""] if found else []


def _difference(kind: str, name: str, one: dict[str, Any], out: dict[str, Any]) -> str:
    wrong = ", ".join(f"`{column}` is {found}" for column, found in out["types"].items()) or "as agreed"
    altered = f"{out['altered']:,} of {out['compared']:,}"
    more = sum(out["entries"][name] - number for name, number in one["expected"]["entries"].items())
    return f"| {kind} | {name} | {wrong} | {altered} | {out['rows'] - out['metrics']:,} | {out['null_entries']:,} | {more:,} |"


def _mappings(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    lines = ["## Mappings: time per input byte as a multiple of that of Hackle's shape", ""]
    lines += [
        "| mapping | MB of input | min / median / max | Hackle's shape in Python as the base |",
        "|---|---:|---:|---:|",
    ]
    for name, one in found.items():
        if name not in (OURS, OURS_PYTHON):
            bases = (three(per_byte(found, name, base)) for base in (OURS, OURS_PYTHON))
            lines.append(f"| {name} | {one['megabytes']:.0f} | {' | '.join(bases)} |")
    return [*lines, ""]


def _scaling(found: list[dict[str, Any]] | None) -> list[str]:
    if not found:
        return []
    names = list(found[0]["jobs"])
    lines = ["## By size, one core", ""]
    lines += [
        f"| MB | {' | '.join(f'{name}: s | MB/s | peak MiB' for name in names)} |",
        f"|---:|{'---:|---:|---:|' * len(names)}",
    ]
    for one in found:
        cells = (
            f"{min(job['seconds']):.2f} | {rates(one, name)[2]:.0f} | {job['peak_mib']:.0f}"
            for name, job in one["jobs"].items()
        )
        lines.append(f"| {one['megabytes']:,.1f} | {' | '.join(cells)} |")
    lines.append("")
    for name in names:
        start, rate, fit = line(found, name)
        lines.append(f"{name}: {start:.2f} s and then {rate:.0f} MB/s, r² {fit:.4f}.")
    return [*lines, ""]


def _who(versions: dict[str, str]) -> list[str]:
    lines = ["## Who was measured", ""]
    for name, one in {one.script: (name, one) for name, one in reversed(COMPETITORS.items())}.values():
        version = versions.get(one.package)
        lines.append(f"- **{name}** ({one.package} {version or 'is not installed'}): {one.what_it_is()}")
    return lines


def write_page(path: Path, report: dict[str, Any]) -> None:
    path.write_text(in_page(path.read_text(encoding="utf-8"), report), encoding="utf-8")
