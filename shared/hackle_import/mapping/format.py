"""The keys of a mapping file and what each may hold: the one place that says so, for the reader and for editors.

`problems` finds everything that is wrong at once; `json_schema` is what `mapping.schema.json` holds.
"""

import re
import tomllib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hackle_import.errors import shown
from hackle_import.mapping.csv_table import CSV
from hackle_import.mapping.expressions import PATH_PATTERN, check_expression, check_path, path_of
from hackle_import.mapping.kinds import Choice, Const, Flag, Kind, Listed, Problem, Ratio, Short, TableOf, TextOf
from hackle_import.mapping.limits import TOO_DEEP, too_large, too_many
from hackle_import.mapping.times import check_file, check_format, swapped
from hackle_import.schema import MAPS, REQUIRED_COLUMNS, REQUIRED_KEYS, SCALARS
from hackle_import.settings import zone

_MOST_TOLD = 20  # of what is wrong with a mapping: what is told of it is kept with every drop of it
SCHEMA_NAME = "mapping.schema.json"
_ANY = 'a table of texts, such as { "1" = "Android", "2" = "iOS" }'


def _filled(text: str) -> None:
    if not text.strip():
        raise ValueError("a text of blanks")


def _separator(text: str) -> None:
    if len(text) != 1 or text.isdigit() or text in "+-eE":
        raise ValueError("not a single character that numbers do not have otherwise")


def _one_source(table: dict[str, Any]) -> Iterator[Problem]:
    heads = [name for name in ("from", "const", "join") if name in table]
    if len(heads) > 1 or not (heads or "file" in table):
        yield "", 'it needs either from or const; write { from = "a.path" } or { const = "a text" }'
    for name in ("default", "values", "decimal", "thousands", "strip", "file"):
        if name in table and "const" in table:
            yield name, "const is there for every row; write it with from, or leave it out"
        elif name in table and "join" in table:
            yield name, "join takes fields as they are; write it with from, or leave it out"
    if "decimal" in table and table["decimal"] == table.get("thousands"):
        yield "thousands", "the same as decimal; write another, or leave it out"


def _ts(table: dict[str, Any]) -> Iterator[Problem]:
    formats = table.get("format")
    if isinstance(formats, list) and all(isinstance(one, str) for one in formats) and (both := swapped(formats)):
        yield "format", f"{both[0]} and {both[1]} differ in the order of day and month only; write the right one"
    for name in ("unit", "epoch_timezone"):
        if table.get("excel") is True and name in table:
            yield name, "with excel, numbers are serial days; write one of both"


def _entry_names(table: dict[str, Any]) -> Iterator[Problem]:
    former: dict[str, str] = {}
    for name in table:
        if (first := former.setdefault(name.lower(), name)) != name:
            yield name, f'the same key as "{first}" in lower case, in which Hackle stores keys; leave one of them out'
    if not {"spread", "pivot"} & table.keys():
        for name in sorted({"only", "except"} & table.keys()):
            yield name, "there is nothing that it chooses from; write it beside spread or pivot"


def _required(name: str) -> Any:
    def check(table: dict[str, Any]) -> Iterator[Problem]:
        yield from _entry_names(table)
        if not {"spread", "pivot"} & table.keys():
            for key in REQUIRED_KEYS[name]:
                if key not in {entry.lower() for entry in table}:
                    yield key, "missing: Hackle needs it in every row; write where it comes from"

    return check


def _has(*names: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [name]} for name in names]}


def _has_in_any_case(name: str) -> dict[str, Any]:
    pattern = "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in name)
    return {"not": {"propertyNames": {"not": {"pattern": f"^{pattern}$"}}}}


_BESIDE_FROM = ("default", "values", "decimal", "thousands", "strip")
_CONST_ALONE = {"required": ["const"], "not": _has("from", "file", "join", *_BESIDE_FROM)}
_JOIN_ALONE = {"required": ["join"], "not": _has("from", "file", "const", *_BESIDE_FROM)}
_FROM_OR_CONST = {"oneOf": [_has("from", "file"), _CONST_ALONE, _JOIN_ALONE]}
_CHOSEN_FROM_SOMETHING = {"if": _has("only", "except"), "then": _has("spread", "pivot")}


