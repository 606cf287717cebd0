"""Google Pub/Sub, by its REST interface: a request takes many messages, so of the library that streams them over gRPC,
20 MB, one call would be used. Credentials are found and renewed by Google's own session.

https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
"""

from collections.abc import Sequence
from typing import Any

import google.auth
import stamina
from google.auth.exceptions import DefaultCredentialsError, TransportError
from google.auth.transport.requests import AuthorizedSession
from requests import RequestException, Session

from hackle_import.backfill.hints import object_finalized
from hackle_import.errors import Misconfigured, Unavailable
from hackle_import.stores.protocol import Listed

_BATCH = 500  # of 1,000, and of 10 MB: the longest names, escaped, are below 10 KB a message
_TRIES = 5
_TIMEOUT_SECONDS = (5, 60)
_SCOPE = "https://www.googleapis.com/auth/pubsub"
_GOOGLE = "https://pubsub.googleapis.com"
_BUSY = {408, 429, 500, 502, 503, 504}
_NOT_FOUND, _FORBIDDEN = 404, 403


class PubSubTopic:
    """A topic of the drops of one place."""

    def __init__(self, topic: str, place: str, session: Session, address: str) -> None:
        self._topic, self._place, self._session = topic, place, session
        self._url = f"{address}/v1/{topic}:publish"

    def send(self, drops: Sequence[Listed]) -> None:
        for first in range(0, len(drops), _BATCH):
            messages = [object_finalized(self._place, found) for found in drops[first : first + _BATCH]]
            for attempt in stamina.retry_context(on=Unavailable, attempts=_TRIES):
                with attempt:
                    self._publish(messages)

    def _publish(self, messages: list[dict[str, Any]]) -> None:
        try:
            answer = self._session.post(self._url, json={"messages": messages}, timeout=_TIMEOUT_SECONDS)
        except (RequestException, TransportError) as failed:
            raise Unavailable(f"{self._topic}: {type(failed).__name__}") from failed
        status = answer.status_code
        if status in _BUSY:
            raise Unavailable(f"{self._topic}: answered {status}")
        if status == _NOT_FOUND:
            raise Misconfigured(f"--to {self._topic}: there is no such topic")
        if status == _FORBIDDEN:
            raise Misconfigured(f"--to {self._topic}: publishing there needs roles/pubsub.publisher")
        answer.raise_for_status()
        if len(answer.json()["messageIds"]) != len(messages):
            raise Unavailable(f"{self._topic}: took {len(answer.json()['messageIds'])} of {len(messages)} messages")


def connect(topic: str, place: str, emulator: str) -> PubSubTopic:
    """`emulator` is the host and port of one, or empty. Raises Misconfigured where there are no credentials."""
    if emulator:
        return PubSubTopic(topic, place, Session(), f"http://{emulator}")
    try:
        credentials, _ = google.auth.default(scopes=[_SCOPE])
    except DefaultCredentialsError:
        raise Misconfigured("no credentials of Google Cloud: `gcloud auth application-default login`") from None
    session: Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return PubSubTopic(topic, place, session, _GOOGLE)
