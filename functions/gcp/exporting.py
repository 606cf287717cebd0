"""Cloud Run function: exports days of warehouses. A schedule calls it every quarter of an hour, and BigQuery's own word
that a job ended calls it sooner; what they say is not read: each call looks for itself what is to be done."""

import json
import logging
import os
import sys
from datetime import UTC, datetime

import functions_framework
import msgspec
from cloudevents.http import CloudEvent
from msgspec.structs import asdict

from hackle_import.errors import Failed
from hackle_import.settings import Settings
from hackle_import.warehouse.exporter import export_all
from hackle_import.warehouse.tick import Step

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
logger = logging.getLogger("hackle-import")


@functions_framework.cloud_event
def main(cloud_event: CloudEvent) -> None:  # noqa: ARG001 - see above
    """One line of the log a step, and one of the days that a person is to look at, at each call."""
    try:
        settings = Settings.read(os.environ)
        assert settings.timeout is not None, "HACKLE_TIMEOUT_SECONDS"
        tally = export_all(settings, _now, _now() + settings.timeout, _tell)
    except Exception as failure:
        failed = Failed(failure)
        _log("ERROR", "failed; to be delivered again", reason=failed.reason, frames=failed.frames)
        raise failed from None
    _log("INFO", "exports", exports=msgspec.to_builtins(tally))


def _tell(step: Step) -> None:
    _log("ERROR" if step.alarms else "INFO", "export", export=asdict(step))


def _log(severity: str, message: str, **fields: object) -> None:
    """One structured line: https://cloud.google.com/logging/docs/structured-logging"""
    logger.info(json.dumps({"severity": severity, "message": message, **fields}))


def _now() -> datetime:
    return datetime.now(UTC)
