"""A preview on a terminal: each source row beside what it becomes, then what there is to say of the sample."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from hackle_import.cli.output import safe
from hackle_import.codes import Note, Why
from hackle_import.preview import Counted, Preview, Row
from hackle_import.preview.ambiguities import CLASSES

if TYPE_CHECKING:
    from rich.console import Console

_SOURCE_CHARACTERS, _VALUE_CHARACTERS = 1500, 200
_TERMINAL_LINES = 25  # of a source row: what follows it shall still be seen
MEANINGS = {
    code.value: code.meaning if code.remedy.startswith("Nothing") else f"{code.meaning} {code.remedy}"
    for code in (*Why, *Note)
} | CLASSES


def show_preview(found: Preview) -> None:
    """Tables for a terminal."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = 160
    if found.rows:
        _rows(console, found.rows)
    for title, counted in (("rejected", found.rejects), ("remarked", found.notes), ("guessed", found.ambiguities)):
        _counts(console, title, counted)
    if found.unused:
        _table(console, ("used by nothing", "rows"), ((one.field, f"{one.rows:,}") for one in found.unused))
    for line in summary(found):
        console.print(safe(line))


def summary(found: Preview) -> list[str]:
    """Sentences on the whole drop."""
    from rich.filesize import decimal

    told = found.estimate
    about = "" if told.exact else "about "
    days = f"{told.days[0]} to {told.days[-1]}" if told.days else "none"
    lines = [
        f"{found.rows_sampled:,} rows read: {found.rows_written:,} would be written, {found.rows_rejected:,} rejected, "
        f"{found.rows_filtered:,} left out by the mapping",
        f"the whole: {about}{told.rows:,} rows, {about}{decimal(told.bytes_out)} of Parquet; "
        f"days {'' if told.exact else 'of the sample '}{days} ({len(told.days)})",
    ]
    if found.fault is not None:
        place = f" ({found.fault.position})" if found.fault.position else ""
        lines.append(f"it cannot be read to its end: {found.fault.code}: {found.fault.message}{place}")
    return lines


def becomes(row: Row) -> str:
    """What a source row becomes, as text."""
    if row.row is None:
        return f"{row.code}{f' ({row.field})' if row.field else ''}{f': {row.message}' if row.message else ''}"
    return "\n".join(f"{name}: {_value(value)}" for name, value in row.row.items())


def source_text(text: str) -> str:
    """Indented where it is JSON; its beginning where it is long."""
    with suppress(msgspec.DecodeError):
        text = msgspec.json.format(text, indent=1)
    return text if len(text) <= _SOURCE_CHARACTERS else f"{text[:_SOURCE_CHARACTERS]} …"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"\n  {name} = {_cut(str(text))}" for name, text in value.items()) or "(empty)"
    return _cut(str(value))


def _cut(text: str) -> str:
    if len(text) <= _VALUE_CHARACTERS:
        return text
    return f"{text[:_VALUE_CHARACTERS]} … ({len(text):,} characters)"


def _rows(console: "Console", rows: Iterable[Row]) -> None:
    cells = ((str(row.line), _beginning(source_text(row.source)), _remarked(row)) for row in rows)
    _table(console, ("line", "source", "becomes"), cells)


def _beginning(text: str) -> str:
    lines = text.split("\n")
    more = len(lines) - _TERMINAL_LINES
    return text if more <= 0 else "\n".join([*lines[:_TERMINAL_LINES], f"… ({more} more lines)"])


def _remarked(row: Row) -> str:
    return "\n".join([becomes(row), *(f"* {remark}" for remark in (*row.notes, *row.ambiguities))])


def _counts(console: "Console", title: str, counted: list[Counted]) -> None:
    cells = ((one.code, f"{one.rows:,}", ", ".join(map(str, one.lines)), MEANINGS[one.code]) for one in counted)
    if counted:
        _table(console, (title, "rows", "lines", "meaning"), cells)


def _table(console: "Console", titles: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(header_style="bold", show_lines=titles[0] == "line")
    for title in titles:
        table.add_column(title, overflow="fold", justify="right" if title in ("line", "rows") else "left")
    for row in cells:
        table.add_row(*("\n".join(map(safe, cell.split("\n"))) for cell in row))
    console.print(table)
