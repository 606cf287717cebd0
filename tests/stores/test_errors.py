"""Answers that no emulator gives: they are put in by botocore's own stubber, and by raising what Google's library raises."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from hackle_import.stores import Changed, NotFound, Unavailable
from hackle_import.stores.bucket import Bucket
from support.lazily import lazily

boto3, botocore, stub = map(lazily, ("boto3", "botocore.exceptions", "botocore.stub"))
s3, gcs, google = map(lazily, ("hackle_import.stores.s3", "hackle_import.stores.gcs", "google.api_core.exceptions"))


@contextmanager
def stubbed():
    """A store on S3, and what answers it."""
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with stub.Stubber(client) as answers:
        yield s3.S3Store(Bucket("s3", "bucket", ""), client), answers


@pytest.mark.parametrize(
    ("code", "status", "raised"),
    [
        ("SlowDown", 503, Unavailable),
        ("InternalError", 500, Unavailable),
        ("RequestTimeout", 400, Unavailable),
        ("TooManyRequests", 429, Unavailable),
        ("ConditionalRequestConflict", 409, Unavailable),
        ("PreconditionFailed", 412, Changed),
        ("NoSuchKey", 404, NotFound),
        ("NoSuchBucket", 404, None),
        ("AccessDenied", 403, None),
    ],
)
def test_s3_s_answers_mean_what_the_caller_does_next(code, status, raised):
    with stubbed() as (store, answers):
        answers.add_client_error("get_object", code, http_status_code=status)
        answers.add_client_error("list_objects_v2", code, http_status_code=status)  # asked for where it is forbidden
        with pytest.raises(raised or botocore.ClientError):
            store.get("a")


@pytest.mark.parametrize(
    ("code", "raised"), [("SlowDown", Unavailable), ("InternalError", Unavailable), ("AccessDenied", None)]
)
def test_what_s3_did_not_delete_among_many_is_told(code, raised):
    with stubbed() as (store, answers):
        answers.add_response("delete_objects", {"Errors": [{"Key": "b", "Code": code, "Message": "x"}]})
        with pytest.raises(raised or botocore.ClientError):
            store.delete_many(["a", "b"])


def test_no_answer_of_s3_is_unavailable():
    with pytest.raises(Unavailable), s3._translated("a"):
        raise botocore.EndpointConnectionError(endpoint_url="x")


@pytest.mark.parametrize(
    ("error", "message", "raised"),
    [
        ("TooManyRequests", "x", Unavailable),
        ("ServiceUnavailable", "x", Unavailable),
        ("InternalServerError", "x", Unavailable),
        ("PreconditionFailed", "x", Changed),
        ("NotFound", "No such object: bucket/a", NotFound),
        ("NotFound", "The specified bucket does not exist.", None),
        ("Forbidden", "x", None),
    ],
)
def test_gcs_s_answers_mean_what_the_caller_does_next(error, message, raised):
    kind = getattr(google, error)
    with pytest.raises(raised or kind), gcs._translated("a"):
        raise kind(message)


def test_no_answer_of_gcs_and_one_that_came_damaged_are_unavailable():
    from google.cloud.storage.exceptions import DataCorruption
    from urllib3.exceptions import ProtocolError

    for error in (google.RetryError("x", None), DataCorruption(None, "x"), ProtocolError("x")):
        with pytest.raises(Unavailable), gcs._translated("a"):
            raise error


def test_an_upload_whose_session_is_gone_is_to_begin_anew():
    with pytest.raises(Unavailable), gcs._translated("a"), gcs._uploading("a", replacing=False):
        raise google.NotFound("upload not found")
    with pytest.raises(NotFound), gcs._translated("a"), gcs._uploading("a", replacing=True):
        raise google.NotFound("No such object: bucket/a")


@pytest.mark.parametrize(("code", "status", "raised"), [("SlowDown", 503, Unavailable), ("AccessDenied", 403, None)])
def test_a_large_file_that_s3_refuses_means_the_same_as_a_small_one(tmp_path, code, status, raised):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(s3.MULTIPART_FROM_BYTES)
    with stubbed() as (store, answers):
        answers.add_client_error("create_multipart_upload", code, http_status_code=status)
        with pytest.raises(raised or botocore.ClientError):
            store.put("a", tmp_path / "large")


def test_a_version_holds_the_version_id_where_there_is_one():
    answer = {"ETag": '"abc"', "VersionId": "v1", "ContentLength": 3, "LastModified": datetime(2025, 1, 1, tzinfo=UTC)}
    with stubbed() as (store, answers):
        answers.add_response("head_object", answer)
        assert store.head("a").version == "abc;v1"
