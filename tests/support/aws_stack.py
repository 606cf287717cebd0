"""template.yaml as CloudFormation sees it, and deployed into moto.

moto's CloudFormation knows most of our resources; what it leaves out (policies of buckets, queues and topics, alarms,
queries, most properties of a bucket) is set through the API, with the values that the template gives. What only
CloudFormation does is not shown: its updates, its Rules, its checks of parameters.
"""

import io
import json
import subprocess
import tomllib
import zipfile
from functools import cache
from itertools import count

from support.lambda_runtime import ROOT, SAM, made
from support.lazily import lazily

boto3, models, parsing = map(lazily, ("boto3", "moto.cloudformation.models", "moto.cloudformation.parsing"))

_TRANSLATE = """
import json, sys
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform
class NoPolicies:
    def load(self):
        return {}
template = yaml_parse(sys.stdin.read())
template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/importer.zip"
print(json.dumps(transform(template, {}, NoPolicies())))
"""
_numbers = count()
ACCOUNT, REGION = "123456789012", "us-east-1"
WORKGROUP = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/0a1b2c3d"
CLUSTER = f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:shop"


def template_text():
    return (ROOT / "template.yaml").read_text()


@cache
def translated(text):
    """Plain CloudFormation, as JSON."""
    made(".venv/sam/.installed")
    return subprocess.run(
        [SAM / "bin" / "python", "-c", _TRANSLATE],
        input=text, capture_output=True, text=True, check=True, env={"AWS_DEFAULT_REGION": REGION},
    ).stdout  # fmt: skip


def parameters_of(environment):
    """What samconfig.toml gives to a deployment."""
    deploy = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]["deploy"]["parameters"]
    return dict(pair.split("=", 1) for pair in deploy["parameter_overrides"])


class Stack:
    """A deployed stack: `properties` of a resource, with every reference resolved, and the physical `name` of one."""

    def __init__(self, name, template):
        self.name, self.template = name, template
        stacks = models.cloudformation_backends[ACCOUNT][REGION].stacks.values()
        self._map = next(stack for stack in stacks if stack.name == name).resource_map

    def resources(self):
        """Logical names of those whose condition holds."""
        holds = {None: True} | dict(self._map.lazy_condition_map)
        return [name for name, resource in self.template["Resources"].items() if holds[resource.get("Condition")]]

    def type(self, resource):
        return self.template["Resources"][resource]["Type"]

    def properties(self, resource):
        return _without_none(parsing.clean_json(self.template["Resources"][resource]["Properties"], self._map))

    def physical(self, resource):
        return self._map[resource].physical_resource_id

    def created(self):
        """Logical names of the resources that moto's CloudFormation says are complete."""
        pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = [resource for page in pages for resource in page["StackResourceSummaries"]]
        complete = {each["LogicalResourceId"] for each in found if each["ResourceStatus"] == "CREATE_COMPLETE"}
        return complete - {""}  # what moto left out

    def outputs(self):
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def policy(self, resource):
        """Statements of the policies of a role or a user."""
        found = self.properties(resource)["Policies"]
        return [statement for policy in found for statement in policy["PolicyDocument"]["Statement"]]

    def environment(self, function="Importer"):
        """What a function finds in its environment: text, as Lambda has it."""
        variables = self.properties(function)["Environment"]["Variables"]
        return {name: str(value) for name, value in variables.items()}


def deployed(name, text=None, **parameters):
    """A stack in moto, whose server's environment is set up; a number makes its name one of its own."""
    name = f"{name}-{next(_numbers)}"
    template = json.loads(translated(text or template_text()))
    _upload_code()
    boto3.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
    )
    stack = Stack(name, template)
    for resource in stack.resources():
        if stack.type(resource) in COMPLETED:
            COMPLETED[stack.type(resource)](stack, resource, stack.properties(resource))
    _leave_messages(stack)
    return stack


def _leave_messages(stack):
    """moto would take them itself, and look for Docker to run the function in."""
    client = boto3.client("lambda")
    for name in ("Importer", "Exporter"):
        if name in stack.resources():
            function = stack.properties(name)["FunctionName"]
            for mapping in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
                client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def _upload_code():
    """The code's place must exist; what runs is the artifact, under the emulator."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("handler.py", "")
    client = boto3.client("s3")
    client.create_bucket(Bucket="artifacts")
    client.put_object(Bucket="artifacts", Key="importer.zip", Body=body.getvalue())


def _bucket(stack, resource, properties):
    client, name = boto3.client("s3"), stack.physical(resource)
    rules = [_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    client.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
    )
    if "NotificationConfiguration" in properties:
        assert properties["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"] is True
        client.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )


def _rule(rule):
    """CloudFormation's words for a lifecycle rule in those of the API."""
    told = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        told["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    for same in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if same in rule:
            told[same] = rule[same]
    return told


def _bucket_policy(stack, resource, properties):
    """Taken, then taken away again: moto does not look at conditions, and would deny everything, not only plain HTTP."""
    client, bucket = boto3.client("s3"), properties["Bucket"]
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(properties["PolicyDocument"]))
    client.delete_bucket_policy(Bucket=bucket)


def _queue_policy(stack, resource, properties):
    for url in properties["Queues"]:
        policy = {"Policy": json.dumps(properties["PolicyDocument"])}
        boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=policy)


def _topic_policy(stack, resource, properties):
    for arn in properties["Topics"]:
        boto3.client("sns").set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(properties["PolicyDocument"])
        )


def _subscription(stack, resource, properties):
    boto3.client("sns").subscribe(**properties)


def _alarm(stack, resource, properties):
    boto3.client("cloudwatch").put_metric_alarm(**properties | {"Threshold": float(properties["Threshold"])})


def _query(stack, resource, properties):
    """moto has no saved queries: botocore's model of the call is all that checks them."""
    told = {key[0].lower() + key[1:]: value for key, value in properties.items()}
    shape = boto3.client("logs").meta.service_model.operation_model("PutQueryDefinition").input_shape
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(told, shape)
    assert not report.has_errors(), report.generate_report()


def _schedule(stack, name, properties):
    boto3.client("scheduler").create_schedule(Name=f"{stack.name}-{name}", **properties)


COMPLETED = {
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Logs::QueryDefinition": _query,
    "AWS::Scheduler::Schedule": _schedule,
}


def _without_none(found):
    """What `AWS::NoValue` leaves out."""
    if isinstance(found, dict):
        return {key: _without_none(value) for key, value in found.items() if value is not None}
    if isinstance(found, list):
        return [_without_none(value) for value in found if value is not None]
    return found
