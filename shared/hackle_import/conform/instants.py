"""A time's text -> milliseconds since 1970 UTC: ISO 8601 and its kin, epoch numbers, a spreadsheet's serial days.

A date begins with its year, in whatever way it is written: of any other, day and month would be guessed.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from zoneinfo import ZoneInfo

from hackle_import.conform.formatted import formatted
from hackle_import.mapping import Ts

UNITS = {"s": Decimal(1000), "ms": Decimal(1), "us": Decimal("1e-3"), "ns": Decimal("1e-6")}  # in milliseconds
_EXACT = Context(prec=100)  # more digits than `_EPOCH` takes: nothing is rounded on the way
_FAR = 10**17  # milliseconds, out of every range
_EPOCH = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")
_BLANK = r"[ \u00a0\u202f]"  # as Korean and English dates have them
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    rf"|(?P<sign>[-/]|\.{_BLANK}?)(?P<m>[0-9]{{1,2}})(?P=sign)(?P<d>[0-9]{{1,2}})\.?)"
    rf"(?:(?:[Tt]|{_BLANK})(?:(?P<half>오전|오후){_BLANK}?)?"
    r"(?P<hour>[0-9]{2}|[0-9](?=:))(?::?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?"
    rf"(?:{_BLANK}?(?P<noon>[AaPp][Mm]|오전|오후))?"
    rf"(?:{_BLANK}?(?P<offset>[Zz]|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{{2}}(?::?[0-9]{{2}})?))?)?"
)
_AFTERNOON = {"오전": False, "am": False, "오후": True, "pm": True}
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_SERIAL_FIRST = 61  # 1900-03-01: before it, spreadsheets differ
_MILLISECOND = timedelta(milliseconds=1)
_DAY = 86_400_000


def instant(text: str, shape: Ts) -> int | None:
    """Milliseconds since 1970-01-01 UTC, or None when the text is no time."""
    zone, text = ZoneInfo(shape.zone), text.strip()
    for one in shape.format:
        if (moment := formatted(text, one, zone)) is not None:
            return milliseconds(moment)
    if _EPOCH.fullmatch(text):
        return _serial(Decimal(text), zone) if shape.excel else _epoch(Decimal(text), shape)
    return _iso(text, zone)


def milliseconds(moment: datetime) -> int:
    """Of a moment with a zone: also where UTC has no such year."""
    return (moment - _ZERO) // _MILLISECOND


def _epoch(number: Decimal, shape: Ts) -> int | None:
    """The unit is the mapping's, or told by the magnitude: design section 3."""
    size = number.copy_abs()
    if size >= Decimal(10) ** 21:
        return None
    told = shape.unit or ("s" if size < 10**11 else "ms" if size < 10**14 else "us" if size < 10**17 else "ns")
    found = _EXACT.multiply(number, UNITS[told]).to_integral_value(ROUND_FLOOR)
    since = max(-_FAR, min(_FAR, int(found)))
    return since if shape.epoch_timezone is None else _on_the_wall(since, ZoneInfo(shape.epoch_timezone))


def _on_the_wall(since: int, zone: ZoneInfo) -> int:
    """Of milliseconds that count what a clock in `zone` shows, as if it were UTC. An hour that comes twice is the
    first."""
    try:
        return milliseconds((_ZERO + since * _MILLISECOND).replace(tzinfo=zone))
    except OverflowError:
        return since


def _serial(days: Decimal, zone: ZoneInfo) -> int | None:
    """Days of a spreadsheet's clock in `zone`, to the nearest millisecond: their fraction is a float's, and cut off."""
    if days < _SERIAL_FIRST:
        return None
    since = int(_EXACT.multiply(days, Decimal(_DAY)).to_integral_value(ROUND_HALF_EVEN))
    try:
        return milliseconds((_SERIAL_ZERO + since * _MILLISECOND).replace(tzinfo=zone))
    except OverflowError:  # the year 10000, or a later one
        return None


def _iso(text: str, zone: ZoneInfo) -> int | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found["year"]), int(found["month"] or found["m"]), int(found["day"] or found["d"])
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    try:
        moment = datetime(year, month, day, _hour(found), minute, second, int(fraction))  # noqa: DTZ001 - see below
        return milliseconds(moment.replace(tzinfo=_offset(found["offset"]) or zone))
    except ValueError:
        return None


def _hour(found: re.Match[str]) -> int:
    """From 0 to 23. Raises ValueError for one of a half day that is none."""
    hour, half = int(found["hour"] or 0), found["half"] or found["noon"]
    if half is None:
        return hour
    if (found["half"] and found["noon"]) or not 1 <= hour <= 12:  # noqa: PLR2004
        raise ValueError("hour of a half day")
    return hour % 12 + 12 * _AFTERNOON[half.lower()]


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    digits = text.removeprefix("UTC").removeprefix("GMT")
    if digits in ("Z", "z", ""):
        return UTC
    size = digits[1:].replace(":", "").ljust(4, "0")
    if int(size[2:]) >= 60:  # noqa: PLR2004
        raise ValueError("minutes of an offset")
    away = timedelta(hours=int(size[:2]), minutes=int(size[2:]))
    return timezone(-away if digits[0] == "-" else away)
