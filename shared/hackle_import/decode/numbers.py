"""Numbers as people write them -> as JSON writes them, digit for digit: by the marks that a mapping names."""

import re
from collections.abc import Sequence

from hackle_import.decode.maps import value_text
from hackle_import.mapping import Value
from hackle_import.mapping.exact import NUMBER

_NO_NUMBER = "?"
_JSON_NUMBER = b"-0123456789"
_BLANKS = " \u00a0\u202f\u2009"  # what stands between thousands, where that is a blank


class NumberReader:
    """Reads texts by the options of one value. A text that is none of its numbers stays as it is; `strict`: but not so
    that it could be taken for one."""

    def __init__(self, value: Value, *, strict: bool) -> None:
        self._strict = strict
        self._strip, self._decimal = value.strip, value.decimal or "."
        mark = f"[{_BLANKS}]" if value.thousands in tuple(_BLANKS) else re.escape(value.thousands or "")
        grouped = rf"|[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}" if mark else ""
        point = re.escape(self._decimal)
        self._form = re.compile(rf"(?P<whole>[0-9]*{grouped})(?:{point}(?P<below>[0-9]*))?")

    def texts(self, raws: Sequence[bytes]) -> list[str | None]:
        """A number of JSON is itself."""
        return [value_text(raw) if raw[:1] in _JSON_NUMBER else self._read(value_text(raw)) for raw in raws]

    def _read(self, text: str | None) -> str | None:
        if not text:
            return text
        sign, rest = self._bare(text)
        found = self._form.fullmatch(rest)
        if found is None or not (found["whole"] or found["below"]):
            misread = self._strict and self._decimal != "." and NUMBER.fullmatch(rest)
            return f"{_NO_NUMBER}{text}" if misread else text
        whole = re.sub("[^0-9]", "", found["whole"])
        return f"{sign}{whole or 0}" + (f".{found['below']}" if found["below"] else "")

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
