"""Times in a mapping's own strptime format. Beside Python's directives: `%z` takes `UTC`, `GMT` and `+09` as well, `%Z`
takes `UTC`, `GMT`, `Z` and the names that the mapping's zone has (`KST`), and `%p` takes `오전` and `오후`.

Nothing here hangs on the machine: Python's own `%Z` knows the names of the zone that the machine stands in.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_HOURS = re.compile(r"(?<=[0-9])([+-][0-9]{2})$")
_HOURS_APART = re.compile(r" ([+-][0-9]{2})$")
_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)
_WORDS = ("UTC", "GMT", "Z")


def directives(shape: str) -> list[str]:
    """The letters behind the percent signs."""
    return _DIRECTIVE.findall(shape)


def formatted(text: str, shape: str, zone: ZoneInfo) -> datetime | None:
    """The moment, with a zone: the text's, or else `zone`. None where the text is not of that format."""
    named = directives(shape)
    if "p" in named:
        text = text.replace("오전", "AM").replace("오후", "PM")
    if "z" in named:
        return _with_offset(text, shape, zone)
    if "Z" in named:
        return _with_name(text, shape, zone)
    return _parsed(text, shape, zone)


def _with_offset(text: str, shape: str, zone: ZoneInfo) -> datetime | None:
    whole = _HOURS_APART.sub(r" \g<1>00", _HOURS.sub(r"\g<1>00", text)) if shape.endswith("%z") else text
    found = _parsed(whole, shape, zone)
    for word in _WORDS if found is None else ():
        found = found or _parsed(text, _replaced(shape, "z", word), UTC)
    return found


def _with_name(text: str, shape: str, zone: ZoneInfo) -> datetime | None:
    for word in _WORDS:
        if (found := _parsed(text, _replaced(shape, "Z", word), UTC)) is not None:
            return found
    for word, offset in clock_names(zone).items():
        if (found := _parsed(text, _replaced(shape, "Z", word), zone)) is not None:
            return found if found.tzname() == word else found.replace(tzinfo=timezone(offset))
    return None


def _parsed(text: str, shape: str, zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.strptime(text, shape)  # noqa: DTZ007 - the zone follows, where the text has none
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _replaced(shape: str, letter: str, word: str) -> str:
    return _DIRECTIVE.sub(lambda found: word if found[1] == letter else found[0], shape)


@lru_cache(64)
def clock_names(zone: ZoneInfo) -> dict[str, timedelta]:
    """Of winter and summer, where they are words, and how far ahead of UTC clocks are by them, whatever the season."""
    moments = [datetime(2025, month, 1, tzinfo=zone) for month in (1, 7)]
    return {name: one.utcoffset() or timedelta() for one in moments if (name := one.tzname() or "").isalpha()}
