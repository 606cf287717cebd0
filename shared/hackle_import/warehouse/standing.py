"""How the days of a source stand: of each the newest word, and whether a person is to look."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

import msgspec

from hackle_import.drop import EXPORT_STATE
from hackle_import.stores.protocol import Store
from hackle_import.warehouse.source import Source
from hackle_import.warehouse.state import Phase, State, load_state


class Trouble(StrEnum):
    """Why a person is to look at a day."""

    FAILED = "failed"  # only a person can mend it, or it failed more than once
    LATE = "late"  # its table is not there, and is not waited for any longer
    WITHHELD = "withheld"  # it has far fewer rows than before


class Standing(msgspec.Struct, frozen=True):
    """Of a day of a source: `rows` of its newest drop, None before the first; `told` why it is not well, in the
    warehouse's own words; `since` when that began."""

    source: str
    day: str
    phase: Phase
    attempt: int
    rows: int | None
    since: datetime | None
    told: str = ""
    trouble: Trouble | None = None


def standings(store: Store, source: Source, now: datetime, first: date | None = None) -> Iterator[Standing]:
    """Every day that was ever looked at, oldest first; from `first` on, if it is given."""
    prefix = f"{EXPORT_STATE}{source.name}/"
    for key in store.keys(prefix):
        day = date.fromisoformat(key.removeprefix(prefix).removesuffix(".json"))
        if first is None or day >= first:
            yield _standing(source, day, load_state(store, source.name, day)[0], now)


def _standing(source: Source, day: date, state: State, now: datetime) -> Standing:
    return Standing(
        source.name, str(day), state.phase, state.attempt, state.rows, state.since, state.error,
        _trouble(source, state, now),
    )  # fmt: skip


def _trouble(source: Source, state: State, now: datetime) -> Trouble | None:
    if state.phase is Phase.FAILED:
        return Trouble.FAILED if state.final or state.is_refused or state.tries > 1 else None
    if state.phase is Phase.WITHHELD:
        return Trouble.WITHHELD
    is_over = state.phase is Phase.LATE and state.since is not None and now - state.since > source.give_up_after
    return Trouble.LATE if is_over else None
