"""What the Lambda handler makes of events, without any bucket but a local one."""

import json
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from hackle_import.errors import Failed
from hackle_import.receipt import Receipt
from support.entrypoints import LAMBDA_CONTEXT, aws_handler, log_of_lambda

EVENTS = Path(__file__).parent / "events"


def notification(*keys, bucket="staging", name="ObjectCreated:Put"):
    return {
        "Records": [{"eventName": name, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}} for key in keys]
    }


def recorded(name):
    """An event with every field that the platform sends."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def message(number, body):
    return {
        "messageId": f"m{number}",
        "eventSource": "aws:sqs",
        "body": body if isinstance(body, str) else json.dumps(body),
    }


@pytest.fixture
def handler(monkeypatch):
    """The handler module with `ingest` replaced by a recorder: what is under test is the translation of events."""
    module = aws_handler()
    module.seen = []

    def record(drop, places, rules, clock, **_):
        module.seen.append(drop.key)
        if "fail" in drop.key:
            raise OSError("the network is gone")
        return Receipt(source=drop.key, version="v", mapping="m", outcome="written")

    monkeypatch.setattr(module, "ingest", record)
    place = SimpleNamespace(place="s3://staging/in%20x")
    monkeypatch.setattr(module, "_wiring", lambda: (SimpleNamespace(staging=place), None))
    return module


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("s3_notification", ["incoming/hackle/a+b c%.csv", "incoming/hackle/한글/dt=2025-01-02/é&?#.ndjson.gz"]),
        ("s3_removed", []),
        ("s3_test", []),
        ("eventbridge_created", ["incoming/hackle/한글/a+b c%2B%.csv"]),
        ("eventbridge_deleted", []),
    ],
)
def test_an_event_as_the_platform_sends_it_names_its_drops(handler, name, keys):
    assert handler.handler({"Records": [message(0, recorded(name))]}, LAMBDA_CONTEXT) == {"batchItemFailures": []}
    assert handler.handler(recorded(name), LAMBDA_CONTEXT) == {}
    assert handler.seen == keys * 2


def test_a_notification_s_key_is_form_encoded(handler):
    handler.handler(notification("in%2520x/incoming/hackle/a%2Bb+c%25%C3%A9.csv"), LAMBDA_CONTEXT)
    assert handler.seen == ["incoming/hackle/a+b c%é.csv"]


def test_an_eventbridge_key_is_taken_as_it_is(handler):
    detail = {"bucket": {"name": "staging"}, "object": {"key": "in%20x/incoming/hackle/a+b c%.csv"}}
    handler.handler({"detail-type": "Object Created", "detail": detail}, LAMBDA_CONTEXT)
    assert handler.seen == ["incoming/hackle/a+b c%.csv"]


def test_every_record_of_every_message_is_handled(handler):
    bodies = [
        notification("in%2520x/incoming/hackle/1", "in%2520x/incoming/hackle/2"),
        notification("in%2520x/incoming/hackle/3"),
    ]
    answer = handler.handler({"Records": [message(n, body) for n, body in enumerate(bodies)]}, LAMBDA_CONTEXT)
    assert answer == {"batchItemFailures": []}
    assert handler.seen == [f"incoming/hackle/{n}" for n in (1, 2, 3)]


def test_a_failing_message_alone_is_delivered_again(handler):
    bodies = [notification("in%2520x/incoming/hackle/fail"), notification("in%2520x/incoming/hackle/good"), "not json"]
    answer = handler.handler({"Records": [message(n, body) for n, body in enumerate(bodies)]}, LAMBDA_CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}


def test_a_batch_in_which_all_fail_is_answered_and_not_raised(handler):
    answer = handler.handler({"Records": [message(0, notification("in%2520x/incoming/hackle/fail"))]}, LAMBDA_CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_a_direct_event_raises_what_goes_wrong(handler):
    with pytest.raises(Failed, match="OSError"):
        handler.handler(notification("in%2520x/incoming/hackle/fail"), LAMBDA_CONTEXT)


@pytest.mark.parametrize(
    "event",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "staging"},
        notification("in%2520x/incoming/hackle/a", name="ObjectRemoved:Delete"),
        notification("in%2520x/incoming/hackle/a", bucket="another"),
        notification("in%2520x/incoming/hackle/a", bucket="stag"),
        notification("incoming/hackle/a"),
        notification("in%2520x-2/incoming/hackle/a"),
        notification("in%2520x/incoming/hackle/folder/"),
        notification("in%2520x/incoming/stray.json"),
        notification("in%2520x/state/0123.json"),
        notification("in%2520x/rejected/hackle/a.rejected.ndjson.gz"),
        notification("import/2025-01-01/a-b-c-00000.parquet"),
    ],
)
def test_what_is_no_drop_is_acknowledged_and_never_converted(handler, event):
    assert handler.handler({"Records": [message(0, event)]}, LAMBDA_CONTEXT) == {"batchItemFailures": []}
    assert handler.seen == []


def test_a_file_outside_a_mapping_s_folder_is_told(handler, monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", "s3://staging/in%20x")
    monkeypatch.setenv("HACKLE_IMPORT", "s3://lake")
    (line, _) = log_of_lambda({"Records": [message(0, notification("in%2520x/incoming/stray.json"))]})
    assert (line["level"], line["key"]) == ("WARNING", "in%20x/incoming/stray.json")
    assert "below incoming/<mapping>/" in line["message"]


def test_an_event_of_another_kind_is_not_swallowed(handler):
    with pytest.raises(Failed, match="ValueError"):
        handler.handler({"detail-type": "Something else"}, LAMBDA_CONTEXT)


def test_a_message_that_fails_says_why_in_the_log(monkeypatch):
    monkeypatch.setenv("HACKLE_STAGING", "s3://staging")
    monkeypatch.delenv("HACKLE_IMPORT", raising=False)
    (line, _) = log_of_lambda({"Records": [message(0, recorded("eventbridge_created"))]})
    assert (line["level"], line["message_id"]) == ("ERROR", "m0")
    assert "HACKLE_IMPORT is not set" in line["reason"]


def test_what_a_library_says_of_a_value_is_not_logged(handler, monkeypatch):
    cell = uuid4().hex  # no literal: a frame shows the line of source that raised

    def fail(*_, **__):
        raise ValueError(cell)

    logged = []
    monkeypatch.setattr(handler, "ingest", fail)
    monkeypatch.setattr(handler.logger, "error", lambda *_, **fields: logged.append(fields))
    handler.handler({"Records": [message(0, notification("in%2520x/incoming/hackle/a"))]}, LAMBDA_CONTEXT)
    (fields,) = logged
    assert fields["reason"] == "ValueError"
    assert fields["frames"]
    assert cell not in json.dumps(fields)
