"""What a deployment has beside, where closed days are published: and nothing of it by default."""

import pytest

from hackle_import.days import CLOSE_DAYS
from support.terraform_offline import Terraform


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("closing")).applied(publish="closed-days", day_timezone="Asia/Seoul")


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("usual")).applied()


def test_by_default_there_is_none_of_it(usual):
    assert usual.all("google_cloud_scheduler_job") == []
    assert not {"day_late", "day_changed", "day_incomplete"} & set(usual.resources("google_monitoring_alert_policy"))
    assert {"days", "expect"} & set(usual.resources("google_project_iam_custom_role", "run")) == set()


def test_an_hourly_schedule_publishes_the_event_that_the_function_knows(applied):
    (job,) = applied.all("google_cloud_scheduler_job")
    assert (job["schedule"], job["time_zone"]) == ("0 * * * *", "Asia/Seoul")
    (target,) = job["pubsub_target"]
    assert target["attributes"] == CLOSE_DAYS
    assert target["data"]


def test_the_function_may_what_closing_takes(applied):
    roles = applied.resources("google_project_iam_custom_role", "run")
    assert set(roles["days"]["permissions"]) == {f"storage.objects.{verb}" for verb in ("create", "delete", "get")}
    assert "storage.objects.get" in roles["write"]["permissions"]
    assert roles["expect"]["permissions"] == ["storage.objects.get"]


def test_alarms_tell_of_days(applied):
    assert {"day_late", "day_changed", "day_incomplete"} <= set(applied.resources("google_monitoring_alert_policy"))


def test_drops_files_expire(applied):
    (bucket,) = applied.resources("google_storage_bucket", "staging").values()
    prefixes = {
        one["condition"][0]["matches_prefix"][0]: one["condition"][0]["age"]
        for one in bucket["lifecycle_rule"]
        if one["condition"][0].get("matches_prefix")
    }
    assert prefixes["open/"] == 35