def _key_rule(name: str) -> dict[str, Any]:
    return {"anyOf": [_has("spread", "pivot"), {"allOf": [_has_in_any_case(key) for key in REQUIRED_KEYS[name]]}]}


_EXPRESSION = TextOf('a path such as "user.id", or a JMESPath expression', check_expression, "[^ ]")
_PATH = TextOf('a path such as "user.email"', check_path, PATH_PATTERN)
_WITHIN = TextOf('a path such as "data.rows"', check_path, PATH_PATTERN)
_SOURCES = Listed(_EXPRESSION, 'a path such as "user.id", or a list of them: the first that is there wins', single=True)
_TRANSLATION = TableOf({}, _ANY, rest=TextOf('a text, such as "Android"'))
_NUMBER_MARK = TextOf('one character, such as ","', _separator)
_VALUE_KEYS: dict[str, Kind] = {
    "from": _SOURCES,
    "const": Const(),
    "default": Const(),
    "values": _TRANSLATION,
    "decimal": _NUMBER_MARK,
    "thousands": _NUMBER_MARK,
    "strip": Listed(
        TextOf('a text, such as "₩"', _filled), 'a text or a list of them, such as ["₩", "원"]', single=True
    ),
}
_ELSEWHERE = {
    **{name: f"{name} in the table [ts]" for name in ("format", "unit", "timezone", "epoch_timezone", "excel")},
    "when_missing": "when_missing in the table [insert_id]",
    "join": "join in insert_id; for other fields the expression join('-', [a, b])",
    "file": "file in ts",
}
_JOINED = Listed(_EXPRESSION, 'a path such as "user.id", or a list of them: the first that is there', single=True)
_JOIN = Listed(_JOINED, 'a list of paths, such as ["event", "user.id"]')
_FILE = TextOf('a name with a date, such as "events-%Y%m%d"', check_file, "%Y")


def _value(more: dict[str, Kind]) -> Short:
    words = 'a table such as { from = "os", values = { "1" = "Android" }, default = "iOS" }'
    elsewhere = {name: where for name, where in _ELSEWHERE.items() if name not in more}
    long = TableOf(_VALUE_KEYS | more, words, elsewhere=elsewhere, check=_one_source, rules=(_FROM_OR_CONST,))
    return Short(_SOURCES, long)


_VALUE = _value({})
_SCALAR_VALUES = dict.fromkeys(SCALARS, _VALUE) | {"insert_id": _value({"join": _JOIN}), "ts": _value({"file": _FILE})}
_PIVOT_WORDS = '{ from = "params", key = "key", value = ["value.string", "value.int"] }'
_PIVOT = TableOf(
    {"from": _EXPRESSION, "key": _PATH, "value": Listed(_PATH, 'a path such as "value"', single=True)},
    f"a table such as {_PIVOT_WORDS}",
    needs=("from", "key", "value"),
)
_GLOBS = Listed(TextOf('a glob such as "utm_*"'), 'a list of globs, such as ["utm_*"]')
_ENTRY_KEYS: dict[str, Kind] = {
    "spread": _SOURCES,
    "only": _GLOBS,
    "except": _GLOBS,
    "pivot": Listed(_PIVOT, f"{_PIVOT_WORDS}, or a list of them", single=True),
}


def _entries(name: str) -> TableOf:
    check = _required(name) if name in REQUIRED_KEYS else _entry_names
    words = f'a table such as {{ spread = "{name}", plan = "user.plan" }}'
    rules = (_CHOSEN_FROM_SOMETHING, *((_key_rule(name),) if name in REQUIRED_KEYS else ()))
    return TableOf(_ENTRY_KEYS, words, rest=_VALUE, check=check, rules=rules)


def _whole(table: dict[str, Any]) -> Iterator[Problem]:
    each, privacy = table.get("each"), table.get("privacy")
    if not isinstance(each, str) or not isinstance(privacy, dict):
        return
    for name, paths in privacy.items():
        for path in paths if isinstance(paths, list) else ():
            if isinstance(path, str) and f"{each}.".casefold().startswith(f"{path}.".casefold()):
                yield "privacy", f'{name} "{path}" is what each takes its rows from; name what is within it'


