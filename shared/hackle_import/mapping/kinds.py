"""What a key of a mapping may hold: each kind finds everything that is wrong with a value, and says it as JSON Schema.

A problem is (key, what is wrong; what to write instead).
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, Protocol

from msgspec import Struct, field

from hackle_import.errors import shown

Problem = tuple[str, str]
_TOLD_CHARACTERS = 200  # of a text that is wrong
_WORD_BITS = 63  # TOML asks for no more
_TYPES: dict[type, str] = {list: "a list", dict: "a table"}


class Kind(Protocol):
    """`words` is what to write."""

    @property
    def words(self) -> str: ...

    def problems(self, value: Any, key: str) -> Iterator[Problem]: ...

    def schema(self) -> dict[str, Any]: ...


class Choice(Struct, frozen=True):
    """One of some texts."""

    options: tuple[str, ...]

    @property
    def words(self) -> str:
        return "one of " + ", ".join(f'"{option}"' for option in self.options)

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if value not in self.options:
            yield key, f"{_told(value)}; write {self.words}"

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.options)}


class TextOf(Struct, frozen=True):
    """A text that `check` raises nothing for; `pattern` is as much of that as a schema can say."""

    words: str
    check: Callable[[str], object] = len
    pattern: str = ""

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield key, f"{_told(value)}; write {self.words}"
            return
        try:
            self.check(value)
        except Exception as wrong:  # whatever a library raises for a text, the text is what is wrong
            yield key, f"{_told(value)}: {wrong}; write {self.words}"

    def schema(self) -> dict[str, Any]:
        said = {"type": "string", "description": self.words}
        return said | ({"pattern": self.pattern} if self.pattern else {})


class Const(Struct, frozen=True):
    """A text, number, or true or false."""

    words: str = 'a text, a number, true or false, such as "Android"'

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, str | int | float):
            yield key, f"{_told(value)}; write {self.words}"
        elif isinstance(value, int) and value.bit_length() > _WORD_BITS:
            yield key, f"a number of more than {_WORD_BITS} bits; write it as a text"

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"], "description": self.words}


class Ratio(Struct, frozen=True):
    """A number between 0 and 1."""

    words: str = "a number from 0 to 1, such as 0.05"

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            yield key, f"{_told(value)}; write {self.words}"

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": 1, "description": self.words}


class Whole(Struct, frozen=True):
    """A whole number from `least` to `most`."""

    least: int
    most: int
    words: str

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            yield key, f"{_told(value)}; write {self.words}"

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "description": self.words}


class Flag(Struct, frozen=True):
    """True or false."""

    words: str = "true or false"

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield key, f"{_told(value)}; write {self.words}"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean", "description": self.words}


class Listed(Struct, frozen=True):
    """A list of one kind that is not empty; `single` takes one alone, too."""

    of: Kind
    words: str
    single: bool = False

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            if self.single and not isinstance(value, int | float):
                yield from self.of.problems(value, key)
            else:
                yield key, f"{_told(value)}; write {self.words}"
            return
        if not value:
            yield key, f"an empty list; write {self.words}"
        for number, one in enumerate(value, 1):
            yield from self.of.problems(one, f"{key}[{number}]")

    def schema(self) -> dict[str, Any]:
        listed = {"type": "array", "items": self.of.schema(), "minItems": 1, "description": self.words}
        return {"anyOf": [self.of.schema(), listed]} if self.single else listed


class TableOf(Struct, frozen=True):
    """Named keys, and `rest` for any other name. `check` finds what is wrong with the keys together; `rules` are as
    much of that as a schema can say."""

    keys: dict[str, Kind]
    words: str
    rest: Kind | None = None
    needs: tuple[str, ...] = ()
    elsewhere: dict[str, str] = field(default_factory=dict)
    check: Callable[[dict[str, Any]], Iterator[Problem]] = lambda _: iter(())
    rules: tuple[dict[str, Any], ...] = ()

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield key, f"{_told(value)}; write {self.words}"
            return
        for name, one in value.items():
            kind = self.keys.get(name, self.rest)
            if kind is None:
                yield _below(key, name), self._unknown(name)
            else:
                yield from kind.problems(one, _below(key, name))
        for name in self.needs:
            if name not in value:
                yield _below(key, name), f"missing; write {self.keys[name].words}"
        for name, wrong in self.check(value):
            yield _below(key, name), wrong

    def schema(self) -> dict[str, Any]:
        keys = {name: kind.schema() for name, kind in self.keys.items()}
        found: dict[str, Any] = {"type": "object", "description": self.words, "properties": keys}
        found["additionalProperties"] = self.rest.schema() if self.rest else False
        found |= {"required": list(self.needs)} if self.needs else {}
        return found | ({"allOf": list(self.rules)} if self.rules else {})

    def _unknown(self, name: str) -> str:
        if name in self.elsewhere:
            return f"unknown key; write {self.elsewhere[name]}"
        near = get_close_matches(name, self.keys, 1)
        return f"unknown key; write {near[0]}" if near else f"unknown key; there are: {', '.join(self.keys)}"


class Short(Struct, frozen=True):
    """A kind, or `long`, a table that says the same at length."""

    short: Kind
    long: TableOf

    @property
    def words(self) -> str:
        return f"{self.short.words}, or {self.long.words}"

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        yield from (self.long if isinstance(value, dict) else self.short).problems(value, key)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.short.schema(), self.long.schema()]}


class NumberOr(Struct, frozen=True):
    """A whole number, or another kind."""

    number: Whole
    other: Kind

    @property
    def words(self) -> str:
        return f"{self.other.words}, or {self.number.words}"

    def problems(self, value: Any, key: str) -> Iterator[Problem]:
        yield from (self.number if isinstance(value, int) else self.other).problems(value, key)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.number.schema(), self.other.schema()]}


def _told(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return str(value).lower()[:_TOLD_CHARACTERS]
    if not isinstance(value, str):
        return _TYPES.get(type(value), "a time")
    return f'"{shown(value[:_TOLD_CHARACTERS])}{"…" * (len(value) > _TOLD_CHARACTERS)}"'


def _below(key: str, name: str) -> str:
    if not name:
        return key
    name = shown(name[:_TOLD_CHARACTERS])
    told = name if name.replace("_", "").replace("-", "").isalnum() else f'"{name}"'
    return f"{key}.{told}" if key else told
