"""The template, deployed into moto: an object becomes a message, the artifact handles it with the environment that the
template gives it, and asks for nothing that its role does not allow."""

import json

import pytest

from hackle_import.settings import Settings
from support.aws_stack import ACCOUNT, CLUSTER, COMPLETED, WORKGROUP, deployed, parameters_of, template_text
from support.exports import manifest
from support.faulty_proxy import faulty_proxy
from support.iam_calls import calls_of, listed, refused
from support.lambda_runtime import artifact, emulator
from support.lazily import lazily
from support.samples import event, ndjson
from support.strict_s3 import Strict

boto3 = lazily("boto3")

PREFIXES = [{}, {"StagingPrefix": "events"}]
BUCKET_STATEMENTS = ["Read", "WriteStaging", "WriteImport", "DeleteStaging", "DeleteImport", "List"]


def received(queue):
    """A message in the shape that Lambda's poller gives it, or none."""
    found = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
    return [{"messageId": each["MessageId"], "eventSource": "aws:sqs", "body": each["Body"]} for each in found]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_resource_is_created_in_every_environment(aws, environment):
    chosen = {"AlarmEmail": "somebody@example.com", "BackfillConcurrency": 2, "Publish": "closed-days"}
    chosen |= {"Warehouses": "on", "RedshiftWorkgroup": WORKGROUP, "RedshiftCluster": CLUSTER}
    parameters = parameters_of(environment) | chosen
    stack = deployed(f"created-{environment}", **parameters)
    by_api = {resource for resource in stack.resources() if stack.type(resource) in COMPLETED}
    assert stack.created() | by_api == set(stack.resources())
    missing = set(stack.template["Resources"]) - set(stack.resources())
    assert missing == ({"NoDropAlarm"} if environment != "prod" else set())
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix=stack.name)["MetricAlarms"]
    assert all(alarm["AlarmActions"] == [stack.physical("Alarms")] for alarm in alarms)


@pytest.fixture(scope="module", params=PREFIXES, ids=["root", "prefix"])
def exercised(request, aws_of_module):
    """A stack, what the artifact answered and printed, and every request that it made."""
    artifact()
    stack = deployed(f"exercised-{len(request.param)}", Environment="dev", **request.param)
    return Exercised(stack, aws_of_module)


class Exercised:
    def __init__(self, stack, moto):
        self.stack, self.requests, self.answers = stack, [], []
        self.root = stack.environment()["HACKLE_STAGING"].removeprefix("s3://").partition("/")[2]
        self.root += "/" if self.root else ""
        self.bucket, self.lake = stack.physical("Staging"), stack.physical("Import")
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        with faulty_proxy(moto, Strict(moto), seen=self.requests) as url:
            with emulator(stack.environment() | keys | {"AWS_ENDPOINT_URL": url}) as running:
                self.put("mappings/shop.toml", b'limits = "truncate"')
                for drop in (
                    [event(1), event(2, ts="bad")],
                    [event(1), event(3)],  # replaces Parquet, and removes rejects
                    [event(1), event(2, ts="bad"), event(4, ts="bad")],
                ):
                    self.drop(running, "incoming/hackle/a+b 1%.ndjson", ndjson(*drop))
                self.drop(running, "incoming/shop/a.ndjson", ndjson(event(5)))
                self.drop(running, "incoming/unknown/a.ndjson", ndjson(event(6)))
                part = ndjson(event(7))
                self.put("exports/shop/2025-01-02/0001/part-0.ndjson", part)
                for name in ("part-0", "part-1"):  # one that is there, one that is not
                    named = [{"key": f"exports/shop/2025-01-02/0001/{name}.ndjson", "size": len(part)}]
                    self.drop(running, f"incoming/hackle/shop/{name}.export.json", manifest(named, 1))
                self.answers.append(running.invoke(self.batch("incoming/hackle/a+b 1%.ndjson")))  # delivered again
            self.receipts = [json.loads(line)["receipt"] for line in running.log if '"receipt":' in line]

    def put(self, key, body):
        boto3.client("s3").put_object(Bucket=self.bucket, Key=self.root + key, Body=body)

    def batch(self, key):
        detail = {"bucket": {"name": self.bucket}, "object": {"key": self.root + key}}
        body = json.dumps({"detail-type": "Object Created", "detail": detail})
        return {"Records": [{"messageId": "again", "eventSource": "aws:sqs", "body": body}]}

    def drop(self, running, key, body):
        self.put(key, body)
        records = received(self.stack.physical("Drops"))
        assert len(records) == 1  # not what the function itself wrote
        self.answers.append(running.invoke({"Records": records}))


def test_an_object_below_incoming_reaches_the_function_and_becomes_parquet(exercised):
    assert exercised.answers == [{"batchItemFailures": []}] * 8
    outcomes = [receipt["outcome"] for receipt in exercised.receipts]
    assert outcomes == ["written", "written", "written", "written", "failed", "written", "failed", "skipped"]
    found = boto3.client("s3").list_objects_v2(Bucket=exercised.lake)["Contents"]
    assert len(found) == 3
    assert all(each["Key"].startswith("hackle/2025-01-02/") for each in found)


