"""What a deployment has beside, where closed days are published: and nothing of it by default."""

import json
import re
from contextlib import contextmanager

import pytest

from hackle_import.days import CLOSE_DAYS
from hackle_import.stores import open_store
from support.closed_days import BACKFILL, DAY, DROPS, FILES, LATE, faults
from support.cloud_function import logged, pushed
from support.faulty_proxy import faulty_proxy
from support.gcp_archive import running
from support.gcs_access import Gate, Grants
from support.lazily import lazily
from support.terraform_offline import Terraform

storage = lazily("google.cloud.storage")
BUCKETS = {"staging": "my-project-hackle-staging-dev", "import": "my-project-hackle-import-dev"}


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("closing")).applied(
        publish="closed-days", day_timezone="Asia/Seoul", look_back_days=1, repeats="remove-equal"
    )


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("usual")).applied()


def test_by_default_there_is_none_of_it(usual):
    assert usual.all("google_cloud_scheduler_job") == []
    assert not {"day_late", "day_changed", "day_incomplete"} & set(usual.resources("google_monitoring_alert_policy"))
    assert set(usual.resources("google_project_iam_custom_role", "run")) == {"keep", "read", "write"}
    assert "close" not in usual.resources("google_service_account", "main")
    for kind in ("google_pubsub_topic", "google_pubsub_subscription", "google_cloudfunctions2_function"):
        assert usual.resources(kind, "close") == {}


def of(applied, kind, name):
    [found] = applied.resources(kind, name).values()
    return found


def test_an_hourly_schedule_publishes_the_event_that_the_function_knows(applied):
    (job,) = applied.all("google_cloud_scheduler_job")
    assert (job["schedule"], job["time_zone"]) == ("0 * * * *", "Asia/Seoul")
    (target,) = job["pubsub_target"]
    assert target["attributes"] == CLOSE_DAYS
    assert target["data"]
    topic, subscription = (of(applied, f"google_pubsub_{kind}", "close") for kind in ("topic", "subscription"))
    assert target["topic_name"] == subscription["topic"] == topic["id"]
    (push,), (service,) = (
        subscription["push_config"],
        of(applied, "google_cloudfunctions2_function", "close")["service_config"],
    )
    assert push["push_endpoint"] == service["uri"]
    publishers = applied.resources("google_pubsub_topic_iam_member", "scheduler")
    assert [one["topic"] for one in publishers.values()] == [topic["name"]]


def test_the_function_that_closes_is_that_of_the_drops_but_for_its_account(applied):
    functions = [of(applied, "google_cloudfunctions2_function", name) for name in ("main", "close")]
    (live,), (ours,) = (one["service_config"] for one in functions)
    accounts = applied.resources("google_service_account", "main")
    assert [one["service_account_email"] for one in (live, ours)] == [accounts[n]["email"] for n in ("run", "close")]
    for name in ("environment_variables", "available_memory", "timeout_seconds", "ingress_settings"):
        assert ours[name] == live[name]
    (build,), (other) = functions[0]["build_config"], functions[1]["build_config"][0]
    assert (build["source"], build["entry_point"]) == (other["source"], other["entry_point"])


def test_the_close_alone_touches_what_hackle_reads(applied):
    run, close = (Grants(applied, applied.resources("google_service_account", "main")[one]) for one in ("run", "close"))
    lake = f"projects/_/buckets/{BUCKETS['import']}"
    published, opened, kept = (
        f"{lake}/objects/hackle/2025-01-02/events-0-of-1.parquet",
        f"projects/_/buckets/{BUCKETS['staging']}/objects/open/2025-01-02/a.parquet",
        f"projects/_/buckets/{BUCKETS['staging']}/objects/days/2025-01-02/ledger.json",
    )
    told = f"projects/_/buckets/{BUCKETS['staging']}/objects/backfills/b.json"  # a job's parts; that they are done
    verbs = {verb: f"storage.objects.{verb}" for verb in ("create", "delete", "get")}
    may = {
        (who, name): {verb for verb, permission in verbs.items() if grants.of(permission, name)}
        for who, grants in (("run", run), ("close", close))
        for name in (published, opened, kept, told)
    }
    everything = set(verbs)
    assert may == {
        ("run", published): set(), ("run", opened): {"create", "delete"}, ("run", kept): set(),
        ("run", told): everything, ("close", told): everything,
        ("close", published): everything, ("close", opened): {"get"}, ("close", kept): everything,
    }  # fmt: skip
    assert not run.of("storage.objects.list", lake)
    assert close.of("storage.objects.list", lake)


