"""JSON objects -> columns of what JMESPath expressions give. Numbers keep their own text wherever they come out as they
went in. An expression that fails on a record rejects it; its message never holds a value."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.visitor import Options, TreeInterpreter

from hackle_import.decode.maps import value_text
from hackle_import.decode.paths import ESCAPED, KINDS, Texts
from hackle_import.mapping.exact import Exact
from hackle_import.mapping.expressions import looks_at, syntax_tree
from hackle_import.mapping.functions import Functions

_decode = msgspec.json.Decoder(float_hook=Exact).decode
as_json = msgspec.json.Encoder(enc_hook=lambda number: msgspec.Raw(number.text.encode())).encode
_NULL = msgspec.Raw(b"null")
FAILED = (JMESPathError, ArithmeticError, TypeError, ValueError, AttributeError)


class Objects:
    """Records as Python's own values, decoded once and no further than an expression looks."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._records = records
        self._columns: dict[str, list[bytes]] = {}  # as JSON
        self._distinct: dict[frozenset[str], Distinct] = {}
        self._whole: Distinct | None = None

    def for_expression(self, expression: str) -> "Distinct":
        names = looks_at(expression)
        if names is None or any(map(ESCAPED.search, names)):
            if self._whole is None:
                values = [_decoded(record, _decode) for record in self._records]
                self._whole = Distinct(values, range(len(values)))
            return self._whole
        if names not in self._distinct:
            self._distinct[names] = self._of(sorted(names))
        return self._distinct[names]

    def filled(self, names: frozenset[str]) -> set[str]:
        """Those that some record has a value of; all of them where records were decoded whole."""
        if self._whole is not None:
            return set(names)
        return {name for name in names if any(raw != b"null" for raw in self._columns.get(name, ()))}

    def _of(self, names: list[str]) -> "Distinct":
        if missing := [name for name in names if name not in self._columns]:
            self._read(missing)
        if not names:  # of no column there would be no row
            return Distinct([{}], [0] * len(self._records))
        numbers: dict[tuple[bytes, ...], int] = {}
        rows = zip(*map(self._columns.__getitem__, names), strict=True)
        of_rows = [numbers.setdefault(row, len(numbers)) for row in rows]
        return Distinct([dict(zip(names, map(value_of, row), strict=True)) for row in numbers], of_rows)

    def _read(self, names: list[str]) -> None:
        fields = [(f"f{number}", msgspec.Raw, _NULL) for number in range(len(names))]
        keys = {f"f{number}": name for number, name in enumerate(names)}
        kind = msgspec.defstruct("Part", fields, rename=keys, gc=False, eq=False)
        decode, nothing = msgspec.json.Decoder(kind).decode, kind()
        parts = [_decoded(record, decode) or nothing for record in self._records]
        for number, name in enumerate(names):
            self._columns[name] = list(map(bytes, map(attrgetter(f"f{number}"), parts)))


class Distinct(NamedTuple):
    """The values that records have, equal ones once, and the number of each record's value among them."""

    values: list[Any]
    of_rows: Sequence[int]


class Interpreter:
    """Finds what expressions say. `unread`: whether the last result is null for want of a number in a text."""

    def __init__(self) -> None:
        self._functions = Functions()
        self._interpreter = TreeInterpreter(Options(custom_functions=self._functions))
        self.unread = False

    def result(self, tree: dict[str, Any], value: Any) -> Any:
        """Raises one of FAILED where the expression cannot be applied."""
        self._functions.unread = False
        found = self._interpreter.visit(tree, value)
        self.unread = found is None and self._functions.unread
        return found


class Evaluated:
    """The results of expressions over the records of a chunk, found once for records that have the same where an
    expression looks. `fail` is told the row and the expression. `unread` stands for a result that is null for want of a
    number in a text."""

    def __init__(self, objects: Objects, fail: Callable[[int, str], None], unread: str | None = None) -> None:
        self._objects, self._fail, self._unread = objects, fail, unread
        self._interpreter = Interpreter()

    def texts(self, expression: str) -> Texts:
        """As values of entries are written: design section 3."""
        results, of_rows = self._results(expression)
        told = list(map(_text_of, results))
        odd = {row: kind for row, number in enumerate(of_rows) if (kind := told[number][1]) is not None}
        return Texts([told[number][0] for number in of_rows], odd)

    def raws(self, expression: str) -> list[bytes]:
        """As JSON."""
        results, of_rows = self._results(expression)
        raws = list(map(as_json, results))
        return [raws[number] for number in of_rows]

    def results(self, expression: str) -> list[Any]:
        """As Python's own values."""
        results, of_rows = self._results(expression)
        return [results[number] for number in of_rows]

    def _results(self, expression: str) -> Distinct:
        tree, (values, of_rows) = syntax_tree(expression), self._objects.for_expression(expression)
        results, failed = list[Any](), set[int]()
        for number, value in enumerate(values):
            try:
                found = self._interpreter.result(tree, value)
                results.append(self._unread if self._interpreter.unread else found)
            except FAILED:
                results.append(None)
                failed.add(number)
        for row in [row for row, number in enumerate(of_rows) if number in failed] if failed else ():
            self._fail(row, expression)
        return Distinct(results, of_rows)


def _text_of(result: Any) -> tuple[str | None, str | None]:
    """And what kind of thing it is, if it is odd."""
    if result is None or result.__class__ is str:
        return result, None
    raw = as_json(result)
    return value_text(raw), KINDS.get(raw[:1])


def value_of(raw: bytes) -> Any:
    """What JSON says, as expressions see it; None of what holds a number that no Python integer is made from."""
    return _decoded(raw, _decode)


def _decoded(record: bytes, decode: Callable[[bytes], Any]) -> Any:
    try:
        return decode(record)
    except msgspec.ValidationError:  # a number that no Python integer is made from
        return None


def is_true(result: Any) -> bool:
    """JMESPath's truth: false, null, and empty texts, lists and objects are not."""
    return bool(result) or (result == 0 and result is not False)
