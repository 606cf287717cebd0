"""`ts`: ISO 8601, epoch by magnitude, or the mapping's own formats -> milliseconds UTC, truncated toward the past."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Why
from hackle_import.conform.instants import UNITS, instant
from hackle_import.decode import Findings
from hackle_import.mapping import Ts
from hackle_import.schema import TS

# Arrow knows a year 0, Python does not: those years go one by one.
_PLAIN = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z$"
_DIGITS = r"^[0-9]{1,18}$"
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_EXCEL = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]+)?")  # days since 1900: of 1982 to 2091
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def conform_ts(texts: pa.StringArray, shape: Ts, bounds: tuple[datetime, datetime], findings: Findings) -> pa.Array:
    """A rejected row's value is 1970-01-01. `bounds` are the earliest and the latest instant, both included."""
    one_by_one = shape.format or shape.excel or shape.epoch_timezone
    instants = pa.nulls(len(texts), pa.int64()) if one_by_one else _vectorised(texts, shape.unit)
    if instants.null_count:
        instants = _one_by_one(texts, instants, shape, findings)
    low, high = ((bound - _ZERO) // _MILLISECOND for bound in bounds)
    outside = pc.or_(pc.less(instants, low), pc.greater(instants, high))
    for row in pc.indices_nonzero(outside).to_pylist():
        findings.reject(row, Why.TS_OUT_OF_RANGE, "ts", _mistaken(texts[row].as_py() or "", shape))
    return instants.fill_null(0).cast(TS)


def _mistaken(text: str, shape: Ts) -> str:
    """What a number may have been meant for that was read as seconds since 1970. Empty where nothing tells."""
    if shape.unit is not None or shape.excel:
        return ""
    if _DATE.fullmatch(text):
        return f'{Why.TS_OUT_OF_RANGE.meaning} {text} was read as seconds since 1970; for a date: ts.format = "%Y%m%d".'
    if _EXCEL.fullmatch(text):
        return f"{Why.TS_OUT_OF_RANGE.meaning} {text} was read as seconds since 1970; for Excel's: ts.excel = true."
    return ""


def _vectorised(texts: pa.StringArray, unit: str | None) -> pa.Int64Array:
    """The usual forms; null for every other."""
    plain = pc.match_substring_regex(texts, _PLAIN).fill_null(False)
    if pc.all(plain, min_count=0).as_py():
        return _cast(texts)
    digits = pc.match_substring_regex(texts, _DIGITS).fill_null(False)
    nothing = pa.scalar(None, pa.string())
    times, numbers = _cast(pc.if_else(plain, texts, nothing)), pc.if_else(digits, texts, nothing).cast(pa.int64())
    return pc.coalesce(times, _epochs(numbers) if unit is None else _in_unit(numbers, unit))


def _cast(texts: pa.StringArray) -> pa.Int64Array:
    try:
        return texts.cast(TS).cast(pa.int64())
    except pa.ArrowInvalid:  # a day that no calendar has: find out which
        return pa.nulls(len(texts), pa.int64())


def _epochs(numbers: pa.Int64Array) -> pa.Int64Array:
    below = partial(pc.less, numbers)
    seconds = pc.multiply(pc.if_else(below(10**11), numbers, 0), 1000)
    micros, nanos = pc.divide(numbers, 1000), pc.divide(numbers, 10**6)
    return pc.if_else(
        below(10**11), seconds, pc.if_else(below(10**14), numbers, pc.if_else(below(10**17), micros, nanos))
    )


def _in_unit(numbers: pa.Int64Array, unit: str) -> pa.Int64Array:
    """What is too large to be multiplied is null: it is looked at one by one."""
    factor = UNITS[unit]
    if factor < 1:
        return pc.divide(numbers, int(1 / factor))
    return pc.multiply(pc.if_else(pc.less(numbers, 10**14), numbers, None), int(factor))


def _one_by_one(texts: pa.StringArray, instants: pa.Int64Array, shape: Ts, findings: Findings) -> pa.Int64Array:
    known = dict[str, int | None]()
    own = ", ".join(shape.format)
    unreadable = f"`ts` is neither {own}, ISO 8601 nor an epoch number." if own else ""
    found, values = instants.to_pylist(), texts.to_pylist()
    for row, text in enumerate(values):
        if found[row] is not None:
            continue
        if not text or text.isspace():
            findings.reject(row, Why.TS_MISSING, "ts")
            continue
        if text not in known:
            known[text] = instant(text, shape)
        found[row] = known[text]
        if found[row] is None:
            findings.reject(row, Why.TS_UNREADABLE, "ts", unreadable)
    return pa.array(found, pa.int64())
