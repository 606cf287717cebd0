"""What a deployment has beside, where closed days are published: and nothing of it by default."""

import json

import pytest

from hackle_import.days import CLOSE_DAYS
from support.aws_stack import deployed

RESOURCES = {"CloseDays", "CloseDaysRole", "DayLateAlarm", "DayChangedAlarm", "DayIncompleteAlarm"}
STATEMENTS = ["ReadDays", "WriteDays", "DeleteOpen", "ReadImport", "ListDays", "ListImport"]


@pytest.fixture(scope="module")
def stack(aws_of_module):
    return deployed("closing", Environment="prod", Publish="closed-days", DayTimezone="Asia/Seoul")


@pytest.fixture(scope="module")
def usual(aws_of_module):
    return deployed("usual", Environment="prod")


def test_by_default_there_is_none_of_it(usual):
    assert not RESOURCES & set(usual.resources())
    assert not set(STATEMENTS) & {each["Sid"] for each in usual.policy("ImporterRole")}
    assert "open" not in [rule["Id"] for rule in rules(usual)]


def test_an_hourly_schedule_sends_the_event_that_the_function_knows(stack):
    assert set(stack.resources()) >= RESOURCES
    schedule = stack.properties("CloseDays")
    assert schedule["ScheduleExpression"] == "cron(0 * * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "Asia/Seoul"
    assert json.loads(schedule["Target"]["Input"]) == CLOSE_DAYS
    (statement,) = stack.policy("CloseDaysRole")
    assert statement["Action"] == "lambda:InvokeFunction"


def test_the_function_may_what_closing_takes_and_deletes_nothing_of_hackle_s(stack):
    by_sid = {each["Sid"]: each for each in stack.policy("ImporterRole")}
    lake, staging = (f"arn:aws:s3:::{stack.physical(name)}" for name in ("Import", "Staging"))
    assert set(STATEMENTS) <= set(by_sid)
    assert by_sid["WriteDays"]["Resource"] == [f"{staging}/open/*", f"{staging}/days/*"]
    assert by_sid["DeleteOpen"]["Resource"] == [f"{staging}/open/*"]
    assert by_sid["ReadImport"]["Resource"] == [f"{lake}/hackle/*"]
    assert by_sid["DeleteImport"]["Action"] == ["s3:AbortMultipartUpload"]
    assert all("*" not in str(each["Action"]) for each in by_sid.values())


def test_drops_files_expire_and_the_ledgers_of_days_do_not(stack):
    (rule,) = [rule for rule in rules(stack) if rule["Id"] == "open"]
    assert (rule["Prefix"], int(rule["ExpirationInDays"])) == ("open/", 35)
    assert not [rule for rule in rules(stack) if rule.get("Prefix", "").startswith("days")]


def rules(stack):
    return [rule for rule in stack.properties("Staging")["LifecycleConfiguration"]["Rules"] if "Id" in rule]
