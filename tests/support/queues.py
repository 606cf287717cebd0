"""What Lambda's poller takes from a queue of moto's."""

from support.lazily import lazily

boto3 = lazily("boto3")


def taken(url):
    """Message by message."""
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for found in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
            yield {"messageId": found["MessageId"], "body": found["Body"], "eventSource": "aws:sqs"}
