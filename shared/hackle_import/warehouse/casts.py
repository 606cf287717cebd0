"""A column's type -> how it is exported, so that nothing hangs on a text form that no page describes.

https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html, https://cloud.google.com/bigquery/docs/exporting-data
"""

from collections.abc import Callable

from hackle_import.warehouse.quoting import bigquery_name, redshift_name
from hackle_import.warehouse.source import Column, ColumnType

_AS_IT_IS = "{}"
_REDSHIFT_CASTS = {
    "bool": "CASE {} WHEN true THEN 'true' WHEN false THEN 'false' END",
    "date": "TO_CHAR({}, 'YYYY-MM-DD')",
    "timestamp": "TO_CHAR({}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "timestamptz": "TO_CHAR({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    "time": "CAST({} AS VARCHAR)",
    "timetz": "CAST({} AS VARCHAR)",
    "varbyte": "FROM_VARBYTE({}, 'hex')",
} | dict.fromkeys(
    ("int2", "int4", "int8", "numeric", "float4", "float8", "varchar", "bpchar", "char", "text", "super"), _AS_IT_IS
)
_BIGQUERY_CASTS = {
    "TIMESTAMP": "FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', {})",
    "DATETIME": "FORMAT_DATETIME('%Y-%m-%dT%H:%M:%E6S', {})",
    "DATE": "FORMAT_DATE('%Y-%m-%d', {})",
    "BYTES": "TO_BASE64({})",
    "JSON": "TO_JSON_STRING({})",
    "GEOGRAPHY": "ST_ASTEXT({})",
} | dict.fromkeys(("TIME", "NUMERIC", "BIGNUMERIC", "INTERVAL", "RANGE"), "CAST({} AS STRING)")
_BIGQUERY_CASTS |= dict.fromkeys(("STRING", "INTEGER", "INT64", "FLOAT", "FLOAT64", "BOOLEAN", "BOOL"), _AS_IT_IS)
_BIGQUERY_CASTS |= dict.fromkeys(("RECORD", "STRUCT"), _AS_IT_IS)
_DAY_TYPES: dict[str, ColumnType] = {
    "date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz",
    "DATE": "date", "DATETIME": "timestamp", "TIMESTAMP": "timestamptz",
}  # fmt: skip


def unexportable(kind: str, columns: list[Column]) -> list[str]:
    """The columns whose types cannot be exported, such as `shape (geometry)`."""
    casts = _casts(kind)
    return [f"{one.name} ({one.type})" for one in columns if one.type not in casts]


def exported(kind: str, column: Column) -> str:
    """The expression of a column, by its own name. Raises KeyError for a type that cannot be exported."""
    name = _named(kind)(column.name)
    cast = _AS_IT_IS if column.many else _casts(kind)[column.type]
    return name if cast == _AS_IT_IS else f"{cast.format(name)} AS {name}"


def hashed_text(column: Column) -> str:
    """A text of a column of Redshift that is another for another value, null included."""
    name, cast = redshift_name(column.name), _REDSHIFT_CASTS[column.type]
    if cast == _AS_IT_IS:
        cast = "JSON_SERIALIZE({})" if column.type == "super" else "CAST({} AS VARCHAR)"
    return f"CASE WHEN {name} IS NULL THEN '' ELSE '=' || {cast.format(name)} END"


def day_type(column: Column) -> ColumnType | None:
    """Of a column that days are cut by; None for a type that none can be."""
    return _DAY_TYPES.get(column.type)


def _casts(kind: str) -> dict[str, str]:
    return _REDSHIFT_CASTS if kind == "redshift" else _BIGQUERY_CASTS


def _named(kind: str) -> Callable[..., str]:
    return redshift_name if kind == "redshift" else bigquery_name
