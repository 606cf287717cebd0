"""A preview on a terminal: the fields and where they go, events, days, what there is to say, then rows beside what they
become."""

from collections.abc import Iterable

from hackle_import.cli.preview_words import (
    becomes,
    cut,
    destination,
    meaning,
    percent,
    source_text,
    summary,
)
from hackle_import.cli.tables import console, safe, shortened
from hackle_import.preview import Counted, Preview, Row
from hackle_import.preview.fields import Field, Sample

_TERMINAL_LINES = 25  # of a source row: what follows it shall still be seen
_SAMPLE_CHARACTERS, _NAME_CHARACTERS, _FIELDS, _EVENTS, _DAYS, _BAR = 40, 32, 60, 12, 31, 30
_RIGHT = ("line", "rows", "filled", "distinct", "lost")


def show_preview(found: Preview) -> None:
    """Tables for a terminal."""
    _fields(found)
    _bars("event", dict(list(found.events.items())[:_EVENTS]), len(found.events) - _EVENTS)
    _bars("day", dict(list(found.days.items())[-_DAYS:]), len(found.days) - _DAYS)
    for title, counted in (("rejected", found.rejects), ("remarked", found.notes), ("guessed", found.ambiguities)):
        _counts(title, counted)
    if found.rows:
        cells = ((str(row.line), safe_lines(_beginning(source_text(row))), _remarked(row)) for row in found.rows)
        _table(("line", "source", "becomes"), cells)
    for line in summary(found):
        console().print(safe(line))


def _fields(found: Preview) -> None:
    used = sorted(found.fields, key=lambda one: not one.targets)
    rows = [_field(one, found.rows_sampled) for one in used[:_FIELDS]]
    rows += [
        (safe(shortened(one.source, _NAME_CHARACTERS)), one.target, "[red]in no row[/]", "", "", "")
        for one in found.absent
    ]
    if rows:
        _table(("field", "becomes", "filled", "distinct", "lost", "samples"), rows)
    if (more := len(used) - _FIELDS + found.fields_more) > 0:
        console().print(f"and {more:,} more fields: --html and --json show them")


def _field(one: Field, rows: int) -> tuple[str, ...]:
    target = f"[dim]{destination(one)}[/]" if not one.targets else safe(destination(one))
    lost = f"[red]{one.lost:,}[/]" if one.lost else ""
    samples = "\n".join(safe(cut(sample.value, _SAMPLE_CHARACTERS)) + _arrow(sample, one) for sample in one.samples)
    name = safe(shortened(one.source, _NAME_CHARACTERS))
    return name, target, percent(one.filled, rows), f"{one.distinct:,}", lost, samples


def _arrow(sample: Sample, one: Field) -> str:
    if sample.lost:
        return " → [red]nothing[/]"
    made = sample.becomes
    return "" if not one.targets or made in (None, sample.value) else f" → {safe(cut(str(made), _SAMPLE_CHARACTERS))}"


def _bars(title: str, counts: dict[str, int], more: int) -> None:
    most = max(counts.values(), default=0)
    rows = [
        (safe(cut(name, _SAMPLE_CHARACTERS)), f"{count:,}", "█" * max(count * _BAR // most, 1))
        for name, count in counts.items()
    ]
    rows += [("…", f"{more:,} more", "")] if more > 0 else []
    if rows:
        _table((title, "rows", ""), rows)


def _beginning(text: str) -> str:
    lines = text.split("\n")
    more = len(lines) - _TERMINAL_LINES
    return text if more <= 0 else "\n".join([*lines[:_TERMINAL_LINES], f"… ({more} more lines)"])


def _remarked(row: Row) -> str:
    text = safe_lines("\n".join([becomes(row), *(f"* {remark}" for remark in (*row.notes, *row.ambiguities))]))
    return f"[red]{text}[/]" if row.row is None and row.code != "filtered" else text


def _counts(title: str, counted: list[Counted]) -> None:
    cells = ((one.code, f"{one.rows:,}", ", ".join(map(str, one.lines)), safe(meaning(one))) for one in counted)
    if counted:
        _table((title, "rows", "lines", "meaning"), cells)


def safe_lines(text: str) -> str:
    """Several lines for a terminal."""
    return "\n".join(map(safe, text.split("\n")))


def _table(titles: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(
        header_style="bold", show_lines=titles[0] == "line", box=box.SQUARE if titles[0] == "line" else box.SIMPLE_HEAD
    )
    for title in titles:
        table.add_column(title, overflow="fold", justify="right" if title in _RIGHT else "left")
    for row in cells:
        table.add_row(*row)
    screen = console()
    if not screen.is_terminal:
        screen.width = 160
    screen.print(table)
