"""What a deployment has beside, where days of warehouses are exported: nothing of it by default, and no more than it needs.
The function itself runs, over PostgreSQL behind a double of the Data API, and each of its calls is held against the role."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from hackle_import.warehouse.deciding import job_name
from hackle_import.warehouse.exporter import EXPORT
from hackle_import.warehouse.format import load_source
from support.aws_stack import ACCOUNT, CLUSTER, REGION, WORKGROUP, deployed, template_text
from support.entrypoints import ROOT, load
from support.faulty_proxy import faulty_proxy
from support.iam_calls import Call, allows, calls_of, listed
from support.lazily import lazily
from support.pages import page
from support.postgres import postgres
from support.redshift import Redshift, data_api
from support.sources import REDSHIFT
from support.strict_s3 import Strict

boto3 = lazily("boto3")

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop-AbCdEf"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123"
RESOURCES = {
    "Exporter", "ExporterRole", "ExporterLog", "Exports", "ExportsPolicy", "StatementEnded", "ExportTick", "ExportTickRole",
    "ExportFailedAlarm", "ExportLateAlarm", "ExportWithheldAlarm", "ExportNoTickAlarm",
}  # fmt: skip
OWNER = "redshift-data:statement-owner-iam-userid"
SOURCE = REDSHIFT.replace('mapping = "shop"', 'mapping = "hackle"').replace(
    "lookback_days = 3", 'lookback_days = 1\nnot_before = "00:00"'
)
NOON = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0)  # Seoul's: all ticks are of one day
YESTERDAY = NOON.date() - timedelta(days=1)


@pytest.fixture(scope="module", params=[{}, {"StagingPrefix": "events"}], ids=["root", "prefix"])
def stack(request, aws_of_module):
    given = {"Warehouses": "on", "RedshiftWorkgroup": WORKGROUP, **request.param}
    return deployed("exporting", Environment="dev", **given)


@pytest.fixture(scope="module")
def whole(aws_of_module):
    """With every statement that there may be."""
    given = {"RedshiftCluster": CLUSTER, "RedshiftSecret": SECRET, "KmsKey": KEY}
    return deployed("whole", Environment="prod", Warehouses="on", RedshiftWorkgroup=WORKGROUP, **given)


def test_by_default_there_is_none_of_it(aws_of_module):
    usual = deployed("usual", Environment="prod")
    assert not RESOURCES & set(usual.resources())
    assert not {"UnloadPolicy", "UnloadTrust", "DatabaseGrants"} & set(usual.outputs())


def test_a_schedule_and_redshift_s_events_are_hints_in_a_queue(stack):
    assert set(stack.resources()) >= RESOURCES
    tick = stack.properties("ExportTick")
    assert (tick["ScheduleExpression"], tick["FlexibleTimeWindow"]) == ("rate(15 minutes)", {"Mode": "OFF"})
    assert json.loads(tick["Target"]["Input"]) == EXPORT
    (statement,) = stack.policy("ExportTickRole")
    assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", tick["Target"]["Arn"])
    pattern = stack.properties("StatementEnded")["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (
        ["aws.redshift-data"],
        ["Redshift Data Statement Status Change"],
    )
    ((prefix,),) = (one.values() for one in pattern["detail"]["statementName"])
    assert job_name(load_source(SOURCE.encode(), "shop"), date(2025, 1, 2), 1).startswith(prefix)
    policy = stack.properties("ExportsPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = [each for each in policy if each["Effect"] == "Allow"]
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{stack.name}-statement-ended"
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}


def test_a_function_of_256_mb_that_is_never_called_more_than_twice_at_once(stack):
    function = stack.properties("Exporter")
    assert (function["MemorySize"], function["Timeout"]) == (256, 300)
    client = boto3.client("lambda")
    (mapping,) = client.list_event_source_mappings(FunctionName=function["FunctionName"])["EventSourceMappings"]
    assert mapping["EventSourceArn"].endswith(f":{stack.name}-exports")
    assert int(stack.properties("Exports")["VisibilityTimeout"]) > 300


def test_parts_expire(stack):
    rules = stack.properties("Staging")["LifecycleConfiguration"]["Rules"]
    (rule,) = [rule for rule in rules if rule.get("Id") == "exports"]
    assert (rule["Prefix"].endswith("exports/"), int(rule["ExpirationInDays"])) == (True, 14)


def test_alarms_tell_of_days_that_failed_are_late_or_withheld_and_of_no_tick(stack):
    source = (ROOT / "functions/aws/exporting.py").read_text()
    for name, metric, missing in [
        ("ExportFailedAlarm", "ExportsFailed", "notBreaching"), ("ExportLateAlarm", "ExportsLate", "notBreaching"),
        ("ExportWithheldAlarm", "ExportsWithheld", "notBreaching"), ("ExportNoTickAlarm", "ExportTicks", "breaching"),
    ]:  # fmt: skip
        alarm = stack.properties(name)
        assert (alarm["MetricName"], alarm["TreatMissingData"]) == (metric, missing)
        assert f'"{metric}"' in source


def test_the_role_is_as_the_page_lists_it_word_for_word(whole):
    bucket = whole.physical("Staging")
    told = whole.policy("ExporterRole")
    table = page("docs/warehouses.md").partition("### To the exporter, on AWS")[2].partition("\n###")[0]
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|$", table, re.MULTILINE)
    listed_there = {tuple(re.findall(r"`([^`]+)`", actions)): re.findall(r"`([^`]+)`", on) for actions, on in rows}
    ours = {
        tuple(listed(each["Action"])): [
            one.replace(f"arn:aws:s3:::{bucket}/", "") for one in listed(each["Resource"])
        ]
        for each in told
        if each["Sid"] not in ("ReceiveTicks", "LogExports", "EncryptExports")
    }  # fmt: skip
    assert list(listed_there) == list(ours)
    named = {"ReadExports", "OfferExports"}
    for each in told:
        if each["Sid"] in named:
            assert listed_there[tuple(listed(each["Action"]))] == ours[tuple(listed(each["Action"]))]
    by_sid = {each["Sid"]: each for each in told}
    assert by_sid["SendStatements"]["Resource"] == [WORKGROUP, CLUSTER]
    assert by_sid["WorkgroupCredentials"]["Resource"] == WORKGROUP
    assert by_sid["ClusterCredentials"]["Resource"] == f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbname:shop/*"
    assert by_sid["WarehouseSecret"]["Resource"] == SECRET
    assert by_sid["EncryptExports"]["Resource"] == KEY
    assert by_sid["FollowStatements"]["Condition"] == {"StringEquals": {OWNER: "${aws:userid}"}}
    assert [each["Sid"] for each in told if "*" in listed(each["Resource"])] == ["FollowStatements"]


def test_the_owner_is_told_what_to_grant_word_for_word_as_the_page_says(stack, whole):
    bucket, root = stack.physical("Staging"), stack.environment()["HACKLE_STAGING"].partition("//")[2].partition("/")[2]
    folder = f"{root}/exports/*" if root else "exports/*"
    policy = json.loads(stack.outputs()["UnloadPolicy"])
    assert {each["Sid"]: (each["Action"], each["Resource"]) for each in policy["Statement"]} == {
        "Write": (["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], f"arn:aws:s3:::{bucket}/{folder}"),
        "List": ("s3:ListBucket", f"arn:aws:s3:::{bucket}"),
        "Location": ("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"),
    }  # fmt: skip
    assert policy["Statement"][1]["Condition"] == {"StringLike": {"s3:prefix": folder}}
    told = json.loads(whole.outputs()["UnloadPolicy"])["Statement"]
    assert told[3] == {
        "Sid": "Encrypt", "Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": KEY,
    }  # fmt: skip
    shown = page("docs/warehouses.md")
    for output, name in (("UnloadPolicy", "whole"), ("UnloadTrust", "whole"), ("DatabaseGrants", "whole")):
        text = whole.outputs()[output].replace(whole.physical("Staging"), "my-staging").replace(KEY, "<KmsKey>")
        text = text.replace(whole.physical("ExporterRole"), "<ExporterRole>")
        assert " ".join(text.split()) in " ".join(shown.split()), (output, name, text)
    trusted = json.loads(whole.outputs()["UnloadTrust"])["Statement"][0]["Principal"]["Service"]
    assert trusted == ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]


@pytest.fixture(scope="module")
def server():
    with postgres() as at:
        yield at


@pytest.fixture
def exercised(stack, aws_of_module, server, monkeypatch, capsys):
    """What the function asked of S3 and of the Data API while a day was missing, exported, changed, and shrank."""
    import pg8000.native

    sql = pg8000.native.Connection(**server)
    sql.run(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS analytics CASCADE; CREATE SCHEMA analytics"
    )
    double, requests = Redshift(sql, endpoint_url=aws_of_module), []
    bucket, place = stack.physical("Staging"), stack.environment()["HACKLE_STAGING"]
    root = place.partition("//")[2].partition("/")[2]
    boto3.client("s3").put_object(
        Bucket=bucket, Key=f"{root}/sources/shop.toml".removeprefix("/"), Body=SOURCE.encode()
    )
    for name, text in stack.environment("Exporter").items():
        monkeypatch.setenv(name, text)
    told = []
    with data_api(double) as api, faulty_proxy(aws_of_module, Strict(aws_of_module), seen=requests) as s3:
        monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", api)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3)
        function = load(ROOT / "functions" / "aws" / "exporting.py")
        for statement in (
            None,
            "CREATE TABLE analytics.events (id bigint, event_time timestamptz)",
            f"INSERT INTO analytics.events SELECT n, '{YESTERDAY} 03:00:00+00' FROM generate_series(1, 9) n",
            None,
            "DELETE FROM analytics.events WHERE id > 1",
            None,
            None,
        ):
            if statement:
                sql.run(statement)
            monkeypatch.setattr(function, "_now", later(len(told)))
            context = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
            assert function.handler({"Records": []}, context) == {}
            told.append(metrics_in(capsys.readouterr().out))
    sql.close()
    return SimpleNamespace(double=double, requests=requests, told=told, bucket=bucket)


def later(hours):
    return lambda: NOON + timedelta(hours=hours)


def metrics_in(log):
    """What the last call counted, as CloudWatch reads it from the log."""
    (line,) = [json.loads(line) for line in log.splitlines() if '"_aws"' in line]
    return {name: line[name][0] for name in line if name.startswith("Export")}


def test_the_function_knows_its_places_and_nothing_of_what_the_importer_is_told(stack):
    expected = {"POWERTOOLS_SERVICE_NAME", "HACKLE_STAGING", "HACKLE_IMPORT", "HACKLE_BUCKET_OWNERS"}
    assert stack.environment("Exporter").keys() == expected


def test_the_function_exports_a_day_and_tells_of_trouble_at_each_tick(exercised):
    assert [one["ExportTicks"] for one in exercised.told] == [1] * 7
    assert [one["ExportsFailed"] for one in exercised.told] == [1, 0, 0, 0, 0, 0, 0]  # there was no table
    assert [one["ExportsOffered"] for one in exercised.told] == [0, 0, 1, 0, 1, 0, 0]
    assert [one["ExportsWithheld"] for one in exercised.told] == [0, 0, 0, 0, 0, 0, 1]


def test_every_call_of_the_exporter_is_allowed_and_no_statement_is_idle(stack, exercised):
    policy = stack.policy("ExporterRole")
    calls = [call for request in exercised.requests for call in calls_of(*request)]
    for operation, _ in exercised.double.calls:
        sends = operation in ("ExecuteStatement", "BatchExecuteStatement")
        calls.append(Call(f"redshift-data:{operation}", WORKGROUP if sends else "any", {OWNER: "${aws:userid}"}))
    assert [call for call in calls if not any(allows(each, call) for each in policy)] == []
    assert {call.action for call in calls} >= {"redshift-data:ExecuteStatement", "s3:PutObject", "s3:ListBucket"}
    for sid in ("SendStatements", "FollowStatements", "ReadExports", "OfferExports", "ListExports"):
        kept = [each for each in policy if each["Sid"] != sid]
        assert any(not any(allows(each, call) for each in kept) for call in calls), sid
    for each in policy:
        for resource in listed(each["Resource"]) if each["Sid"] in ("ReadExports", "OfferExports") else ():
            narrowed = [
                one if one is not each else {**each, "Resource": [r for r in listed(each["Resource"]) if r != resource]}
                for one in policy
            ]
            assert any(not any(allows(one, call) for one in narrowed) for call in calls), resource
    assert template_text().count("Exporter:") == 1
