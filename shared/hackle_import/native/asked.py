"""Expressions that only Python knows -> what the decoder in C asks about them, and the answers: once what an expression
says of records that have the same where it looks."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from hackle_import.decode.jmespath import FAILED, Interpreter, as_json, value_of
from hackle_import.mapping.conditions import looked_at, paths_in, plain_path
from hackle_import.mapping.expressions import CHAINED, Path, roots, syntax_tree

_NONE = -1
_Tree = dict[str, Any]
_Guards = tuple[int, int]


class _Question(Struct):
    """Of expressions that look at the same places. `sources` and `targets` are slots; of each part it is known whether
    its text must be a number."""

    sources: list[int]
    targets: list[int] = field(default_factory=list)
    parts: list[tuple[_Tree, bool]] = field(default_factory=list)


class Asks:
    """`slot` gives that of a path, `new_slot` another one. `reads_all`: an expression looks at whole records.
    `must_read` are expressions whose texts must be numbers."""

    def __init__(self, slot: Callable[[Path], int], new_slot: Callable[[], int], must_read: Sequence[str]) -> None:
        self._slot, self._new_slot, self._must_read = slot, new_slot, frozenset(must_read)
        self._questions: dict[tuple[bool, frozenset[Path] | None, _Guards], _Question] = {}
        self._asked: list[_Question] = []
        self._interpreter = Interpreter()
        self.targets: dict[str, int] = {}
        self.reads_all = False

    def target(self, expression: str, guards: _Guards = (0, 0), *, early: bool = False) -> int:
        """The slot that gets what an expression says: null, unasked, where all of the `guards` hold, which are a place
        and a count. `early`: `where` waits for it."""
        if expression in self.targets and not early:
            return self.targets[expression]
        found = looked_at(expression)
        paths = None if found is None else sorted(found, key=str)
        key = early, None if paths is None else frozenset(paths), guards
        if key not in self._questions:
            self._questions[key] = _Question(self._sources(expression, paths))
            self._asked.append(self._questions[key])
        question, target = self._questions[key], self._new_slot()
        question.targets.append(target)
        tree = syntax_tree(expression) if paths is None else _of_places(expression, paths)
        question.parts.append((tree, expression in self._must_read))
        if not early:
            self.targets[expression] = target
        return target

    def _sources(self, expression: str, paths: list[Path] | None) -> list[int]:
        """The record itself is none of the slots; what is told of its fields is what an expression names."""
        if paths is not None:
            return list(map(self._slot, paths))
        self.reads_all = True
        for path in (*((name,) for name in roots(expression)), *paths_in(expression)):
            self._slot(path)
        return [_NONE]

    def numbers(self, listed: Callable[[Sequence[int]], tuple[int, int]]) -> Iterator[int]:
        """`PlanAsk` in plan.h, one after the other; `listed` writes a list of the plan."""
        for (early, _, guards), one in self._questions.items():
            yield from (*listed(one.sources), *listed(one.targets), *guards, early)

    def answer(self, number: int, asked: bytes) -> bytes | None:
        """What lies in the slots, by their numbers or as the record itself -> what the expressions say, a line of JSON
        each. None: the record is for Python."""
        question, told = self._asked[number], b""
        try:
            value = value_of(asked)
            for tree, must_read in question.parts:
                told += as_json(self._interpreter.result(tree, value)) + b"\n"
                if must_read and self._interpreter.unread:
                    return None
        except (*FAILED, msgspec.DecodeError):
            return None
        return told


def _of_places(expression: str, paths: Sequence[Path]) -> _Tree:
    """The same expression of an object that holds what lies at each of the paths by its number."""
    names = {path: str(number)[::-1] for number, path in enumerate(paths)}  # as asks.c writes them

    def of_places(tree: Any) -> Any:
        if not isinstance(tree, dict) or tree["type"] == "expref":
            return tree
        if path := plain_path(tree):
            return {"type": "field", "children": [], "value": names[path]}
        children = tree["children"]
        changed = 1 if tree["type"] in CHAINED else len(children)
        return {**tree, "children": [*map(of_places, children[:changed]), *children[changed:]]}

    found: _Tree = of_places(syntax_tree(expression))
    return found
