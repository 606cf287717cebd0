"""What the commands that close days share: the closer of two places, and the words for what became of a day."""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hackle_import.cli.names import many
from hackle_import.cli.outside import day_rules, now, opened, opened_ledger, rules
from hackle_import.errors import Misconfigured, shown

if TYPE_CHECKING:
    from hackle_import.days import Closer
    from hackle_import.days.closed import Closed
    from hackle_import.days.document import Day


def closer_of(staging: str, lake: str) -> "Closer":
    """Raises Misconfigured where drops are published as they are handled."""
    from hackle_import.days import Closer
    from hackle_import.places import Places
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    how, store = day_rules(), opened_ledger(staging)
    if not how.are_closed:
        raise Misconfigured("days are not closed here: HACKLE_PUBLISH=closed-days, or --publish closed-days, says so")
    places = Places(opened(how.written_to(store.place, lake)), store, opened(lake))
    return Closer(places, rules(), how, now)


def require_expected(staging: str) -> None:
    """Before any day is looked at. Raises Misconfigured where `days.toml` is wrong."""
    from hackle_import.days import expected

    if "://" not in staging and Path(staging, expected.KEY).is_dir():
        raise Misconfigured(f"{expected.KEY} is a folder: give a file of that name, or none")
    expected.read(opened(staging))


def look_at_backfills(staging: str) -> None:
    """Whether those that days wait for are done: to be called before days are looked at."""
    from hackle_import.cli.backfill_progress import end_those_done

    end_those_done(opened(staging))


def each(closer: "Closer", staging: str, lake: str, days: "Sequence[str]", jobs: int) -> "Iterator[Closed]":
    """As they are closed, by so many processes, whatever one of them raises."""
    if jobs > 1:
        from hackle_import.cli.backlog import by_processes

        yield from by_processes(partial(_tried, staging, lake), days, _lost, jobs)
    else:
        yield from map(closer.tried, days)


def _tried(staging: str, lake: str, day: str) -> "list[Closed]":
    return [_closer_of(staging, lake).tried(day)]


@cache  # once a process
def _closer_of(staging: str, lake: str) -> "Closer":
    return closer_of(staging, lake)


def _lost(day: str) -> "Closed":
    from hackle_import.cli.backlog import ENDED
    from hackle_import.days.closed import Closed, DayOutcome

    return Closed(day=day, outcome=DayOutcome.FAILED, reason=ENDED)


def told(closed: "Closed") -> str:
    """In one line, for a person."""
    words = f"{closed.day}: {closed.outcome}"
    if closed.reason:
        return f"{words}: {closed.reason}"
    words += f", {many(closed.rows, 'row')} in {many(closed.files, 'file')}, {closed.bytes_out / 1e6:,.1f} MB"
    if closed.repeats:
        words += f"; repeated insert_id: {many(closed.repeats, 'row')}, {closed.repeats_removed:,} removed"
    if closed.held:
        held = f"{many(closed.held, 'drop')} with {many(closed.rows_held, 'row')}"
        words += f"; {held} held: `hackle-import day rewrite {closed.day}`"
    if closed.missing:
        words += f"; nothing came for {', '.join(closed.missing)}"
    return words


def show_days(days: "Sequence[Day]", *, as_json: bool) -> None:
    """A line a day."""
    import msgspec

    from hackle_import.cli.tables import show_table

    for one in days if as_json else ():
        click.echo(shown(msgspec.json.encode(_row(one)).decode()))
    if days and not as_json:
        titles = ("day", "state", "generation", "rows", "files", "MB", "held", "closed (UTC)")
        show_table(titles, [_cells(one) for one in days], name="day", roomy=("closed (UTC)",))
    if not days:
        click.echo("no day is closed", err=True)


def _row(day: "Day") -> dict[str, object]:
    commit = day.commit
    return {
        "day": day.day,
        "state": day.state,
        "generation": commit.generation if commit else 0,
        "rows": commit.rows if commit else 0,
        "files": len(commit.outputs) if commit else 0,
        "bytes": commit.bytes if commit else 0,
        "held": [
            {"source": one.source, "reason": one.reason, "rows": one.rows, "shown": one.shown} for one in day.held
        ],
        "missing": day.missing,
        "closed_at": commit.closed_at if commit else None,
    }


def _cells(day: "Day") -> tuple[str, ...]:
    row = _row(day)
    when = f"{day.commit.closed_at:%Y-%m-%d %H:%M}" if day.commit else ""
    counts = (f"{row[name]:,}" for name in ("generation", "rows", "files"))
    return (day.day, day.state, *counts, f"{row['bytes'] / 1e6:,.1f}", str(len(day.held)), when)  # type: ignore[operator]
