"""Who may do what in Cloud Storage: requests read as permissions, and Terraform's grants evaluated as IAM does.

Permissions of each request: https://cloud.google.com/storage/docs/access-control/iam-json
"""

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

_OBJECTS = re.compile(r"/(?:(?:upload|download)/)?storage/v1/b/([^/]+)/o(?:/([^/?]+))?$")
_TERM = re.compile(r'resource\.name(?: == |\.startsWith\()"([^"]*)"\)?')
_BODY_NAME = re.compile(rb"\r\n\r\n(\{.*?\})\r\n--", re.DOTALL)


def needed(method, url, body):
    """The (permission, resource) pairs that a request to the JSON API needs. Raises ValueError for one not known here."""
    asked = urlsplit(url)
    found, query = _OBJECTS.fullmatch(asked.path), parse_qs(asked.query)
    if not found:
        raise ValueError(f"{method} {url}")
    bucket = f"projects/_/buckets/{unquote(found[1])}"
    name = unquote(found[2]) if found[2] else None
    match method, name:
        case "GET", None:
            return [("storage.objects.list", bucket)]
        case "GET", _:
            return [("storage.objects.get", f"{bucket}/objects/{name}")]
        case "DELETE", _:
            return [("storage.objects.delete", f"{bucket}/objects/{name}")]
        case "POST", None:
            written = f"{bucket}/objects/{_uploaded_name(query, body)}"
            creates = query.get("ifGenerationMatch") == ["0"]
            verbs = ("create",) if creates else ("create", "delete")  # it may replace one
            return [(f"storage.objects.{verb}", written) for verb in verbs]
    raise ValueError(f"{method} {url}")


def _uploaded_name(query, body):
    if "name" in query:
        return query["name"][0]
    described = _BODY_NAME.search(body)[1] if query["uploadType"] == ["multipart"] else body
    return json.loads(described)["name"]


class Grants:
    """What an account may do: (permission, bucket, term) triples out of a mocked apply. A condition is a row of terms, one
    of which must hold; without a condition the term is empty."""

    def __init__(self, applied, account):
        roles = {one["name"]: one["permissions"] for one in applied.all("google_project_iam_custom_role")}
        given = [one for one in applied.all("google_storage_bucket_iam_member") if one["member"] == account["member"]]
        self.triples = {
            (permission, f"projects/_/buckets/{one['bucket']}", term)
            for one in given
            for permission in roles[one["role"]]
            for expression in [condition["expression"] for condition in one["condition"]] or [""]
            for term in expression.split(" || ")
        }

    def of(self, permission, resource):
        """The triples that allow it."""
        return {
            (granted, bucket, term)
            for granted, bucket, term in self.triples
            if granted == permission and f"{resource}/".startswith(f"{bucket}/") and holds(term, resource)
        }


def holds(term, resource):
    """Whether a condition's term, of the two forms that `infra/` uses, is true of a resource; any other raises."""
    if not term:
        return True
    found = _TERM.fullmatch(term)
    if not found:
        raise ValueError(term)
    return resource == found[1] if " == " in term else resource.startswith(found[1])


class Gate:
    """Stands before the storage as IAM does: refuses what `grants` don't allow, and remembers what was asked."""

    def __init__(self, grants):
        self.grants, self.used, self.refused = grants, set(), []

    def next(self, method, path, body):
        """For `faulty_proxy`: None lets a request pass."""
        for permission, resource in needed(method, path, body):
            allowed = self.grants.of(permission, resource)
            self.used |= allowed
            if not allowed:
                self.refused.append((permission, resource))
                return "403"
        return None
