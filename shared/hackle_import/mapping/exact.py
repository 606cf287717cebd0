"""Numbers of records in expressions: floats to JMESPath, and yet exact."""

import re
from decimal import Decimal
from typing import Any

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")  # blanks around it apart


class Exact(float):
    """A number that remembers its text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "Exact":
        number = super().__new__(cls, text)
        number.text = text
        return number


Exact.__name__ = "float"  # JMESPath's functions tell types by their names


def text_of(value: Any) -> str:
    """As a map's value is written."""
    if isinstance(value, Exact):
        return value.text
    return str(value).lower() if isinstance(value, bool) else str(value)


def decimal_of(value: Any) -> Decimal:
    """Of a number, or of a text that is one. Raises ArithmeticError for any other."""
    text = text_of(value).strip()
    if isinstance(value, str) and not NUMBER.fullmatch(text):
        raise ArithmeticError("not a number")
    return Decimal(text)
