"""When a day of a source begins and ends, and when it is due. Days are those of the source's zone: one with a change of
clocks has 23 or 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hackle_import.warehouse.source import ColumnType, Source


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day and that of the next one, in UTC: a range that excludes its end."""
    begin, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    return begin, end


def due_at(source: Source, day: date) -> datetime:
    """When a day is exported at the earliest, in UTC: the day after, at the source's time."""
    return datetime.combine(day + timedelta(days=1), source.due_time, source.zone).astimezone(UTC)


def looked_back(source: Source, now: datetime) -> list[date]:
    """The days that are looked at now, newest first."""
    today = now.astimezone(source.zone).date()
    days = (today - timedelta(days=back) for back in range(1, source.lookback_days + 1))
    return [day for day in days if due_at(source, day) <= now]


def partition_dates(source: Source, day: date, day_type: ColumnType) -> list[date]:
    """The partitions of BigQuery that a day lies in: days of UTC, of a column of times without a zone those of the zone
    that it holds, and of a column of dates the day itself."""
    if day_type == "date":
        return [day]
    cut = ZoneInfo(source.day.stored_in if day_type == "timestamp" else "UTC")
    begin, end = bounds(day, source.zone)
    first, last = begin.astimezone(cut).date(), (end - timedelta(microseconds=1)).astimezone(cut).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
