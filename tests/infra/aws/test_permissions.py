"""Who may do what: no wildcards for the function, and for Hackle exactly what it documents."""

import json

import pytest

from support.aws_stack import ACCOUNT, REGION, deployed, template_text, translated
from support.iam_calls import Call, allows, calls_of, listed, refused
from support.lazily import lazily

boto3 = lazily("boto3")

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hash-key-AbCdEf"
SECRET_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/4567"
KEY = f"arn:aws:kms:ap-northeast-2:{ACCOUNT}:key/0123"  # where the buckets are


@pytest.fixture(scope="module")
def stack(aws_of_module):
    """With a key and a secret, so that every statement is there."""
    return deployed(
        "permitted", Environment="prod", NoDropHours=1, HashKeySecret=SECRET, HashKeyKmsKey=SECRET_KEY, KmsKey=KEY
    )


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
    on_buckets = ["Read", "WriteStaging", "WriteImport", "DeleteStaging", "DeleteImport", "List"]
    assert verbs == [*on_buckets, "Receive", "Log", "HashKey", "DecryptHashKey", "Encrypt"]


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
    folders = [f"{staging}/{folder}/*" for folder in ("incoming", "exports", "mappings", "state", "rejected")]
    assert by_sid["Read"] == folders
    assert (by_sid["WriteStaging"], by_sid["WriteImport"]) == (folders[3:], [f"{lake}/hackle/*"])
    assert (by_sid["DeleteStaging"], by_sid["DeleteImport"]) == (folders[4:], [f"{lake}/hackle/*"])
    assert by_sid["List"] == [staging]
    assert (by_sid["HashKey"], by_sid["DecryptHashKey"], by_sid["Encrypt"]) == ([SECRET], [SECRET_KEY], [KEY])


def test_nothing_is_listed_but_below_a_folder_of_ours(stack):
    """A listing without a prefix would tell every name of an existing bucket."""
    (listing,) = [each for each in stack.policy("ImporterRole") if each["Sid"] == "List"]
    bucket = listing["Resource"]
    for path, may in [
        (f"/{bucket}?list-type=2", False),
        (f"/{bucket}?list-type=2&prefix=", False),
        (f"/{bucket}?list-type=2&prefix=else/", False),
        (f"/{bucket}?list-type=2&prefix=incoming/", True),
        (f"/{bucket}?list-type=2&prefix=state/x.json", True),
    ]:
        (call,) = calls_of("GET", path.replace("arn:aws:s3:::", ""), {}, b"")
        assert allows(listing, call) == may, path


def may_use(stack, resource, sid, via, **context):
    """Whether a statement on a KMS key lets `Decrypt` pass that a service asks for."""
    (statement,) = [each for each in stack.policy(resource) if each["Sid"] == sid]
    named = {f"kms:EncryptionContext:{name}": text for name, text in context.items()}
    call = Call("kms:Decrypt", statement["Resource"], {"kms:ViaService": f"{via}.amazonaws.com"} | named)
    return allows(statement, call)


def test_the_buckets_key_is_used_by_s3_and_for_objects_of_these_places_only(stack):
    lake, staging = (f"arn:aws:s3:::{stack.physical(name)}" for name in ("Import", "Staging"))
    for resource, arn, may in [
        ("ImporterRole", staging, True),  # the context where a bucket has a bucket key
        ("ImporterRole", lake, True),
        ("ImporterRole", f"{staging}/incoming/hackle/a.json", True),
        ("ImporterRole", f"{lake}/hackle/2025-01-02/a.parquet", True),
        ("ImporterRole", f"{lake}/else/a.parquet", False),
        ("ImporterRole", "arn:aws:s3:::another", False),
        ("Hackle", lake, True),
        ("Hackle", f"{lake}/hackle/2025-01-02/a.parquet", True),
        ("Hackle", staging, False),
        ("Hackle", f"{staging}/state/a.json", False),
    ]:
        assert may_use(stack, resource, "Encrypt", "s3.ap-northeast-2", **{"aws:s3:arn": arn}) == may, (resource, arn)
        assert not may_use(stack, resource, "Encrypt", "secretsmanager.ap-northeast-2", **{"aws:s3:arn": arn})
        assert not may_use(stack, resource, "Encrypt", "s3.us-east-1", **{"aws:s3:arn": arn})
        assert not may_use(stack, resource, "Encrypt", "s3.ap-northeast-2")


