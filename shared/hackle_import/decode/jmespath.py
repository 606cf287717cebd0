"""JSON objects -> columns of what JMESPath expressions give. Numbers keep their own text wherever they come out as they
went in. An expression that fails on a record rejects it; its message never holds a value."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.visitor import Options, TreeInterpreter

from hackle_import.decode.maps import value_text
from hackle_import.decode.paths import ESCAPED, KINDS, Texts
from hackle_import.mapping.exact import Exact
from hackle_import.mapping.expressions import looks_at, syntax_tree
from hackle_import.mapping.functions import Functions

_decode = msgspec.json.Decoder(float_hook=Exact).decode
_encode = msgspec.json.Encoder(enc_hook=lambda number: msgspec.Raw(number.text.encode())).encode


class Objects:
    """Records as Python's own values, decoded once and no further than an expression looks."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._records = records
        self._columns: dict[str, list[Any]] = {}
        self._parts: dict[frozenset[str], list[Any]] = {}
        self._whole: list[Any] | None = None

    def for_expression(self, expression: str) -> list[Any]:
        names = looks_at(expression)
        if names is None:
            if self._whole is None:
                self._whole = [_decoded(record, _decode) for record in self._records]
            return self._whole
        if names not in self._parts:
            self._parts[names] = self._part(names)
        return self._parts[names]

    def filled(self, names: frozenset[str]) -> set[str]:
        """Those that some record has a value of; all of them where records were decoded whole."""
        if self._whole is not None:
            return set(names)
        return {name for name in names if any(value is not None for value in self._columns.get(name, ()))}

    def _part(self, names: frozenset[str]) -> list[Any]:
        missing = sorted(names - self._columns.keys())
        if missing:
            self._read(missing)
        if not names:  # of no column there would be no row
            return [{} for _ in self._records]
        columns = [self._columns[name] for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def _read(self, names: list[str]) -> None:
        if any(map(ESCAPED.search, names)):
            records = [_decoded(record, _decode) or {} for record in self._records]
            self._columns |= {name: [record.get(name) for record in records] for name in names}
            return
        fields = [(f"f{number}", Any, None) for number in range(len(names))]
        keys = {f"f{number}": name for number, name in enumerate(names)}
        kind = msgspec.defstruct("Part", fields, rename=keys, gc=False, eq=False)
        decode, nothing = msgspec.json.Decoder(kind, float_hook=Exact).decode, kind()
        parts = [_decoded(record, decode) or nothing for record in self._records]
        for number, name in enumerate(names):
            self._columns[name] = list(map(attrgetter(f"f{number}"), parts))


class Evaluated:
    """The results of expressions over the records of a chunk. `fail` is told the row and the expression. `unread`
    stands for a result that is null for want of a number in a text."""

    def __init__(self, objects: Objects, fail: Callable[[int, str], None], unread: str | None = None) -> None:
        self._objects, self._fail, self._unread = objects, fail, unread
        self._functions = Functions()
        self._interpreter = TreeInterpreter(Options(custom_functions=self._functions))

    def texts(self, expression: str) -> Texts:
        """As values of entries are written: design section 3."""
        column = Texts([])
        for row, result in enumerate(self.results(expression)):
            if result is None or result.__class__ is str:
                column.texts.append(result)
                continue
            raw = _encode(result)
            column.texts.append(value_text(raw))
            if (kind := KINDS.get(raw[:1])) is not None:
                column.odd[row] = kind
        return column

    def raws(self, expression: str) -> list[bytes]:
        """As JSON."""
        return [_encode(result) for result in self.results(expression)]

    def results(self, expression: str) -> Iterable[Any]:
        """As Python's own values."""
        tree = syntax_tree(expression)
        for row, value in enumerate(self._objects.for_expression(expression)):
            self._functions.unread = False
            try:
                found = self._interpreter.visit(tree, value)
                yield self._unread if found is None and self._functions.unread else found
            except (JMESPathError, ArithmeticError, TypeError, ValueError, AttributeError):
                self._fail(row, expression)
                yield None


def _decoded(record: bytes, decode: Callable[[bytes], Any]) -> Any:
    try:
        return decode(record)
    except msgspec.ValidationError:  # a number that no Python integer is made from
        return None


def is_true(result: Any) -> bool:
    """JMESPath's truth: false, null, and empty texts, lists and objects are not."""
    return bool(result) or (result == 0 and result is not False)
