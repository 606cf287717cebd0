"""The function of Google Cloud as the platform's image runs it, from its source; and requests that the platform sends."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

from support.emulators import free_port, wait_for
from support.entrypoints import ROOT

FINALIZED = "google.cloud.storage.object.v1.finalized"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"


@contextmanager
def from_source(environment, log):
    """Its URL; `log` is the file of what it prints."""
    port = free_port()
    source = ["--target", "main", "--source", str(ROOT / "functions/gcp/main.py")]
    command = [sys.executable, "-m", "functions_framework", *source, "--host", "127.0.0.1", "--port", str(port)]
    env = os.environ | environment | {"PYTHONPATH": str(ROOT / "shared")}
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=env, stdout=written, stderr=written)
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def post(url, event_type, data, path=""):
    """The status that is answered to a CloudEvent, or without a type to what Pub/Sub pushes."""
    headers = {"Content-Type": "application/json"}
    if event_type:
        headers |= {"ce-id": "1", "ce-type": event_type, "ce-source": "//storage", "ce-specversion": "1.0"}
    request = urllib.request.Request(url + path, json.dumps(data).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def pushed(url, attributes):
    """As Pub/Sub does, of what Cloud Storage or Cloud Scheduler published."""
    message = {"attributes": attributes, "data": "e30=", "messageId": "1", "publishTime": "2025-01-03T02:00:00Z"}
    return post(url, None, {"message": message, "subscription": "projects/p/subscriptions/s"}, "/projects/p/topics/t")


def logged(log, message):
    """The structured lines of the file that say this."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == message]
