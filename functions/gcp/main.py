"""Cloud Run function: object-finalized events, direct or through Pub/Sub, become drops for `ingest`; nothing else here.

A notification to Pub/Sub needs payload format JSON_API_V1: functions-framework answers 400 to a message without data.
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

from hackle_import.drop import drop_in
from hackle_import.failures import Failed
from hackle_import.ingest import STOP_BEFORE, ingest
from hackle_import.places import Places
from hackle_import.settings import Settings
from hackle_import.stores import open_store

_FINALIZED = "google.cloud.storage.object.v1.finalized"
_PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
logger = logging.getLogger("hackle-import")


@functions_framework.cloud_event
def main(cloud_event: CloudEvent) -> None:
    """Returns when the drop is handled, whatever its outcome; what is raised makes the platform deliver again."""
    try:
        _handle(*_object(cloud_event))
    except Exception as failure:
        raise Failed(failure) from None


def _handle(bucket: str, name: str) -> None:
    places, settings = _wiring()
    drop = drop_in(places.staging.place, f"gs://{bucket}", name)
    if drop is None:
        _log("INFO", "not a drop", bucket=bucket, name=name)
        return
    deadline = _now() + settings.timeout - STOP_BEFORE if settings.timeout else None
    receipt = ingest(drop, places, settings.rules, _now, deadline=deadline)
    severity = "ERROR" if receipt.needs_attention else "INFO"
    _log(severity, "receipt", receipt=json.loads(receipt.line()))


def _object(event: CloudEvent) -> tuple[str, str]:
    """Bucket and name of the object that was finalized; empty for another kind of Pub/Sub notification."""
    if event["type"] == _FINALIZED:
        return event.data["bucket"], event.data["name"]
    if event["type"] != _PUBLISHED:
        raise ValueError(f"an event of type {event['type']} is none of an object")
    attributes = event.data["message"]["attributes"]
    if attributes["eventType"] != "OBJECT_FINALIZE":
        return "", ""
    return attributes["bucketId"], attributes["objectId"]


def _log(severity: str, message: str, **fields: object) -> None:
    """One structured line: https://cloud.google.com/logging/docs/structured-logging"""
    logger.info(json.dumps({"severity": severity, "message": message, **fields}))


def _now() -> datetime:
    return datetime.now(UTC)


@cache  # once per warm process; two requests at once may both make it, which harms nothing
def _wiring() -> tuple[Places, Settings]:
    settings = Settings.read(os.environ)
    staging = open_store(settings.staging)
    return Places(staging, staging, open_store(settings.lake)), settings
