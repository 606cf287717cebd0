"""Expressions under a condition, of which the decoder in C knows when they say nothing.

In: JMESPath. Out: conditions on plain paths, or None for an expression of another form. A condition is `path` (true as
JMESPath has it), `!path`, `path == 'text'` or `path != 'text'`.
"""

from enum import IntEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hackle_import.mapping.expressions import CHAINED, Path, syntax_tree


class Holds(IntEnum):
    """When a condition holds. In the order of plan.h."""

    TRUE = 0
    UNTRUE = 1
    EQUAL = 2
    UNEQUAL = 3


_OTHER = {
    Holds.TRUE: Holds.UNTRUE,
    Holds.UNTRUE: Holds.TRUE,
    Holds.EQUAL: Holds.UNEQUAL,
    Holds.UNEQUAL: Holds.EQUAL,
}
_COMPARED = {"eq": Holds.EQUAL, "ne": Holds.UNEQUAL}
_OPERATORS = ("and_expression", "or_expression", "not_expression", "comparator", "function_expression")
_OF_LISTS = ("index_expression", "projection", "filter_projection", "flatten")  # which say nothing of a record
_Tree = dict[str, Any]


class Condition(Struct, frozen=True):
    """On what lies at a path; `text` is what it is compared with."""

    path: Path
    holds: Holds
    text: str = ""


def conditional(expression: str) -> tuple[Condition, Path] | None:
    """Of "condition && path || `null`": null unless the condition holds."""
    match _alternative(expression):
        case {"type": "and_expression", "children": [condition, path]}:
            found, place = _condition(condition), plain_path(path)
            return None if found is None or place is None else (found, place)
    return None


def silent(expression: str) -> list[Condition] | None:
    """Of "condition && anything || `null`": the expression is null where all of these hold. Of several conditions that
    are joined by `&&`, the first one decides."""
    first = _alternative(expression)
    if first is None or first["type"] != "and_expression":
        return None
    while first["type"] == "and_expression":
        first = first["children"][0]
    found = _joined(first, "or_expression")
    return None if found is None else [replace(one, holds=_OTHER[one.holds]) for one in found]


def paths_of(expression: str) -> set[Path] | None:
    """The plain paths that an expression is made of; None of one that reads a record in other ways."""
    found: set[Path] = set()
    left = [syntax_tree(expression)]
    while left:
        tree = left.pop()
        if path := plain_path(tree):
            found.add(path)
        elif tree["type"] in _OPERATORS:
            left += tree["children"]
        elif tree["type"] != "literal":
            return None
    return found


def paths_in(expression: str) -> set[Path]:
    """The plain paths from the record itself that any expression holds: of `[a.b, c[?d]]`, `a.b` and `c`."""
    found: set[Path] = set()
    left = [syntax_tree(expression)]
    while left:
        tree = left.pop()
        if path := plain_path(tree):
            found.add(path)
        elif tree["type"] != "expref":  # which is of elements
            children = [child for child in tree["children"] if isinstance(child, dict)]
            left += children[:1] if tree["type"] in CHAINED else children
    return found


def looked_at(expression: str) -> set[Path] | None:
    """The plain paths that an expression reads of a record, whatever it does with what lies there; None where it may
    read any."""
    return None if _reads_all(syntax_tree(expression)) else paths_in(expression)


def _reads_all(tree: _Tree) -> bool:
    """Whether the record itself is a part of what an expression works on, or all that it holds."""
    if tree["type"] in ("current", "identity"):
        return True
    if tree["type"] == "expref":  # which is of elements
        return False
    children = [child for child in tree["children"] if isinstance(child, dict)]
    if tree["type"] not in CHAINED:
        return any(map(_reads_all, children))
    of_no_object = tree["type"] in _OF_LISTS and children[0]["type"] == "identity"
    return not of_no_object and _reads_all(children[0])


def _alternative(expression: str) -> _Tree | None:
    """What stands before "|| `null`"."""
    match syntax_tree(expression):
        case {"type": "or_expression", "children": [first, {"type": "literal", "value": None}]}:
            return dict(first)
    return None


def _joined(tree: _Tree, by: str) -> list[Condition] | None:
    if tree["type"] != by:
        found = _condition(tree)
        return None if found is None else [found]
    parts = [_joined(child, by) for child in tree["children"]]
    return None if None in parts else [one for part in parts for one in part or ()]


def _condition(tree: _Tree) -> Condition | None:
    match tree:
        case {"type": "not_expression", "children": [one]} if path := plain_path(one):
            return Condition(path, Holds.UNTRUE)
        case {"type": "comparator", "value": sign, "children": [one, {"type": "literal", "value": str(text)}]} if (
            sign in _COMPARED and (path := plain_path(one))
        ):
            return Condition(path, _COMPARED[sign], text)
    path = plain_path(tree)
    return None if path is None else Condition(path, Holds.TRUE)


def plain_path(tree: _Tree) -> Path | None:
    """The names, and places in lists, of a plain path; None for anything else."""
    match tree:
        case {"type": "field", "value": str(name)}:
            return (name,)
        case {"type": "index", "value": int(place)} if place >= 0:
            return (place,)
        case {"type": "subexpression" | "index_expression", "children": [outer, inner]}:
            before, after = plain_path(outer), plain_path(inner)
            return None if before is None or after is None else (*before, *after)
    return None
