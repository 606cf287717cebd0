"""What a queue is told of a drop, as the deployed function takes it: that an object was put. Pure.

A hint says nothing but the name. The function looks at the object as it is, as with any event, so it may be sent twice,
late, or of a drop that is done.
"""

import json
from base64 import b64encode
from typing import Any

from hackle_import.stores.protocol import Listed


def object_created(place: str, found: Listed) -> str:
    """In EventBridge's shape: the body of a message to the queue of drops.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    bucket, name = _named(place, found)
    detail = {"bucket": {"name": bucket}, "object": {"key": name}}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail}, ensure_ascii=False)


def object_finalized(place: str, found: Listed) -> dict[str, Any]:
    """As Cloud Storage publishes it: a message of Pub/Sub, in its JSON.
    https://cloud.google.com/storage/docs/pubsub-notifications#format"""
    bucket, name = _named(place, found)
    data = json.dumps({"kind": "storage#object", "bucket": bucket, "name": name}).encode()
    attributes = {"eventType": "OBJECT_FINALIZE", "payloadFormat": "JSON_API_V1", "bucketId": bucket, "objectId": name}
    return {"data": b64encode(data).decode(), "attributes": attributes}


def _named(place: str, found: Listed) -> tuple[str, str]:
    bucket, _, prefix = place.partition("://")[2].partition("/")
    return bucket, f"{prefix}/{found.key}" if prefix else found.key
