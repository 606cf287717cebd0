"""What Lambda's poller takes from a queue of moto's."""

import threading
from contextlib import contextmanager

from support.lazily import lazily

boto3 = lazily("boto3")


def taken(url):
    """Message by message."""
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for found in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
            yield {"messageId": found["MessageId"], "body": found["Body"], "eventSource": "aws:sqs"}


@contextmanager
def taken_away(url):
    """What moto held of the queue, and holds no longer."""
    from moto.sqs.models import sqs_backends

    queue = sqs_backends["123456789012"]["us-east-1"].queues[url.rpartition("/")[2]]
    bodies, is_over = [], threading.Event()

    def take():
        messages, queue._messages = queue._messages, []
        bodies.extend(message.body for message in messages)

    def take_on():
        while not is_over.wait(0.05):
            with queue._messages_lock:
                take()

    taker = threading.Thread(target=take_on)
    taker.start()
    try:
        yield bodies
    finally:
        is_over.set()
        taker.join()
        take()
