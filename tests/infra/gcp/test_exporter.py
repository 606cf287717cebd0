"""What a deployment has beside, where days of warehouses are exported: nothing of it by default, and no more than it needs.
The function itself runs, over the double of BigQuery, and each of its calls is held against what it was granted."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from support.emulators import gcs_server
from support.entrypoints import ROOT, load
from support.faulty_proxy import faulty_proxy
from support.gcs_access import Gate, Grants
from support.pages import page
from support.sources import BIGQUERY
from support.terraform_offline import PYTHON, Terraform

PARSE = "import json, promql_parser, sys; [promql_parser.parse(one) for one in json.load(sys.stdin)]"
NOON = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0)  # Seoul's: all ticks are of one day
YESTERDAY = NOON.date() - timedelta(days=1)
# https://cloud.google.com/bigquery/docs/access-control, those of each role that we could need
ROLES = {
    "roles/bigquery.jobUser": {"bigquery.jobs.create"},
    "roles/bigquery.dataViewer": {
        "bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.list", "bigquery.tables.export",
    },
}  # fmt: skip
OWN_JOB = None  # who made a job may look at it and end it


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exporting")
    return Terraform(folder).applied(warehouses="on", bigquery_datasets=["exported"])


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("usual")).applied()


def only(applied, kind, name="exports"):
    [found] = applied.resources(kind, name).values()
    return found


def account(applied):
    return only(applied, "google_service_account", "exporter")


def test_by_default_there_is_none_of_it(usual):
    for kind in ("google_bigquery_dataset_iam_member", "google_cloud_scheduler_job"):
        assert usual.all(kind) == []
    for kind in ("google_storage_bucket", "google_pubsub_topic", "google_monitoring_alert_policy"):
        assert usual.resources(kind, "exports") == {}
    assert usual.resources("google_cloudfunctions2_function", "exporter") == {}
    assert usual.outputs["warehouse_grants"] == ""


def test_a_schedule_and_bigquery_s_audit_log_are_hints_in_a_topic(applied):
    job, topic = only(applied, "google_cloud_scheduler_job"), only(applied, "google_pubsub_topic")
    assert (job["schedule"], job["pubsub_target"][0]["topic_name"]) == ("*/15 * * * *", topic["id"])
    sink = only(applied, "google_logging_project_sink", "export_ended")
    assert sink["destination"].endswith(topic["id"])
    assert 'jobName:"/hackle-import-"' in sink["filter"]
    publishers = applied.resources("google_pubsub_topic_iam_member", "export_ended").values()
    assert [one["member"] for one in publishers] == [sink["writer_identity"]]
    push = only(applied, "google_pubsub_subscription")["push_config"][0]
    assert (
        push["push_endpoint"]
        == only(applied, "google_cloudfunctions2_function", "exporter")["service_config"][0]["uri"]
    )


def test_a_function_of_256_mb_runs_the_file_that_the_archive_holds(applied):
    function = only(applied, "google_cloudfunctions2_function", "exporter")
    [service], [build] = function["service_config"], function["build_config"]
    assert (service["available_memory"], service["ingress_settings"]) == ("256Mi", "ALLOW_INTERNAL_ONLY")
    source = build["environment_variables"]["GOOGLE_FUNCTION_SOURCE"]
    assert source in {name for name, _ in load(ROOT / "infra" / "archive.py").files()}
    main = only(applied, "google_cloudfunctions2_function", "main")["service_config"][0]["environment_variables"]
    assert (
        main["HACKLE_EXPORTS"]
        == service["environment_variables"]["HACKLE_EXPORTS"]
        == "gs://my-project-hackle-exports-dev"
    )


def test_parts_lie_in_a_bucket_without_soft_delete_and_expire(applied):
    bucket = only(applied, "google_storage_bucket")
    assert bucket["soft_delete_policy"][0]["retention_duration_seconds"] == 0
    told = [(one["action"][0]["type"], one["condition"][0]["age"]) for one in bucket["lifecycle_rule"]]
    assert told == [("Delete", 14), ("AbortIncompleteMultipartUpload", 1)]
    assert (bucket["uniform_bucket_level_access"], bucket["public_access_prevention"]) == (True, "enforced")


def test_alarms_ask_for_metrics_that_the_function_s_line_has(applied):
    policies = applied.resources("google_monitoring_alert_policy", "exports")
    assert set(policies) == {"export_failed", "export_late", "export_withheld", "export_no_tick"}
    queries = [
        one["conditions"][0]["condition_prometheus_query_language"][0]["query"] for one in policies.values()
    ]  # fmt: skip
    done = subprocess.run([PYTHON, "-c", PARSE], input=json.dumps(queries), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {one["name"]: one for one in applied.resources("google_logging_metric", "exports").values()}
    from hackle_import.warehouse.exporter import Tally

    for name, metric in made.items():
        field = metric["value_extractor"].removeprefix("EXTRACT(jsonPayload.exports.").removesuffix(")")
        assert field in Tally.__struct_fields__
        assert name.endswith(f"_exports_{field}")
        assert 'jsonPayload.message="exports"' in metric["filter"]
    for query in queries:
        assert any(f"user_{name}_" in query for name in made)


def test_roles_are_exactly_those_that_the_page_lists(applied):
    member = account(applied)["member"]
    project = {
        one["role"] for one in applied.resources("google_project_iam_member").values() if one["member"] == member
    }
    datasets = applied.resources("google_bigquery_dataset_iam_member", "exporter")
    assert project == {"roles/bigquery.jobUser"}
    assert {name: one["role"] for name, one in datasets.items()} == {"exported": "roles/bigquery.dataViewer"}
    roles = applied.resources("google_project_iam_custom_role", "exporter")
    assert {one: roles[one]["permissions"] for one in ("parts", "names", "sources")} == {
        "parts": [f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list")],
        "names": ["storage.objects.list"],
        "sources": ["storage.objects.get"],
    }
    table = page("docs/warehouses.md").partition("### To the exporter, on Google Cloud")[2].partition("\n##")[0]
    for words in (
        "| `roles/bigquery.jobUser` | the project that pays |",
        "| `roles/bigquery.dataViewer` | the dataset |",
        "| `storage.objects.create`, `delete`, `get`, `list` | the exports bucket |",
        "| `storage.objects.create`, `delete`, `get` | `incoming/`, `state/exports/` of the staging place |",
        "| `storage.objects.get` | `sources/` of the staging place |",
        "| `storage.objects.list` | the staging bucket |",
    ):
        assert words in table


def test_the_owner_of_another_project_is_told_what_to_grant_word_for_word(tmp_path):
    applied = Terraform(tmp_path).applied(warehouses="on", bigquery_project="their-project")
    assert not [one for one in applied.all("google_project_iam_member") if one["role"] == "roles/bigquery.jobUser"]
    member = account(applied)["member"]
    told = applied.outputs["warehouse_grants"].replace(member, "<member>").replace("their-project", "<project>")
    assert told in page("docs/warehouses.md")


@pytest.fixture
def played(applied, google, monkeypatch, caplog):
    """The gate after the exporter has done all that it does, and what it asked of BigQuery."""
    caplog.set_level("INFO", logger="hackle-import")
    grants = Grants(applied, account(applied))
    environment = only(applied, "google_cloudfunctions2_function", "exporter")["service_config"][0][
        "environment_variables"
    ]
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    with gcs_server() as storage:
        from google.cloud.storage import Client

        client = Client("test", client_options={"api_endpoint": storage}, use_auth_w_custom_endpoint=False)
        for name in ("my-project-hackle-staging-dev", "my-project-hackle-exports-dev"):
            client.create_bucket(name)
        text = BIGQUERY.replace(".shop.", ".exported.").replace('mapping = "shop"', 'mapping = "hackle"')
        text = text.replace("lookback_days = 3", 'lookback_days = 1\nnot_before = "00:00"')
        client.bucket("my-project-hackle-staging-dev").blob("sources/shop.toml").upload_from_string(text)
        gate, asked = Gate(grants), len(google.calls)
        with faulty_proxy(storage, gate) as guarded:
            monkeypatch.setenv("STORAGE_EMULATOR_HOST", guarded)
            function = load(ROOT / "functions" / "gcp" / "exporting.py")
            for change in (None, "create", "insert", None, "insert", None, None):
                if change == "create":
                    google.create("exported", "events", {"id": "INTEGER", "event_time": "TIMESTAMP"})
                if change == "insert":
                    table = "`my-project`.`exported`.`events`"
                    google.sql(f"INSERT INTO {table} (id, event_time) VALUES (1, TIMESTAMP '{YESTERDAY} 03:00:00+00')")
                hours = 2 * len(caplog.messages)
                monkeypatch.setattr(function, "_now", lambda hours=hours: NOON + timedelta(hours=hours / 24))
                function.main({"type": "google.cloud.pubsub.topic.v1.messagePublished", "data": {}})
    lines = [json.loads(line) for line in caplog.messages]
    return SimpleNamespace(gate=gate, calls=google.calls[asked:], lines=lines)


def test_every_call_of_the_exporter_is_allowed_by_what_it_is_granted(applied, played):
    assert played.gate.refused == []
    tallies = [one["exports"] for one in played.lines if one["message"] == "exports"]
    assert sum(one["offered"] for one in tallies) >= 1
    assert {one["sources"] for one in tallies} == {1}
    member = account(applied)["member"]
    granted = {one["role"] for one in applied.all("google_project_iam_member") if one["member"] == member}
    granted |= {one["role"] for one in applied.all("google_bigquery_dataset_iam_member")}
    may = {permission for role in granted for permission in ROLES[role]}
    assert {permission for call in played.calls for permission in needed(*call)} <= may
    unused = Grants(applied, account(applied)).triples - played.gate.used
    assert {permission for permission, *_ in unused} <= {
        "storage.objects.delete"
    }  # BigQuery's, of files that it rewrites


def needed(method, path):
    """https://cloud.google.com/bigquery/docs/reference/rest: the permissions of each call that the client makes."""
    match [method, *path.split("/")[1:]]:
        case ["POST", "jobs"]:
            return ["bigquery.jobs.create", "bigquery.tables.getData", "bigquery.tables.export"]
        case ["GET", "datasets", _, "tables", _]:
            return ["bigquery.tables.get"]
        case ["GET", "jobs" | "queries", _] | ["POST", "jobs", _, "cancel"]:
            return []  # of one's own jobs
    raise ValueError(f"{method} {path}")
