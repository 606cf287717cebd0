"""Who may do what: no wildcards for the function, and for Hackle exactly what it documents."""

import json

import pytest

from support.aws_stack import ACCOUNT, REGION, deployed, template_text, translated
from support.iam_calls import listed
from support.lazily import lazily

boto3 = lazily("boto3")

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hash-key-AbCdEf"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123"


@pytest.fixture(scope="module")
def stack(aws_of_module):
    """With a key and a secret, so that every statement is there."""
    return deployed("permitted", Environment="prod", NoDropHours=1, HashKeySecret=SECRET, KmsKey=KEY)


def wild(statements):
    """What names more than one action, more than one resource, or all objects of a bucket: a folder's are allowed."""
    actions = [action for each in statements for action in listed(each["Action"]) if "*" in action]
    resources = [resource for each in statements for resource in listed(each["Resource"]) if "*" in resource]
    return actions + [
        name for name in resources if not name.endswith("/*") or name.count("*") > 1 or name.count("/") < 2
    ]


def test_no_statement_of_the_function_holds_a_wildcard_but_the_objects_below_a_folder(stack):
    statements = stack.policy("ImporterRole")
    assert wild(statements) == []
    assert all(each["Sid"] and each["Effect"] == "Allow" for each in statements)
    verbs = [each["Sid"] for each in statements]
    assert verbs == ["Read", "Write", "Delete", "List", "Receive", "Log", "HashKey", "Encrypt"]


@pytest.mark.parametrize(
    ("named", "wildcard"),
    [("s3:PutObject\n", "s3:Put*\n"), ("${Bucket}/${ImportPrefix}/*", "${Bucket}/*"), ("!GetAtt Drops.Arn\n", '"*"\n')],
)
def test_a_wildcard_is_noticed(aws_of_module, named, wildcard):
    broken = template_text().replace(f"Action: {named}", f"Action: {wildcard}")
    broken = broken.replace(f"- arn:${{AWS::Partition}}:s3:::{named}", f"- arn:${{AWS::Partition}}:s3:::{wildcard}")
    broken = broken.replace(f"                Resource: {named}", f"                Resource: {wildcard}")
    assert broken != template_text()
    assert wild(deployed("wild", broken, Environment="dev").policy("ImporterRole"))


def test_the_function_never_reads_what_hackle_reads_and_never_deletes_a_drop_or_the_ledger(stack):
    lake, staging = (f"arn:aws:s3:::{stack.physical(name)}" for name in ("Import", "Staging"))
    by_sid = {each["Sid"]: listed(each["Resource"]) for each in stack.policy("ImporterRole")}
    folders = [f"{staging}/{folder}/*" for folder in ("incoming", "mappings", "state", "rejected")]
    assert by_sid["Read"] == folders
    assert by_sid["Write"] == [*folders[2:], f"{lake}/hackle/*"]
    assert by_sid["Delete"] == [folders[3], f"{lake}/hackle/*"]
    assert by_sid["List"] == [staging]
    assert (by_sid["HashKey"], by_sid["Encrypt"]) == ([SECRET], [KEY])


def test_without_a_secret_and_a_key_nobody_may_touch_any(aws_of_module):
    stack = deployed("plain", Environment="dev")
    for resource in ("ImporterRole", "Hackle"):
        assert not {"HashKey", "Encrypt"} & {each["Sid"] for each in stack.policy(resource)}


def test_hackle_may_do_what_it_documents_and_nothing_else(aws_of_module):
    """https://docs.hackle.io, Data Import: S3. GetBucketLocation has a statement of its own, because its request
    carries no s3:prefix and would be refused under that condition."""
    stack = deployed("documented", Environment="dev", ImportPrefix="data/hackle")
    bucket = f"arn:aws:s3:::{stack.physical('Import')}"
    assert stack.policy("Hackle") == [
        {
            "Sid": "Objects",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:PutObject"],
            "Resource": f"{bucket}/data/hackle/*",
        },
        {
            "Sid": "List",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": bucket,
            "Condition": {"StringLike": {"s3:prefix": ["data/hackle/*", "data/hackle/", "data/hackle"]}},
        },
        {"Sid": "Location", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket},
    ]


def test_another_permission_of_hackle_s_would_be_noticed():
    def actions(text):
        (policy,) = json.loads(translated(text))["Resources"]["Hackle"]["Properties"]["Policies"]
        return [
            each["Action"]
            for each in policy["PolicyDocument"]["Statement"]
            if isinstance(each, dict) and "Action" in each
        ]

    documented = ["s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject", "s3:PutObject"]
    assert documented in actions(template_text())
    assert documented not in actions(template_text().replace("s3:GetObjectVersion", "s3:GetObjectAcl"))


def test_hackle_s_key_is_made_by_a_person_and_told_nowhere(stack):
    assert "AWS::IAM::AccessKey" not in {stack.type(name) for name in stack.template["Resources"]}
    assert stack.outputs()["HackleUser"] == stack.physical("Hackle")
    user = boto3.client("iam").get_user(UserName=stack.outputs()["HackleUser"])["User"]
    assert boto3.client("iam").list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"] == []


@pytest.mark.parametrize("resource", ["StagingPolicy", "ImportPolicy", "DropsPolicy"])
def test_nothing_is_taken_over_plain_http(stack, resource):
    statements = stack.properties(resource)["PolicyDocument"]["Statement"]
    (refusal,) = [each for each in statements if each["Sid"] == "OnlyOverTls"]
    assert (refusal["Effect"], refusal["Principal"]) == ("Deny", "*")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_rule_may_send_to_the_queues(stack):
    (allowed,) = [s for s in stack.properties("DropsPolicy")["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{stack.name}-dropped"
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}


@pytest.mark.parametrize(("protection", "sids"), [("true", ["OnlyOverTls", "Kept"]), ("false", ["OnlyOverTls"])])
def test_a_protected_bucket_cannot_be_deleted(aws_of_module, protection, sids):
    stack = deployed(f"kept-{protection}", Environment="staging", DeletionProtection=protection)
    for resource in ("StagingPolicy", "ImportPolicy"):
        assert [each["Sid"] for each in stack.properties(resource)["PolicyDocument"]["Statement"]] == sids
    for bucket in ("Staging", "Import"):
        assert stack.template["Resources"][bucket]["DeletionPolicy"] == "Retain"


def test_buckets_are_private_encrypted_and_versioned_and_keep_the_ledger(stack):
    client = boto3.client("s3")
    for resource in ("Staging", "Import"):
        name = stack.physical(resource)
        block = client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        (rule,) = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    rules = client.get_bucket_lifecycle_configuration(Bucket=stack.physical("Staging"))["Rules"]
    expiring = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule}
    assert expiring == {"incoming/": 90, "rejected/": 90}
