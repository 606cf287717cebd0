"""What a deployment has beside, where closed days are published: and nothing of it by default."""

import json

import pytest

from hackle_import.days import CLOSE_DAYS
from hackle_import.stores import open_store
from support.aws_stack import deployed
from support.closed_days import BACKFILL, DAY, DROPS, FILES, LATE, faults
from support.faulty_proxy import Faults, faulty_proxy
from support.iam_calls import listed, refused
from support.lambda_runtime import BUILT, artifact, emulator

RESOURCES = {
    "Closer", "CloserRole", "CloseDays", "CloseDaysRole", "DayLateAlarm", "DayChangedAlarm", "DayIncompleteAlarm",
}  # fmt: skip
WRITES = {"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"}


@pytest.fixture(scope="module")
def stack(aws_of_module):
    return deployed(
        "closing",
        Environment="prod",
        Publish="closed-days",
        DayTimezone="Asia/Seoul",
        LookBackDays=1,
        Repeats="remove-equal",
    )


@pytest.fixture(scope="module")
def usual(aws_of_module):
    return deployed("usual", Environment="prod")


def test_by_default_there_is_none_of_it(usual):
    assert not RESOURCES & set(usual.resources())
    assert may(usual.policy("ImporterRole"), f"arn:aws:s3:::{usual.physical('Import')}") == WRITES
    assert "open" not in [rule["Id"] for rule in rules(usual)]


def test_an_hourly_schedule_sends_the_event_that_the_function_knows(stack):
    assert set(stack.resources()) >= RESOURCES
    schedule = stack.properties("CloseDays")
    assert schedule["ScheduleExpression"] == "cron(0 * * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "Asia/Seoul"
    assert json.loads(schedule["Target"]["Input"]) == CLOSE_DAYS
    (statement,) = stack.policy("CloseDaysRole")
    assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", schedule["Target"]["Arn"])
    assert schedule["Target"]["Arn"].endswith(f":{stack.name}-closer")


def test_the_closer_is_the_importer_s_artifact_with_its_settings(stack):
    importer, closer = (stack.properties(name) for name in ("Importer", "Closer"))
    assert {name for name in importer if importer[name] != closer[name]} == {"FunctionName", "Role"}


def test_the_close_alone_writes_what_hackle_reads_and_nobody_deletes_it(stack):
    lake, staging = (f"arn:aws:s3:::{stack.physical(name)}" for name in ("Import", "Staging"))
    importer, closer = stack.policy("ImporterRole"), stack.policy("CloserRole")
    assert may(importer, lake) == set()
    assert may(closer, lake) == {"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucket"}
    assert may(importer, f"{staging}/open/") == WRITES
    assert may(closer, f"{staging}/open/") == {"s3:GetObject"}
    assert may(importer, f"{staging}/days/") == set()
    assert may(closer, f"{staging}/days/") == {"s3:GetObject", "s3:PutObject"}
    assert may(closer, f"{staging}/state/") == may(closer, f"{staging}/days.toml") == {"s3:GetObject"}
    assert may(closer, f"{staging}/backfills/") == {"s3:GetObject", "s3:PutObject"}
    assert [may(closer, f"{staging}/{folder}/") for folder in ("incoming", "mappings", "rejected", "exports")] == [
        set()
    ] * 4
    assert all("*" not in str(each["Action"]) for each in [*importer, *closer])


def may(statements, place):
    """What they allow below a place."""
    found = [each for each in statements if any(one.startswith(place) for one in listed(each["Resource"]))]
    return {action for each in found for action in listed(each["Action"])} - {"kms:Decrypt"}


def test_an_error_of_either_function_is_told(stack):
    metrics = [one["MetricStat"]["Metric"] for one in stack.properties("ErrorsAlarm")["Metrics"] if "MetricStat" in one]
    names = [one["Dimensions"][0]["Value"] for one in metrics]
    assert names == [stack.physical("Importer"), stack.physical("Closer")]


def test_drops_files_expire_and_the_ledgers_of_days_do_not(stack):
    (rule,) = [rule for rule in rules(stack) if rule["Id"] == "open"]
    assert (rule["Prefix"], int(rule["ExpirationInDays"])) == ("open/", 35)
    assert not [rule for rule in rules(stack) if rule.get("Prefix", "").startswith("days")]


def test_from_drops_to_a_verified_day_by_the_artifact_each_function_within_its_role(stack, aws_of_module):
    artifact()
    asked = {"Importer": [], "Closer": []}
    place, lake = (stack.environment()[name] for name in ("HACKLE_STAGING", "HACKLE_IMPORT"))
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    staging = open_store(place)

    def called(function, *events):
        """What the function printed of days."""
        with faulty_proxy(aws_of_module, Faults(seed=0), asked[function]) as url:
            env = stack.environment() | keys | {"AWS_ENDPOINT_URL": url}
            with emulator(env, artifact=BUILT / function) as running:
                assert [running.invoke(event) for event in events] == [{}] * len(events)
        lines = [json.loads(line) for line in running.log if line.startswith("{")]
        return [line["day"]["outcome"] for line in lines if line.get("day", {}).get("day") == DAY]

    def dropped(drops):
        for key, body in drops.items():
            staging.put(key, body)
        objects = [{"bucket": {"name": stack.physical("Staging")}, "object": {"key": key}} for key in drops]
        called("Importer", *({"detail-type": "Object Created", "detail": one} for one in objects))

    def closed():
        return called("Closer", json.loads(stack.properties("CloseDays")["Target"]["Input"]))

    staging.put("backfills/b.json", BACKFILL.encode())
    dropped(DROPS)
    assert list(open_store(lake).keys("")) == []
    assert closed() == ["waiting", "closed"]  # for the backfill, until it was looked at
    assert list(open_store(lake).keys("")) == FILES
    dropped(LATE)
    assert closed() == ["appended"]
    assert faults(place, lake) == []
    report = json.loads(staging.get(f"days/{DAY}/report.json")[0])
    assert (report["rows"]["written"], report["rows"]["repeats_removed"], report["rows"]["late"]) == (3, 1, 1)
    for function, requests in asked.items():
        assert refused(stack.policy(f"{function}Role"), requests) == []


def rules(stack):
    return [rule for rule in stack.properties("Staging")["LifecycleConfiguration"]["Rules"] if "Id" in rule]
