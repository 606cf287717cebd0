"""An amount as people write it, `1.234,56`, as the number's text that `metric_value` is read from, `1234.56`."""

import re
from functools import lru_cache

UNREADABLE = "?"  # no number, whoever reads it


def plain_amount(text: str, decimal: str, thousands: str) -> str:
    """With a point and without signs between thousands. Those must stand between groups of three digits, and a point
    must be one of the two signs: `12,50` is no 1250, and `12.5` no 125. UNREADABLE is what is not so."""
    if thousands:
        text = _groups(decimal, thousands).sub(lambda found: found[0].replace(thousands, ""), text)
    if decimal != "." and "." in text:
        return UNREADABLE
    return text.replace(decimal, ".")


@lru_cache
def _groups(decimal: str, thousands: str) -> re.Pattern[str]:
    sign = re.escape(thousands)
    return re.compile(f"(?<![0-9{sign}{re.escape(decimal)}])[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+(?![0-9{sign}])")
