"""No credentials, no region: one line of what to do, whichever library finds it out, and wherever."""

from datetime import UTC, datetime

import pytest

from hackle_import.errors import Misconfigured
from hackle_import.stores import open_store
from hackle_import.stores.access import access_told
from hackle_import.warehouse import connect as connecting
from hackle_import.warehouse.format import load_source
from support.lazily import lazily
from support.sources import BIGQUERY, REDSHIFT

botocore, google = lazily("botocore.exceptions"), lazily("google.auth.exceptions")
NOW = datetime(2025, 1, 2, tzinfo=UTC)
SET = ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
SET += ("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "STORAGE_EMULATOR_HOST")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    for name in SET:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)


def asked(text):
    source = load_source(text.encode(), "shop")
    return connecting.connect(source, NOW).columns(source, NOW.date())


def test_redshift_without_a_region_or_credentials_says_what_to_set(monkeypatch):
    with pytest.raises(Misconfigured, match="no region of AWS: set AWS_DEFAULT_REGION"):
        asked(REDSHIFT)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    with pytest.raises(Misconfigured, match="no credentials of AWS: run `aws configure`"):
        asked(REDSHIFT)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    with pytest.raises(Misconfigured, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        asked(REDSHIFT)


def test_a_profile_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nope")
    for opened in (lambda: asked(REDSHIFT), lambda: open_store("s3://bucket")):
        with pytest.raises(Misconfigured, match="let AWS_PROFILE name one"):
            opened()


def test_a_bucket_of_s3_without_credentials_says_what_to_do(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    for ask in (lambda store: store.head("a"), lambda store: store.put("a", b""), lambda store: list(store.keys(""))):
        with pytest.raises(Misconfigured, match="no credentials of AWS"):
            ask(open_store("s3://bucket"))


def test_google_s_are_told_for_a_bucket_and_for_bigquery():
    for opened in (lambda: asked(BIGQUERY), lambda: open_store("gs://bucket")):
        with pytest.raises(Misconfigured, match="gcloud auth application-default login"):
            opened()


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (lambda: botocore.SSOTokenLoadError(error_msg="x"), "aws sso login"),
        (lambda: botocore.TokenRetrievalError(provider="sso", error_msg="x"), "aws sso login"),
        (lambda: botocore.ClientError({"Error": {"Code": "ExpiredToken"}}, "GetObject"), "have expired"),
        (lambda: botocore.ClientError({"Error": {"Code": "InvalidAccessKeyId"}}, "GetObject"), "does not know"),
        (lambda: google.RefreshError("Reauthentication is needed"), "refused or have expired"),
    ],
    ids=["sso", "token", "expired", "unknown", "google"],
)
def test_credentials_that_are_over_are_told(failure, told):
    with pytest.raises(Misconfigured, match=told), access_told():
        raise failure()


@pytest.mark.parametrize(
    "failure",
    [
        lambda: botocore.ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"),
        lambda: google.RefreshError("the metadata server did not answer", retryable=True),
        lambda: ValueError("a"),
    ],
    ids=["denied", "no answer", "another"],
)
def test_what_else_fails_stays_what_it_is(failure):
    with pytest.raises(type(failure())), access_told():
        raise failure()
