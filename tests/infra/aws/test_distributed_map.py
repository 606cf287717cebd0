"""The Distributed Map, on moto's server: the handler as it is deployed takes what it is given, what fails once is tried
again, and a run of which an item failed for good does not end well, though Step Functions would call it so."""

import json
import re
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from hackle_import.backfill.ending import end_those_done
from hackle_import.stores import open_store
from support.entrypoints import LAMBDA_CONTEXT, ROOT, aws_handler
from support.lazily import lazily
from support.samples import event, ndjson

boto3 = lazily("boto3")
DROPS = 8
TEMPLATE = ROOT / "infra" / "aws" / "distributed-map.yaml"


def definition(**given):
    """The template's, with what is given put in."""
    text = re.search(r"DefinitionString: \|\n(.*?)\n\n  Role:", TEMPLATE.read_text(), re.DOTALL)[1]
    for name, value in given.items():
        text = text.replace(f"${{{name}}}", str(value))
    assert "${" not in text
    return json.dumps(json.loads(text))


@pytest.fixture
def machines(aws, monkeypatch):
    """Moto runs state machines, and its interpreter finds its own server."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
        StateTaskServiceAwsSdk,
    )

    monkeypatch.setenv("MOTO_PORT", aws.rpartition(":")[2])
    monkeypatch.setattr(StateTaskServiceAwsSdk, "_normalise_parameters", _as_the_service_takes_them)
    monkeypatch.setattr(StateTaskServiceAwsSdk, "_normalise_response", _as_step_functions_tells_it)
    configure(aws, run=True)
    yield boto3.client("stepfunctions")
    configure(aws, run=False)


def _as_the_service_takes_them(self, parameters, *_, **__):
    """Moto leaves out that names are in Pascal case, whatever the service's are, and that JSON is put as its text:
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    if self.resource.api_name == "s3":
        parameters["Body"] = json.dumps(parameters["Body"], default=datetime.isoformat).encode()
        return
    for name in list(parameters):
        parameters[name[0].lower() + name[1:]] = parameters.pop(name)


def _as_step_functions_tells_it(self, response, *_, **__):
    for name in list(response):
        value = response.pop(name)
        value = value.isoformat() if isinstance(value, datetime) else value
        if isinstance(value, dict):
            _as_step_functions_tells_it(self, value)
        response[name[0].upper() + name[1:]] = value


def configure(url, *, run):
    body = json.dumps({"stepfunctions": {"execute_state_machine": run}}).encode()
    request = urllib.request.Request(
        f"{url}/moto-api/config", body, {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.urlopen(request).close()


@pytest.fixture
def calls(s3_bucket, monkeypatch):
    """Keys that the handler was called with, in the place of Lambda; of `failing` the first calls fail, so many."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

    monkeypatch.setenv("HACKLE_STAGING", f"s3://{s3_bucket}/in")
    monkeypatch.setenv("HACKLE_IMPORT", f"s3://{s3_bucket}/lake")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    handler, seen = aws_handler().handler, []
    failing = {}

    def invoke(parameters, region, state_credentials):
        given = parameters["Payload"]
        given = json.loads(given) if isinstance(given, str | bytes) else given
        key = given["detail"]["object"]["key"]
        seen.append(key)
        if failing.get(key, 0):
            failing[key] -= 1
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": {"errorType": "OSError"}}
        return {"StatusCode": 200, "Payload": handler(given, LAMBDA_CONTEXT)}

    monkeypatch.setattr(lambda_eval_utils, "_invoke_lambda_function", invoke)
    return seen, failing


def ended(machines, bucket):
    """Status and output of an execution."""
    boto3.client("s3").create_bucket(Bucket=f"{bucket}-results")
    given = {"Function": "f", "StagingBucket": bucket, "Prefix": "in/incoming/", "ResultBucket": f"{bucket}-results"}
    given |= {"Backfills": "in/backfills/", "Asked": "incoming/"}
    role = "arn:aws:iam::123456789012:role/r"
    made = machines.create_state_machine(name=bucket, definition=definition(**given, Concurrency=4), roleArn=role)
    started = machines.start_execution(stateMachineArn=made["stateMachineArn"], name="first")["executionArn"]
    end = time.monotonic() + 120
    while (found := machines.describe_execution(executionArn=started))["status"] == "RUNNING":
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


def filled(bucket):
    staging = open_store(f"s3://{bucket}/in")
    for number in range(DROPS):
        staging.put(f"incoming/hackle/{number}.ndjson", ndjson(event(number)))
    return open_store(f"s3://{bucket}/lake")


def left(bucket):
    """What closed days wait for, and of how many drops."""
    [(job, count)] = end_those_done(open_store(f"s3://{bucket}/in"), datetime.now(UTC))
    return job.selection.prefix, count


def test_every_drop_is_handled_and_what_fails_once_is_tried_again(machines, calls, s3_bucket):
    lake = filled(s3_bucket)
    seen, failing = calls
    failing["in/incoming/hackle/3.ndjson"] = 1
    found = ended(machines, s3_bucket)
    assert found["status"] == "SUCCEEDED", (found.get("error"), found.get("cause"))
    assert len(seen) == DROPS + 1
    assert len(list(lake.keys(""))) == DROPS
    assert left(s3_bucket) == ("incoming/", 0)


def test_a_drop_that_goes_on_failing_fails_the_run_and_stops_no_other(machines, calls, s3_bucket):
    lake = filled(s3_bucket)
    seen, failing = calls
    failing["in/incoming/hackle/3.ndjson"] = 100
    found = ended(machines, s3_bucket)
    assert (found["status"], found["error"]) == ("FAILED", "DropsFailed")
    assert len(list(lake.keys(""))) == DROPS - 1
    assert seen.count("in/incoming/hackle/3.ndjson") == 5
    assert left(s3_bucket) == ("incoming/", 1)
