"""A source as a value: which rows of a warehouse are a day, and how that day is exported. What its file says,
validated."""

import hashlib
from datetime import date, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

SHARD = "{yyyymmdd}"  # in a table's name: there is a table a day
DAY = "{day}"  # in a query: the condition on the day's column
CHANGES = ("metadata", "checksum", "always")
ColumnType = Literal["date", "timestamp", "timestamptz"]


class Day(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which rows are a day's. `column` is empty where there is a table a day; `timezone` is that of days; `stored_in`
    that of a column whose times have no zone; `type` is the column's, looked up where it is empty."""

    column: str = ""
    timezone: str = "UTC"
    stored_in: str = "UTC"
    type: ColumnType | Literal[""] = ""
    partition: bool = False


class Redshift(msgspec.Struct, frozen=True, omit_defaults=True):
    """Either `workgroup` or `cluster`; `kms_key` encrypts parts, empty: as the bucket does by itself."""

    database: str
    unload_role: str
    workgroup: str = ""
    cluster: str = ""
    db_user: str = ""
    secret: str = ""
    kms_key: str = ""


class BigQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """`project` pays for jobs; `location` is that of the tables."""

    project: str
    location: str


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """`name` is that of its file. `max_bytes` is what a statement may scan, None: any; `max_shrink` the part of a day's
    former rows below which an export is withheld; `changed_column` is one whose greatest value tells of changes."""

    name: str
    kind: Literal["redshift", "bigquery"]
    mapping: str
    day: Day
    table: str = ""
    query: str = ""
    columns: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    lookback_days: int = 3
    changed_by: Literal["metadata", "checksum", "always", "column"] = "checksum"
    changed_column: str = ""
    not_before: str = "04:00"
    give_up_after_days: int = 3
    max_bytes: int | None = None
    max_shrink: float = 0.5
    parallel: int = 2
    redshift: Redshift | None = None
    bigquery: BigQuery | None = None

    @property
    def digest(self) -> str:
        """Another one is another export of the same days."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:16]

    @property
    def is_sharded(self) -> bool:
        """Whether there is a table a day."""
        return SHARD in self.table

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.day.timezone)

    @property
    def due_time(self) -> time:
        """Of the day after, in the source's zone."""
        return time.fromisoformat(self.not_before)

    @property
    def give_up_after(self) -> timedelta:
        return timedelta(days=self.give_up_after_days)

    def table_of(self, day: date) -> str:
        """The table that holds a day."""
        return self.table.replace(SHARD, f"{day:%Y%m%d}")


class Column(msgspec.Struct, frozen=True):
    """A column of the table or query; `type` is the warehouse's name of it, `many` a repeated one; `fields` are those
    of a record, none where they are not known."""

    name: str
    type: str
    many: bool = False
    fields: tuple["Column", ...] = ()
