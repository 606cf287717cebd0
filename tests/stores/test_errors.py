"""Answers that no emulator gives: they are put in by botocore's own stubber, and by raising what Google's library raises."""

from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber
from google.api_core import exceptions as google
from google.cloud.storage.exceptions import DataCorruption
from urllib3.exceptions import ProtocolError

from hackle_import.stores import Changed, NotFound, Unavailable
from hackle_import.stores.bucket import Bucket
from hackle_import.stores.gcs import _translated as gcs_translated
from hackle_import.stores.gcs import _uploading
from hackle_import.stores.s3 import MULTIPART_FROM_BYTES, S3Store
from hackle_import.stores.s3 import _translated as s3_translated


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
        ("NoSuchBucket", 404, ClientError),
        ("AccessDenied", 403, ClientError),
    ],
)
def test_s3_s_answers_mean_what_the_caller_does_next(code, status, raised):
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code, http_status_code=status)
        with pytest.raises(raised):
            S3Store(Bucket("s3", "bucket", ""), client).get("a")


def test_no_answer_of_s3_is_unavailable():
    with pytest.raises(Unavailable), s3_translated("a"):
        raise EndpointConnectionError(endpoint_url="x")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (google.TooManyRequests("x"), Unavailable),
        (google.ServiceUnavailable("x"), Unavailable),
        (google.InternalServerError("x"), Unavailable),
        (google.RetryError("x", None), Unavailable),
        (DataCorruption(None, "x"), Unavailable),
        (ProtocolError("x"), Unavailable),
        (google.PreconditionFailed("x"), Changed),
        (google.NotFound("No such object: bucket/a"), NotFound),
        (google.NotFound("The specified bucket does not exist."), google.NotFound),
        (google.Forbidden("x"), google.Forbidden),
    ],
)
def test_gcs_s_answers_mean_what_the_caller_does_next(error, raised):
    with pytest.raises(raised), gcs_translated("a"):
        raise error


def test_an_upload_whose_session_is_gone_is_to_begin_anew():
    with pytest.raises(Unavailable), gcs_translated("a"), _uploading("a", replacing=False):
        raise google.NotFound("upload not found")
    with pytest.raises(NotFound), gcs_translated("a"), _uploading("a", replacing=True):
        raise google.NotFound("No such object: bucket/a")


@pytest.mark.parametrize(
    ("code", "status", "raised"), [("SlowDown", 503, Unavailable), ("AccessDenied", 403, ClientError)]
)
def test_a_large_file_that_s3_refuses_means_the_same_as_a_small_one(tmp_path, code, status, raised):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MULTIPART_FROM_BYTES)
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_client_error("create_multipart_upload", code, http_status_code=status)
        with pytest.raises(raised):
            S3Store(Bucket("s3", "bucket", ""), client).put("a", tmp_path / "large")


def test_a_version_holds_the_version_id_where_there_is_one():
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    answer = {"ETag": '"abc"', "VersionId": "v1", "ContentLength": 3, "LastModified": datetime(2025, 1, 1, tzinfo=UTC)}
    with Stubber(client) as stub:
        stub.add_response("head_object", answer)
        assert S3Store(Bucket("s3", "bucket", ""), client).head("a").version == "abc;v1"
