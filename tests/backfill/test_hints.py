"""A hint names its drop as the functions read it, whatever the name."""

import json
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.backfill.hints import object_created, object_finalized
from hackle_import.drop import drop_in
from hackle_import.stores.protocol import Listed
from support.entrypoints import aws_handler, gcp_main

NAMES = st.text(min_size=1, max_size=40, alphabet=st.characters(exclude_categories=["Cs"]))
PLACES = ["bucket", "bucket/some/prefix"]


@pytest.fixture(scope="module")
def handler():
    return aws_handler()


@pytest.fixture(scope="module")
def function():
    return gcp_main()


@pytest.mark.parametrize("place", PLACES)
@given(name=NAMES)
def test_lambda_reads_the_drop_out_of_it(handler, place, name):
    found = Listed(f"incoming/hackle/{name}")
    [(bucket, key)] = handler._objects(json.loads(object_created(f"s3://{place}", found)))
    drop = drop_in(f"s3://{place}", bucket, key)
    assert drop is None or drop.key == found.key  # none where the name says that it is no drop
    assert key.endswith(found.key)


@pytest.mark.parametrize("place", PLACES)
@given(name=NAMES)
def test_cloud_run_reads_the_drop_out_of_it(function, place, name):
    from cloudevents.http import CloudEvent

    found = Listed(f"incoming/hackle/{name}")
    message = object_finalized(f"gs://{place}", found)
    pushed = {"type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//pubsub"}
    bucket, key = function._object(CloudEvent(pushed, {"message": message}))
    assert (bucket, key.endswith(found.key)) == ("bucket", True)
    assert json.loads(b64decode(message["data"]))["name"] == key  # of what functions-framework makes an event
