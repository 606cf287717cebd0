"""Cloud Run function: object-finalized events, direct or through Pub/Sub, become drops for `ingest`; nothing else here.

Deployed, it is an HTTP function to which Pub/Sub pushes; functions-framework makes CloudEvents of such requests. A
notification to Pub/Sub needs payload format JSON_API_V1: functions-framework answers 400 to a message without data.
https://cloud.google.com/storage/docs/pubsub-notifications
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from functools import cache

import functions_framework
from cloudevents.http import CloudEvent

from hackle_import.backfill.closing import close_days
from hackle_import.days import CLOSE_DAYS
from hackle_import.days.closed import Closed
from hackle_import.drop import NO_DROP, drop_in
from hackle_import.errors import Failed
from hackle_import.ingest import STOP_BEFORE, ingest
from hackle_import.places import Places, places_of
from hackle_import.settings import Settings
from hackle_import.stores import open_store
from hackle_import.writing import arrow_pool

_FINALIZED = "google.cloud.storage.object.v1.finalized"
_PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
logger = logging.getLogger("hackle-import")


@functions_framework.cloud_event
def main(cloud_event: CloudEvent) -> None:
    """Returns when the drop is handled, whatever its outcome; what is raised makes the platform deliver again."""
    try:
        if found := _object(cloud_event):
            _handle(*found)
        elif _asked(cloud_event).items() >= CLOSE_DAYS.items():
            _close()
        else:
            _log("WARNING", "not the event of an object that was finalized", type=cloud_event["type"])
    except Exception as failure:
        failed = Failed(failure)
        _log("ERROR", "failed; to be delivered again", reason=failed.reason, frames=failed.frames)
        raise failed from None


def _handle(bucket: str, name: str) -> None:
    places, settings = _wiring()
    drop = drop_in(places.staging.place, f"gs://{bucket}", name)
    if drop is None:
        _log("WARNING", NO_DROP, bucket=bucket, name=name)
        return
    receipt = ingest(drop, places, settings.rules, _now, deadline=_deadline(settings))
    _log("ERROR" if receipt.needs_attention else "INFO", "receipt", receipt=json.loads(receipt.line()))


def _close() -> None:
    places, settings = _wiring()
    places = Places(places.lake, places.staging, open_store(settings.lake))
    _log("INFO", "days looked at", days=close_days(places, settings, _now, _deadline(settings), _tell))


def _tell(day: Closed) -> None:
    _log("ERROR" if day.needs_attention else "INFO", "day", day=json.loads(day.line()))


def _object(event: CloudEvent) -> tuple[str, str] | None:
    """Bucket and name of the object that was finalized; None for another event, which would stay one."""
    if event["type"] == _FINALIZED:
        return event.data["bucket"], event.data["name"]
    asked = _asked(event)
    return (asked["bucketId"], asked["objectId"]) if asked.get("eventType") == "OBJECT_FINALIZE" else None


def _asked(event: CloudEvent) -> dict[str, str]:
    return dict(event.data["message"].get("attributes", {})) if event["type"] == _PUBLISHED else {}


def _log(severity: str, message: str, **fields: object) -> None:
    """One structured line: https://cloud.google.com/logging/docs/structured-logging"""
    logger.info(json.dumps({"severity": severity, "message": message, **fields}))


def _deadline(settings: Settings) -> datetime | None:
    return _now() + settings.timeout - STOP_BEFORE if settings.timeout else None


def _now() -> datetime:
    return datetime.now(UTC)


@cache  # once per warm process; two requests at once may both make it, which harms nothing
def _wiring() -> tuple[Places, Settings]:
    arrow_pool.prepare()
    settings = Settings.read(os.environ)
    return places_of(settings), settings
