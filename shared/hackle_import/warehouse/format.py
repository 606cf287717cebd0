"""What a source's file may hold: `sources/<name>.toml` -> a `Source`, or everything that is wrong with it."""

import re
import tomllib
from collections.abc import Iterator
from datetime import time
from typing import Any
from unicodedata import category

import msgspec

from hackle_import.drop import is_name_anywhere
from hackle_import.errors import shown
from hackle_import.mapping.kinds import Choice, Flag, Kind, Listed, Problem, Ratio, Short, TableOf, TextOf, Whole
from hackle_import.settings import zone
from hackle_import.warehouse.source import CHANGES, DAY, SHARD, Source

SOURCES = "sources/"
SCHEMA_NAME = "source.schema.json"
MAX_BYTES = 64 << 10
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # in job ids, keys and statements' names, as it is
_UNITS = {"GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"([1-9][0-9]{0,5})(GB|TB)")
_ROLE = re.compile(
    r"default|arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+(?:,arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+)*"
)
_MOST_TOLD = 20


class BadSource(ValueError):  # noqa: N818 - named as all in `errors`
    """A source's file is not valid; the message names every mistake."""


def _matching(pattern: re.Pattern[str], told: str) -> Any:
    def check(text: str) -> None:
        if not pattern.fullmatch(text):
            raise ValueError(told)

    return check


def _table(text: str) -> None:
    parts = text.split(".")
    if not 1 <= len(parts) <= 3 or not all(parts):  # noqa: PLR2004 - project or database, dataset or schema, table
        raise ValueError("not one to three names divided by dots")
    if text.count(SHARD) > 1 or set(text.replace(SHARD, "")) & set("`\\*\"';()[]{}") or _has_control(text):
        raise ValueError(f"it may hold {SHARD} once, and no quotes, brackets, semicolon or *, and no control character")
    if any(part != part.strip() for part in parts):
        raise ValueError("names have no space at an end of one")


def _has_control(text: str) -> bool:
    return any(category(char) == "Cc" for char in text)


def _query(text: str) -> None:
    if text.count(DAY) != 1 or ";" in text:
        raise ValueError(f"it must hold {DAY} once, where the condition on the day goes, and no semicolon")


def _column(text: str) -> None:
    if not text.strip() or set(text) & set("`\\") or _has_control(text):
        raise ValueError("no name of a column")


def _time(text: str) -> None:
    if not re.fullmatch("[0-2][0-9]:[0-5][0-9]", text):
        raise ValueError("no time of a day")
    time.fromisoformat(text)


def _mapping(text: str) -> None:
    if "/" in text or not is_name_anywhere(text):
        raise ValueError("no name of a mapping")


_NAME_OF_COLUMN = TextOf('the name of a column, such as "event_time"', _column, r"^[^`\\\r\n]+$")
_ZONE = TextOf('an IANA time zone, such as "Asia/Seoul"', zone)


def _text(words: str) -> TextOf:
    return TextOf(words, _not_empty, "[^ ]")


def _not_empty(text: str) -> None:
    if not text.strip():
        raise ValueError("it is empty")


def _one_place(table: dict[str, Any]) -> Iterator[Problem]:
    if ("workgroup" in table) == ("cluster" in table):
        yield "workgroup", 'it needs either workgroup (serverless) or cluster; write workgroup = "…" or cluster = "…"'
    if "db_user" in table and "secret" in table:
        yield "secret", "db_user says already who asks; leave one of them out"


_DAY = TableOf(
    {
        "column": _NAME_OF_COLUMN,
        "timezone": _ZONE,
        "stored_in": _ZONE,
        "type": Choice(("date", "timestamp", "timestamptz")),
        "partition": Flag(),
    },
    'a table such as { column = "event_time", timezone = "Asia/Seoul" }',
)
_REDSHIFT = TableOf(
    {
        "workgroup": _text("the name of a serverless workgroup"),
        "cluster": _text("the identifier of a cluster"),
        "database": _text("the name of the database"),
        "db_user": _text("a user of the database, for a cluster without IAM identities"),
        "secret": _text("the ARN of a secret that holds user and password"),
        "unload_role": TextOf(
            'the ARN of the role that UNLOAD writes by, or "default"',
            _matching(_ROLE, "no role's ARN"),
            "^(default|arn:)",
        ),
        "kms_key": TextOf(
            "the ARN of a KMS key", _matching(re.compile(r"arn:aws[a-z-]*:kms:\S+"), "no key's ARN"), "^arn:"
        ),
    },
    'a table such as { workgroup = "shop", database = "dev", unload_role = "arn:aws:iam::123456789012:role/unload" }',
    needs=("database", "unload_role"),
    check=_one_place,
)
_BIGQUERY = TableOf(
    {
        "project": TextOf("the project that pays", _matching(re.compile("[a-z][a-z0-9:.-]{4,61}"), "no project's id")),
        "location": TextOf(
            'the tables\' location, such as "asia-northeast3"',
            _matching(re.compile("[A-Za-z0-9-]{2,40}"), "no location"),
        ),
    },
    'a table such as { project = "my-project", location = "asia-northeast3" }',
    needs=("project", "location"),
)


def _together(table: dict[str, Any]) -> Iterator[Problem]:
    """What the keys say of each other."""
    kind = table.get("kind")
    if ("table" in table) == ("query" in table):
        yield (
            "table",
            f'it needs either table or query; write table = "schema.events" or query = "SELECT … WHERE {DAY}"',
        )
    for other in ("redshift", "bigquery"):
        if kind == other and other not in table:
            yield other, f"missing; write {KEYS[other].words}"
        if kind != other and other in table and kind in ("redshift", "bigquery"):
            yield other, f'kind is "{kind}"; leave this table out'
    yield from _of_day(table)
    if kind == "bigquery" and "table" in table and "." not in str(table["table"]):
        yield "table", "it needs its dataset; write dataset.table or project.dataset.table"
    if kind == "redshift" and "table" in table and "." not in str(table["table"]):
        yield "table", "it needs its schema; write schema.table or database.schema.table"
    if kind == "redshift" and "\\" in str(table.get("query")):
        yield "query", "it holds a backslash, which UNLOAD reads in its own way; make it a view, and name that as table"
    if kind == "redshift" and "max_bytes" in table:
        yield "max_bytes", "Redshift bills time, not bytes; leave it out"
    if "query" in table and table.keys() & {"columns", "except"}:
        yield "query", "it says the columns itself; leave columns and except out"
    else:
        yield from _of_columns(table)


def _of_columns(table: dict[str, Any]) -> Iterator[Problem]:
    """Names are the same in small and in capital letters, as both warehouses have them."""
    listed = {key: _names(table.get(key)) for key in ("columns", "except")}
    for key, names in listed.items():
        folded = [name.casefold() for name in names]
        twice = dict.fromkeys(name for number, name in enumerate(names) if folded[number] in folded[:number])
        yield from ((key, f'"{shown(name)}" is there twice; leave it out once') for name in twice)
    chosen, left_out = ({name.casefold(): name for name in names} for names in listed.values())
    if "*" in chosen and len(chosen) > 1:
        yield "columns", '"*" is all columns; write ["*"], or leave it out'
    if "*" in left_out:
        yield "except", '"*" is all columns; name those that are left out'
    for name in sorted(chosen.keys() & left_out.keys() - {"*"}):
        yield "except", f'"{shown(left_out[name])}" is among columns; leave it out of one of them'


def _names(listed: Any) -> list[str]:
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _of_day(table: dict[str, Any]) -> Iterator[Problem]:
    day = table.get("day", {})
    sharded = SHARD in str(table.get("table"))
    if not isinstance(day, dict):
        return
    if sharded and table.get("kind") == "redshift":
        yield "table", f"{SHARD} is BigQuery's; write a table and day.column"
    if sharded == ("column" in day):
        told = "the table's name says the day; leave it out" if sharded else f"missing; write {_NAME_OF_COLUMN.words}"
        yield "day", f"column: {told}"
    if day.get("partition") and (table.get("kind") != "bigquery" or "query" in table):
        yield "day", "partition: it is for partitioned tables of BigQuery; leave it out"
    by = table.get("changed_by")
    if sharded and by not in (None, "metadata", "always"):
        yield "changed_by", 'a table a day tells itself when it changed; write "metadata"'
    if by == "metadata" and not sharded and not day.get("partition"):
        yield "changed_by", f'metadata tells of a table a day ({SHARD}) or of day.partition = true; write "checksum"'


KEYS: dict[str, Kind] = {
    "kind": Choice(("redshift", "bigquery")),
    "mapping": TextOf('the name of a mapping or preset, such as "ga4"', _mapping, "^[^/]+$"),
    "table": TextOf(
        'a table such as "analytics.events", or one a day, such as "analytics_1.events_{yyyymmdd}"', _table
    ),
    "query": TextOf('a query such as "SELECT … FROM … WHERE {day}"', _query),
    "day": _DAY,
    "columns": Listed(_NAME_OF_COLUMN, 'a list of columns, such as ["id", "event_time"]'),
    "except": Listed(_NAME_OF_COLUMN, 'a list of columns that are left out, such as ["shape"]'),
    "lookback_days": Whole(1, 60, "a number of days from 1 to 60, such as 3"),
    "changed_by": Short(
        Choice(CHANGES),
        TableOf({"column": _NAME_OF_COLUMN}, 'a table such as { column = "loaded_at" }', needs=("column",)),
    ),
    "not_before": TextOf('a time of the day, such as "04:00"', _time, "^[0-2][0-9]:[0-5][0-9]$"),
    "give_up_after_days": Whole(1, 60, "a number of days from 1 to 60, such as 3"),
    "max_bytes": TextOf('a size such as "200GB" or "1TB"', _matching(_SIZE, "no size"), "^[1-9][0-9]*(GB|TB)$"),
    "max_shrink": Ratio(),
    "parallel": Whole(1, 20, "a number of statements from 1 to 20, such as 2"),
    "redshift": _REDSHIFT,
    "bigquery": _BIGQUERY,
}
FORMAT = TableOf(KEYS, "a source", needs=("kind", "mapping", "day"), check=_together)


def load_source(text: bytes, name: str) -> Source:
    """Raises BadSource that names the file and, for every mistake, the key and what to write instead."""
    content, wrong = _read(text)
    found = [("", wrong)] if wrong else list(FORMAT.problems(content, ""))
    if not NAME.fullmatch(name):
        found.insert(0, ("", "a source's name has letters, digits, _ and -, 64 at most: rename the file"))
    if found:
        told = "; and ".join(f"{key}: {what}" if key else what for key, what in found[:_MOST_TOLD])
        raise BadSource(f"source {shown(name)!r}: {told}" + ("; and more" if len(found) > _MOST_TOLD else ""))
    return msgspec.convert(_plain(content, name), Source)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a source, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hackle-import source",
    } | FORMAT.schema()


