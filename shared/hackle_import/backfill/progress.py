"""How far a backfill is, by the ledger: what a task or a queue tells is not asked. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from hackle_import.drop import STATE
from hackle_import.errors import NewerLedger
from hackle_import.ingest.ledger import Entry

_LOOKED_BACK = timedelta(hours=1)


class Progress(msgspec.Struct, frozen=True):
    """Of `told` drops: `done`, whatever came of them; `unmended` of those need a person; `left` are not begun, or under
    way. `rows` and `bytes` are of the drops that are done. `an_hour` is how many came to an end in the last hour, as a
    rate; `hours_left` None where none did."""

    told: int
    done: int
    unmended: int
    left: int
    rows: int
    bytes: int
    an_hour: float
    hours_left: float | None


def progress(
    sources: Collection[int],
    began: datetime,
    documents: Iterable[tuple[str, Entry | NewerLedger, datetime]],
    now: datetime,
) -> Progress:
    """`sources` are the drops' digests as numbers, `documents` the ledger's with their keys and times. A drop that was
    done before the backfill began is done; it counts in no rate.

    S3 tells times in whole seconds, cut: a drop that was handled in the second in which the backfill began is taken for
    one of its own (Last-Modified, https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)."""
    done = unmended = rows = size = late = 0
    since = max(began, now - _LOOKED_BACK)
    second = since.replace(microsecond=0)
    for key, entry, handled in documents:
        if number_of(key) not in sources:
            continue
        if isinstance(entry, NewerLedger):  # which has handled it
            done += 1
        elif entry.receipt is not None:
            done += 1
            unmended += entry.receipt.is_unmended
            rows += entry.receipt.rows_in
            size += entry.receipt.bytes_in
        late += handled >= second
    hours = (now - since) / timedelta(hours=1)
    rate, left = late / hours if hours > 0 else 0.0, len(sources) - done
    return Progress(len(sources), done, unmended, left, rows, size, rate, left / rate if rate else None)


def number_of(state_key: str) -> int:
    """A ledger document's digest as a number: a million of them are held. -1 for a key that has none."""
    try:
        return int(state_key.removeprefix(STATE).removesuffix(".json"), 16)
    except ValueError:
        return -1