_FORMAT = TextOf('a strptime format, such as "%d/%m/%Y %H:%M"', check_format, "%")
FORMAT = TableOf(
    {
        "fields": TableOf(
            _SCALAR_VALUES | {name: _entries(name) for name in MAPS},
            "a table of the eight columns",
            needs=(*REQUIRED_COLUMNS, *REQUIRED_KEYS),
        ),
        "where": TextOf(
            "a JMESPath expression that is true for rows to keep, such as \"type == 'track'\"",
            check_expression,
            "[^ ]",
        ),
        "insert_id": TableOf(
            {"when_missing": Choice(("content", "content+line", "content+copy", "reject"))},
            'a table such as { when_missing = "content" }; where it comes from goes to [fields]',
        ),
        "ts": TableOf(
            {
                "timezone": TextOf('an IANA time zone, such as "Asia/Seoul"', zone),
                "format": Listed(_FORMAT, f"{_FORMAT.words}, or a list of them", single=True),
                "unit": Choice(("s", "ms", "us", "ns")),
                "epoch_timezone": TextOf('an IANA time zone, such as "Asia/Seoul"', zone),
                "excel": Flag(),
            },
            'a table such as { timezone = "Asia/Seoul" }; where it comes from goes to [fields]',
            check=_ts,
        ),
        "records": _WITHIN,
        "each": _WITHIN,
        "json": Listed(_PATH, 'a list of paths, such as ["properties"]'),
        "fillers": TableOf(
            {
                "known": Flag(),
                "texts": Listed(TextOf('a text, such as "N/A"', _filled), 'a list of texts, such as ["N/A"]'),
            },
            'a table such as { known = true, texts = ["N/A"] }',
        ),
        "on_bad_metric": Choice(("reject", "zero")),
        "on_bad_map": Choice(("reject", "keep")),
        "limits": Choice(("note", "reject", "truncate")),
        "on_broken_drop": Choice(("discard", "keep")),
        "on_absent": Choice(("note", "fail")),
        "max_reject_ratio": Ratio(),
        "privacy": TableOf(
            {
                "drop": Listed(_PATH, 'a list of paths, such as ["user.email"]'),
                "hash": Listed(_PATH, 'a list of paths, such as ["user.id"]'),
            },
            'a table such as { drop = ["user.email"], hash = ["user.id"] }',
        ),
        "csv": CSV,
    },
    "a mapping",
    check=_whole,
)


def problems(text: bytes) -> tuple[dict[str, Any], list[Problem]]:
    """The file's content, and everything that is wrong with it, in its order; of very much, the beginning."""
    if (wrong := too_large(text)) is not None:
        return {}, [("", wrong)]
    content, unread = _read(text)
    if unread is not None:
        return {}, [("", unread)]
    if (many := too_many(content, path_of)) is not None:
        return {}, [("", many)]
    found = list(islice(FORMAT.problems(content, ""), _MOST_TOLD + 1))
    return content, found if len(found) <= _MOST_TOLD else [*found[:_MOST_TOLD], ("", "and more")]


def _read(text: bytes) -> tuple[dict[str, Any], str | None]:
    try:
        return tomllib.loads(text.decode("utf-8-sig")), None
    except UnicodeDecodeError as wrong:
        return {}, f"byte {wrong.start} is not UTF-8; save the file as UTF-8"
    except tomllib.TOMLDecodeError as wrong:
        return {}, f"not TOML: {_place(wrong)}; write what https://toml.io describes"
    except RecursionError:
        return {}, TOO_DEEP
    except ValueError:  # Python reads no number of more than 4,300 digits
        return {}, "a number has too many digits; write one that a computer's word holds"


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a mapping, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hackle-import mapping",
    } | FORMAT.schema()


def _place(wrong: tomllib.TOMLDecodeError) -> str:
    return shown(re.sub(r"\s+", " ", str(wrong)))
