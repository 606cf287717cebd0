"""Tables and lines for people: a terminal's width is kept, numbers and codes are never cut, and where there is no
terminal nothing is."""

import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hackle_import.cli.names import name_of
from hackle_import.cli.remarks import remarks_of
from hackle_import.errors import shown
from hackle_import.receipt import Outcome, Receipt

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"written": "green", "failed": "red", "withheld": "yellow", "rejected": "red", "empty": "yellow"}
_WIDE = 100_000  # columns, where no terminal has a width
_NARROWEST, _NARROWEST_WHY = 20, 16  # columns that a name and a reason keep, however narrow the terminal is
_GAP = 2
_ROOMY = 110  # columns from which on a terminal shows all of a table
RIGHT = ("rows in", "written", "rejected", "left out", "files", "rows", "drops", "line", "lines", "failed")


def console(*, err: bool = False) -> "Console":
    """Whose reader may leave at any time."""
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    made = _Console(stderr=err, highlight=False)
    if not made.is_terminal:
        made.width = _WIDE
    return made


def show_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, name: str = "", why: str = "", roomy: Sequence[str] = ()
) -> None:
    """On standard output. The column `name` holds names, which are shortened in their middle, and `why` words, which
    are folded, as the terminal asks; columns of `roomy` are not shown on a narrow one. Cells may hold markup, if `safe`
    made them."""
    from rich.table import Table

    screen, cells = console(), [list(row) for row in rows]
    if screen.width < _ROOMY and roomy:
        kept = [number for number, title in enumerate(titles) if title not in roomy]
        titles, cells = [titles[number] for number in kept], [[row[number] for number in kept] for row in cells]
        why = "" if why in roomy else why
    if name:
        needed = _fit(titles, cells, screen.width, titles.index(name), titles.index(why) if why else None)
        screen.width = max(screen.width, needed)  # what is wider than the terminal goes on in its next line
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in titles:
        fold = title == why
        table.add_column(
            title,
            justify="right" if title in RIGHT else "left",
            no_wrap=not fold,
            overflow="fold" if fold else "crop",
        )
    for row in cells:
        table.add_row(*row)
    screen.print(table)


def receipts_table(receipts: Iterable[Receipt]) -> None:
    """One row a drop."""
    counts = ("rows in", "written", "rejected", "left out", "files")
    titles = ("drop", "outcome", *counts, "days", "why")
    show_table(titles, map(_cells, receipts), name="drop", why="why", roomy=("files", "days", "why"))


def key_of(source: str) -> str:
    """The drop's name as `replay`, `rejects` and `forget` take it: the key in a staging place, or the whole path."""
    _, below, rest = source.rpartition("/incoming/")
    return name_of(f"{below.removeprefix('/')}{rest}")


def pasted(text: str) -> str:
    """A name such that a shell takes it as one word."""
    return shlex.quote(shown(text))


def safe(text: str) -> str:
    """Text of a drop for a terminal: no markup, no control characters."""
    from rich.markup import escape

    return escape(shown(text))


def shortened(text: str, width: int) -> str:
    """Its beginning and its end, where it is longer: of a path, the folder and the file's name."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    end = text[-1:]
    while cell_len(text[-len(end) - 1 :]) <= (width - 1) * 2 // 3:
        end = text[-len(end) - 1 :]
    return f"{set_cell_size(text, width - 1 - cell_len(end)).rstrip()}…{end}"


def reason_of(receipt: Receipt) -> str:
    """Why a drop has no rows, or why some are missing; what is remarked on it; and why it was made anew."""
    rejects = ", ".join(f"{code} {count:,}" for code, count in sorted(receipt.rejects.items()))
    why = str(receipt.fault) if receipt.fault else rejects or _nothing(receipt)
    changed = [part for part in receipt.changed if part != "drop"]  # that a file is another one needs no word
    anew = f"anew: {', '.join(changed)} changed" if changed else ""
    return "; ".join(filter(None, (anew, why, *remarks_of(receipt))))


def _nothing(receipt: Receipt) -> str:
    """Why there are no rows, where no fault and no reject says it."""
    if receipt.former is Outcome.REJECTED:
        return "every row was rejected"
    if receipt.outcome is not Outcome.EMPTY:
        return ""
    if not receipt.bytes_in:
        return "0 bytes: what a former version wrote stays"
    return "the mapping leaves out every row" if receipt.rows_filtered else "no rows"


def outcome_cell(receipt: Receipt) -> str:
    """With its colour: green is what nobody need look at."""
    if receipt.outcome is Outcome.SKIPPED and receipt.former and receipt.is_unmended:
        return f"[{COLOURS[receipt.former]}]{receipt.former}[/] before"
    is_doubtful = receipt.outcome is Outcome.WRITTEN and (receipt.rows_rejected or remarks_of(receipt))
    colour = "yellow" if is_doubtful else COLOURS.get(receipt.outcome, "dim")
    return f"[{colour}]{receipt.outcome}[/]"


def _cells(receipt: Receipt) -> tuple[str, ...]:
    counts = (
        receipt.rows_in, receipt.rows_written, receipt.rows_rejected, receipt.rows_filtered, receipt.files,
    )  # fmt: skip
    days = receipt.days[0] + (f" … {receipt.days[-1]}" if len(receipt.days) > 1 else "") if receipt.days else ""
    told = (f"{count:,}" for count in counts)
    return (safe(key_of(receipt.source)), outcome_cell(receipt), *told, days, safe(reason_of(receipt)))


def _fit(titles: Sequence[str], rows: list[list[str]], width: int, name: int, why: int | None) -> int:
    """Shortens names such that what is beside them keeps its place, and returns the width that is needed."""
    from rich.cells import cell_len
    from rich.text import Text

    def widest(column: int) -> int:
        return max([cell_len(titles[column]), *(cell_len(Text.from_markup(row[column]).plain) for row in rows)])

    widths = {column: widest(column) + _GAP for column in range(len(titles))}
    if why is not None:
        widths[why] = min(widths[why], _NARROWEST_WHY + _GAP)
    room = max(width - sum(widths.values()) + widths[name] - _GAP, _NARROWEST)
    for row in rows:
        row[name] = shortened(row[name], room)
    return sum(widths.values()) - widths[name] + room
