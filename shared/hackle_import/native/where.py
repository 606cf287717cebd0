"""`where` -> the tests that the decoder in C asks of a record: the numbers of `PlanTest` in plan.h.

In: JMESPath that compares what lies at plain paths with texts and numbers, or looks for texts in it, joined by `&&`,
`||` and `!`. Raises Unusual for any other.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from hackle_import.mapping.conditions import plain_path
from hackle_import.mapping.expressions import Path, syntax_tree
from hackle_import.native.unusual import Unusual

_MOST_TESTS = 256
_MOST_BYTES = 64  # of a text that is looked for: looking costs its length at every place
_EXACT = 1 << 53  # whole numbers up to here are floats
_FLIPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_COMPARISONS = {"eq": 0, "lt": 1, "lte": 2, "gt": 3, "gte": 4}  # in the order of plan.h
_Tree = dict[str, Any]


class _Test(IntEnum):
    """In the order of plan.h."""

    AND = 0
    OR = 1
    NOT = 2
    TRUE = 3
    IS_TRUE = 4
    IS_FALSE = 5
    IS_NULL = 6
    TEXT = 7
    NUMBER = 8
    CONTAINS = 9
    STARTS = 10
    ENDS = 11


_JOINED = {"and_expression": _Test.AND, "or_expression": _Test.OR}
_WORDS = {True: _Test.IS_TRUE, False: _Test.IS_FALSE, None: _Test.IS_NULL}
_SOUGHT = {"contains": _Test.CONTAINS, "starts_with": _Test.STARTS, "ends_with": _Test.ENDS}


class Tests:
    """`slot` gives that of a path, `text` a text's place and length; `numbers` are five a test, the last decides."""

    def __init__(self, slot: Callable[[Path], int], text: Callable[[str | None], tuple[int, int]]) -> None:
        self._slot, self._text = slot, text
        self.numbers: list[int] = []

    def write(self, expression: str) -> None:
        self._tree(syntax_tree(expression))
        if len(self.numbers) > 5 * _MOST_TESTS:
            raise Unusual

    def write_true(self, slot: int) -> None:
        """Whether what a slot holds is true."""
        self._add(_Test.TRUE, slot)

    def _add(self, kind: _Test, left: int, right: int = 0, text: tuple[int, int] = (0, 0)) -> int:
        self.numbers += (kind, left, right, *text)
        return len(self.numbers) // 5 - 1

    def _tree(self, tree: _Tree) -> int:
        """The number of the test that a part of the expression is."""
        if (kind := _JOINED.get(tree["type"])) is not None:
            return self._joined(kind, tree["children"])
        if (path := plain_path(tree)) is not None:
            return self._add(_Test.TRUE, self._slot(path))
        match tree:
            case {"type": "not_expression", "children": [one]}:
                return self._add(_Test.NOT, self._tree(one))
            case {"type": "comparator", "value": sign, "children": [one, {"type": "literal", "value": literal}]}:
                return self._compared(sign, one, literal)
            case {"type": "comparator", "value": sign, "children": [{"type": "literal", "value": literal}, one]}:
                return self._compared(_FLIPPED[sign], one, literal)
            case {"type": "function_expression", "value": "contains", "children": [{"type": kind} as many, one]} if (
                kind in ("literal", "multi_select_list")
            ):
                return self._one_of(_texts(many), one)
            case {"type": "function_expression", "value": name, "children": [one, {"type": "literal", "value": text}]}:
                return self._sought(name, one, text)
        raise Unusual

    def _joined(self, kind: _Test, parts: list[_Tree]) -> int:
        first, second = parts
        return self._add(kind, self._tree(first), self._tree(second))

    def _compared(self, sign: str, one: _Tree, literal: Any) -> int:
        if sign == "ne":
            return self._add(_Test.NOT, self._compared("eq", one, literal))
        slot, comparison = self._slot_of(one), _COMPARISONS[sign]
        if isinstance(literal, str):
            return self._add(_Test.TEXT, slot, comparison, self._text(literal))
        if literal is None or isinstance(literal, bool):
            if sign != "eq":
                raise Unusual
            return self._add(_WORDS[literal], slot)
        if not isinstance(literal, int | float) or abs(literal) >= _EXACT:
            raise Unusual
        return self._add(_Test.NUMBER, slot, comparison, (*struct.unpack("<q", struct.pack("<d", literal)), 0))

    def _one_of(self, texts: list[str], one: _Tree) -> int:
        """Whether a list that stands in the expression contains what lies at a path."""
        found = self._compared("eq", one, texts[0])
        for text in texts[1:]:
            found = self._add(_Test.OR, found, self._compared("eq", one, text))
        return found

    def _sought(self, name: str, one: _Tree, text: Any) -> int:
        if name not in _SOUGHT or not isinstance(text, str):
            raise Unusual
        place, length = self._text(text)
        if length > _MOST_BYTES:
            raise Unusual
        return self._add(_SOUGHT[name], self._slot_of(one), 0, (place, length))

    def _slot_of(self, tree: _Tree) -> int:
        path = plain_path(tree)
        if path is None:
            raise Unusual
        return self._slot(path)


def _texts(tree: _Tree) -> list[str]:
    """Of a list of texts, as JSON or as an expression."""
    told = [one.get("value") for one in tree["children"]] if tree["type"] == "multi_select_list" else tree["value"]
    literals = tree["type"] == "literal" or all(one["type"] == "literal" for one in tree["children"])
    if not literals or not isinstance(told, list) or not told or not all(isinstance(one, str) for one in told):
        raise Unusual
    return told
