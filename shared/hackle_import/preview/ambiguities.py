"""What a row left open, and was guessed or taken at its word: classes that a person should look at once."""

import re
from collections.abc import Collection
from collections.abc import Mapping as Columns
from typing import Any

from hackle_import.codes import Note
from hackle_import.decode import SourceRows
from hackle_import.mapping import Mapping

CLASSES = {
    "naive_time": "A time without an offset was taken as UTC; ts.timezone says where its clock stood.",
    "epoch_unit_guessed": "The unit of an epoch number was told by its magnitude; ts.unit says it for good.",
    "day_month_order": "A time such as 01/02/2025 reads both ways; ts.format says which.",
    "decimal_rounded": "metric_value has more than 6 decimals.",
    "keys_collide": "Two keys of a map are one in lower case.",
    "id_looks_like_float": "An identifier such as 42.0 or 1e+15 was a number somewhere on its way.",
    "placeholder_id": "An identifier such as null or undefined stands for none; translate it to an empty text.",
}
_OFFSET = re.compile(r":\d{2}(?:[.,]\d+)? ?(?:[Zz]|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?)$")
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?")
_ORDER = re.compile(r"(0?[1-9]|1[0-2])[/.-](0?[1-9]|1[0-2])[/.-]\d{2,4}.*")
_FLOAT = re.compile(r"\d+\.0+|\d+(?:\.\d+)?[eE]\+\d+")
_PLACEHOLDERS = {
    "null", "undefined", "none", "nan", "nil", "n/a", "na", "unknown", "anonymous", "(not set)", "-", "0", "-1",
    "\\n", "#n/a", "(null)",
    "00000000-0000-0000-0000-000000000000",
}  # fmt: skip


def ambiguities_of(
    source: SourceRows, row: Columns[str, Any], mapping: Mapping, stated: Collection[str] = ()
) -> list[str]:
    """Of a single row, in the order of CLASSES; `row` is empty where it was rejected. What the mapping states is no
    guess, be it in `stated` or other than what holds without it."""
    time = source.texts["ts"][0].as_py() or ""
    ids = [text for key, text in row.get("identifiers", {}).items() if key not in ("session_id", "ga_session_id")]
    epoch = _DIGITS.fullmatch(time) is not None
    zoned = mapping.ts.timezone is not None or "ts.timezone" in stated
    found = {
        "naive_time": bool(row) and not epoch and not zoned and _OFFSET.search(time) is None,
        "epoch_unit_guessed": epoch and not (mapping.ts.unit or mapping.ts.format or mapping.ts.excel),
        "day_month_order": not mapping.ts.format and _ORDER.fullmatch(time) is not None,
        "decimal_rounded": Note.METRIC_ROUNDED in source.findings.notes,
        "keys_collide": Note.KEY_REPEATED in source.findings.notes,
        "id_looks_like_float": any(map(_FLOAT.fullmatch, ids)),
        "placeholder_id": any(text.strip().lower() in _PLACEHOLDERS for text in ids),
    }
    return [name for name in CLASSES if found.get(name)]
