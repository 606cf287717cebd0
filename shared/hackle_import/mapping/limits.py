"""How large a mapping may be, and what an expression in it may cost: what a mapping asks for is done for every row.

In: a file's bytes, its content, an expression's tree. Out: what is too much, and what to write instead. Found in time
that does not grow with what is wrong.
"""

import re
import string
from collections.abc import Iterator
from typing import Any

MAX_BYTES = 1 << 20
MAX_SOURCES = 2000  # names, paths and expressions together
MAX_DEPTH = 64
MAX_EXPRESSION = 4096  # characters
MAX_PLACE = (1 << 31) - 1  # in a list
_MAX_SIGNS = 60_000  # of punctuation, which is what takes time to read: some 10,000 entries
_MAX_COMPUTED = 64 << 10  # characters of all expressions that are no paths
_MAX_COPIES = 1000  # of what an expression is given, in what it makes
_NAME_AND_DOT = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?<![\w-])(?:{_NAME_AND_DOT}){{{MAX_DEPTH}}}", re.ASCII)
_SIGNS = string.punctuation.replace("_", "").replace("-", "").encode() + b"\n"
TOO_DEEP = f"it nests deeper than {MAX_DEPTH}; write it flatter"


def too_large(text: bytes) -> str | None:
    """What is too much of a file, before it is read as TOML."""
    if len(text) > MAX_BYTES:
        return f"{len(text):,} bytes; the limit is {MAX_BYTES:,}: leave out what no drop needs"
    signs = len(text) - len(text.translate(None, _SIGNS))
    if signs > _MAX_SIGNS:
        return f"{signs:,} marks such as = and quotes; the limit is {_MAX_SIGNS:,}: leave out what no drop needs"
    if _DEEP_KEY.search(text.decode(errors="replace")):
        return TOO_DEEP
    return None


def too_many(content: dict[str, Any], is_path: Any) -> str | None:
    """What is too much of a mapping's content; `is_path` tells paths from expressions that are computed."""
    sources = list(_sources(content))
    if len(sources) > MAX_SOURCES:
        return f"{len(sources):,} names and sources; the limit is {MAX_SOURCES:,}: take whole objects over with spread"
    fields = [*_sources(content.get("fields")), str(content.get("where", ""))]
    computed = sum(len(source) for source in fields if len(source) <= MAX_EXPRESSION and not is_path(source))
    if computed > _MAX_COMPUTED:
        return f"{computed:,} characters of JMESPath; the limit is {_MAX_COMPUTED:,}: use plain paths where they do"
    return None


def _sources(value: Any, translated: bool = False) -> Iterator[str]:
    """Every text, but for those of translations."""
    if isinstance(value, str) and not translated:
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if not (translated and isinstance(one, str)):
                yield from _sources(one, name == "values")
    elif isinstance(value, list):
        for one in value:
            yield from _sources(one)


def check_tree(tree: dict[str, Any]) -> None:
    """Raises ValueError where an expression of JMESPath nests too deep, reaches too far, or costs more than what it is
    given is long."""
    left = [(tree, 1)]
    while left:
        node, depth = left.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f'{TOO_DEEP}; of many alternatives, make a list: contains(`["a", "b"]`, name)')
        _check_places(node)
        is_join = node["type"] == "function_expression" and node["value"] == "join"
        if is_join and node["children"] and node["children"][0].get("type") != "literal":
            raise ValueError("join() takes a text as it stands here between the others, such as join(', ', names)")
        left += [(child, depth + 1) for child in node["children"] if isinstance(child, dict)]
    if (copies := _copies(tree)) > _MAX_COPIES:
        raise ValueError(f"it copies what it is given {copies:,} times; the limit is {_MAX_COPIES:,}")


def _check_places(node: dict[str, Any]) -> None:
    places = node["children"] if node["type"] == "slice" else [node["value"]] if node["type"] == "index" else []
    if any(place is not None and abs(place) > MAX_PLACE for place in places):
        raise ValueError(f"a place in a list beyond {MAX_PLACE:,}")


def _copies(node: dict[str, Any]) -> int:
    """At most so many times is what a node is given part of what it makes."""
    children = [_copies(child) for child in node["children"] if isinstance(child, dict)]
    match node["type"]:
        case "multi_select_list" | "multi_select_dict":
            return sum(children)
        case "subexpression" | "pipe" | "index_expression" | "projection" | "value_projection" | "filter_projection":
            return _product(children)
        case "function_expression":
            has_expression = any(child["type"] == "expref" for child in node["children"])
            found = _product(children) if has_expression else max(sum(children), 1)
            return found * _growth(node)
        case _:
            return max(children, default=1)


def _growth(node: dict[str, Any]) -> int:
    """At most so many times is what a function makes as long as what it is given."""
    given = node["children"]
    texts = [str(one.get("value", "")) for one in given]
    if node["value"] == "replace" and len(given) > 2:  # noqa: PLR2004
        return max(1, -(-len(texts[2]) // max(len(texts[1]), 1)))
    return max(1, len(texts[0])) if node["value"] == "join" and _splits(node) else 1


def _splits(node: dict[str, Any]) -> bool:
    if node["type"] == "function_expression" and node["value"] == "split":
        return True
    return any(_splits(child) for child in node["children"] if isinstance(child, dict))


def _product(numbers: list[int]) -> int:
    found = 1
    for number in numbers:
        found *= max(number, 1)
    return found
