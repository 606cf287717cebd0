"""What the Cloud Run function makes of events, without any bucket."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from hackle_import.errors import Failed
from support.entrypoints import gcp_main

EVENTS = Path(__file__).parent / "events"
FINALIZED = "google.cloud.storage.object.v1.finalized"
FAILING = "incoming/hackle/fail"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"


def cloud_event(file, event_type, **fields):
    body = json.loads((EVENTS / f"{file}.json").read_text(encoding="utf-8"))
    from cloudevents.http import CloudEvent

    return CloudEvent({"type": event_type, "source": "//storage"}, body | fields)


@pytest.fixture
def function(monkeypatch):
    """The module with `ingest` replaced by a recorder: what is under test is the translation of events."""
    module = gcp_main()
    module.seen = []

    def record(drop, places, rules, clock, deadline):
        module.seen.append(drop.key)
        module.deadline = deadline
        if "fail" in drop.key:
            raise OSError(f"no network, {len(drop.key)} characters")
        return SimpleNamespace(needs_attention=False, line=lambda: "{}")

    monkeypatch.setattr(module, "ingest", record)
    settings = SimpleNamespace(rules=None, timeout=timedelta(seconds=540))
    place = SimpleNamespace(place="gs://staging/in%20x")
    monkeypatch.setattr(module, "_wiring", lambda: (SimpleNamespace(staging=place), settings))
    return module


@pytest.fixture
def log(caplog):
    """What the function has logged, line by line."""
    caplog.set_level("INFO", logger="hackle-import")
    return lambda: [json.loads(record.message) for record in caplog.records]


@pytest.mark.parametrize(("name", "event_type"), [("gcs_finalized", FINALIZED), ("pubsub_push", PUBLISHED)])
def test_a_name_is_taken_as_it_is(function, name, event_type):
    function.main(cloud_event(name, event_type))
    assert function.seen == ["incoming/hackle/한글/a+b c%2B%.csv"]
    assert timedelta(seconds=500) < function.deadline - datetime.now(UTC) <= timedelta(seconds=530)


@pytest.mark.parametrize(
    "fields",
    [
        {"bucket": "another"},
        {"bucket": "stag"},
        {"name": "incoming/hackle/a"},
        {"name": "in%20x-2/incoming/hackle/a"},
        {"name": "in%20x/incoming/hackle/folder/"},
        {"name": "in%20x/incoming/stray.json"},
        {"name": "in%20x/state/0123.json"},
        {"name": "in%20x/rejected/hackle/a.rejected.ndjson.gz"},
        {"name": "import/2025-01-01/a-b-c-00000.parquet"},
    ],
)
def test_what_is_no_drop_is_acknowledged_and_never_converted(function, fields):
    function.main(cloud_event("gcs_finalized", FINALIZED, **fields))
    assert function.seen == []


def test_a_file_outside_a_mapping_s_folder_is_told(function, log):
    function.main(cloud_event("gcs_finalized", FINALIZED, name="in%20x/incoming/stray.json"))
    [line] = log()
    assert (line["severity"], line["name"]) == ("WARNING", "in%20x/incoming/stray.json")
    assert "below incoming/<mapping>/" in line["message"]


def test_what_goes_wrong_is_logged_as_an_error_and_raised_so_that_the_platform_delivers_again(function, log):
    with pytest.raises(Failed, match="OSError"):
        function.main(cloud_event("gcs_finalized", FINALIZED, name=f"in%20x/{FAILING}"))
    [line] = log()
    assert (line["severity"], line["reason"]) == ("ERROR", "OSError")
    assert f"{len(FAILING)} characters" not in json.dumps(line)


@pytest.mark.parametrize(
    ("name", "event_type", "fields"),
    [
        ("gcs_finalized", "something.else", {}),
        ("pubsub_push", PUBLISHED, {"message": {"attributes": {"eventType": "OBJECT_DELETE"}}}),
        ("pubsub_push", PUBLISHED, {"message": {"attributes": {"by": "hand"}}}),
        ("pubsub_push", PUBLISHED, {"message": {}}),
    ],
)
def test_an_event_of_another_kind_is_told_and_acknowledged(function, log, name, event_type, fields):
    function.main(cloud_event(name, event_type, **fields))
    assert function.seen == []
    assert [(line["severity"], line["type"]) for line in log()] == [("WARNING", event_type)]
