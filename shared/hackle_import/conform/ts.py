"""`ts`: ISO 8601, epoch by magnitude, or the mapping's own format -> milliseconds UTC, truncated toward the past."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_FLOOR, Context, Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.codes import Why
from hackle_import.decode import Findings
from hackle_import.mapping import Ts
from hackle_import.schema import TS

# Arrow knows a year 0, Python does not: those years go one by one.
_PLAIN = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z$"
_UNITS = {"s": Decimal(1000), "ms": Decimal(1), "us": Decimal("1e-3"), "ns": Decimal("1e-6")}  # in milliseconds
_EXACT = Context(prec=100)  # more digits than `_EPOCH` takes: nothing is rounded on the way
_FAR = 10**17  # milliseconds, out of every range
_DIGITS = r"^[0-9]{1,18}$"
_EPOCH = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<hour>[0-9]{2})(?::?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_EXCEL = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]+)?")  # days since 1900: of 1982 to 2091
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def conform_ts(texts: pa.StringArray, shape: Ts, bounds: tuple[datetime, datetime], findings: Findings) -> pa.Array:
    """A rejected row's value is 1970-01-01. `bounds` are the earliest and the latest instant, both included."""
    instants = _vectorised(texts, shape.unit) if shape.format is None else pa.nulls(len(texts), pa.int64())
    if instants.null_count:
        instants = _one_by_one(texts, instants, shape, findings)
    low, high = ((bound - _ZERO) // _MILLISECOND for bound in bounds)
    outside = pc.or_(pc.less(instants, low), pc.greater(instants, high))
    for row in pc.indices_nonzero(outside).to_pylist():
        findings.reject(row, Why.TS_OUT_OF_RANGE, "ts", _mistaken(texts[row].as_py() or "", shape))
    return instants.fill_null(0).cast(TS)


def _mistaken(text: str, shape: Ts) -> str:
    """What a number may have been meant for that was read as seconds since 1970. Empty where nothing tells."""
    if shape.unit is None and _DATE.fullmatch(text):
        return f'{Why.TS_OUT_OF_RANGE.meaning} {text} was read as seconds since 1970; for a date: ts.format = "%Y%m%d".'
    if shape.unit is None and _EXCEL.fullmatch(text):
        return (
            f"{Why.TS_OUT_OF_RANGE.meaning} {text} was read as seconds since 1970; Excel's days: export them as text."
        )
    return ""


def instant(text: str, shape: Ts, zone: ZoneInfo) -> int | None:
    """Milliseconds since 1970-01-01 UTC, or None when the text is no time."""
    if shape.format is not None and (formatted := _formatted(text, shape.format, zone)) is not None:
        return formatted
    if _EPOCH.fullmatch(text):
        return _epoch(Decimal(text), shape.unit)
    return _iso(text, zone)


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
    factor = _UNITS[unit]
    if factor < 1:
        return pc.divide(numbers, int(1 / factor))
    return pc.multiply(pc.if_else(pc.less(numbers, 10**14), numbers, None), int(factor))


def _one_by_one(texts: pa.StringArray, instants: pa.Int64Array, shape: Ts, findings: Findings) -> pa.Int64Array:
    zone, known = ZoneInfo(shape.timezone), dict[str, int | None]()
    unreadable = f"`ts` is neither {shape.format}, ISO 8601 nor an epoch number." if shape.format else ""
    found, values = instants.to_pylist(), texts.to_pylist()
    for row, text in enumerate(values):
        if found[row] is not None:
            continue
        if not text:
            findings.reject(row, Why.TS_MISSING, "ts")
            continue
        if text not in known:
            known[text] = instant(text, shape, zone)
        found[row] = known[text]
        if found[row] is None:
            findings.reject(row, Why.TS_UNREADABLE, "ts", unreadable)
    return pa.array(found, pa.int64())


def _epoch(number: Decimal, unit: str | None) -> int | None:
    """The unit is the mapping's, or told by the magnitude: design section 3."""
    size = number.copy_abs()
    if size >= Decimal(10) ** 21:
        return None
    told = unit or ("s" if size < 10**11 else "ms" if size < 10**14 else "us" if size < 10**17 else "ns")
    milliseconds = _EXACT.multiply(number, _UNITS[told]).to_integral_value(ROUND_FLOOR)
    return max(-_FAR, min(_FAR, int(milliseconds)))


def _formatted(text: str, shape: str, zone: ZoneInfo) -> int | None:
    try:
        moment = datetime.strptime(text, shape)  # noqa: DTZ007 - the zone follows, where the text has none
    except ValueError:
        return None
    return _milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _iso(text: str, zone: ZoneInfo) -> int | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    parts = [int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    try:
        return _milliseconds(datetime(*parts, int(fraction), tzinfo=_offset(found["offset"]) or zone))  # type: ignore[arg-type,misc]
    except (ValueError, OverflowError):
        return None


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) >= 60:  # noqa: PLR2004
        raise ValueError("minutes of an offset")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if text[0] == "-" else away)


def _milliseconds(moment: datetime) -> int | None:
    try:
        return (moment - _ZERO) // _MILLISECOND
    except OverflowError:
        return None
