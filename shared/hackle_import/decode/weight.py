"""What JSON weighs once it is decoded: Python takes up to 200 bytes a value, however few bytes it had in the text. What
is heavy is gone through piece by piece instead."""

import re
from collections.abc import Iterable, Iterator

from hackle_import.codes import Why
from hackle_import.decode import Findings
from hackle_import.reading.elements import value_end

MOST_VALUES = 250_000  # of what is decoded at once
_SPACE = re.compile(rb"[ \t\r\n]*+")
_NO_VALUE = bytes(set(range(256)) - set(b",{["))  # what no value stands behind
_NEITHER = bytes(set(range(256)) - set(b'",{['))  # what neither tells values apart nor ends a string
_STEP = 1 << 16  # bytes: a string a list's element, as `split` has them, takes many times its text


def is_heavy(texts: Iterable[bytes]) -> bool:
    """Whether they hold more than MOST_VALUES together."""
    text = b",".join(texts)
    return len(text) > MOST_VALUES and values(text) > MOST_VALUES


def values(text: bytes) -> int:
    """The values of JSON, about; those of a string count as one."""
    most = _most(text)
    if most <= MOST_VALUES:
        return most
    left = text.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NEITHER).replace(b'""', b"")
    found, is_inside = 0, False
    for start in range(0, len(left), _STEP):
        parts = left[start : start + _STEP].split(b'"')
        found += sum(map(_most, parts[is_inside::2]))
        is_inside ^= len(parts) % 2 == 0
    return found


def _most(text: bytes) -> int:
    return len(text.translate(None, _NO_VALUE))  # in half the time of three counts


def find_heavy(records: Iterable[bytes], findings: Findings) -> None:
    """Rejects records that alone are heavy, for what looks at them whole."""
    for row, record in enumerate(records):
        if is_heavy([record]):
            findings.reject(row, Why.TOO_MANY_VALUES, None, f"more than {MOST_VALUES:,} values")


def elements(text: bytes) -> Iterator[bytes]:
    """Of a valid JSON list, one by one."""
    at = _after_space(text, text.index(b"[") + 1)
    while text[at : at + 1] != b"]":
        end = _value_end(text, at)
        yield text[at:end]
        at = _after_space(text, end)
        at = _after_space(text, at + 1) if text[at : at + 1] == b"," else at


def names(text: bytes) -> Iterator[bytes]:
    """Of a valid JSON object, one by one, as JSON; repeats included."""
    at = _after_space(text, text.index(b"{") + 1)
    while text[at : at + 1] != b"}":
        end = _value_end(text, at)
        yield text[at:end]
        at = _after_space(text, _value_end(text, _after_space(text, _after_space(text, end) + 1)))
        at = _after_space(text, at + 1) if text[at : at + 1] == b"," else at


def _value_end(text: bytes, at: int) -> int:
    end = value_end(text, at, final=True)
    assert end is not None, "the text is valid"
    return end


def _after_space(text: bytes, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
