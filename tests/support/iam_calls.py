"""What a request to moto is in IAM's words, and what a policy allows."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

ACCOUNT = "123456789012"  # moto's
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html: True for a multipart upload's
_OBJECT_ACTIONS = {
    ("GET", False): "s3:GetObject",
    ("HEAD", False): "s3:GetObject",
    ("PUT", False): "s3:PutObject",
    ("PUT", True): "s3:PutObject",
    ("POST", True): "s3:PutObject",
    ("DELETE", False): "s3:DeleteObject",
    ("DELETE", True): "s3:AbortMultipartUpload",
}


@dataclass(frozen=True)
class Call:
    """An action on a resource, with the condition keys that its request carries."""

    action: str
    resource: str
    context: dict = field(default_factory=dict, hash=False)


def calls_of(method, path, headers, body, account=ACCOUNT):
    """Raises for a request that nobody has translated yet: S3's only. `account` is the bucket's."""
    parts = urlsplit(path)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = parse_qs(parts.query, keep_blank_values=True)
    if not key and "delete" in query:
        named = ElementTree.fromstring(body).iterfind("{*}Object/{*}Key")
        context = {"aws:ResourceAccount": account}
        return [Call("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{key.text}", context) for key in named]
    if not key:
        assert (method, "list-type" in query) == ("GET", True), (method, path)
        prefix = {"s3:prefix": query["prefix"][0]} if "prefix" in query else {}
        return [Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", {"aws:ResourceAccount": account} | prefix)]
    action = _OBJECT_ACTIONS[method, "uploadId" in query or "uploads" in query]
    return [Call(action, f"arn:aws:s3:::{bucket}/{key}", {"aws:ResourceAccount": account})]


def refused(statements, requests, account=ACCOUNT):
    """The calls that no statement allows."""
    calls = [call for request in requests for call in calls_of(*request, account)]
    return [call for call in calls if not any(allows(statement, call) for statement in statements)]


def allows(statement, call):
    """A statement of a kind that ours do not have fails, so that none is passed over."""
    assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert statement["Effect"] == "Allow"
    return (
        call.action in listed(statement["Action"])
        and any(fnmatchcase(call.resource, pattern) for pattern in listed(statement["Resource"]))
        and all(_holds(kind, test, call) for kind, test in statement.get("Condition", {}).items())
    )


def _holds(kind, test, call):
    """A condition of which the request does not carry the key does not hold."""
    matches = {"StringLike": fnmatchcase, "StringEquals": str.__eq__}[kind]
    return all(
        key in call.context and any(matches(call.context[key], pattern) for pattern in listed(patterns))
        for key, patterns in test.items()
    )


def listed(found):
    return [found] if isinstance(found, str) else found
