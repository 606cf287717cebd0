"""A mapping: how a drop's rows are to be taken. In: TOML, or a preset's name. Out: a validated plan.

The native shape carries the target's own field names; what a mapping decides about it are the policies below.
"""

import hashlib
import tomllib
from typing import Literal

import msgspec

from hackle_import.codes import Fault
from hackle_import.drop import MAPPINGS
from hackle_import.errors import BadDrop
from hackle_import.settings import zone
from hackle_import.stores.protocol import NotFound, Store


class InsertId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a row without `insert_id` gets: design section 3."""

    when_missing: Literal["content", "content+line", "reject"] = "content"


class Ts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`timezone` is that of times without an offset; `format` is strptime's, tried before ISO 8601 and epoch."""

    timezone: str = "UTC"
    format: str | None = None

    def __post_init__(self) -> None:
        zone(self.timezone)


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A validated mapping. `max_reject_ratio` is between 0 and 1; above it nothing of a drop is written."""

    insert_id: InsertId = InsertId()
    ts: Ts = Ts()
    limits: Literal["note", "reject", "truncate"] = "note"
    on_broken_drop: Literal["discard", "keep"] = "discard"
    max_reject_ratio: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.max_reject_ratio <= 1:
            raise ValueError("`max_reject_ratio` must be between 0 and 1")

    @property
    def digest(self) -> str:
        """Changes whenever the mapping means something else; formatting and comments don't count."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]


PRESETS = {"hackle": Mapping()}


def load_mapping(text: bytes, name: str) -> Mapping:
    """Raises BadDrop that names the mapping, the key and what is wrong with it."""
    try:
        return msgspec.convert(tomllib.loads(text.decode("utf-8-sig")), Mapping)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as wrong:
        raise BadDrop(Fault.BAD_MAPPING, f"mapping {name!r}: {wrong}") from None


def find_mapping(name: str, staging: Store) -> Mapping:
    """The user's mapping of that name, or the preset. Raises BadDrop with the names there are."""
    try:
        text, _ = staging.get(f"{MAPPINGS}{name}.toml")
    except NotFound:
        if name in PRESETS:
            return PRESETS[name]
        raise BadDrop(Fault.UNKNOWN_MAPPING, f"no mapping {name!r}; there are: {', '.join(_known(staging))}") from None
    return load_mapping(text, name)


def _known(staging: Store) -> list[str]:
    users = (
        key.removeprefix(MAPPINGS).removesuffix(".toml") for key in staging.keys(MAPPINGS) if key.endswith(".toml")
    )
    return sorted({*PRESETS, *users})
