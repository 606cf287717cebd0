"""`sources new`: a source's file for a table, with its columns' types, and a mapping that is proposed by them."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from hackle_import.cli.outside import now

if TYPE_CHECKING:
    from hackle_import.warehouse.source import Column, Source

TODO = "TODO"
_GA4 = re.compile(r"((?:[^.]+\.)?analytics_[0-9]+\.events_)(?:\*|[0-9]{8}|\{yyyymmdd\})")
_DAYS_TRIED = 7  # of a table a day, which may be late
_NAMED_LIKE_TIMES = ("event_time", "event_timestamp", "occurred_at", "timestamp", "ts", "time", "created_at")
_LIKE_A_TYPE = {
    "timestamptz": "2025-01-02T03:04:05.678901Z", "timestamp": "2025-01-02T03:04:05.678901", "date": "2025-01-02",
}  # fmt: skip
_NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8", "INTEGER", "INT64", "FLOAT", "FLOAT64", "NUMERIC"}
_NESTED = {"super", "RECORD", "STRUCT"}
_TEXT = """\
# A starter: fill in what is marked TODO, look at what is a GUESS, put it into sources/<name>.toml of the staging place,
# and try it with `hackle-import sources check <name>`.{columns}
kind = "{kind}"
mapping = "{mapping}"  # {of_mapping}
table = "{table}"
day = {{ {column}timezone = "Asia/Seoul" }}  # {of_day}
lookback_days = {lookback}  # days that are looked at again: late rows and corrections replace a day

"""
_REDSHIFT = """\
[redshift]
{cluster} = "{name}"{of_cluster}
database = "{database}"
unload_role = "TODO"  # the ARN of the role by which UNLOAD writes, or "default"
"""
_BIGQUERY = """\
[bigquery]
project = "{project}"  # which pays for the jobs
location = "{location}"  # of the tables, such as "asia-northeast3" or "US"
"""


class Where(NamedTuple):
    """What is known of the warehouse; empty is not known."""

    workgroup: str = ""
    cluster: str = ""
    database: str = ""
    project: str = ""


class Found(NamedTuple):
    """What was looked up; nothing is where nobody could ask."""

    columns: "Sequence[Column]" = ()
    location: str = ""


def table_of(kind: str, named: str) -> str:
    """As a source's file has it: Google Analytics' tables are one a day, however one of them is named."""
    is_of_ga4 = _GA4.fullmatch(named) if kind == "bigquery" else None
    return f"{is_of_ga4[1]}{{yyyymmdd}}" if is_of_ga4 else named


def can_ask(kind: str, table: str, where: Where) -> bool:
    """Whether enough is known to look the columns up."""
    if kind == "redshift":
        return bool(where.database and (where.workgroup or where.cluster))
    return bool(_project(table, where))


def looked_up(kind: str, table: str, where: Where) -> Found:
    """Raises Refused, NoTable, Unavailable and Misconfigured."""
    from hackle_import.warehouse.client import NoTable
    from hackle_import.warehouse.connect import connect

    source = _source(kind, table, where)
    warehouse, today = connect(source, now(), fresh=True), now().date()
    for back in range(1, _DAYS_TRIED + 1):
        day = today - timedelta(days=back)
        try:
            return Found(warehouse.columns(source, day), warehouse.location(source, day) or "")
        except NoTable:
            if not source.is_sharded:
                raise
    raise NoTable(table)


def source_text(kind: str, table: str, where: Where, found: Found, mapping: str) -> str:
    """`mapping` is the name of one that is proposed, empty for none."""
    is_of_ga4, sharded = _GA4.fullmatch(table) is not None, "{yyyymmdd}" in table
    times = _times(found.columns)
    listed = "".join(f"\n#   {line}" for line in _lines(found.columns))
    text = _TEXT.format(
        kind=kind, table=table, lookback=4 if is_of_ga4 else 3,
        columns=f"\n#\n# The table's columns:{listed}" if listed else "",
        mapping="ga4" if is_of_ga4 else mapping or TODO,
        of_mapping="a preset" if is_of_ga4 else "a preset, or mappings/<name>.toml",
        column="" if sharded else f'column = "{times[0] if times else TODO}", ',
        of_day="a table a day" if sharded else _of_day(times),
    )  # fmt: skip
    if kind == "bigquery":
        return text + _BIGQUERY.format(project=_project(table, where) or TODO, location=found.location or TODO)
    return text + _REDSHIFT.format(
        cluster="cluster" if where.cluster else "workgroup",
        name=where.cluster or where.workgroup or TODO,
        of_cluster="" if where.cluster or where.workgroup else '  # or cluster = "…"',
        database=where.database or TODO,
    )


def proposed_mapping(columns: "Sequence[Column]") -> str:
    """TOML, guessed by names and types alone: no row is read."""
    from hackle_import.cli.starter import starter

    row = _row_like(columns)
    with TemporaryDirectory(prefix="hackle-import-") as folder:
        sample = Path(folder, "rows.ndjson")
        sample.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
        return starter(str(sample))


def _lines(columns: "Sequence[Column]", within: str = "") -> Iterator[str]:
    """What a record holds is named by the path that a mapping has for it."""
    for one in columns:
        path = within + one.name
        yield f"{path} {one.type}{' (repeated)' if one.many else ''}"
        yield from _lines(one.fields, f"{path}.")


def _row_like(columns: "Sequence[Column]") -> dict[str, object]:
    return {one.name: [_like(one)] if one.many else _like(one) for one in columns}


def _like(column: "Column") -> object:
    from hackle_import.warehouse.casts import day_type

    kind = day_type(column)
    if kind is not None:
        return _LIKE_A_TYPE[kind]
    if column.type in _NESTED:
        return _row_like(column.fields) or {"key": "value"}
    return 1 if column.type in _NUMBERS else "text"


def _times(columns: "Sequence[Column]") -> list[str]:
    """Those that days can be cut by, the likeliest first."""
    from hackle_import.warehouse.casts import day_type

    names = [one.name for one in columns if day_type(one) is not None and not one.many]
    return sorted(names, key=lambda name: (*(name.lower() != one for one in _NAMED_LIKE_TIMES), names.index(name)))


def _of_day(times: Sequence[str]) -> str:
    if not times:
        return "which rows are a day's"
    return (
        f"GUESS: which rows are a day's; there are {', '.join(times)}" if len(times) > 1 else "the only time there is"
    )


def _project(table: str, where: Where) -> str:
    parts = table.split(".")
    return where.project or (parts[0] if len(parts) == 3 else "")  # noqa: PLR2004 - project, dataset, table


def _source(kind: str, table: str, where: Where) -> "Source":
    """One that is enough to ask for columns."""
    from hackle_import.warehouse.source import BigQuery, Day, Redshift, Source

    if kind == "bigquery":
        own = BigQuery(_project(table, where), "US")
        return Source("new", "bigquery", "hackle", Day(), table, bigquery=own)
    asked = Redshift(where.database, "default", where.workgroup, where.cluster)
    return Source("new", "redshift", "hackle", Day(), table, redshift=asked)
