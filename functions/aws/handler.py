"""AWS Lambda: object-created events, in SQS messages or direct, become drops for `ingest`; nothing else happens here.

S3's own notifications form-encode keys, EventBridge does not:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.metrics import MetricUnit

from closing import close_days as _close
from hackle_import.days import CLOSE_DAYS
from hackle_import.drop import NO_DROP, drop_in
from hackle_import.errors import Failed
from hackle_import.ingest import STOP_BEFORE, ingest
from hackle_import.places import Places, places_of
from hackle_import.settings import Rules, Settings
from hackle_import.writing import arrow_pool
from hash_key import with_hash_key
from reporting import logger, metrics, price_per_second, report

_now = partial(datetime.now, UTC)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers `batchItemFailures` to a batch of SQS messages; a direct event raises what goes wrong."""
    metrics.add_metric("Events", MetricUnit.Count, 1)
    price = price_per_second(int(context.memory_limit_in_mb))
    deadline = _now() + timedelta(milliseconds=context.get_remaining_time_in_millis()) - STOP_BEFORE
    handle = partial(_handle, price=price, deadline=deadline)
    if not _is_batch(event):
        try:
            _close(deadline) if event == CLOSE_DAYS else handle(event)
        except Exception as failure:
            raise Failed(failure) from None
        return {}
    failed = [record["messageId"] for record in event["Records"] if not _is_handled(record, handle)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_batch(event: dict[str, Any]) -> bool:
    return any(record.get("eventSource") == "aws:sqs" for record in event.get("Records", ()))


def _is_handled(record: dict[str, Any], handle: Callable[[dict[str, Any]], None]) -> bool:
    """Whether a message is done; why one is not goes to the log, and the message back to the queue."""
    try:
        handle(json.loads(record["body"]))
    except Exception as failure:
        told = Failed(failure)
        logger.error("message failed", message_id=record["messageId"], reason=told.reason, frames=told.frames)
        return False
    return True


def _handle(event: dict[str, Any], price: float, deadline: datetime) -> None:
    places, rules = _wiring()
    for bucket, key in _objects(event):
        drop = drop_in(places.staging.place, bucket, key)
        if drop is None:
            logger.warning(NO_DROP, bucket=bucket, key=key)
            continue
        report(ingest(drop, places, rules, _now, price_per_second=price, deadline=deadline))


def _objects(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(`s3://bucket`, key) of every object that the event says was created: none in a test or a deletion."""
    if event.get("detail-type") == "Object Created":
        yield f"s3://{event['detail']['bucket']['name']}", event["detail"]["object"]["key"]
        return
    if "Records" not in event and event.get("Event") != "s3:TestEvent" and event.get("source") != "aws.s3":
        raise ValueError("neither an S3 notification nor an EventBridge event of an object")
    for record in event.get("Records", ()):
        if record["eventName"].removeprefix("s3:").startswith("ObjectCreated"):
            yield f"s3://{record['s3']['bucket']['name']}", unquote_plus(record["s3"]["object"]["key"])


@cache  # once per warm process; a failure is not kept
def _wiring() -> tuple[Places, Rules]:
    arrow_pool.prepare()
    settings = Settings.read(with_hash_key(os.environ))
    return places_of(settings), settings.rules
