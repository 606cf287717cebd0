"""What a mapping says of times: strptime's formats, and the pattern of a date in a drop's name."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

_MAX_FORMAT = 256
_DIRECTIVE = re.compile(r"%(.)", re.DOTALL)
_MOMENT = datetime(2001, 2, 3, 16, 5, 6, tzinfo=UTC)  # any will do
_IN_NAMES = {"Y": "[0-9]{4}", "m": "[0-9]{2}", "d": "[0-9]{2}", "H": "[0-9]{2}", "M": "[0-9]{2}", "S": "[0-9]{2}"}
_SWAPPED = {"%d": "%m", "%m": "%d", "%y": "%Y"}


def check_format(text: str) -> None:
    """Raises ValueError for what strptime does not read back, and for half days that are no halves."""
    named = _directives(text)
    moment = _MOMENT.strftime(text)
    if "%" not in text or datetime.strptime(moment, text) is None:  # noqa: DTZ007 - any moment will do
        raise ValueError("it has no directive")
    if ("I" in named) != ("p" in named):
        raise ValueError("%I and %p belong together: of hours up to 12 the half of the day must be told")


def check_file(text: str) -> None:
    """Raises ValueError for what names no day."""
    named = _directives(text)
    if unknown := [f"%{name}" for name in named if name not in (*_IN_NAMES, "%")]:
        raise ValueError(f"{unknown[0]} is not for names; there are %Y, %m, %d, %H, %M and %S")
    if not {"Y", "m", "d"} <= {*named}:
        raise ValueError("a day needs %Y, %m and %d")


def swapped(formats: Sequence[str]) -> tuple[str, str] | None:
    """Two formats that differ in the order of day and month only: of many texts, either would be a guess."""
    known: dict[str, str] = {}
    for one in formats:
        plain = one.replace("%y", "%Y")
        if plain in known:
            return known[plain], one
        known[re.sub("%[dmy]", lambda found: _SWAPPED[found[0]], one)] = one
    return None


def time_in_name(name: str, pattern: str, folders: str = "") -> str | None:
    """The time that a drop's name tells, as ISO 8601 without an offset; None where it tells none, or two. Where it
    tells none, the nearest of the `folders` that hold it may."""
    while True:
        found = {datetime(*map(int, parts)) for parts in _parts(name, pattern)}  # type: ignore[arg-type]  # noqa: DTZ001
        if found or not folders:
            return found.pop().isoformat() if len(found) == 1 else None
        folders, _, nearest = folders.rpartition("/")
        name = f"{nearest}/{name}"


def _parts(name: str, pattern: str) -> list[tuple[str, ...]]:
    """Year, month, day and what more there is, wherever the pattern stands in the name and makes a day."""
    order = [letter for letter in _IN_NAMES if letter in _DIRECTIVE.findall(pattern)]
    written = "(?<![0-9])" + re.sub(r"\\?%(.)", lambda one: _group(one[1]), re.escape(pattern)) + "(?![0-9])"
    found = (tuple(one[letter] for letter in order) for one in re.finditer(written, name))
    return [parts for parts in found if _is_time(parts)]


def _group(letter: str) -> str:
    return "%" if letter == "%" else f"(?P<{letter}>{_IN_NAMES[letter]})"


def _is_time(parts: tuple[str, ...]) -> bool:
    try:
        datetime(*map(int, parts))  # type: ignore[arg-type]  # noqa: DTZ001 - the zone is the mapping's
    except ValueError:
        return False
    return True


def _directives(text: str) -> list[str]:
    if len(text) > _MAX_FORMAT:
        raise ValueError(f"it has more than {_MAX_FORMAT} characters")
    named = _DIRECTIVE.findall(text)
    if twice := [f"%{name}" for name in named if name != "%" and named.count(name) > 1]:
        raise ValueError(f"it has {twice[0]} twice")
    return named
