"""Drops of a day of which a row comes twice, and what `verify` finds in buckets where the day was closed."""

import json

from hackle_import.settings import Rules
from hackle_import.stores import open_store
from hackle_import.verify import Verification
from hackle_import.verify.closed_days import ClosedDays
from support.samples import event, ndjson

DAY = "2025-01-02"
DROPS = {
    f"incoming/hackle/{name}.ndjson": ndjson(*rows) for name, rows in (("a", [event(1), event(2)]), ("b", [event(2)]))
}
LATE = {"incoming/hackle/c.ndjson": ndjson(event(3))}
BACKFILL = json.dumps({  # of all drops, as it is when the last one was sent: nobody has looked what became of them
    "identity": "b", "to": "queue", "selection": {"prefix": "incoming/"}, "mark": "incoming0",
    "began": "2025-02-01T00:00:00Z", "finished": "2025-02-01T00:00:00Z",
})  # fmt: skip
FILES = [f"{DAY}/events-0-of-1.parquet"]


def faults(staging_place, lake_place):
    """(key, code) of what is wrong in the import place and in the open one."""
    staging, found = open_store(staging_place), []
    for store, is_open in ((open_store(lake_place), False), (open_store(f"{staging_place}/open"), True)):
        days = ClosedDays.read(staging, "{day}", is_open=is_open)
        found += [(one.key, one.code) for one in Verification(store, Rules(), staging, days).faults()]
    return found
