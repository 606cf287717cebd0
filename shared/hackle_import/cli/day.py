"""`day`: days that are closed, where HACKLE_PUBLISH is `closed-days`."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hackle_import.cli import FAILED, WRONG_DATA, command, tell
from hackle_import.cli.options import (
    Command,
    days_options,
    jobs_option,
    json_option,
    lake_option,
    ledger_option,
    quiet_option,
    settings_options,
)
from hackle_import.cli.outside import opened_ledger
from hackle_import.errors import shown

if TYPE_CHECKING:
    from hackle_import.days.closed import Closed


def _checked(_: click.Context, __: click.Parameter, days: tuple[str, ...]) -> tuple[str, ...]:
    from hackle_import.days.due import FIRST, LAST, is_day

    for one in days:
        if not is_day(one):
            raise click.UsageError(f"{one}: give a day such as 2025-01-31, between {FIRST} and {LAST}")
    return days


@command.group()
def day() -> None:
    """Close days, see what became of them, and write one anew."""


@day.command(cls=Command)
@click.argument("days", nargs=-1, metavar="DAY...", callback=_checked)
@ledger_option
@lake_option
@jobs_option
@json_option
@quiet_option
@days_options
@settings_options
def close(days: tuple[str, ...], staging: str, lake: str, jobs: int, as_json: bool, quiet: bool) -> None:
    """Close days such as 2025-01-31; none is each that is due, and each closed one that changed.

    Harmless twice: a day that did not change stays as it is. Days before a backfill wait until its drops are handled:
    this looks whether they are.
    """
    from hackle_import.cli.closing import closer_of, each, look_at_backfills, require_expected
    from hackle_import.cli.progress import DayMeter

    closer = closer_of(staging, lake)
    require_expected(staging)
    look_at_backfills(staging)
    if days and jobs == 1:
        _end(show_closed(map(closer.tried, days), as_json=as_json, quiet=quiet))
        return
    wanted, waiting = (list(days), None) if days else closer.due()
    with DayMeter(len(wanted), shown=not as_json and not quiet) as meter:
        closed = chain([waiting] if waiting else [], map(meter.ended, each(closer, staging, lake, wanted, jobs)))
        _end(show_closed(closed, as_json=as_json, quiet=quiet, briefly=not days, echo=meter.echo))


@day.command(cls=Command)
@click.argument("days", nargs=-1, required=True, metavar="DAY...", callback=_checked)
@ledger_option
@lake_option
@json_option
@quiet_option
@days_options
@settings_options
def rewrite(days: tuple[str, ...], staging: str, lake: str, as_json: bool, quiet: bool) -> None:
    """Write closed days anew in place, with all drops as they are now.

    Ask Hackle to import such a day once more: it may have been imported as it was.
    """
    from hackle_import.cli.closing import closer_of, require_expected

    closer = closer_of(staging, lake)
    require_expected(staging)
    _end(show_closed(map(partial(closer.tried, rewrite=True), days), as_json=as_json, quiet=quiet))


@day.command(cls=Command)
@click.argument("days", nargs=-1, metavar="[DAY]...", callback=_checked)
@ledger_option
@json_option
@settings_options
def status(days: tuple[str, ...], staging: str, as_json: bool) -> None:
    """Show closed days, and what they do not show.

    Exit status 1 while a day holds drops back, or its ledger cannot be read.
    """
    from hackle_import.cli.closing import show_days
    from hackle_import.days.document import documents, ledger_key
    from hackle_import.errors import BrokenDocument, NewerLedger

    found, is_broken = [], False
    wanted = {ledger_key(one) for one in days}
    for one in documents(opened_ledger(staging)):
        if isinstance(one, (NewerLedger, BrokenDocument)):
            if not days or one.key in wanted:
                tell(str(one))
                is_broken |= isinstance(one, BrokenDocument)
        elif not days or one.day in days:
            found.append(one)
    if found or not is_broken:
        show_days(found, as_json=as_json)
    if is_broken or any(one.held for one in found):
        raise click.exceptions.Exit(WRONG_DATA)


@day.command(cls=Command)
@click.argument("days", nargs=-1, required=True, metavar="DAY...", callback=_checked)
@ledger_option
@click.option("--json", is_flag=True, expose_value=False, help="One JSON object a line, as without it.")
@click.option("--markdown", "as_markdown", is_flag=True, help="A few lines, for a channel.")
@click.option("--html", "page", metavar="FILE", help="Write the page of one day, which loads nothing.")
@settings_options
def report(days: tuple[str, ...], staging: str, as_markdown: bool, page: str | None) -> None:
    """Show the reports of closed days as JSON."""
    from hackle_import.days.markdown import markdown
    from hackle_import.days.pages import day_page
    from hackle_import.days.reporting import reports

    if page and len(days) > 1:
        raise click.UsageError("--html takes one day")
    found = reports(opened_ledger(staging), days)
    for one in days:
        if one not in found:
            raise click.UsageError(
                f"{staging} has no report of {one}: `hackle-import day status` shows whether it is closed"
            )
        if page:
            Path(page).write_text(day_page(found[one]), encoding="utf-8")
        elif as_markdown:
            click.echo(markdown(found[one]), nl=False)
        else:
            click.echo(shown(msgspec.json.encode(found[one]).decode()))


def show_closed(
    results: "Iterator[Closed]",
    *,
    as_json: bool,
    quiet: bool,
    briefly: bool = False,
    echo: Callable[[str], None] = click.echo,
) -> "list[Closed]":
    """A line a day, as it ends; `briefly`: those that are as they were, and as they should be, are counted."""
    from hackle_import.cli.closing import told
    from hackle_import.cli.names import many

    found, same = [], 0
    for one in results:
        found.append(one)
        if as_json:
            echo(one.line())
        elif one.is_news or not (quiet or (briefly and not one.held)):
            echo(shown(told(one)))
        else:
            same += 1
    if same and not quiet and not as_json:
        echo(f"{many(same, 'day')} {'is' if same == 1 else 'are'} as before")
    return found


def _end(closed: "list[Closed]") -> None:
    """Exit status 1 while a day holds drops back or waits, 3 where one could not be closed."""
    from hackle_import.days.closed import DayOutcome

    if any(one.outcome is DayOutcome.FAILED for one in closed):
        raise click.exceptions.Exit(FAILED)
    if any(one.held or one.outcome is DayOutcome.WAITING for one in closed):
        raise click.exceptions.Exit(WRONG_DATA)
