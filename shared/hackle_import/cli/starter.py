"""A starter mapping from a sample: the best guess per field; guesses are said to be guesses, gaps to be gaps."""

import json
import re
from collections.abc import Iterator
from itertools import count

import click

from hackle_import.cli.guesses import amount_options, is_called, no_id, roles, systems_to_translate, time_lines
from hackle_import.cli.sample import Name, Sample, sample_of
from hackle_import.errors import shown
from hackle_import.mapping.dialects import DIALECTS
from hackle_import.mapping.expressions import path_of
from hackle_import.mapping.format import FORMAT
from hackle_import.mapping.limits import MAX_DEPTH, MAX_EXPRESSION
from hackle_import.mapping.parse import RESERVED

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILLERS = ("\\N", "NULL", "null", "#N/A", "undefined", "(not set)")
_MOST_NAMED = 300  # columns, beyond which the whole row is taken over
_MOST_SEEN, _MOST_SHOWN = 5, 40  # values of a column that may be what is asked for, and characters of each
_GLOB = re.compile(r"[\[*?]")


def starter(source: str) -> str:
    """TOML that `load_mapping` takes, of a place as `convert` takes it or `-`. Raises click.UsageError for a sample
    without fields."""
    sample = sample_of(source)
    if not sample.fields:
        raise click.UsageError(f"{source} has no fields to map: neither a CSV header nor JSON objects")
    return "\n".join(_Starter(sample).lines()) + "\n"


