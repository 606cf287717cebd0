"""Rows and drops that tests make."""

import json
from datetime import UTC, datetime

NOW = datetime(2025, 1, 10, 12, tzinfo=UTC)


def event(number=1, **fields):
    """A good row in Hackle's shape; a field given as None is left out."""
    row = {
        "insert_id": f"00000000-0000-4000-8000-{number:012d}",
        "event_key": "purchase",
        "ts": "2025-01-02T03:04:05.678Z",
        "metric_value": 1.5,
        "identifiers": {"id": f"u{number}", "device_id": "d1"},
        "event_properties": {"plan": "pro"},
        "user_properties": {},
        "platform_properties": {"osname": "Android", "appversion": "6.9.0"},
    }
    return {name: value for name, value in (row | fields).items() if value is not None}


def ndjson(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
