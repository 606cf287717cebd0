"""The topic of a backfill and its function: there only where they are asked for, and as those of the live drops but for
the number of instances."""

import json

import pytest

from support.terraform_offline import Terraform


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("applied")
    return Terraform(folder).applied("staging", backfill_concurrency=100, maximum_concurrency=7, no_drop_hours=30)


def of(applied, kind, name):
    [found] = applied.resources(kind, name).values()
    return found


def test_by_default_there_is_none(tmp_path):
    plain = Terraform(tmp_path).applied("staging")
    for kind in ("google_pubsub_topic", "google_pubsub_subscription", "google_cloudfunctions2_function"):
        assert plain.resources(kind, "backfill") == {}
    assert "backfill_stalled" not in plain.resources("google_monitoring_alert_policy")


def test_the_function_is_that_of_the_live_drops_but_for_its_instances(applied):
    [live], [ours] = (
        of(applied, "google_cloudfunctions2_function", name)["service_config"] for name in ("main", "backfill")
    )
    assert (live["max_instance_count"], ours["max_instance_count"]) == (7, 100)
    differing = {name for name in live if live[name] != ours[name]}
    assert differing <= {
        "direct_vpc_egress",
        "max_instance_count",
        "uri",
        "service",
        "gcf_uri",
    }  # the others are made up by the mock
    [build], [other] = (
        of(applied, "google_cloudfunctions2_function", name)["build_config"] for name in ("main", "backfill")
    )
    assert build["source"] == other["source"]
    assert (build["runtime"], build["entry_point"]) == (other["runtime"], other["entry_point"])


def test_a_hint_is_pushed_to_it_and_given_up_to_the_same_dead_letters(applied):
    live, ours = (of(applied, "google_pubsub_subscription", name) for name in ("drops", "backfill"))
    assert ours["topic"] == of(applied, "google_pubsub_topic", "backfill")["id"]
    for name in ("ack_deadline_seconds", "retry_policy", "dead_letter_policy", "expiration_policy"):
        assert ours[name] == live[name]
    [push] = ours["push_config"]
    assert (
        push["push_endpoint"] == of(applied, "google_cloudfunctions2_function", "backfill")["service_config"][0]["uri"]
    )
    assert ("google_pubsub_subscription_iam_member" in {kind for kind, _ in applied.members()}) is True


def test_what_is_known_of_the_live_drops_is_known_of_these(applied):
    for metric in applied.all("google_logging_metric"):
        assert (
            'resource.labels.service_name=("hackle-import-staging" OR "hackle-import-staging-backfill")'
            in metric["filter"]
        )
    alarms = {name: json.dumps(one) for name, one in applied.resources("google_monitoring_alert_policy").items()}
    assert "hackle-import-staging-backfill" in alarms["backfill_stalled"]
    assert "hackle-import-staging-drops" in alarms["no_drop"]
    assert "-backfill" not in alarms["no_drop"]
