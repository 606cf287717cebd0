"""A column's type -> how it is exported, so that nothing hangs on a text form that no page describes. What lies
within a record or an array of BigQuery is cast as a column is.

https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html, https://cloud.google.com/bigquery/docs/exporting-data
"""

from collections.abc import Sequence

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
    "JSON": "IF({0} IS NULL, NULL, TO_JSON_STRING({0}))",  # of NULL it would make the text null
    "GEOGRAPHY": "ST_ASTEXT({})",
} | dict.fromkeys(("TIME", "NUMERIC", "BIGNUMERIC", "INTERVAL", "RANGE"), "CAST({} AS STRING)")
_BIGQUERY_CASTS |= dict.fromkeys(("STRING", "INTEGER", "INT64", "FLOAT", "FLOAT64", "BOOLEAN", "BOOL"), _AS_IT_IS)
_BIGQUERY_CASTS |= dict.fromkeys(("RECORD", "STRUCT"), _AS_IT_IS)
_DAY_TYPES: dict[str, ColumnType] = {
    "date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz",
    "DATE": "date", "DATETIME": "timestamp", "TIMESTAMP": "timestamptz",
}  # fmt: skip


def unexportable(kind: str, columns: Sequence[Column], within: str = "") -> list[str]:
    """The columns whose types cannot be exported, such as `shape (geometry)`; of a field of a record, `of.shape`."""
    casts = _REDSHIFT_CASTS if kind == "redshift" else _BIGQUERY_CASTS
    found = []
    for one in columns:
        path = within + one.name
        found += [] if one.type in casts else [f"{path} ({one.type})"]
        found += unexportable(kind, one.fields, f"{path}.")
    return found


def exported(kind: str, column: Column) -> str:
    """The expression of a column, by its own name. Raises KeyError for a type that cannot be exported."""
    if kind == "redshift":
        name, cast = redshift_name(column.name), _REDSHIFT_CASTS[column.type]
        return name if cast == _AS_IT_IS else f"{cast.format(name)} AS {name}"
    name = bigquery_name(column.name)
    cast = _cast(name, column)
    return name if cast == name else f"{cast} AS {name}"


def _cast(value: str, column: Column, depth: int = 0) -> str:
    """What of BigQuery's a value becomes; itself where nothing in it has to be cast. An array keeps its order, and a
    record that is NULL stays so. `depth` tells an array's elements from those that they hold."""
    if not column.many:
        return _cast_one(value, column, depth)
    element, place = f"hackle_element_{depth}", f"hackle_place_{depth}"
    cast = _cast_one(element, column, depth + 1)
    if cast == element:
        return value
    return f"ARRAY(SELECT {cast} FROM UNNEST({value}) AS {element} WITH OFFSET AS {place} ORDER BY {place})"


def _cast_one(value: str, column: Column, depth: int) -> str:
    casts = {bigquery_name(one.name): f"{value}.{bigquery_name(one.name)}" for one in column.fields}
    fields = [_cast(path, one, depth) for path, one in zip(casts.values(), column.fields, strict=True)]
    if fields == list(casts.values()):
        return _BIGQUERY_CASTS[column.type].format(value)
    listed = ", ".join(f"{cast} AS {name}" for cast, name in zip(fields, casts, strict=True))
    return f"IF({value} IS NULL, NULL, STRUCT({listed}))"


def hashed_text(column: Column) -> str:
    """A text of a column of Redshift that is another for another value, null included."""
    name, cast = redshift_name(column.name), _REDSHIFT_CASTS[column.type]
    if cast == _AS_IT_IS:
        cast = "JSON_SERIALIZE({})" if column.type == "super" else "CAST({} AS VARCHAR)"
    return f"CASE WHEN {name} IS NULL THEN '' ELSE '=' || {cast.format(name)} END"


def day_type(column: Column) -> ColumnType | None:
    """Of a column that days are cut by; None for a type that none can be."""
    return _DAY_TYPES.get(column.type)