def test_alarms_tell_of_days_and_of_a_schedule_that_is_silent(applied):
    alarms = applied.resources("google_monitoring_alert_policy")
    assert {"day_late", "day_changed", "day_incomplete"} <= set(alarms)
    metrics = {one["name"]: one["filter"] for one in applied.all("google_logging_metric")}
    late = json.dumps(alarms["day_late"])
    asked = set(re.findall(r"user_(\w+?)\{", late))
    assert asked == {"hackle_import_dev_days", "hackle_import_dev_looks"} <= set(metrics)
    assert "[3h])) or vector(0)) == 0" in late
    service = 'resource.labels.service_name=("hackle-import-dev" OR "hackle-import-dev-close")'
    assert all(service in one for one in metrics.values())


def test_the_dashboard_shows_days(applied):
    [board] = applied.all("google_monitoring_dashboard")
    [widget] = [
        one for one in json.loads(board["dashboard_json"])["gridLayout"]["widgets"] if one["title"].startswith("Days")
    ]
    asked = json.dumps(widget)
    assert all(word in asked for word in ("outcome", "is_late", "missing"))


def test_drops_files_expire(applied):
    (bucket,) = applied.resources("google_storage_bucket", "staging").values()
    prefixes = {
        one["condition"][0]["matches_prefix"][0]: one["condition"][0]["age"]
        for one in bucket["lifecycle_rule"]
        if one["condition"][0].get("matches_prefix")
    }
    assert prefixes["open/"] == 35


def test_from_drops_to_a_verified_day_by_the_archive_each_account_within_its_grants(
    applied, deployment, gcs, monkeypatch, tmp_path
):
    accounts = applied.resources("google_service_account", "main")
    run, close = (Gate(Grants(applied, accounts[one])) for one in ("run", "close"))
    [service] = of(applied, "google_cloudfunctions2_function", "close")["service_config"]
    environment = service["environment_variables"]
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    for name in BUCKETS.values():
        storage.Client().create_bucket(name)
    staging = open_store(environment["HACKLE_STAGING"])

    def dropped(drops):
        with deployed(deployment, gcs, run, environment, tmp_path / "run") as url:
            for key, body in drops.items():
                staging.put(key, body)
                told = {"eventType": "OBJECT_FINALIZE", "bucketId": BUCKETS["staging"], "objectId": key}
                assert pushed(url, told) in (200, 204)

    def closed():
        (job,) = applied.all("google_cloud_scheduler_job")
        with deployed(deployment, gcs, close, environment, tmp_path / "close") as url:
            assert pushed(url, job["pubsub_target"][0]["attributes"]) in (200, 204)
        return [line["day"]["outcome"] for line in logged(tmp_path / "close", "day") if line["day"]["day"] == DAY]

    staging.put("backfills/b.json", BACKFILL.encode())
    dropped(DROPS)
    lake = open_store(environment["HACKLE_IMPORT"])
    assert list(lake.keys("")) == []
    assert closed() == ["waiting", "closed"]  # for the backfill, until it was looked at
    assert list(lake.keys("")) == FILES
    dropped(LATE)
    assert closed() == ["appended"]
    assert run.refused == close.refused == []
    assert faults(environment["HACKLE_STAGING"], environment["HACKLE_IMPORT"]) == []
    report = json.loads(staging.get(f"days/{DAY}/report.json")[0])
    assert (report["rows"]["written"], report["rows"]["repeats_removed"], report["rows"]["late"]) == (3, 1, 1)
    # What Hackle reads is never deleted: the platform asks for that of who replaces an object.
    deletes = ("storage.objects.delete", f"projects/_/buckets/{BUCKETS['import']}")
    assert {one[:2] for one in close.grants.triples - close.used} <= {deletes, ("storage.objects.get", deletes[1])}


@contextmanager
def deployed(deployment, emulator, gate, environment, log):
    with (
        faulty_proxy(emulator, gate) as guarded,
        running(deployment, environment | {"STORAGE_EMULATOR_HOST": guarded}, log) as url,
    ):
        yield url
