"""The queue of a backfill: there only where it is asked for, apart from the live drops, and with all that those have."""

import json

import pytest

from support.aws_stack import deployed
from support.lazily import lazily

boto3 = lazily("boto3")
OURS = {"Backfill", "BackfillPolicy", "BackfillSource", "BackfillStalledAlarm"}


@pytest.fixture(scope="module")
def stack(aws_of_module):
    return deployed(
        "backfilled", Environment="prod", NoDropHours=26, BackfillConcurrency=100, MaximumConcurrency=7, MaximumTries=3
    )


def sources(stack):
    found = boto3.client("lambda").list_event_source_mappings(FunctionName=stack.name)["EventSourceMappings"]
    return {one["EventSourceArn"].rpartition("-")[2]: one for one in found}


def test_by_default_there_is_none(aws_of_module):
    stack = deployed("plain", Environment="dev")
    assert not OURS & set(stack.resources())
    assert "BackfillQueue" not in stack.outputs()
    assert len(stack.properties("DeadLetters")["RedriveAllowPolicy"]["sourceQueueArns"]) == 1


def test_it_is_a_second_queue_of_the_same_function_with_a_concurrency_of_its_own(stack):
    assert set(stack.resources()) >= OURS
    assert sources(stack).keys() == {"drops", "backfill"}
    properties = stack.properties("BackfillSource")
    assert int(properties["ScalingConfig"]["MaximumConcurrency"]) == 100
    assert (properties["BatchSize"], properties["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])
    [live] = [
        one
        for name, one in stack.template["Resources"].items()
        if one["Type"] == "AWS::Lambda::EventSourceMapping" and not name.startswith(("BackfillSource", "Exporter"))
    ]
    assert live["Properties"]["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert live["Properties"]["BatchSize"] == properties["BatchSize"]


def test_it_waits_gives_up_and_is_private_as_the_queue_of_drops(stack):
    backfill, drops = (stack.properties(name) for name in ("Backfill", "Drops"))
    assert backfill | {"QueueName": ""} == drops | {"QueueName": ""}
    allowed = stack.properties("DeadLetters")["RedriveAllowPolicy"]["sourceQueueArns"]
    assert {arn.rpartition("-")[2] for arn in allowed} == {"drops", "backfill"}
    [statement] = stack.properties("BackfillPolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_function_may_receive_of_both_and_of_no_other(stack):
    received = [each for each in stack.policy("ImporterRole") if "sqs:ReceiveMessage" in each["Action"]]
    assert [each["Resource"].rpartition("-")[2] for each in received] == ["drops", "backfill"]
    assert received[0]["Action"] == received[1]["Action"]


def test_a_stalled_one_is_told_and_silence_is_still_that_of_the_live_drops(stack):
    alarm = json.dumps(stack.properties("BackfillStalledAlarm"))
    assert f"{stack.name}-backfill" in alarm
    assert {"ApproximateNumberOfMessagesVisible", "NumberOfMessagesDeleted"} <= set(alarm.split('"'))
    [queue] = stack.properties("NoDropAlarm")["Dimensions"]
    assert queue["Value"] == f"{stack.name}-drops"
    assert f'"{stack.name}-backfill"' in stack.properties("Dashboard")["DashboardBody"]


def test_the_command_s_queue_is_an_output(stack):
    assert stack.outputs()["BackfillQueue"] == stack.physical("Backfill")
    assert stack.outputs()["BackfillQueue"].startswith("http")


def test_a_concurrency_of_one_which_lambda_refuses_is_refused_before():
    from support.aws_stack import template_text, translated

    rules = json.loads(translated(template_text()))["Rules"]
    [assertion] = rules["LambdaTakesTwoAtLeast"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "BackfillConcurrency"}, "1"]}]}
