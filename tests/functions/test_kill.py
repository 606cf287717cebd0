"""A handler that is killed, and run again: `make kill` is the long form."""

from functions.kill import Killing
from support.lazily import lazily
from support.samples import event, ndjson

boto3 = lazily("boto3")


def test_a_handler_that_is_killed_leaves_what_an_undisturbed_one_leaves(s3_bucket, tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_bytes(ndjson(*(event(n, ts=1735700000000 + n * 9000, extra="e" * 300) for n in range(30_000))))
    killing = Killing(boto3.client("s3"), s3_bucket, path, spool_bytes=1 << 18)
    assert len(killing.expected) > 4
    for _ in range(4):
        assert killing.disturbed() == killing.expected
    assert killing.kills >= 4