def test_nothing_else_reaches_the_queue(exercised):
    for key in ("state/x.json", "rejected/hackle/a.gz", "mappings/a.toml", "else/incoming/hackle/a.json"):
        exercised.put(key, b"{}")
    assert received(exercised.stack.physical("Drops")) == []


def test_the_role_allows_every_call_that_was_made(exercised):
    assert refused(exercised.stack.policy("ImporterRole"), exercised.requests) == []


def test_no_call_that_was_made_is_allowed_once_the_buckets_are_another_account_s(exercised):
    calls = [call for request in exercised.requests for call in calls_of(*request)]
    assert len(refused(exercised.stack.policy("ImporterRole"), exercised.requests, "999988887777")) == len(calls)
    told = [{name.lower(): text for name, text in headers.items()} for _, _, headers, _ in exercised.requests]
    assert {headers.get("x-amz-expected-bucket-owner") for headers in told} == {ACCOUNT}


@pytest.mark.parametrize("sid", BUCKET_STATEMENTS)
def test_a_call_that_the_role_does_not_allow_is_noticed_and_no_statement_is_idle(exercised, sid):
    statements = [each for each in exercised.stack.policy("ImporterRole") if each["Sid"] != sid]
    assert refused(statements, exercised.requests)


def test_every_folder_that_the_role_names_is_used(exercised):
    """Least privilege, from the other side: without any one of the resources, a call that was made is refused."""
    statements = exercised.stack.policy("ImporterRole")
    for statement in (each for each in statements if each["Sid"] in BUCKET_STATEMENTS):
        for resource in listed(statement["Resource"]):
            kept = [each for each in listed(statement["Resource"]) if each != resource]
            narrowed = [each if each is not statement else {**each, "Resource": kept} for each in statements]
            assert refused(narrowed, exercised.requests), (statement["Sid"], resource)


def test_the_queue_waits_six_timeouts_and_gives_up_to_the_dead_letters(aws):
    for timeout in ("60", "300", "600", "900"):
        stack = deployed(f"waits-{timeout}", Environment="dev", TimeoutSeconds=timeout, MaximumTries=3)
        queue = stack.properties("Drops")
        assert int(queue["VisibilityTimeout"]) == 6 * int(timeout)
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 3
        (mapping,) = boto3.client("lambda").list_event_source_mappings(FunctionName=stack.name)["EventSourceMappings"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        (source,) = stack.properties("DeadLetters")["RedriveAllowPolicy"]["sourceQueueArns"]
        assert source == mapping["EventSourceArn"]


def test_existing_buckets_are_used_as_they_are(aws, s3_bucket):
    given = {"StagingBucket": s3_bucket, "ImportBucket": s3_bucket, "StagingPrefix": "in", "ImportPrefix": "out/hackle"}
    stack = deployed("existing", Environment="prod", **given)
    assert not {"Staging", "StagingPolicy", "Import", "ImportPolicy"} & set(stack.resources())
    environment = stack.environment()
    assert (environment["HACKLE_STAGING"], environment["HACKLE_IMPORT"]) == (
        f"s3://{s3_bucket}/in",
        f"s3://{s3_bucket}/out/hackle",
    )
    assert Settings.read(environment).bucket_owners == {s3_bucket: ACCOUNT}
    pattern = stack.properties("Dropped")["EventPattern"]["detail"]
    assert pattern == {"bucket": {"name": [s3_bucket]}, "object": {"key": [{"prefix": "in/incoming/"}]}}


def test_existing_buckets_may_be_of_other_accounts(aws, s3_bucket):
    given = {"StagingBucket": s3_bucket, "StagingBucketOwner": "111122223333", "ImportBucketOwner": "444455556666"}
    stack = deployed("others", Environment="dev", **given, ImportBucket="another-s-bucket")
    owners = {s3_bucket: "111122223333", "another-s-bucket": "444455556666"}
    assert Settings.read(stack.environment()).bucket_owners == owners
    told = {
        each["Sid"]: each["Condition"]["StringEquals"]
        for each in stack.policy("ImporterRole")
        if each["Sid"] in BUCKET_STATEMENTS
    }
    assert {sid: test["aws:ResourceAccount"] for sid, test in told.items()} == {
        sid: "444455556666" if sid.endswith("Import") else "111122223333" for sid in BUCKET_STATEMENTS
    }


def test_a_bucket_that_is_made_is_of_this_account_whatever_is_given(aws):
    stack = deployed("ours", Environment="dev", StagingBucketOwner="111122223333", ImportBucketOwner="444455556666")
    assert set(Settings.read(stack.environment()).bucket_owners.values()) == {ACCOUNT}


def test_a_template_that_reads_elsewhere_is_noticed(exercised):
    """The gate seen red: the template with another folder for rejects."""
    broken = template_text().replace("${Folder}/rejected/*", "${Folder}/rejects/*")
    assert broken != template_text()
    stack = deployed(f"broken-{len(exercised.root)}", broken, Environment="dev")
    renamed = json.dumps(stack.policy("ImporterRole")).replace(stack.physical("Staging"), exercised.bucket)
    assert any("/rejected/" in call.resource for call in refused(json.loads(renamed), exercised.requests))
