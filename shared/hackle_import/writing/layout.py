"""Event time -> day; day and drop -> the key of an output. The published layout of the import place, in one place."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.drop import Drop
from hackle_import.reading.formats import stem_of

FORMAT_VERSION = "3"  # raised whenever the same drop would give other rows: then every drop is a new version
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_SLOT_MS = 900_000  # zones change their offset at quarters of an hour
_EPOCH = date(1970, 1, 1)
_MAX_STEM = 64
_OUTPUT = re.compile(r"-([0-9a-f]{16})-[0-9a-f]{16}-[0-9]{5,}\.parquet$")


def days(ts: pa.Array, zone: ZoneInfo) -> pa.Int32Array:
    """Days since 1970-01-01 in `zone`, of timestamps in milliseconds UTC. Reads no time zone database for UTC: a Lambda
    image may have none."""
    return local_ms(ts, zone).view(pa.timestamp("ms")).cast(pa.date32()).view(pa.int32())


def local_ms(ts: pa.Array, zone: ZoneInfo) -> pa.Int64Array:
    """Milliseconds since 1970-01-01 on the clocks of `zone`."""
    instants = ts.view(pa.int64())
    return instants if zone.key == "UTC" else pc.add(instants, _offsets(instants, zone))


def hours(ts: pa.Array, zone: ZoneInfo) -> pa.Int64Array:
    """Hours of the day, 0 to 23, on the clocks of `zone`; for times since 1970."""
    of_day = pc.subtract(local_ms(ts, zone), pc.multiply(days(ts, zone).cast(pa.int64()), _DAY_MS))
    return pc.divide(of_day, _HOUR_MS)


def by_day(batch: pa.RecordBatch, zone: ZoneInfo) -> tuple[pa.RecordBatch, list[tuple[int, int, int]]]:
    """The rows in the order of their days, that within a day kept; and each day, where it begins, and its rows. There
    must be rows; those of a single day, the usual case, are not copied."""
    return by_number(batch, days(batch["ts"], zone))


def by_number(batch: pa.RecordBatch, numbers: pa.Array) -> tuple[pa.RecordBatch, list[tuple[int, int, int]]]:
    """As `by_day`, for numbers of which there is one a row."""
    runs = pc.run_end_encode(numbers)
    if len(runs.values) > 1:
        order = pc.array_sort_indices(numbers)  # stable
        batch, runs = batch.take(order), pc.run_end_encode(numbers.take(order))
    ends = runs.run_ends.to_pylist()
    starts = [0, *ends[:-1]]
    spans = zip(runs.values.to_pylist(), starts, ends, strict=True)
    return batch, [(number, start, end - start) for number, start, end in spans]


def day_name(number: int) -> str:
    """`2023-01-01` for days since 1970-01-01."""
    return (_EPOCH + timedelta(days=number)).isoformat()


def output_key(drop: Drop, version: str, day_folder: str, day: str, part: int) -> str:
    """Relative to the import place; `version` is the digest of all that the file's bytes hang on, beside the drop."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", stem_of(drop.key.rpartition("/")[2]))[:_MAX_STEM].lstrip("._") or "drop"
    return f"{day_folder.format(day=day)}/{stem}-{drop.source}-{version}-{part:05d}.parquet"


def source_of(key: str) -> str:
    """The drop that an output is of, as `drop.Drop.source` names it; empty when the key is none of an output."""
    found = _OUTPUT.search(key)
    return found[1] if found else ""


def day_of_key(key: str, day_folder: str) -> str | None:
    """The day whose folder `key` lies in, None when it is not laid out as outputs are."""
    before, _, after = day_folder.partition("{day}")
    found = re.fullmatch(re.escape(before) + r"(\d{4}-\d{2}-\d{2})" + re.escape(after) + r"/[^/]+\.parquet", key)
    return found[1] if found else None


def _offsets(instants: pa.Int64Array, zone: ZoneInfo) -> pa.Int64Array:
    slots = pc.divide(instants, _SLOT_MS).dictionary_encode()
    offsets = [_offset_ms(slot * _SLOT_MS, zone) for slot in slots.dictionary.to_pylist()]
    return pa.array(offsets, pa.int64()).take(slots.indices)


def _offset_ms(instant: int, zone: ZoneInfo) -> int:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)