def _read(text: bytes) -> tuple[dict[str, Any], str | None]:
    if len(text) > MAX_BYTES:
        return {}, f"{len(text):,} bytes; the limit is {MAX_BYTES:,}"
    try:
        return tomllib.loads(text.decode("utf-8-sig")), None
    except UnicodeDecodeError as wrong:
        return {}, f"byte {wrong.start} is not UTF-8; save the file as UTF-8"
    except tomllib.TOMLDecodeError as wrong:
        return {}, f"not TOML: {shown(' '.join(str(wrong).split()))}; write what https://toml.io describes"
    except (RecursionError, ValueError):
        return {}, "it nests too deep, or a number has too many digits"


def _plain(content: dict[str, Any], name: str) -> dict[str, Any]:
    """As `Source` has it."""
    found = {**content, "name": name}
    if "except" in found:
        found["exclude"] = found.pop("except")
    if isinstance(found.get("changed_by"), dict):
        found |= {"changed_column": found["changed_by"]["column"], "changed_by": "column"}
    elif "changed_by" not in found:
        has_metadata = SHARD in found.get("table", "") or found["day"].get("partition")
        found["changed_by"] = "metadata" if has_metadata else "checksum"
    if "max_bytes" in found:
        number, unit = _SIZE.fullmatch(found["max_bytes"]).groups()  # type: ignore[union-attr]  # it was checked
        found["max_bytes"] = int(number) * _UNITS[unit]
    return found
