"""The only way in which anything gets into a statement: names that are quoted, and literals that are made of dates,
times and texts of ours."""

from datetime import date, datetime

_REDSHIFT_TYPES = {"date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ"}
_BIGQUERY_TYPES = {"date": "DATE", "timestamp": "DATETIME", "timestamptz": "TIMESTAMP"}


def redshift_name(*names: str) -> str:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_names.html: a quote within is doubled."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def bigquery_name(*names: str) -> str:
    """Names hold no backtick and no backslash: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical.
    Raises ValueError for one that does."""
    if any(set(name) & set("`\\\n\r\0") for name in names):
        raise ValueError("a name with a backtick, a backslash or a line's end")
    return ".".join(f"`{name}`" for name in names)


def redshift_text(value: str) -> str:
    """A literal of a text of Redshift. Raises ValueError for one with a backslash or a line's end."""
    return "'" + _plain(value).replace("'", "''") + "'"


def bigquery_text(value: str) -> str:
    """A literal of a text of BigQuery. Raises ValueError for one with a backslash or a line's end."""
    return "'" + _plain(value).replace("'", "\\'") + "'"


def _plain(value: str) -> str:
    if set(value) & set("\\\n\r\0"):
        raise ValueError("a text with a backslash or a line's end")
    return value


def moment(kind: str, column_type: str, at: datetime) -> str:
    """A literal for comparisons with a column of `source.ColumnType`; `at` in UTC, or without a zone."""
    types = _REDSHIFT_TYPES if kind == "redshift" else _BIGQUERY_TYPES
    if column_type == "date":
        return f"{types['date']} '{at:%Y-%m-%d}'"
    written = f"{at:%Y-%m-%d %H:%M:%S}" + ("+00" if column_type == "timestamptz" else "")
    return f"{types[column_type]} '{written}'"


def a_date(day: date) -> str:
    """A text literal of a day."""
    return f"'{day:%Y-%m-%d}'"
