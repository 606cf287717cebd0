"""A file put into S3 (moto's server), its notification through SQS, the handler as the runtime calls it, Parquet by
DuckDB."""

import json
from types import SimpleNamespace

import pytest

from support.entrypoints import LAMBDA_CONTEXT, aws_handler, log_of_lambda
from support.lazily import lazily
from support.samples import event, ndjson

boto3 = lazily("boto3")
duckdb = lazily("duckdb")

KEY = "incoming/hackle/app/ugly name+100%.ndjson"


@pytest.fixture
def queue(aws, s3_bucket):
    """A queue's URL, to which the bucket's notifications go."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=s3_bucket)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return SimpleNamespace(url=url, arn=arn)


@pytest.fixture
def function(s3_bucket, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", f"s3://{s3_bucket}")
    monkeypatch.setenv("HACKLE_IMPORT", f"s3://{s3_bucket}/import")
    return aws_handler().handler


def through_notification(bucket, queue):
    boto3.client("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}]},
    )


def through_eventbridge(bucket, queue):
    boto3.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = boto3.client("events")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=bucket, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=bucket, Targets=[{"Id": "queue", "Arn": queue.arn}])


def delivered(queue):
    """All messages so far, in the shape that Lambda's poller gives them."""
    sqs, records = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10).get("Messages"):
        for found in messages:
            sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=found["ReceiptHandle"])
            records.append({"messageId": found["MessageId"], "body": found["Body"], "eventSource": "aws:sqs"})
    return {"Records": records}


def rows(bucket, folder):
    s3 = boto3.client("s3")
    for number, found in enumerate(s3.list_objects_v2(Bucket=bucket, Prefix="import/").get("Contents", ())):
        s3.download_file(bucket, found["Key"], str(folder / f"{number}.parquet"))
    found = duckdb.sql(
        f"SELECT identifiers['id'], event_properties['plan'], metric_value::VARCHAR, epoch_ms(ts) "
        f"FROM '{folder}/*.parquet' ORDER BY 1"
    )
    return found.fetchall()


@pytest.mark.parametrize("route", [through_notification, through_eventbridge])
def test_a_dropped_file_becomes_parquet_by_itself(route, s3_bucket, queue, function, tmp_path):
    route(s3_bucket, queue)
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=ndjson(event(1), event(2, ts="bad"), event(3)))
    batch = delivered(queue)
    assert batch["Records"]
    assert function(batch, LAMBDA_CONTEXT) == {"batchItemFailures": []}
    expected = [("u1", "pro", "1.500000", 1735787045678), ("u3", "pro", "1.500000", 1735787045678)]
    assert rows(s3_bucket, tmp_path) == expected
    assert function(delivered(queue), LAMBDA_CONTEXT) == {"batchItemFailures": []}  # our own writes raised events, too
    assert function(batch, LAMBDA_CONTEXT) == {"batchItemFailures": []}  # and this one came twice
    assert rows(s3_bucket, tmp_path) == expected


def test_an_overwritten_drop_replaces_its_rows(s3_bucket, queue, function, tmp_path):
    through_notification(s3_bucket, queue)
    for drop in (ndjson(event(1), event(2)), ndjson(event(2), event(3))):
        boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=drop)
        function(delivered(queue), LAMBDA_CONTEXT)
    assert [row[0] for row in rows(s3_bucket, tmp_path)] == ["u2", "u3"]


def test_a_rewrite_in_place_replays_a_drop_with_today_s_mapping(s3_bucket, queue, function, tmp_path):
    s3 = boto3.client("s3")
    through_notification(s3_bucket, queue)
    s3.put_object(Bucket=s3_bucket, Key=KEY, Body=ndjson(event(1), event(2, insert_id=None)))
    function(delivered(queue), LAMBDA_CONTEXT)
    s3.put_object(Bucket=s3_bucket, Key="mappings/hackle.toml", Body=b'[insert_id]\nwhen_missing = "reject"')
    s3.copy_object(Bucket=s3_bucket, Key=KEY, CopySource={"Bucket": s3_bucket, "Key": KEY}, MetadataDirective="REPLACE")
    function(delivered(queue), LAMBDA_CONTEXT)
    assert [row[0] for row in rows(s3_bucket, tmp_path)] == ["u1"]


def test_metrics_and_the_receipt_are_logged_and_no_row_is(s3_bucket, function):
    secret = event(1, event_properties={"card": "4111-1111"}, ts="4111-1111")
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=ndjson(secret, event(2)))
    detail = {"bucket": {"name": s3_bucket}, "object": {"key": KEY}}
    lines = log_of_lambda({"detail-type": "Object Created", "detail": detail})
    (receipt,) = [line["receipt"] for line in lines if "receipt" in line]
    assert (receipt["outcome"], receipt["rows_in"], receipt["rejects"]) == ("written", 2, {"ts_unreadable": 1})
    assert receipt["estimated_cost_usd"] > 0
    (metrics,) = [line for line in lines if "_aws" in line]
    assert (metrics["DropsWritten"], metrics["RowsWritten"], metrics["RowsRejected"]) == ([1.0], [1.0], [1.0])
    assert metrics["BytesIn"] == [receipt["bytes_in"]]
    assert metrics["EstimatedCostUsd"] == [receipt["estimated_cost_usd"]]
    assert "4111" not in json.dumps(lines)
    lines = log_of_lambda({"detail-type": "Object Created", "detail": detail})
    assert [(line["DropsSkipped"], line["RowsIn"]) for line in lines if "_aws" in line] == [([1.0], [0.0])]


def test_an_object_of_no_bytes_is_acknowledged(s3_bucket, function):
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=b"")
    detail = {"bucket": {"name": s3_bucket}, "object": {"key": KEY}}
    lines = log_of_lambda({"detail-type": "Object Created", "detail": detail})
    assert [line["receipt"]["outcome"] for line in lines if "receipt" in line] == ["empty"]
