"""A bucket that is another account's by now is given nothing: every call of the store names the account that it expects."""

import pytest

from hackle_import.stores import NotFound, open_store
from support.faulty_proxy import Faults, faulty_proxy
from support.lazily import lazily

botocore, transfer = lazily("botocore.exceptions"), lazily("boto3.s3.transfer")

OURS = "111122223333"
HEADER = "x-amz-expected-bucket-owner"


@pytest.fixture
def watched(aws, s3_bucket, monkeypatch):
    """Opens the bucket through a proxy, with owners; the proxy's faults, and the requests that it saw."""
    seen, faults = [], Faults(seed=0)
    with faulty_proxy(aws, faults, seen) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield lambda owners: open_store(f"s3://{s3_bucket}/p", owners), s3_bucket, faults, seen


def every_call(store, folder):
    """All that the store ever asks of S3, an upload in parts included."""
    large = folder / "large"
    large.write_bytes(bytes(9 << 20))
    version = store.put("a", b"old").version
    store.put_if_absent("b", b"new")
    store.put("large", large)
    store.put_if_version("a", b"new", version)
    version = store.head("a").version
    assert store.get("a")[0] == store.read("a", version, 0, 3) == b"new"
    assert list(store.keys("")) == ["a", "b", "large"]
    store.delete("a")


def owners_told(seen):
    return [{name.lower(): text for name, text in headers.items()}.get(HEADER) for _, _, headers, *_ in seen]


def test_every_call_names_the_account_that_the_bucket_must_be_of(watched, monkeypatch, tmp_path):
    opened, bucket, _, seen = watched
    monkeypatch.setattr("hackle_import.stores.s3.MULTIPART_FROM_BYTES", 6 << 20)
    small = transfer.TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=5 << 20, use_threads=False)
    monkeypatch.setattr("hackle_import.stores.s3._MULTIPART", small)
    every_call(opened({bucket: OURS, "another": "444455556666"}), tmp_path)
    assert {method for method, *_ in seen} == {"GET", "HEAD", "PUT", "POST", "DELETE"}
    assert sum("partNumber" in path for _, path, *_ in seen) == 2
    assert set(owners_told(seen)) == {OURS}


def test_of_a_bucket_that_is_not_named_nothing_is_expected(watched, tmp_path):
    opened, _, _, seen = watched
    every_call(opened({"another": OURS}), tmp_path)
    assert set(owners_told(seen)) == {None}


@pytest.mark.parametrize("call", ["head", "get"])
def test_forbidden_of_a_key_that_no_listing_holds_is_not_found(watched, call):
    """What S3 may say to who lists below prefixes only."""
    opened, _, faults, seen = watched
    store = opened({})
    store.put("a-longer", b"x")
    faults.next_ones = iter(["403"])
    with pytest.raises(NotFound):
        getattr(store, call)("a")
    assert "prefix=p%2Fa&" in f"{seen[-1][1]}&"


@pytest.mark.parametrize("call", ["head", "get"])
def test_forbidden_of_a_key_that_is_there_is_told(watched, call):
    opened, _, faults, _ = watched
    store = opened({})
    store.put("a", b"x")
    faults.next_ones = iter(["403"])
    with pytest.raises(botocore.ClientError) as refused:
        getattr(store, call)("a")
    assert refused.value.operation_name == f"{call.title()}Object"


@pytest.mark.parametrize("call", ["head", "get"])
def test_a_bucket_of_which_nothing_may_be_seen_is_told_and_not_taken_for_empty(watched, call):
    opened, _, faults, _ = watched
    faults.next_ones = iter(["403", "403"])
    with pytest.raises(botocore.ClientError) as refused:
        getattr(opened({}), call)("a")
    assert refused.value.operation_name == f"{call.title()}Object"
