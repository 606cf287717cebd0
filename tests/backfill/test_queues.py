"""Hints reach the cloud, every one of them, in as few requests as it takes; what it refuses is told or tried again."""

import json
from base64 import b64decode
from types import SimpleNamespace

import pytest

from hackle_import.backfill.job import AT_ONCE
from hackle_import.backfill.queues import open_queue
from hackle_import.errors import Misconfigured, Unavailable
from hackle_import.stores.protocol import Listed
from support.lazily import lazily
from support.pubsub import topic_server
from support.queues import taken_away

boto3, stamina = lazily("boto3"), lazily("stamina")
MANY = 10_000
KEYS = [f"incoming/hackle/2023/{number:05d}.ndjson.gz" for number in range(MANY)]


@pytest.fixture(autouse=True)
def _at_once():
    """Tries again without a pause."""
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def topic():
    with topic_server() as topic:
        yield topic


@pytest.fixture
def url(aws, s3_bucket):
    return boto3.client("sqs").create_queue(QueueName=f"backfill-{s3_bucket}")["QueueUrl"]


def to_topic(topic):
    return open_queue(topic.name, "gs://drops/a", {"PUBSUB_EMULATOR_HOST": topic.host})


def test_sqs_takes_ten_thousand(url):
    """Moto holds the limits of a batch: ten messages, and bytes. A function takes what is there meanwhile: at each
    message moto counts all that wait, so its time for them would grow with their square."""
    queue = open_queue(url, "s3://drops/a", {})
    with taken_away(url) as bodies:
        for first in range(0, MANY, AT_ONCE):
            queue.send([Listed(key) for key in KEYS[first : first + AT_ONCE]])
    names = [json.loads(body)["detail"]["object"]["key"] for body in bodies]
    assert sorted(names) == [f"a/{key}" for key in KEYS]


def test_pub_sub_takes_ten_thousand(topic):
    to_topic(topic).send([Listed(key) for key in KEYS])
    assert [message["attributes"]["objectId"] for message in topic.messages] == [f"a/{key}" for key in KEYS]
    assert {json.loads(b64decode(message["data"]))["bucket"] for message in topic.messages} == {"drops"}
    assert topic.requests == 20


def test_the_longest_names_fit_into_a_request(topic, url):
    drops = [Listed(f"incoming/hackle/{number:03d}{'키' * 330}") for number in range(500)]
    to_topic(topic).send(drops)
    assert (len(topic.messages), topic.requests) == (500, 1)
    open_queue(url, "s3://drops", {}).send(drops[:20])


def test_what_is_busy_is_asked_again(topic):
    topic.faults.extend([503, 429])
    to_topic(topic).send([Listed("incoming/hackle/a")])
    assert (len(topic.messages), topic.requests) == (1, 3)


@pytest.mark.parametrize(("status", "raised"), [(503, Unavailable), (403, Misconfigured), (404, Misconfigured)])
def test_what_goes_on_failing_is_raised(topic, status, raised):
    topic.faults.extend([status] * 5)
    with pytest.raises(raised):
        to_topic(topic).send([Listed("incoming/hackle/a")])


class Refusing:
    """An SQS client whose service takes every second message of a batch, and then all."""

    def __init__(self, sender_fault=False):
        self.taken, self.requests, self.sender_fault = [], 0, sender_fault

    def send_message_batch(self, QueueUrl, Entries):  # noqa: N803 - boto3's
        self.requests += 1
        failed = [] if self.requests > 1 else Entries[1::2]
        self.taken += [one["MessageBody"] for one in Entries if one not in failed]
        told = {"SenderFault": self.sender_fault, "Code": "InternalError"}
        return {"Failed": [told | {"Id": one["Id"]} for one in failed]}


def test_messages_that_a_batch_left_out_are_sent_again_and_only_those():
    from hackle_import.backfill.queues.sqs import SqsQueue

    client = Refusing()
    SqsQueue("url", "s3://drops", client).send([Listed(f"incoming/hackle/{number}") for number in range(8)])
    assert (len(client.taken), len(set(client.taken)), client.requests) == (8, 8, 2)


def test_messages_that_are_refused_for_good_are_told():
    from hackle_import.backfill.queues.sqs import SqsQueue

    with pytest.raises(Misconfigured, match="refuses the messages: InternalError"):
        SqsQueue("url", "s3://drops", Refusing(sender_fault=True)).send([Listed("a"), Listed("b")])


def test_a_queue_that_is_not_there_is_told(aws):
    with pytest.raises(Misconfigured, match="there is no such queue"):
        open_queue(f"{aws}/123456789012/nothing", "s3://drops", {}).send([Listed("incoming/hackle/a")])


@pytest.mark.parametrize(
    ("to", "place", "told"),
    [
        ("my-queue", "s3://drops", "give the URL of an SQS queue, or projects/PROJECT/topics/TOPIC"),
        ("projects/p/topics/t", "s3://drops", "is no queue for drops of s3://drops"),
        ("https://sqs.us-east-1.amazonaws.com/1/q", "gs://drops", "is no queue for drops of gs://drops"),
        ("https://sqs.us-east-1.amazonaws.com/1/q", "/a/folder", "`run --jobs` handles those of a folder"),
        ("https://sqs.us-east-1.amazonaws.com/1/q.fifo", "s3://drops", "not for a FIFO queue"),
    ],
)
def test_a_queue_of_another_kind_is_told(to, place, told):
    with pytest.raises(Misconfigured) as wrong:
        open_queue(to, place, {})
    assert told in str(wrong.value)


def test_the_region_is_the_queue_s(aws):
    queue = open_queue("https://sqs.ap-northeast-2.amazonaws.com/123456789012/q", "s3://drops", {})
    assert queue._client.meta.region_name == "ap-northeast-2"


def test_without_credentials_of_google_the_remedy_is_told(monkeypatch):
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    def none(**_):
        raise DefaultCredentialsError

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(Misconfigured, match="gcloud auth application-default login"):
        open_queue("projects/p/topics/t", "gs://drops", {})


def test_with_credentials_google_s_own_session_is_asked(monkeypatch):
    import google.auth

    monkeypatch.setattr(google.auth, "default", lambda **_: (SimpleNamespace(), "p"))
    queue = open_queue("projects/p/topics/t", "gs://drops", {})
    assert queue._url == "https://pubsub.googleapis.com/v1/projects/p/topics/t:publish"
