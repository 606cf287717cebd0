"""AWS Lambda: exports days of warehouses. A schedule calls it every quarter of an hour, and Redshift's own word that a
statement ended calls it sooner; what they say is not read: each call looks for itself what is to be done."""

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from hackle_import.errors import Failed
from hackle_import.settings import Settings
from hackle_import.warehouse.exporter import export_all
from hackle_import.warehouse.tick import Step
from reporting import logger, metrics

_now = partial(datetime.now, UTC)


@metrics.log_metrics
def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - see above
    """One line of the log a step; metrics of the days that a person is to look at, at each call."""
    deadline = _now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    try:
        tally = export_all(Settings.read(os.environ), _now, deadline, _tell)
    except Exception as failure:
        raise Failed(failure) from None
    counts = {
        "ExportTicks": 1,
        "ExportsOffered": tally.offered,
        "ExportsFailed": tally.failed,
        "ExportsLate": tally.late,
        "ExportsWithheld": tally.withheld,
    }
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    return {}


def _tell(step: Step) -> None:
    log = logger.error if step.alarms else logger.info
    log("export", source=step.source, day=step.day, phase=step.phase, told=step.told, rows=step.rows)
