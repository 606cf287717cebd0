"""What a warehouse refused -> what has to be granted, in one line. Pure."""

import re
from collections.abc import Callable

_Told = Callable[[re.Match[str]], str]
_OF_BIGQUERY = {
    "bigquery.jobs.create": "roles/bigquery.jobUser on the project that pays",
    "bigquery.tables.get": "roles/bigquery.dataViewer on the dataset or table",
    "bigquery.tables.getData": "roles/bigquery.dataViewer on the dataset or table",
    "bigquery.tables.list": "roles/bigquery.dataViewer on the dataset",
    "bigquery.tables.export": "roles/bigquery.dataViewer on the dataset or table",
    "storage.objects.create": "the role of the exports bucket, with objects.create, delete, get and list",
    "storage.objects.delete": "the role of the exports bucket, with objects.create, delete, get and list",
    "storage.objects.list": "the role of the exports bucket, with objects.create, delete, get and list",
    "storage.objects.get": "the role of the exports bucket, with objects.create, delete, get and list",
}
_NAME = r"\"?([\w.$]+)\"?"
_REMEDIES: list[tuple[re.Pattern[str], _Told]] = [
    (
        re.compile(rf"permission denied for schema {_NAME}", re.IGNORECASE),
        lambda found: f"GRANT USAGE ON SCHEMA {found[1]} TO the user that asks",
    ),
    (
        re.compile(rf"permission denied for (?:relation|table|view) {_NAME}", re.IGNORECASE),
        lambda found: f"GRANT SELECT ON {found[1]} TO the user that asks",
    ),
    (
        re.compile("Not authorized to get credentials of role", re.IGNORECASE),
        lambda _: (
            "the role must be attached to the cluster or namespace, and its trust name redshift.amazonaws.com and "
            "redshift-serverless.amazonaws.com"
        ),
    ),
    (
        re.compile(r"S3ServiceException:? ?Access ?Denied", re.IGNORECASE),
        lambda _: "the role of UNLOAD needs the policy that the output UnloadPolicy shows",
    ),
    (re.compile(r"not authorized to perform:? ([a-z-]+:\w+)"), lambda found: f"allow {found[1]} in IAM"),
    (re.compile(r"((?:bigquery|storage)(?:\.\w+){2})"), lambda found: _OF_BIGQUERY.get(found[1], f"allow {found[1]}")),
]


def remedy(refused: str) -> str:
    """What to grant; empty where that is not known."""
    found = ((pattern.search(refused), told) for pattern, told in _REMEDIES)
    return next((told(match) for match, told in found if match), "")
