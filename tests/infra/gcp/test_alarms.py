"""Alarms, metrics and dashboard: what they ask is what the function logs, in a language that its own parser reads."""

import json
import re
import subprocess

import msgspec
import pytest

from hackle_import.receipt import Outcome, Receipt
from support.entrypoints import gcp_main
from support.terraform_offline import PYTHON, Terraform

PARSE = "import json, promql_parser, sys; [promql_parser.parse(one) for one in json.load(sys.stdin)]"
ALARMS = {
    "dead_letters", "drops_failed", "field_new", "function_errors", "no_drop", "oldest_message", "reject_ratio",
    "source_absent",
}  # fmt: skip
FIELD = re.compile(r"jsonPayload\.receipt\.(\w+)")
OURS = re.compile(r"logging_googleapis_com:user_(\w+)")
GOOGLE = {  # https://cloud.google.com/monitoring/api/metrics_gcp, in PromQL's spelling
    "pubsub_googleapis_com:subscription_num_undelivered_messages",
    "pubsub_googleapis_com:subscription_oldest_unacked_message_age",
    "pubsub_googleapis_com:topic_send_message_operation_count",
    "run_googleapis_com:container_billable_instance_time",
    "run_googleapis_com:request_count",
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("applied")).applied("staging", no_drop_hours=30, alarm_email="a@b.c")


@pytest.fixture(scope="module")
def alarms(applied):
    """Query and remedy of each alarm."""
    told = {}
    for name, policy in applied.resources("google_monitoring_alert_policy").items():
        [condition] = policy["conditions"]
        [asked] = condition["condition_prometheus_query_language"]
        told[name] = (asked["query"], policy["documentation"][0]["content"])
    return told


@pytest.fixture(scope="module")
def drawn(applied):
    """Queries of the dashboard by the title of their chart."""
    [board] = applied.all("google_monitoring_dashboard")
    widgets = json.loads(board["dashboard_json"])["gridLayout"]["widgets"]
    lines = {one["title"]: one["xyChart"]["dataSets"] for one in widgets}
    return {title: [line["timeSeriesQuery"]["prometheusQuery"] for line in found] for title, found in lines.items()}


@pytest.fixture(scope="module")
def queries(alarms, drawn):
    return [query for query, _ in alarms.values()] + [query for lines in drawn.values() for query in lines]


def parses(queries):
    done = subprocess.run([PYTHON, "-c", PARSE], input=json.dumps(queries), capture_output=True, text=True, check=False)
    return done.returncode == 0


def test_there_is_an_alarm_for_each_thing_that_goes_wrong_and_each_says_what_to_do(alarms):
    assert set(alarms) == ALARMS
    assert all(len(remedy) > 40 for _, remedy in alarms.values())
    assert "[30h]" in alarms["no_drop"][0]


def test_silence_is_that_of_the_source_and_not_of_a_function_that_fails(applied, alarms):
    """Receipts are what was handled: a function that fails writes none, while drops come."""
    query, _ = alarms["no_drop"]
    topic = applied.resources("google_pubsub_topic", "drops")["drops"]
    assert f'topic_id="{topic["name"]}"' in query
    assert not OURS.search(query)
    [notification] = applied.all("google_storage_notification")
    assert notification["topic"] == topic["id"]


def test_no_alarm_of_silence_where_none_is_wanted(tmp_path):
    policies = Terraform(tmp_path).applied("staging", no_drop_hours=0).resources("google_monitoring_alert_policy")
    assert set(policies) == ALARMS - {"no_drop"}


def test_the_dashboard_shows_what_was_agreed(drawn):
    words = " ".join(drawn)
    for word in ("Drops", "Rows", "MB/s", "Seconds", "dollars", "dead letters"):
        assert word in words


@pytest.mark.parametrize("note", ["source_absent", "field_new"])
def test_a_remark_is_counted_raises_an_alarm_and_is_drawn(applied, alarms, drawn, note):
    (counted,) = [one for one in applied.all("google_logging_metric") if one["name"].endswith(f"_{note}")]
    assert counted["value_extractor"] == f"EXTRACT(jsonPayload.receipt.notes.{note})"
    (told,) = [query for query, _ in alarms.values() if f"_{note}_sum{{" in query]
    assert told.endswith("[10m])) > 0")
    assert [lines for lines in drawn.values() if any(f"_{note}_sum{{" in line for line in lines)]


def test_a_drop_without_a_good_row_raises_an_alarm_and_is_drawn(alarms, drawn):
    query, remedy = alarms["drops_failed"]
    for outcome in (Outcome.FAILED, Outcome.WITHHELD, Outcome.REJECTED):
        assert outcome in query.partition("outcome=~")[2]
    assert "no good row" in remedy
    assert any("sum by (outcome)" in line for lines in drawn.values() for line in lines)
    assert any("rows_filtered_sum" in line for lines in drawn.values() for line in lines)


def test_every_query_is_promql(queries):
    assert parses(queries)
    assert not parses([*queries, "sum(increase(a[5m])) or"])


def test_every_query_asks_for_metrics_that_are_there(applied, queries):
    made = {one["name"]: one["metric_descriptor"][0]["value_type"] for one in applied.all("google_logging_metric")}
    for query in queries:
        for name in OURS.findall(query):
            plain = re.sub(r"_(sum|count|bucket)$", "", name)
            assert made[plain] == ("INT64" if plain == name else "DISTRIBUTION"), query
        asked = set(re.findall(r"\w+_googleapis_com:\w+", query)) - {f"logging_googleapis_com:user_{n}" for n in made}
        assert {name for name in asked if not OURS.match(name)} <= GOOGLE


def test_metrics_and_searches_ask_for_fields_that_a_receipt_has(applied):
    known = set(json.loads(msgspec.json.encode(Receipt(source="", version="", mapping="", outcome=Outcome.WRITTEN))))
    metrics = applied.all("google_logging_metric")
    asked = [FIELD.search(json.dumps([one["value_extractor"], one["label_extractors"]]))[1] for one in metrics]
    searches = [one["logging_query"][0]["filter"] for one in applied.all("google_logging_saved_query")]
    assert len(searches) == 4
    assert {*asked, *FIELD.findall(" ".join(searches))} <= known


def test_metrics_look_for_the_line_that_the_function_writes(applied, caplog):
    caplog.set_level("INFO", logger="hackle-import")
    gcp_main()._log("INFO", "receipt", receipt={"outcome": "written"})
    line = json.loads(caplog.messages[-1])
    [function] = applied.all("google_cloudfunctions2_function")
    for metric in applied.all("google_logging_metric"):
        assert f'jsonPayload.message="{line["message"]}"' in metric["filter"]
        assert f'resource.labels.service_name="{function["name"]}"' in metric["filter"]


def test_outcomes_that_need_attention_are_those_of_the_alarm(alarms):
    attention = {
        one.value for one in Outcome if Receipt(source="", version="", mapping="", outcome=one).needs_attention
    }
    [asked] = re.findall(r'outcome=~"([^"]+)"', alarms["drops_failed"][0])
    assert set(asked.split("|")) == attention


def test_the_log_is_kept_for_as_long_as_asked(applied):
    [bucket] = applied.all("google_logging_project_bucket_config")
    [sink] = applied.all("google_logging_project_sink")
    assert bucket["retention_days"] == 30
    assert sink["destination"] == f"logging.googleapis.com/{bucket['id']}"
