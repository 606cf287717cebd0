"""A double of Pub/Sub's REST interface: it takes what the service takes, refuses what that refuses, and gives what was
published as the service pushes it. No emulator of the service comes as a Python package.

https://cloud.google.com/pubsub/quotas#resource_limits
"""

import json
import re
from base64 import b64decode
from collections import deque
from contextlib import contextmanager

from support.http_double import served

MOST_MESSAGES, MOST_BYTES, MOST_ATTRIBUTE_BYTES = 1000, 10_000_000, 1024


class Topic:
    """`messages` were published, `requests` by so many; `faults` are the statuses of the next answers instead."""

    def __init__(self, name):
        self.name, self.messages, self.requests, self.faults, self.host = name, [], 0, deque(), ""

    def envelopes(self):
        """Bodies of the pushes."""
        for number, message in enumerate(self.messages):
            yield {"message": message | {"messageId": str(number)}, "subscription": "projects/p/subscriptions/s"}

    def publish(self, path, body):
        """Status and answer."""
        self.requests += 1
        if self.faults:
            return self.faults.popleft(), {}
        if path != f"/v1/{self.name}:publish":
            return 404, {"error": {"status": "NOT_FOUND"}}
        messages = json.loads(body)["messages"]
        if not 0 < len(messages) <= MOST_MESSAGES or len(body) > MOST_BYTES or not all(map(_is_taken, messages)):
            return 400, {"error": {"status": "INVALID_ARGUMENT"}}
        self.messages += messages
        return 200, {"messageIds": [str(number) for number in range(len(messages))]}


def _is_taken(message):
    attributes = message.get("attributes", {})
    texts = [text for pair in attributes.items() for text in pair]
    return bool(b64decode(message["data"], validate=True) or attributes) and all(
        isinstance(text, str) and len(text.encode()) <= MOST_ATTRIBUTE_BYTES for text in texts
    )


@contextmanager
def topic_server(name="projects/test/topics/backfill"):
    """A topic, at `host`."""
    assert re.fullmatch("projects/[^/]+/topics/[^/]+", name)
    topic = Topic(name)

    def answer(_method, path, _headers, body):
        status, told = topic.publish(path, body)
        return status, json.dumps(told).encode()

    with served(answer) as topic.host:
        yield topic
