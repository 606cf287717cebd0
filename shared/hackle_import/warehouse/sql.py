"""Every statement that is sent, as text: built of quoted names and dates alone, and of the query that a source's file
holds.

A day is a range that excludes its end: an event of the last microsecond belongs to one day.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hackle_import.warehouse.casts import exported, hashed_text
from hackle_import.warehouse.days import bounds, partition_dates
from hackle_import.warehouse.quoting import a_date, bigquery_name, bigquery_text, moment, redshift_name, redshift_text
from hackle_import.warehouse.source import DAY, Column, ColumnType, Source

MAX_BYTES = 100_000  # of a statement of the Data API; https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html


class TooLong(ValueError):  # noqa: N818
    """A statement is longer than the warehouse takes: name fewer columns, or make it a view."""


def no_rows(source: Source) -> str:
    """Has the columns of a source of Redshift, and no rows: by it their types are known."""
    if source.query:
        return f"SELECT * FROM {_asked(source.query, '1 = 0')} AS source WHERE 1 = 0"
    return f"SELECT * FROM {_table(source, date.min)} WHERE 1 = 0"


def select(source: Source, columns: Sequence[Column], day: date, day_type: ColumnType) -> str:
    """The rows of a day, each column as it is exported."""
    listed = ", ".join(exported(source.kind, column) for column in columns)
    if source.query:
        return f"SELECT {listed} FROM {_asked(source.query, condition(source, day, day_type))} AS source"
    where = "" if source.is_sharded else f" WHERE {condition(source, day, day_type)}"
    return f"SELECT {listed} FROM {_table(source, day)}{where}"


def condition(source: Source, day: date, day_type: ColumnType) -> str:
    """That a row is of this day."""
    name = _name(source, source.day.column)
    begin, end = _literals(source, day, day_type)
    return f"({name} >= {begin} AND {name} < {end})"


def unload(
    source: Source, columns: Sequence[Column], day: date, day_type: ColumnType, folder: str, limit: int | None = None
) -> str:
    """Writes a day, or `limit` rows of it, to `folder`, `s3://…/` with a slash at its end. It fails where that holds
    files: another attempt's are never mixed with this one's. Raises TooLong."""
    assert source.redshift is not None, "a source of Redshift"
    key = source.redshift.kms_key
    role = source.redshift.unload_role
    options = [
        "IAM_ROLE default" if role == "default" else f"IAM_ROLE {redshift_text(role)}",
        "FORMAT JSON",
        "GZIP",
        "MANIFEST VERBOSE",
        *([f"KMS_KEY_ID {redshift_text(key)}", "ENCRYPTED"] if key else []),
    ]
    inner = first_of(select(source, columns, day, day_type), limit).replace("'", "''")
    return _checked(f"UNLOAD ('{inner}') TO {redshift_text(folder)} {' '.join(options)}")


def first_of(rows: str, limit: int | None) -> str:
    """Some of the rows that a statement gives; UNLOAD takes no LIMIT but within."""
    return rows if limit is None else f"SELECT * FROM ({rows} LIMIT {limit:d}) AS source"


def as_json(rows: str) -> str:
    """Each row that a statement of BigQuery gives, as the text of an object."""
    return f"SELECT TO_JSON_STRING(source) FROM ({rows}) AS source"


def export_data(
    source: Source, columns: Sequence[Column], day: date, day_type: ColumnType, folder: str, limit: int | None = None
) -> str:
    """Writes a day, or `limit` rows of it, to `folder`, `gs://…/` with a slash at its end, which must be empty."""
    rows = first_of(select(source, columns, day, day_type), limit)
    options = (
        f"uri = {bigquery_text(folder + 'part-*.ndjson.gz')}, format = 'JSON', compression = 'GZIP', overwrite = false"
    )
    return f"EXPORT DATA OPTIONS ({options}) AS {rows}"


def fingerprints(source: Source, columns: Sequence[Column], days: Sequence[date], day_type: ColumnType) -> str:
    """One row a day that has any: the day, how many rows it has, and what changes when one of them does."""
    whens = " ".join(f"WHEN {condition(source, day, day_type)} THEN {a_date(day)}" for day in days)
    whole = " OR ".join(condition(source, day, day_type) for day in days)
    if source.query:
        rows, where = f"{_asked(source.query, f'({whole})')} AS source", ""
    else:
        rows, where = f"{_table(source, days[0])} AS source", f" WHERE {whole}"
    counted = f"COUNT(*) AS counted, {_changed(source, columns)} AS changed"
    return _checked(f"SELECT CASE {whens} END AS day, {counted} FROM {rows}{where} GROUP BY 1")


def partitions(source: Source, days: Sequence[date], day_type: ColumnType) -> str:
    """One row a partition: its id, rows, bytes, and when it was changed, in microseconds."""
    *project, dataset, table = source.table.split(".")
    ids = sorted({f"{one:%Y%m%d}" for day in days for one in partition_dates(source, day, day_type)})
    listed = ", ".join(bigquery_text(one) for one in ids)
    return (
        "SELECT partition_id, total_rows, total_logical_bytes, UNIX_MICROS(last_modified_time) AS modified "
        f"FROM {bigquery_name(*project, dataset)}.INFORMATION_SCHEMA.PARTITIONS "
        f"WHERE table_name = {bigquery_text(table)} AND SUBSTR(partition_id, 1, 8) IN ({listed})"
    )


def _changed(source: Source, columns: Sequence[Column]) -> str:
    if source.changed_by == "column":
        kind = "VARCHAR" if source.kind == "redshift" else "STRING"
        return f"CAST(MAX({_name(source, source.changed_column)}) AS {kind})"
    if source.kind == "bigquery":
        return "CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(source)) AS BIGNUMERIC)) AS STRING)"
    hashed = "0"
    for column in columns:
        hashed = f"FNV_HASH({hashed_text(column)}, {hashed})"
    return f"CAST(SUM(CAST({hashed} AS DECIMAL(38, 0))) AS VARCHAR)"


def _literals(source: Source, day: date, day_type: ColumnType) -> tuple[str, str]:
    """A column without a zone holds times of `stored_in`; one of dates holds days, whatever the zone."""
    begin, end = bounds(day, source.zone)
    if day_type == "date":
        begin, end = (datetime(one.year, one.month, one.day) for one in _and_next(day))  # noqa: DTZ001 - a date
    elif day_type == "timestamp":
        stored = ZoneInfo(source.day.stored_in)
        begin, end = (one.astimezone(stored).replace(tzinfo=None) for one in (begin, end))
    return moment(source.kind, day_type, begin), moment(source.kind, day_type, end)


def _and_next(day: date) -> tuple[date, date]:
    return day, date.fromordinal(day.toordinal() + 1)


def _asked(query: str, condition: str) -> str:
    """A query within another one. It may end in a comment, which ends with its line."""
    return f"({query.replace(DAY, condition)}\n)"


def _table(source: Source, day: date) -> str:
    return _name(source, *source.table_of(day).split("."))


def _name(source: Source, *names: str) -> str:
    return redshift_name(*names) if source.kind == "redshift" else bigquery_name(*names)


def _checked(statement: str) -> str:
    if (size := len(statement.encode())) > MAX_BYTES:
        raise TooLong(
            f"the statement has {size:,} bytes, and may have {MAX_BYTES:,}: name fewer columns, or make a view"
        )
    return statement