def test_the_hash_key_s_key_decrypts_that_secret_for_secrets_manager_only(stack):
    for via, secret, may in [
        ("secretsmanager.us-east-1", SECRET, True),
        ("secretsmanager.us-east-1", SECRET.replace("hash", "other"), False),
        ("s3.us-east-1", SECRET, False),
    ]:
        assert may_use(stack, "ImporterRole", "DecryptHashKey", via, SecretARN=secret) == may, (via, secret)


def test_a_secret_under_secrets_manager_s_own_key_needs_no_other(aws_of_module):
    stack = deployed("own-key", Environment="dev", HashKeySecret=SECRET)
    assert {"HashKey", "DecryptHashKey"} & {each["Sid"] for each in stack.policy("ImporterRole")} == {"HashKey"}


@pytest.mark.parametrize("given", [{}, {"KmsKey": KEY, "StagingPrefix": "events"}], ids=["plain", "with a key"])
def test_a_partner_s_policy_lets_drop_into_one_folder_and_nothing_else(aws_of_module, given):
    stack = deployed("partner", Environment="dev", **given)
    text = stack.outputs()["PartnerPolicy"]
    policy = json.loads(text.replace("<mapping>", "shop").replace("<partner>", "acme"))
    bucket, folder = stack.physical("Staging"), stack.environment()["HACKLE_STAGING"].removeprefix("s3://")
    for method, key, may in [
        ("PUT", "incoming/shop/acme/a.json", True),
        ("PUT", "incoming/shop/acme/deeper/a.json?partNumber=1&uploadId=x", True),
        ("DELETE", "incoming/shop/acme/a.json?uploadId=x", True),
        ("PUT", "incoming/shop/other/a.json", False),
        ("PUT", "incoming/shop/acme-2/a.json", False),
        ("PUT", "mappings/shop.toml", False),
        ("PUT", "state/a.json", False),
        ("GET", "incoming/shop/acme/a.json", False),
        ("DELETE", "incoming/shop/acme/a.json", False),
    ]:
        assert (refused(policy["Statement"], [(method, f"/{folder}/{key}", {})]) == []) == may, (method, key)
    assert refused(policy["Statement"], [("GET", f"/{bucket}?list-type=2&prefix=incoming/shop/acme/", {})])
    assert refused(json.loads(text)["Statement"], [("PUT", f"/{folder}/incoming/shop/acme/a.json", {})])
    encrypting = [each for each in policy["Statement"] if each["Sid"] == "Encrypt"]
    assert [each["Resource"] for each in encrypting] == ([KEY] if "KmsKey" in given else [])
    for statement in encrypting:
        context = {
            "kms:ViaService": "s3.ap-northeast-2.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}",
        }
        assert allows(statement, Call("kms:GenerateDataKey", KEY, context))


def test_an_existing_bucket_is_told_the_rule_for_unfinished_uploads_that_a_made_one_has(aws_of_module):
    stack = deployed("told", Environment="dev", ImportBucket="another-bucket")
    rule = json.loads(stack.outputs()["UnfinishedUploadsRule"])
    rules = boto3.client("s3").get_bucket_lifecycle_configuration(Bucket=stack.physical("Staging"))["Rules"]
    assert rule in rules
    assert "UnfinishedUploadsRule" not in deployed("untold", Environment="dev").outputs()


def test_without_a_secret_and_a_key_nobody_may_touch_any(aws_of_module):
    stack = deployed("plain", Environment="dev")
    for resource in ("ImporterRole", "Hackle"):
        assert not {"HashKey", "DecryptHashKey", "Encrypt"} & {each["Sid"] for each in stack.policy(resource)}


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
    assert expiring == {"incoming/": 90, "exports/": 14, "rejected/": 90}
