"""A mapping: how a drop's rows are to be taken. In: TOML, or a preset's name. Out: a validated `Mapping`.

Hackle's shape carries the target's own field names; any other shape is described by sources for them.
"""

from hackle_import.mapping.catalogue import (
    PRESETS,
    find_mapping,
    is_preset,
    names_a_preset,
    pins_of,
    preset,
    preset_text,
)
from hackle_import.mapping.mapping import (
    HACKLE_FIELDS,
    Csv,
    Entries,
    Fields,
    Fillers,
    InsertId,
    Mapping,
    Pivot,
    Privacy,
    Ts,
    Value,
)
from hackle_import.mapping.parse import load_mapping
from hackle_import.mapping.resolved import missing_texts, resolved

__all__ = [
    "HACKLE_FIELDS",
    "PRESETS",
    "Csv",
    "Entries",
    "Fields",
    "Fillers",
    "InsertId",
    "Mapping",
    "Pivot",
    "Privacy",
    "Ts",
    "Value",
    "find_mapping",
    "is_preset",
    "load_mapping",
    "missing_texts",
    "names_a_preset",
    "pins_of",
    "preset",
    "preset_text",
    "resolved",
]
