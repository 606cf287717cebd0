"""Amazon SQS, by boto3: ten messages a request, several requests at once.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import stamina
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hackle_import.backfill.hints import object_created
from hackle_import.errors import Misconfigured, Unavailable
from hackle_import.stores.protocol import Listed

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10
_SENDERS = 8
_TRIES = 5
_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": _TRIES},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=_SENDERS,
    user_agent_extra="hackle-import",
)
_REGION = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/")
_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue")


class SqsQueue:
    """A standard queue of the drops of one place."""

    def __init__(self, url: str, place: str, client: "SQSClient") -> None:
        self._url, self._place, self._client = url, place, client

    def send(self, drops: Sequence[Listed]) -> None:
        bodies = [object_created(self._place, found) for found in drops]
        batches = [bodies[first : first + _BATCH] for first in range(0, len(bodies), _BATCH)]
        with ThreadPoolExecutor(_SENDERS) as pool:
            for _ in pool.map(self._send, batches):
                pass

    def _send(self, bodies: list[str]) -> None:
        """A request that is taken may still refuse some of its messages: those are sent again."""
        left = {str(number): body for number, body in enumerate(bodies)}
        for attempt in stamina.retry_context(on=Unavailable, attempts=_TRIES):
            with attempt:
                refused = self._refused(left)
                left = {one: left[one] for one in refused}
                if left:
                    raise Unavailable(
                        f"{self._url} refused {len(left)} messages: {', '.join(sorted(set(refused.values())))}"
                    )

    def _refused(self, bodies: dict[str, str]) -> dict[str, str]:
        """The codes of those that were not taken."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": one, "MessageBody": body} for one, body in bodies.items()
        ]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except ClientError as refused:
            if refused.response.get("Error", {}).get("Code") in _NO_QUEUE:
                raise Misconfigured(f"--to {self._url}: there is no such queue") from None
            raise
        except BotoCoreError as failed:
            raise Unavailable(f"{self._url}: {type(failed).__name__}") from failed
        for failure in answer.get("Failed", ()):
            if failure["SenderFault"]:
                raise Misconfigured(f"--to {self._url} refuses the messages: {failure['Code']}")
        return {failure["Id"]: failure["Code"] for failure in answer.get("Failed", ())}


def connect(url: str, place: str) -> SqsQueue:
    """Credentials and endpoint are found as boto3 finds them; the region is the URL's. Raises Misconfigured for a queue
    that keeps an order, which hints have none of."""
    if url.endswith(".fifo"):
        raise Misconfigured(f"--to {url}: hints are for a standard queue, not for a FIFO queue")
    region = _REGION.match(url)
    return SqsQueue(url, place, boto3.client("sqs", config=_CONFIG, region_name=region[1] if region else None))
