"""`make deploy-aws` protects what says so; `make destroy-aws` deletes a deployment with its buckets, and no other."""

import os
import subprocess
import sys

import pytest

from support.aws_stack import deployed
from support.entrypoints import load
from support.lambda_runtime import ROOT
from support.lazily import lazily
from support.samples import NOW

boto3, exceptions, stub = map(lazily, ("boto3", "botocore.exceptions", "botocore.stub"))


def run(*arguments):
    command = [sys.executable, ROOT / "infra" / "aws" / "stack.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))


def exists(bucket):
    try:
        boto3.client("s3").head_bucket(Bucket=bucket)
    except exceptions.ClientError:
        return False
    return True


def test_a_deployment_goes_with_its_buckets_and_every_version_in_them(aws, s3_bucket):
    stack = deployed("ended", Environment="dev", DeletionProtection="false", ImportBucket=s3_bucket)
    staging = stack.physical("Staging")
    client = boto3.client("s3")
    for _ in range(2):
        client.put_object(Bucket=staging, Key="incoming/hackle/a.json", Body=b"{}")
    client.delete_object(Bucket=staging, Key="incoming/hackle/a.json")
    done = run("destroy", stack.name)
    assert done.returncode == 0, done.stderr
    assert f"s3://{staging}" in done.stdout
    assert not exists(staging)
    assert exists(s3_bucket)  # it was there before
    with pytest.raises(exceptions.ClientError, match="does not exist"):
        boto3.client("cloudformation").describe_stacks(StackName=stack.name)


@pytest.mark.parametrize(
    "parameters",
    [{"Environment": "staging", "DeletionProtection": "true"}, {"Environment": "prod", "DeletionProtection": "false"}],
)
def test_a_protected_deployment_and_prod_are_not_touched(aws, parameters):
    stack = deployed("guarded", **parameters)
    done = run("destroy", stack.name)
    assert done.returncode != 0
    assert "Nothing was deleted" in done.stderr
    assert exists(stack.physical("Staging"))
    assert boto3.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]


@pytest.mark.parametrize(("protection", "told"), [("true", True), ("false", False)])
def test_a_stack_is_protected_as_its_parameter_says(aws, monkeypatch, protection, told):
    """Against botocore's own model of the calls: moto has no termination protection."""
    client = boto3.client("cloudformation")
    parameters = {"Environment": "dev", "DeletionProtection": protection}
    described = {
        "StackName": "a",
        "CreationTime": NOW,
        "StackStatus": "CREATE_COMPLETE",
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    with stub.Stubber(client) as stubbed:
        stubbed.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "a"})
        asked = {"StackName": "a", "EnableTerminationProtection": told}
        stubbed.add_response("update_termination_protection", {}, asked)
        module = load(ROOT / "infra" / "aws" / "stack.py")
        monkeypatch.setattr(module.boto3, "client", lambda _: client)
        module.protect("a")
        stubbed.assert_no_pending_responses()
