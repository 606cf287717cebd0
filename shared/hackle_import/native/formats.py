"""strptime formats -> what the decoder in C reads by them: signs, and how many visible characters a text has.

Raises Unusual for a format with other directives, or that names no whole date.
"""

import calendar
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from hackle_import.native.unusual import Unusual

# Directive: its sign in formats.h, and the fewest and most characters that strptime takes for it, blanks apart.
_SIGNS = {
    "Y": (1, 4, 4), "y": (2, 2, 2), "m": (3, 1, 2), "b": (4, 3, 3), "d": (5, 1, 2), "H": (6, 1, 2), "I": (7, 1, 2),
    "M": (8, 1, 2), "S": (9, 1, 2), "f": (11, 1, 6), "p": (12, 2, 2), "z": (14, 1, 16),
    "B": (15, 3, 9), "a": (16, 3, 3), "A": (17, 6, 9), "Z": (18, 1, 16),
}  # fmt: skip
_DATE = ("Yy", "mbB", "d")
_NOT_BOTH = ({"H", "I"}, {"z", "Z"})
_PARTS = re.compile(r"%(.)|([ ]+)|([^%])", re.DOTALL)
_ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_NAMES = ("오전", "오후")  # which a text may have for AM and PM


def format_numbers(shape: str, zone_name: str | None, text: Callable[[str | None], tuple[int, int]]) -> tuple[int, ...]:
    """`PlanFormat` in plan.h."""
    signs, least, most = "", 0, 0
    for directive, blanks, other in _PARTS.findall(shape):
        sign, fewest, many = _SIGNS.get(directive, (0, 0, 0)) if directive else (ord(" " if blanks else other), 1, 1)
        if not sign or (other and not _is_itself(other)):
            raise Unusual
        signs, least, most = signs + chr(sign), least + fewest * (not blanks), most + many * (not blanks)
    named = Counter(one for one, _, _ in _PARTS.findall(shape) if one)
    dated = all(sum(named[one] for one in part) == 1 for part in _DATE)
    if shape.endswith("%") or not dated or max(named.values()) > 1 or any(pair <= named.keys() for pair in _NOT_BOTH):
        raise Unusual
    if any(name in shape for name in _NAMES) or shape != shape.strip() or not _speaks_english():
        raise Unusual
    return (*text(signs), *text(zone_name), least, most)


def _is_itself(letter: str) -> bool:
    """Whether strptime, which does not look at case, takes it for no letter of ASCII but itself."""
    return letter.isprintable() and (letter.isascii() or letter.lower() == letter == letter.upper())


def _speaks_english() -> bool:
    """Whether strptime knows the names that C knows: it asks the process's locale."""
    names = (*list(calendar.month_name)[1:], *calendar.day_name)
    short = [*list(calendar.month_abbr)[1:], *calendar.day_abbr]
    are_usual = names == _ENGLISH and short == [name[:3] for name in _ENGLISH]
    return are_usual and datetime(2000, 1, 1, 1).strftime("%p") == "AM"  # noqa: DTZ001
