"""Where hints are sent: one protocol, a module a cloud. But for the stores, only these know a cloud's library."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from hackle_import.errors import Misconfigured
from hackle_import.stores.protocol import Listed

_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")


class Queue(Protocol):
    """Takes hints of drops of one place."""

    def send(self, drops: Sequence[Listed]) -> None:
        """Returns when the cloud has every one of them; when it raises, it may have any. Raises Misconfigured for a
        queue that is not there, Unavailable where the cloud does not answer."""


def open_queue(to: str, place: str, env: Mapping[str, str]) -> Queue:
    """The queue of a URL (SQS) or of `projects/P/topics/T` (Pub/Sub), for drops of `place`. `env` may name an emulator
    of Pub/Sub. Raises Misconfigured where both are not of one cloud, or its library is not installed."""
    scheme = place.partition("://")[0] if "://" in place else "a folder"
    kind = "s3" if to.startswith(("http://", "https://")) else "gs" if _TOPIC.fullmatch(to) else ""
    if not kind:
        raise Misconfigured(f"--to {to}: give the URL of an SQS queue, or projects/PROJECT/topics/TOPIC")
    if kind != scheme:
        remedy = "`run --jobs` handles those of a folder" if scheme == "a folder" else "give the deployment's own queue"
        raise Misconfigured(f"--to {to} is no queue for drops of {place}: {remedy}")
    try:
        if kind == "s3":
            from hackle_import.backfill.queues import sqs

            return sqs.connect(to, place)
        from hackle_import.backfill.queues import pubsub

        return pubsub.connect(to, place, env.get("PUBSUB_EMULATOR_HOST", ""))
    except ModuleNotFoundError as missing:
        extra = {"s3": "aws", "gs": "gcp"}[kind]
        raise Misconfigured(
            f"--to needs a library that is not installed: pip install 'hackle-import[{extra}]'"
        ) from missing
