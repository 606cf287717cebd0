"""What a backfill will take, before anything is sent: hours and US dollars. Pure. docs/scale.md has the formulas, where
each figure is from, and what they leave out.
"""

from math import ceil
from typing import NamedTuple

import msgspec

from hackle_import.stores.protocol import Listed

WORKERS = (10, 100, 1000)  # at once
DAYS = (1, 30)  # that a drop's rows lie on: a file each
MB_A_SECOND = 80.0  # of NDJSON, by a worker
SECONDS_A_DROP = 0.35  # beside that: ten calls of the storage, and 8 ms of a processor
GZIP = 6  # NDJSON to what a name of a compressed file says
BYTES_A_ROW = 705  # of NDJSON, as the benchmark's events
CLOSED_ROWS_A_SECOND = 42_000  # of a day of a hundred drops, by a worker
SECONDS_A_CLOSED_FILE = 0.05  # beside that: a read of a drop's file, and of its ledger beside fifteen others
_COMPRESSED = (".gz", ".zst", ".bz2", ".zip")
_MB_A_READ = 8  # of what is stored
_PUTS, _GETS = 2, 3  # of a drop, beside a put a file and a get a read
_CLOSED_GETS = 3  # of a drop's file: its ledger, its head, its bytes


class Prices(NamedTuple):
    """List prices in US dollars: a worker's second, a put, a get, and a hint with the call of the function."""

    second: float
    put: float
    get: float
    hint: float


PRICES = {
    "s3": Prices(2.30e-5, 5e-6, 0.4e-6, 1.04e-6),  # Lambda arm64 of 1,769 MiB; S3; SQS in batches, sent and taken
    "gs": Prices(4.06e-5, 5e-6, 0.4e-6, 0.47e-6),  # Cloud Run of 2 GiB, second tier; Cloud Storage; Pub/Sub
}


class Estimate(msgspec.Struct, frozen=True):
    """`megabytes` are of NDJSON, 0 where the source tells no sizes; `hours` by workers at once. `closing_*` come on top
    where days are closed."""

    drops: int
    megabytes: float
    days_a_drop: int
    files: int
    worker_hours: float
    hours: dict[int, float]
    dollars: float
    closing_hours: float
    closing_dollars: float


class Amount(NamedTuple):
    """What a selection holds: `stored` and `plain` are bytes, `reads` requests."""

    drops: int = 0
    stored: int = 0
    plain: int = 0
    reads: int = 0

    def with_drop(self, found: Listed) -> "Amount":
        """And one more."""
        size = found.size or 0
        plain = size * (GZIP if found.key.lower().endswith(_COMPRESSED) else 1)
        reads = max(1, ceil(size / 1e6 / _MB_A_READ))
        return Amount(self.drops + 1, self.stored + size, self.plain + plain, self.reads + reads)


def estimated(amount: Amount, days: int, prices: Prices) -> Estimate:
    """Of drops whose rows lie on so many days each."""
    megabytes = amount.plain / 1e6
    seconds = megabytes / MB_A_SECOND + amount.drops * SECONDS_A_DROP
    files = amount.drops * days
    requests = (amount.drops * _PUTS + files) * prices.put + (amount.drops * _GETS + amount.reads) * prices.get
    dollars = seconds * prices.second + requests + amount.drops * prices.hint
    hours = {workers: seconds / workers / 3600 for workers in WORKERS}
    closing = amount.plain / BYTES_A_ROW / CLOSED_ROWS_A_SECOND + files * SECONDS_A_CLOSED_FILE
    closed = closing * prices.second + files * _CLOSED_GETS * prices.get
    return Estimate(amount.drops, megabytes, days, files, seconds / 3600, hours, dollars, closing / 3600, closed)
