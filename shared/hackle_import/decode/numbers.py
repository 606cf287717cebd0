"""Numbers as people write them -> as JSON writes them, digit for digit: by the marks that a mapping names."""

import re
from collections.abc import Sequence

from hackle_import.decode.maps import value_text
from hackle_import.mapping import Value
from hackle_import.mapping.exact import NUMBER

_NO_NUMBER = "?"
UNREAD = "?null"  # of an expression that is null for want of a number in a text
_JSON_NUMBER = b"-0123456789"
BLANKS = " \u00a0\u202f\u2009"  # what stands between thousands, where that is a blank


class NumberReader:
    """Reads texts by the options of one value. A text that is none of its numbers stays as it is; `strict`: but not so
    that it could be taken for one."""

    def __init__(self, value: Value, *, strict: bool) -> None:
        self._strict = strict
        self._strip, self._decimal = value.strip, value.decimal or "."
        mark = f"[{BLANKS}]" if value.thousands in tuple(BLANKS) else re.escape(value.thousands or "")
        grouped = rf"|[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}" if mark else ""
        point = re.escape(self._decimal)
        self._form = re.compile(
            rf"(?P<whole>[0-9]*{grouped})(?:{point}(?P<below>[0-9]*))?(?P<exponent>[eE][+-]?[0-9]+)?"
        )

    def texts(self, raws: Sequence[bytes]) -> list[str | None]:
        """A number of JSON is itself."""
        return [value_text(raw) if raw[:1] in _JSON_NUMBER else self.text(value_text(raw)) for raw in raws]

    def text(self, text: str | None) -> str | None:
        """Of one text; None is none."""
        if not text:
            return text
        sign, rest = self._bare(text)
        found = self._form.fullmatch(rest)
        if found is None or not (found["whole"] or found["below"]):
            misread = self._strict and self._decimal != "." and NUMBER.fullmatch(rest)
            return f"{_NO_NUMBER}{text}" if misread else text
        whole = re.sub("[^0-9]", "", found["whole"])
        below = f".{found['below']}" if found["below"] else ""
        return f"{sign}{whole or 0}{below}{found['exponent'] or ''}"

    def _bare(self, text: str) -> tuple[str, str]:
        """The sign, and what is left of a text without the texts to strip, in whatever order they stand."""
        sign, text, before = "", text.strip(), None
        while text != before:
            before = text
            for one in self._strip:
                text = text.removeprefix(one).removesuffix(one).strip()
            if not sign and text[:1] in ("+", "-"):
                sign, text = text[0], text[1:].strip()
        return sign.replace("+", ""), text


def unread_last(columns: list[list[str | None]]) -> list[list[str | None]]:
    """The texts of several sources: UNREAD counts where no other source has a text."""
    if not any(UNREAD in column for column in columns):
        return columns
    known = [[None if text == UNREAD else text for text in column] for column in columns]
    return known + [[text if text == UNREAD else None for text in column] for column in columns]
