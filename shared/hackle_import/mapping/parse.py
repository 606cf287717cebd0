"""A mapping's TOML -> a `Mapping`, or everything that is wrong with it."""

from typing import Any

import msgspec

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.mapping.dialects import csv_options
from hackle_import.mapping.format import problems
from hackle_import.mapping.mapping import Mapping
from hackle_import.schema import SCALARS

RESERVED = ("spread", "pivot", "only", "except")


def load_mapping(text: bytes, name: str) -> Mapping:
    """Raises BadDrop that names the file and, for every error in it, the key and what to write instead."""
    content, wrong = problems(text)
    if wrong:
        told = "; and ".join(f"{key}: {what}" if key else what for key, what in wrong)
        raise BadDrop(Fault.BAD_MAPPING, f"mapping {name!r}: {told}")
    try:
        if "fields" in content:
            content["fields"] = {key: _field(key, value) for key, value in content["fields"].items()}
        if "format" in content.get("ts", {}):
            content["ts"]["format"] = _listed(content["ts"]["format"])
        if "csv" in content:
            content["csv"] = csv_options(content["csv"])
        return msgspec.convert(content, Mapping)
    except Exception as unread:  # a mapping can only be a bad one: it must not keep its drops waiting for ever
        raise BadDrop(Fault.BAD_MAPPING, f"mapping {name!r}: it cannot be taken ({type(unread).__name__})") from None


def _field(key: str, value: Any) -> dict[str, Any]:
    return _value(value) if key in SCALARS else _entries(value)


def _value(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        return {"sources": _listed(given)}
    found: dict[str, Any] = {name: given[name] for name in ("file", "decimal", "thousands", "values") if name in given}
    found |= {name: _text(given[name]) for name in ("const", "default") if name in given}
    parts = [_listed(part) for part in given.get("join", [])]
    if any(len(part) > 1 for part in parts):
        found["alternatives"] = [len(part) for part in parts]
    sources = [one for part in parts for one in part] or _listed(given.get("from", []))
    return found | {"sources": sources, "join": "join" in given, "strip": _listed(given.get("strip", []))}


def _entries(given: dict[str, Any]) -> dict[str, Any]:
    pivots = [
        {"source": pivot["from"], "key": pivot["key"], "values": _listed(pivot["value"])}
        for pivot in _listed(given.get("pivot", []))
    ]
    return {
        "spread": _listed(given.get("spread", [])),
        "pivots": pivots,
        "only": given.get("only", []),
        "exclude": given.get("except", []),
        "named": {name: _value(value) for name, value in given.items() if name not in RESERVED},
    }


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _text(given: Any) -> str:
    """As the same value in a drop would be written: design section 3."""
    return str(given).lower() if isinstance(given, bool) else str(given)
