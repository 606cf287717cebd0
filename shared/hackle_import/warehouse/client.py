"""What is asked of a warehouse, and how it may refuse."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct

from hackle_import.warehouse.source import Column, ColumnType, Source
from hackle_import.warehouse.state import Seen


class Refused(Exception):  # noqa: N818 - named, as all in `errors`, by what the caller does next
    """The warehouse will not, in its own words. `final`: only a person can mend that, such as a missing grant."""

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.message, self.final = message, final


class NoTable(Exception):  # noqa: N818
    """The table is not there, or not yet."""


class Job(Struct, frozen=True):
    """A day's export. `folder` is the whole address that parts go to, with a slash at its end; `name` and `token` are
    those of `deciding`; `limit` is how many rows of the day are enough, None: all."""

    source: Source
    day: date
    columns: Sequence[Column]
    day_type: ColumnType
    folder: str
    name: str
    token: str
    limit: int | None = None


class Progress(Struct, frozen=True):
    """`rows` and `files` are what a statement that finished wrote, None where the warehouse does not tell; `seen` is
    what was told of the very rows that it read, None where only an earlier look tells; `error` is why one failed, and
    `final` as in `Refused`."""

    phase: Literal["running", "finished", "failed", "unknown"]
    rows: int | None = None
    files: int | None = None
    seen: Seen | None = None
    error: str = ""
    final: bool = False


class Warehouse(Protocol):
    """Every call may raise Refused, Unavailable where the same call may succeed later, and Misconfigured without
    credentials."""

    @property
    def looks_since(self) -> datetime:
        """What `seen` tells may be as old as this: a look is paid for, and others who ask get its answer again."""

    def columns(self, source: Source, day: date) -> list[Column]:
        """Of the table that holds a day, or of the query. Raises NoTable."""

    def location(self, source: Source, day: date) -> str | None:
        """Where the table lies that holds a day; None where that is not told. Raises NoTable."""

    def seen(
        self, source: Source, columns: Sequence[Column], day_type: ColumnType, days: Sequence[date]
    ) -> Mapping[date, Seen]:
        """What is told of each day without exporting it; days whose table is not there are left out."""

    def scanned(self, source: Source, columns: Sequence[Column], day_type: ColumnType, day: date) -> int | None:
        """The bytes that exporting a day would be billed by; None where bytes are not what is billed."""

    def sample(
        self, source: Source, columns: Sequence[Column], day_type: ColumnType, day: date, rows: int
    ) -> list[str]:
        """Some rows of a day, each a JSON object as an export would have it."""

    def start(self, job: Job) -> str:
        """Sends the statement, and gives its id. The same token again starts nothing, and gives the same."""

    def find(self, job: Job) -> str | None:
        """The id of a statement that was sent under this job's name; None where there is none."""

    def look(self, source: Source, job: str) -> Progress:
        """What has become of it."""

    def cancel(self, source: Source, job: str) -> None:
        """Ends it, if it runs."""
