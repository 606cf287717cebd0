"""A day's report: only names and counts, never a value of a row, so that it may be mailed."""

from collections.abc import Callable

import msgspec

from hackle_import.days.counts import Counted
from hackle_import.days.document import Change, Day, Held, Summary
from hackle_import.days.steps import Counts
from hackle_import.settings import Rules


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` are those in the import place; `in_rows`, `repeats` and what follows are sums over all files of the day,
    but for those that were published before days were closed: `rows_uncounted`."""

    day: str
    timezone: str
    state: str
    generation: int
    closed_at: str
    files: int
    bytes: int
    rows: int
    rows_uncounted: int
    summary: Summary
    counted: Counted
    held: list[Held]
    changes: list[Change]
    missing: list[str]


def made(day: Day, rules: Rules, counts_of: Callable[[str], dict[str, Counts]]) -> Report:
    """Of a day that is closed; `counts_of` gives what was counted of a generation, by the first file of a group."""
    commit = day.commit
    assert commit is not None
    by_generation = {digest: counts_of(digest) for digest in dict.fromkeys(commit.counts.values())}
    found = [by_generation[digest][key] for key, digest in commit.counts.items() if key in by_generation[digest]]
    counted = Counted()
    for one in found:
        counted = counted.plus(one.counted)
    rows = sum(part.rows for part in commit.outputs)
    names = Summary.__struct_fields__
    return Report(
        day=day.day,
        timezone=rules.day_timezone.key,
        state=day.state,
        generation=commit.generation,
        closed_at=commit.closed_at.isoformat(),
        files=len(commit.outputs),
        bytes=sum(part.bytes for part in commit.outputs),
        rows=rows,
        rows_uncounted=max(0, rows - counted.rows),
        summary=Summary(**{name: sum(getattr(one.summary, name) for one in found) for name in names}),
        counted=counted,
        held=day.held,
        changes=day.changes,
        missing=day.missing,
    )
