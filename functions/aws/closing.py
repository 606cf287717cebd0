"""Closes days that are due, when the schedule asks for it: where days are not closed, it does nothing."""

import json
import os
from datetime import UTC, datetime

from aws_lambda_powertools.metrics import MetricUnit

from hackle_import.backfill.closing import close_days as close_all
from hackle_import.days.closed import Closed
from hackle_import.places import Places
from hackle_import.settings import Settings
from hackle_import.stores import open_store
from hackle_import.writing import arrow_pool
from reporting import logger, metrics


def close_days(deadline: datetime) -> None:
    """One line of the log and metrics a day. Raises TryAgain when a day could not be closed: it is asked for again."""
    arrow_pool.prepare()
    metrics.add_metric("DaysLate", MetricUnit.Count, 0)  # that somebody looked
    settings = Settings.read(os.environ)
    written = settings.days.written_to(settings.staging, settings.lake)
    drops, staging, lake = (
        open_store(place, settings.bucket_owners) for place in (written, settings.staging, settings.lake)
    )
    close_all(Places(drops, staging, lake), settings, lambda: datetime.now(UTC), deadline, report_day)


def report_day(closed: Closed) -> None:
    """To the log as one line, and to CloudWatch as metrics."""
    logger.info("day", day=json.loads(closed.line()))
    metrics.add_metric(f"Days{closed.outcome.capitalize()}", MetricUnit.Count, 1)
    metrics.add_metric("DaysLate", MetricUnit.Count, int(closed.is_late))
    metrics.add_metric("DaysChanged", MetricUnit.Count, int(closed.has_changed))
    metrics.add_metric("DaysIncomplete", MetricUnit.Count, int(closed.is_news and bool(closed.missing)))
