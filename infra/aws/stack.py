"""What SAM has no command for: `stack.py protect NAME` after a deployment, `stack.py destroy NAME` at its end.

Credentials and region are found as boto3 finds them.
"""

import sys
from collections.abc import Iterator

import boto3


def protect(name: str) -> None:
    """Makes a stack with DeletionProtection=true one that has to be unprotected before it can be deleted."""
    protected = is_protected(name)
    boto3.client("cloudformation").update_termination_protection(StackName=name, EnableTerminationProtection=protected)
    print(f"{name} is {'protected' if protected else 'not protected'} against deletion")


def destroy(name: str) -> None:
    """Deletes a stack and the buckets it made, with all that is in them; buckets that it was given stay."""
    if is_protected(name):
        sys.exit(f"{name} is prod, or was deployed with DeletionProtection=true. Nothing was deleted.")
    client, buckets = boto3.client("cloudformation"), list(buckets_of(name))
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name)
    for bucket in buckets:
        empty(bucket)
        boto3.client("s3").delete_bucket(Bucket=bucket)
    print(f"{name} is deleted" + "".join(f", and s3://{bucket}" for bucket in buckets))


def is_protected(name: str) -> bool:
    """Anything but a stack of ours that says it is not."""
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    parameters = {found["ParameterKey"]: found["ParameterValue"] for found in stack.get("Parameters", ())}
    return parameters.get("DeletionProtection") != "false" or parameters.get("Environment") == "prod"


def buckets_of(name: str) -> Iterator[str]:
    """The names of the buckets that the stack made."""
    for page in boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::S3::Bucket":
                yield resource["PhysicalResourceId"]


def empty(bucket: str) -> None:
    """Deletes every version of every object."""
    client = boto3.client("s3")
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            client.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["protect", stack]:
            protect(stack)
        case ["destroy", stack]:
            destroy(stack)
        case _:
            sys.exit("stack.py protect|destroy STACK")
