"""What an upload in parts asks of S3."""

from hackle_import.stores import open_store
from support.faulty_proxy import Faults, faulty_proxy
from support.iam_calls import calls_of
from support.lazily import lazily

boto3, s3 = lazily("boto3"), lazily("hackle_import.stores.s3")


def test_a_large_file_is_uploaded_in_parts_and_never_read_back(aws, s3_bucket, monkeypatch, tmp_path):
    """What Hackle reads, the function may only write: not even a head is asked for."""
    requests = []
    with faulty_proxy(aws, Faults(seed=0), seen=requests) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        path = tmp_path / "large"
        with path.open("wb") as file:
            file.truncate(s3.MULTIPART_FROM_BYTES)
        stored = open_store(f"s3://{s3_bucket}/hackle").put("day/large", path)
    assert {call.action for request in requests for call in calls_of(*request)} == {"s3:PutObject"}
    head = boto3.client("s3", endpoint_url=aws).head_object(Bucket=s3_bucket, Key="hackle/day/large")
    assert (stored.version, stored.size) == (head["ETag"].strip('"'), s3.MULTIPART_FROM_BYTES)
