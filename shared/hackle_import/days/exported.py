"""How a day stands with each warehouse that it is exported from, as the exporter's own documents say it."""

import msgspec

from hackle_import.drop import EXPORT_STATE
from hackle_import.errors import NotFound
from hackle_import.stores.protocol import Store


class Exported(msgspec.Struct, frozen=True):
    """`rows` of the newest drop, None before the first; `error` why it is not well, in the warehouse's own words."""

    source: str
    phase: str
    attempt: int = 0
    rows: int | None = None
    error: str = ""


class _State(msgspec.Struct):
    """What is read of `warehouse.state.State`."""

    phase: str = "new"
    attempt: int = 0
    rows: int | None = None
    error: str = ""


def exported(staging: Store, day: str) -> list[Exported]:
    """By source; days of a source are those of its own zone."""
    ending, found = f"/{day}.json", []
    for key in staging.keys(EXPORT_STATE):
        if key.endswith(ending):
            try:
                state = msgspec.json.decode(staging.get(key)[0], type=_State)
            except (NotFound, msgspec.DecodeError):
                continue
            source = key.removeprefix(EXPORT_STATE).removesuffix(ending)
            found.append(Exported(source, state.phase, state.attempt, state.rows, state.error))
    return found
