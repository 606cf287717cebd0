"""What was refused is said together with what to grant."""

import pytest

from hackle_import.warehouse.grants import remedy


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ("ERROR: permission denied for schema analytics", "GRANT USAGE ON SCHEMA analytics TO"),
        ("ERROR: permission denied for relation events", "GRANT SELECT ON events TO"),
        ("Not authorized to get credentials of role arn:aws:iam::1:role/x", "redshift-serverless.amazonaws.com"),
        ("AccessDeniedException: User: x is not authorized to perform: redshift-data:ExecuteStatement on y", "allow redshift-data:ExecuteStatement"),
        ("accessDenied: Access Denied: Project p: User does not have bigquery.jobs.create permission", "roles/bigquery.jobUser"),
        ("accessDenied: Access Denied: Table p:d.t: Permission bigquery.tables.getData denied", "roles/bigquery.dataViewer"),
        ("accessDenied: Access Denied: Permission storage.objects.create denied", "the role of the exports bucket"),
        ("out of disk", ""),
    ],
)  # fmt: skip
def test_a_missing_grant_is_named(refused, told):
    assert told in remedy(refused)
    assert bool(remedy(refused)) is bool(told)
