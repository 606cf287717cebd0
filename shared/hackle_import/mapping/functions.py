"""Functions of expressions beside JMESPath's own. They work on texts and on exact decimals, in time that grows with
what they are given; of null they make null, so that what is missing stays missing.
"""

from collections.abc import Callable
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

import jmespath.functions
import pyarrow as pa
from jmespath.exceptions import JMESPathError

from hackle_import.mapping.exact import NUMBER, Exact, decimal_of, text_of

_TEXT, _NUMBER, _ANY = ["string", "null"], ["number", "null"], ["string", "number", "boolean", "null"]
_EXACT, _QUOTIENT = Context(prec=200), Context(prec=34)
_MOST_DIGITS = 60  # before the point, and zeros behind it
_WHOLE = "whole_of_it"


def _takes(*kinds: list[str], variadic: bool = False) -> Callable[[Any], Any]:
    last = len(kinds) - 1
    signature = [
        {"types": kind} | ({"variadic": True} if variadic and place == last else {}) for place, kind in enumerate(kinds)
    ]
    return jmespath.functions.signature(*signature)  # type: ignore[no-any-return]


class Functions(jmespath.functions.Functions):  # type: ignore[misc]  # it has no types
    """What docs/mapping.md lists, each by its name behind `_func_`. `unread`: JMESPath's own `to_number` made null of a
    text since this was last set to False."""

    unread = False

    @_takes([])
    def _func_to_number(self, value: Any) -> Any:
        """Exact, and of JSON's numbers and those that people write without marks, not of Python's `1_000` and `nan`."""
        if not isinstance(value, str):
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        if NUMBER.fullmatch(value.strip()):
            return _exactly(lambda: decimal_of(value))
        self.unread = self.unread or bool(value.strip())
        return None

    @_takes(_TEXT)
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @_takes(_TEXT)
    def _func_upper(self, text: str | None) -> str | None:
        return None if text is None else text.upper()

    @_takes(_TEXT)
    def _func_trim(self, text: str | None) -> str | None:
        return None if text is None else text.strip()

    @_takes(_TEXT, ["string"], ["string"])
    def _func_replace(self, text: str | None, old: str, new: str) -> str | None:
        return None if text is None else text.replace(old, new)

    @_takes(_TEXT, ["string"])
    def _func_split(self, text: str | None, mark: str) -> list[str] | None:
        return None if text is None else text.split(mark)

    @_takes(_TEXT, ["number"], _NUMBER)
    def _func_slice(self, text: str | None, first: float, after: float | None) -> str | None:
        return None if text is None else text[int(first) : None if after is None else int(after)]

    @_takes(_ANY, _ANY, variadic=True)
    def _func_concat(self, *parts: Any) -> str | None:
        return None if None in parts else "".join(map(text_of, parts))

    @_takes(["string", "number", "boolean", "array", "object", "null"], ["string", "number", "boolean", "null"])
    def _func_default(self, value: Any, other: Any) -> Any:
        return other if value is None or value == "" else value

    @_takes(["string", "number", "null"])
    def _func_number(self, value: Any) -> Any:
        return _exactly(lambda: decimal_of(value), value)

    @_takes(["string", "number", "null"], ["string", "number", "null"])
    def _func_multiply(self, one: Any, other: Any) -> Any:
        return _exactly(lambda: _EXACT.multiply(decimal_of(one), decimal_of(other)), one, other)

    @_takes(["string", "number", "null"], ["string", "number", "null"])
    def _func_divide(self, one: Any, other: Any) -> Any:
        return _exactly(lambda: _QUOTIENT.divide(decimal_of(one), decimal_of(other)), one, other)

    @_takes(_TEXT, ["string"])
    def _func_match(self, text: str | None, pattern: str) -> str | None:
        return None if text is None else matched(text, pattern)


@lru_cache(4096)
def matched(text: str, pattern: str) -> str | None:
    """What the first named group of an RE2 pattern matches somewhere in a text, or the whole of it; None where nothing
    does. RE2 takes time that grows with the text, whatever the pattern. Raises ValueError for what is no pattern."""
    import pyarrow.compute as pc  # noqa: PLC0415 - a tenth of a second, and few mappings match

    found = pc.extract_regex(pa.scalar(text), f"(?P<{_WHOLE}>{pattern})").as_py()
    if found is None:
        return None
    groups = [one for name, one in found.items() if name != _WHOLE]
    return (groups[0] or None) if groups else found[_WHOLE]  # of a group that took no part, Arrow has an empty text


@lru_cache(256)
def check_pattern(pattern: str) -> None:
    """Raises ValueError that says what is wrong with it."""
    matched("", pattern)


def _exactly(compute: Callable[[], Decimal], *given: Any) -> Exact | None:
    """Raises JMESPathError for what is no number, and for one of more digits than there is room for."""
    if None in given or "" in given:
        return None
    try:
        found = compute()
    except ArithmeticError:
        raise JMESPathError("not a number") from None
    if found and not -_MOST_DIGITS < found.adjusted() < _MOST_DIGITS:
        raise JMESPathError("too large a number")
    text = f"{found:f}"
    return Exact(text.rstrip("0").rstrip(".") if "." in text else text)
