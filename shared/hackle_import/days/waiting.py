"""Which days wait for a backfill: its drops may have rows of any day before it began, and a day that is closed before
they are handled is appended to again and again, by a file for late rows each time.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from hackle_import.days import inputs
from hackle_import.days.closed import Closed, DayOutcome
from hackle_import.days.document import generation_at, load
from hackle_import.drop import BACKFILLS, INCOMING
from hackle_import.errors import BrokenDocument, NotFound
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores.protocol import Store
from hackle_import.stores.stored import decoded
from hackle_import.writing.layout import source_of


class Chosen(msgspec.Struct, frozen=True):
    """Of `backfill.selection`: which drops, and before when they were put."""

    prefix: str = INCOMING
    older: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Backfill(msgspec.Struct, frozen=True):
    """What days need to know of `backfill.job`: `done` is when all of its drops were handled, `wrong` why
    it cannot be read."""

    identity: str
    began: Annotated[datetime, msgspec.Meta(tz=True)]
    selection: Chosen = Chosen()
    done: datetime | None = None
    wrong: str = ""

    def covers(self, day: str, zone: ZoneInfo) -> bool:
        """Whether a day waits for it: all that were over a day before it began, or before its newest drop. Later ones
        are those of live drops, which wait for nothing."""
        until = min(self.began, self.selection.older or self.began)
        return date.fromisoformat(day) < until.astimezone(zone).date() - timedelta(days=1)


def under_way(staging: Store) -> list[Backfill]:
    """Whose drops were not all handled, as far as somebody looked."""
    keys = (key for key in staging.keys(BACKFILLS) if key.endswith(".json"))
    return [one for key in keys if (one := _backfill_at(staging, key)) and one.done is None]


def _backfill_at(staging: Store, key: str) -> Backfill | None:
    """Of one that cannot be read nobody knows whether it is over: days that it may be of wait until somebody looks."""
    try:
        body, found = staging.get(key)
        return decoded(key, body, Backfill, "bring back what was there, or, if its drops are all handled, delete it")
    except NotFound:
        return None  # given up since it was listed
    except BrokenDocument as broken:
        return Backfill(key, found.modified, wrong=str(broken))


def covering(backfills: Iterable[Backfill], day: str, zone: ZoneInfo) -> list[Backfill]:
    """Those that it waits for."""
    return [one for one in backfills if one.covers(day, zone)]


def waits(places: Places, rules: Rules, day: str, backfills: Sequence[Backfill]) -> Closed | None:
    """Of a day that was never closed, any of these that cover it; of a closed one, those whose drops have
    some by now. A generation that was announced is not waited with."""
    covered = covering(backfills, day, rules.day_timezone)
    document = load(places.staging, day)[0] if covered else None
    if document is None or document.intent is not None:
        return None
    if document.commit is None:
        return told([day], covered)
    shown = generation_at(places.staging, document.commit.inputs_key)
    known = {source_of(one.key) for group in shown.groups for one in group.inputs}
    keys = [key for key in inputs.listed(places, rules, day) if source_of(key) not in known]
    names = inputs.look(places, rules, day, keys, ()).names.values() if keys else ()
    coming = [one for one in covered if any(name.startswith(one.selection.prefix) for name in names)]
    return replace(told([day], coming), generation=document.commit.generation) if coming else None


def told(days: Sequence[str], backfills: Sequence[Backfill]) -> Closed:
    """One line for all of `days`, newest first."""
    which = f"backfill {', '.join(one.identity for one in backfills)}"
    these = f"{len(days):,} days, {days[-1]} to {days[0]}, wait" if len(days) > 1 else "it waits"
    if wrong := "; ".join(one.wrong for one in backfills if one.wrong):
        return Closed(day=days[0], outcome=DayOutcome.FAILED, reason=f"{these}: {wrong}")
    reason = f"{these} for {which}: `hackle-import status --backfill` shows how far it is"
    return Closed(day=days[0], outcome=DayOutcome.WAITING, reason=reason)
