"""Both functions against a storage that takes connections and never answers: they end before the platform ends them."""

from http.server import BaseHTTPRequestHandler
from threading import Event
from types import SimpleNamespace

import pytest

from hackle_import.errors import Failed
from hackle_import.ingest import STOP_BEFORE
from support.entrypoints import LAMBDA_CONTEXT, aws_handler, gcp_main
from support.faulty_proxy import serving

KEY = "incoming/hackle/events.ndjson"
LEFT_SECONDS = STOP_BEFORE.total_seconds() + 1


@pytest.fixture
def deaf():
    """The URL of a server, and what says how many wait for its answer."""
    ended, waiting = Event(), []

    class Deaf(BaseHTTPRequestHandler):
        def handle(self):
            waiting.append(self)
            ended.wait()

    with serving(Deaf) as url:
        yield SimpleNamespace(url=url, waiting=waiting)
        ended.set()


def through_lambda(deaf, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", "s3://bucket")
    monkeypatch.setenv("HACKLE_IMPORT", "s3://bucket/import")
    monkeypatch.setenv("AWS_ENDPOINT_URL", deaf.url)
    context = SimpleNamespace(
        **vars(LAMBDA_CONTEXT) | {"get_remaining_time_in_millis": lambda: round(1000 * LEFT_SECONDS)}
    )
    detail = {"bucket": {"name": "bucket"}, "object": {"key": KEY}}
    aws_handler().handler({"detail-type": "Object Created", "detail": detail}, context)


def through_cloud_run(deaf, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", "gs://bucket")
    monkeypatch.setenv("HACKLE_IMPORT", "gs://bucket/import")
    monkeypatch.setenv("HACKLE_TIMEOUT_SECONDS", str(round(LEFT_SECONDS)))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", deaf.url)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    attributes = {"type": "google.cloud.storage.object.v1.finalized", "source": "//storage"}
    from cloudevents.http import CloudEvent

    gcp_main().main(CloudEvent(attributes, {"bucket": "bucket", "name": KEY}))


@pytest.mark.parametrize("through", [through_lambda, through_cloud_run])
def test_a_function_raises_while_the_storage_has_not_answered(aws, deaf, monkeypatch, through):
    with pytest.raises(Failed, match="did not answer before the time was over"):
        through(deaf, monkeypatch)
    assert len(deaf.waiting) == 1