class _Starter:
    """`found` are the fields of roles, `rest` the others."""

    def __init__(self, sample: Sample) -> None:
        self._sample, self._found = sample, roles(sample)
        self._amount = self._found.get("metric_value")
        self._amounts = amount_options(sample.fields[self._amount]) if self._amount else {}
        self._csv = dict(self._table_options())
        self._is_amount = self._amounts is not None
        if not self._is_amount:
            del self._found["metric_value"]
        self._rest = [name for name in sample.fields if name not in self._found.values() and _can_be_taken(name)]

    def lines(self) -> Iterator[str]:
        name = shown(self._sample.name)
        yield f"# A starter for files like {name}. Check every line marked GUESS and TODO, then look at it with"
        yield f"#   hackle-import preview {name} --mapping this-file.toml"
        if self._sample.records:
            yield f"records = {_source(self._sample.records)}  # GUESS: the list in the document"
        if self._sample.each:
            yield f"each = {_source(self._sample.each)}  # GUESS: a row per element; what is beside the list is record"
        if self._csv:
            yield "\n[csv]"
            yield from self._csv.values()
        times = self._sample.fields.get(self._found.get("ts", ()), [])
        if lines := time_lines(times, self._sample.fields):
            yield "\n[ts]"
            yield from lines
        yield from self._columns()
        yield from self._identifiers()
        yield from self._properties()
        yield from self._platform()

    def _table_options(self) -> Iterator[tuple[str, str]]:
        """Lines of `[csv]`, by option; those that this version's `[csv]` has."""
        table = self._sample.table
        if table is None:
            return
        told = dict(self._dialect_options())
        if not self._has_own_marks:
            told |= {name: (json.dumps(text), "GUESS by the amounts") for name, text in (self._amounts or {}).items()}
        if table.skip:
            told["skip"] = (str(table.skip), "GUESS: lines that are no rows")
        if table.header:
            made = table.header[0] == "column_1" and table.header[-1] == f"column_{len(table.header)}"
            why = "there is no header; name the columns" if made else "its own header has one name twice"
            told["header"] = (_toml_list(table.header), f"TODO: {why}")
        nested = [name[0] for name in self._sample.fields if len(name) == 1 and self._sample.holds_json(name)]
        if nested:
            told["json"] = (_toml_list(nested), "GUESS by their cells")
        takes = FORMAT.keys["csv"]
        for name, (value, why) in told.items():
            if name in getattr(takes, "keys", {}):
                yield name, f"{name} = {value}" + (f"  # {why}" if why else "")

    def _dialect_options(self) -> Iterator[tuple[str, tuple[str, str]]]:
        table, name = self._sample.table, self._sample.name.lower()
        cells = {text for texts in self._sample.fields.values() for text in texts}
        assert table is not None
        by_name = "\t" if ".tsv" in name else "," if ".csv" in name else None
        dialect = table.dialect or ("hive" if "\\N" in cells and table.delimiter == "\x01" else None)
        known = list(DIALECTS.get(dialect or "", {}).get("null", ()))
        if dialect:
            others = ": of Postgres, write postgres; of ClickHouse, clickhouse" if dialect == "mysql" else ""
            yield "dialect", (json.dumps(dialect), f"GUESS by its delimiter and escapes{others}")
        elif table.delimiter != by_name and (by_name or table.delimiter not in ",\t"):
            yield "delimiter", (json.dumps(table.delimiter), "")
        if fillers := [text for text in _FILLERS if text in cells and text not in known]:
            yield "null", (_toml_list([*known, *fillers]), "GUESS: they stand for no value")
        if table.encoding == "cp949":
            yield "encoding", ('"cp949"', "GUESS: it is no UTF-8")

    def _columns(self) -> Iterator[str]:
        yield "\n[fields]"
        if "insert_id" in self._found:
            yield f"insert_id = {self._guessed('insert_id')}"
        elif (name := no_id(self._sample)) is not None:
            yield f"# TODO: no id of a row: {_source(name)} has repeats or gaps, and Hackle keeps one row of an id"
        if "event_key" in self._found:
            yield f"event_key = {self._guessed('event_key')}"
        else:
            yield f'event_key = "event_key"  # TODO: no field is its name; {self._seen()}or {{ const = "purchase" }}'
        if "ts" in self._found:
            yield f"ts = {self._guessed('ts')}"
        else:
            yield 'ts = "time"  # TODO: no field looks like a time'
        if self._amount is not None:
            yield self._metric(_source(self._amount))

    @property
    def _has_own_marks(self) -> bool:
        """Whether the amounts need what no table has: signs are stripped, or it is JSON."""
        return bool(self._amounts) and (self._sample.table is None or "strip" in (self._amounts or {}))

    def _metric(self, source: str) -> str:
        if not self._is_amount:
            return f"# metric_value = {source}  # TODO: not plain numbers, such as 1234.50: rows would be rejected"
        why = self._why("metric_value")
        if not self._has_own_marks:
            return f"metric_value = {source}{why}"
        told = (self._amounts or {}).items()
        marks = ", ".join(f"{name} = {_toml(one) if isinstance(one, str) else _toml_list(one)}" for name, one in told)
        return f"metric_value = {{ from = {source}, {marks} }}{why}"

    def _guessed(self, role: str) -> str:
        return f"{_source(self._found[role])}{self._why(role)}"

    def _why(self, *of: str) -> str:
        by_name = all(is_called(role, self._found[role]) for role in of if role in self._found)
        return "  # GUESS by its name" if by_name else "  # GUESS by what it holds"

    def _identifiers(self) -> Iterator[str]:
        ids = [_source(self._found[name]) for name in ("device_id", "user_id") if name in self._found]
        listed = (
            f"[{', '.join(ids)}]{self._why('device_id', 'user_id')}"
            if ids
            else '"device_id"  # TODO: no field looks like an id'
        )
        yield f"\n[fields.identifiers]\nid = {listed}\ndevice_id = {listed}"
        if "user_id" in self._found:
            yield f"user_id = {self._guessed('user_id')}"

    def _properties(self) -> Iterator[str]:
        yield "\n[fields.event_properties]"
        nested = self._nested()
        named = [name for name in self._rest if not any(name[: len(one)] == one for one in nested)]
        if len(named) > _MOST_NAMED:
            nested, named = [(), *nested], []
        if nested:
            yield f"spread = [{', '.join(map(_source, nested))}]"
            used = {_GLOB.sub(r"[\g<0>]", name[-1]): name for name in self._found.values() if name[:-1] in nested}
            if used:
                yield f"except = {_toml_list(list(used))}"
        yield from (f"{key} = {_source(name)}" for key, name in _keys(named))

    def _nested(self) -> list[Name]:
        """Objects that are taken over whole: those of JSON, and columns of JSON."""
        if self._sample.table is not None:
            return [
                name for name in self._rest if len(name) == 1 and "json" in self._csv and self._sample.holds_json(name)
            ]
        objects = dict.fromkeys(name[:-1] for name in self._rest if len(name) > 1)
        return [one for one in objects if not any(one[:end] in objects for end in range(1, len(one)))]

    def _platform(self) -> Iterator[str]:
        yield "\n[fields.platform_properties]"
        odd = systems_to_translate(self._sample.fields.get(self._found.get("osname", ()), []))
        if odd:
            seen = ", ".join(_told(text) for text in odd[:_MOST_SEEN])
            yield f'# TODO: osname holds {seen}; write {{ from = ..., values = {{ ... = "Android" }} }}'
        for name, words, const in (
            ("osname", "an operating system's name", "Android"),
            ("appversion", "the app's version", "1.0"),
        ):
            if name in self._found:
                yield f"{name} = {self._guessed(name)}"
            else:
                yield f'{name} = "{name}"  # TODO: no field is called {words}; {self._seen()}or {{ const = "{const}" }}'
        for name in ("osversion", "devicemodel", "language"):
            if name in self._found:
                yield f"{name} = {self._guessed(name)}"

    def _seen(self) -> str:
        """Fields with few values, and the values."""
        few = [name for name in self._rest if 0 < len(set(self._sample.fields[name])) <= _MOST_SEEN][:3]
        told = [f"{'.'.join(name)}: {', '.join(map(_told, dict.fromkeys(self._sample.fields[name])))}" for name in few]
        return f"seen: {shown('; '.join(told))}; " if told else ""


def _told(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…")


def _keys(names: list[Name]) -> Iterator[tuple[str, Name]]:
    """A key of the target for each, in TOML: of names that are one in lower case, the others are numbered."""
    taken = {".".join(name).lower() for name in names}
    given: set[str] = set()
    for name in names:
        key = ".".join(name).lower()
        if key in RESERVED or key in given:
            first = 1 if key in RESERVED else 2
            key = next(other for n in count(first) if (other := f"{key}_{n}") not in taken | given)
        given.add(key)
        yield _toml(key), name


def _can_be_taken(name: Name) -> bool:
    return len(name) <= MAX_DEPTH and len(_path(name)) <= MAX_EXPRESSION


def _path(name: Name) -> str:
    """A source; names that a path cannot hold are put in quotes, as JMESPath does, and that has fewer bare names."""
    path = _joined(name, _PLAIN)
    return path if path_of(path) else _joined(name, _IDENTIFIER)


def _joined(name: Name, bare: re.Pattern[str]) -> str:
    return ".".join(step if bare.fullmatch(step) else json.dumps(step, ensure_ascii=False) for step in name)


def _source(name: Name) -> str:
    """A source, in TOML."""
    path = _path(name) or "@"
    return f"'{path}'" if '"' in path and "'" not in path and path.isprintable() else _toml(path)


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_list(texts: list[str]) -> str:
    return f"[{', '.join(map(_toml, texts))}]"
