"""Source expressions: a plain dotted path (`user.id`, `items[0].sku`, `"주문 일시"`), or any other JMESPath.

A plain path reads exact texts and costs what Hackle's shape costs; JMESPath (https://jmespath.org/specification.html)
works on decoded records.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from hackle_import.mapping.functions import Functions, check_pattern
from hackle_import.mapping.limits import MAX_DEPTH, MAX_EXPRESSION, MAX_PLACE, TOO_DEEP, check_tree

Path = tuple[str | int, ...]
_remembered = lru_cache(8192)  # the expressions of some mappings at once: a process may live for long
_NAME = r'(?:[A-Za-z_$][A-Za-z0-9_$-]*|"[^"\\]+")'
_PLAIN = re.compile(rf"(?:{_NAME}(?:\[[0-9]+\])?\.)*{_NAME}")
PATH_PATTERN = rf"^(?:{_NAME}\.)*{_NAME}$"  # without places in lists; the same in JSON Schema's dialect
_DIGITS = re.compile(r"\[-?([0-9]+)\]")
_STEP = re.compile(rf"{_NAME}|\[[0-9]+\]")
_PUNCTUATION = re.compile(r"""[][{}()|&!<>=@*?,:`"'\\]""")  # of JMESPath, but for the dot between names
_FUNCTIONS = Functions.FUNCTION_TABLE
_AS_WRITTEN = {"replace": (1, 2), "split": (1,), "match": (1,)}  # so that what they cost is known
_WHOLE = {"current", "value_projection"}  # nodes that may stand for the record itself
CHAINED = {  # nodes whose first child is of what they are of, and the others of what that gives
    "subexpression", "index_expression", "pipe", "projection", "filter_projection", "value_projection", "flatten",
}  # fmt: skip


@_remembered
def path_of(expression: str) -> Path | None:
    """The names, and places in lists, of a plain path, outermost first; None for an expression that needs JMESPath."""
    if not _PLAIN.fullmatch(expression):
        return None
    return tuple(int(step[1:-1]) if step[0] == "[" else step.strip('"') for step in _STEP.findall(expression))


@_remembered
def syntax_tree(expression: str) -> dict[str, Any]:
    """Of a JMESPath expression. Raises ValueError that shows where it is wrong."""
    try:
        tree: dict[str, Any] = jmespath.compile(_quoted(expression)).parsed
    except JMESPathError as wrong:
        raise ValueError(f"not a JMESPath expression, {_reason(wrong)}{_as_names(expression)}") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    check_tree(tree)
    for node in _nodes(tree):
        if node["type"] == "function_expression":
            _check_call(str(node["value"]), node["children"])
    return tree


def check_expression(expression: str) -> None:
    """Raises ValueError for what is neither a path nor JMESPath, and for what costs too much."""
    if len(expression) > MAX_EXPRESSION:
        raise ValueError(f"{len(expression):,} characters; the limit is {MAX_EXPRESSION:,}")
    if any(len(place) > len(str(MAX_PLACE)) for place in _DIGITS.findall(expression)):
        raise ValueError(f"a place in a list beyond {MAX_PLACE:,}")
    path = path_of(expression)
    if path is None:
        syntax_tree(expression)
    elif len(path) > MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    elif any(isinstance(step, int) and step > MAX_PLACE for step in path):
        raise ValueError(f"a place in a list beyond {MAX_PLACE:,}")


def check_path(expression: str) -> None:
    """Raises ValueError for what is no plain path of names."""
    path = None if "[" in expression else path_of(expression)
    if path is None:
        raise ValueError("not a plain dotted path")
    if len(path) > MAX_DEPTH:
        raise ValueError(TOO_DEEP)


def roots(expression: str) -> set[str]:
    """The names that an expression may read of a record; of a JMESPath expression, any that it mentions."""
    if path := path_of(expression):
        return {str(path[0])}
    return {str(node["value"]) for node in _nodes(syntax_tree(expression)) if node["type"] == "field"}


@_remembered
def looks_at(expression: str) -> frozenset[str] | None:
    """The names of a record that a JMESPath expression can look at; None where that may be any."""
    nodes = list(_nodes(syntax_tree(expression)))
    if any(node["type"] in _WHOLE for node in nodes):
        return None
    return frozenset(str(node["value"]) for node in nodes if node["type"] == "field")


def _check_call(name: str, given: list[dict[str, Any]]) -> None:
    if name not in _FUNCTIONS:
        raise ValueError(f"there is no function {name}()")
    takes = _FUNCTIONS[name]["signature"]
    more = bool(takes) and takes[-1].get("variadic", False)
    if len(given) != len(takes) and not (more and len(given) > len(takes)):
        raise ValueError(f"{name}() takes {len(takes)}{' or more' if more else ''}, not {len(given)}")
    for place in _AS_WRITTEN.get(name, ()):
        if given[place]["type"] != "literal" or not isinstance(given[place]["value"], str):
            raise ValueError(f"{name}() takes a text as it stands here, such as '-', at place {place + 1}")
    if name in ("replace", "split") and not given[1]["value"]:
        raise ValueError(f"{name}() takes no empty text at place 2")
    if name == "match":
        check_pattern(given[1]["value"])


@_remembered
def first_names(expression: str) -> frozenset[str]:
    """The names of the record itself that a JMESPath expression looks at: of `a.b[?c]`, `a`."""
    return frozenset(_first(syntax_tree(expression)))


def _first(tree: dict[str, Any]) -> Iterator[str]:
    if tree["type"] == "field":
        yield str(tree["value"])
    children = [child for child in tree["children"] if isinstance(child, dict)]
    if tree["type"] == "expref":  # it is of elements
        return
    for child in children[:1] if tree["type"] in CHAINED else children:
        yield from _first(child)


def _quoted(expression: str) -> str:
    """A plain path may hold names, such as `$os`, that JMESPath wants in quotes."""
    if path_of(expression) is None:
        return expression
    return re.sub(_NAME, lambda name: name[0] if name[0][0] == '"' else f'"{name[0]}"', expression)


def _as_names(expression: str) -> str:
    names = expression.split(".")
    if not all(names) or _PUNCTUATION.search(expression):
        return ""
    path = ".".join(f'"{name}"' for name in names)
    return f"; if these are names, put each in quotes: '{path}'"


def _nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for child in tree["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def _reason(wrong: JMESPathError) -> str:
    """Where, without the parser's drawing of the expression, which the message names anyway."""
    place = getattr(wrong, "lexer_position", getattr(wrong, "lex_position", None))
    return "empty" if place is None else f"see column {place + 1}"
