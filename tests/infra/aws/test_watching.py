"""Alarms, dashboard and queries name what is really emitted; samconfig.toml names parameters that are there."""

import json
import re
import tomllib

import pytest

from closing import report_day
from hackle_import.codes import Note
from hackle_import.days.closed import Closed, DayOutcome
from hackle_import.receipt import Failure, Outcome, Receipt
from hackle_import.settings import Limits
from reporting import metrics, report
from support.aws_stack import deployed, parameters_of, template_text, translated
from support.lambda_runtime import ROOT


@pytest.fixture(scope="module")
def stack(aws_of_module):
    return deployed(
        "watched", Environment="prod", NoDropHours=26, RejectRatio="0.01", AlarmEmail="somebody@example.com"
    )


def emitted():
    """The names of our metrics, taken from the code that emits them."""
    for outcome in Outcome:
        report(Receipt(source="s", version="v", mapping="m", outcome=outcome))
    for outcome in DayOutcome:
        report_day(Closed(day="2025-01-02", outcome=outcome))
    names = set(metrics.metric_set)
    metrics.clear_metrics()
    return names | {"Events"}


def named(stack):
    """(namespace, metric) of every alarm and of the dashboard."""
    for resource in stack.resources():
        properties = stack.properties(resource)
        if stack.type(resource) == "AWS::CloudWatch::Alarm":
            stats = [each["MetricStat"]["Metric"] for each in properties.get("Metrics", ()) if "MetricStat" in each]
            yield from ((each["Namespace"], each["MetricName"]) for each in (stats or [properties]))
    for widget in json.loads(stack.properties("Dashboard")["DashboardBody"])["widgets"]:
        namespace = ""
        for line in (line for line in widget["properties"]["metrics"] if isinstance(line[0], str)):
            namespace = namespace if line[0] in (".", "...") else line[0]
            if line[0] != "...":
                yield namespace, line[1]


def test_alarms_and_dashboard_name_metrics_that_are_emitted(stack):
    ours = {metric for namespace, metric in named(stack) if namespace == "hackle-import"}
    assert ours <= emitted()
    assert {"DropsRejected", "DropsEmpty", "SourcesAbsent", "FieldsNew", "IdsRepeated", "RowsFiltered"} <= ours
    assert {"DropsFailed", "DropsWithheld", "RowsRejected", "BytesIn", "Seconds", "EstimatedCostUsd"} <= ours
    assert {namespace for namespace, _ in named(stack)} == {"hackle-import", "AWS/SQS", "AWS/Lambda"}


TOLD = {"DropsFailed", "DropsWithheld", "DropsRejected", "SourcesAbsent", "FieldsNew"}


def test_what_nobody_may_miss_raises_an_alarm_at_its_first_time_and_is_drawn(stack):
    alarms = [stack.properties(one) for one in stack.resources() if stack.type(one) == "AWS::CloudWatch::Alarm"]
    ours = {one["MetricName"]: one for one in alarms if one.get("Namespace") == "hackle-import"}
    assert set(ours) >= TOLD
    for name in TOLD:
        asked = ours[name]
        assert (asked["Statistic"], float(asked["Threshold"]), int(asked["EvaluationPeriods"])) == ("Sum", 0.0, 1)
        assert (asked["ComparisonOperator"], asked["AlarmActions"]) == (
            "GreaterThanThreshold",
            ours["DropsFailed"]["AlarmActions"],
        )
    drawn = stack.properties("Dashboard")["DashboardBody"]
    assert {name for name in TOLD | {"DropsEmpty", "RowsFiltered", "IdsRepeated"} if f'"{name}"' not in drawn} == set()


def test_a_metric_that_nobody_emits_is_noticed(aws_of_module):
    broken = deployed("unwatched", template_text().replace("DropsFailed", "DropsBroken"), Environment="dev")
    assert not {metric for namespace, metric in named(broken) if namespace == "hackle-import"} <= emitted()


def test_every_metric_of_ours_is_of_this_environment(stack):
    for resource in stack.resources():
        text = json.dumps(stack.properties(resource))
        assert text.count('"hackle-import"') == 0 or stack.name in text
    assert stack.environment()["POWERTOOLS_SERVICE_NAME"] == stack.name
    (dimension,) = stack.properties("FailedAlarm")["Dimensions"]
    assert dimension == {"Name": "service", "Value": stack.name}


def test_arrow_is_told_which_memory_before_it_is_loaded(stack):
    assert stack.environment()["ARROW_DEFAULT_MEMORY_POOL"] == "system"


def test_the_saved_queries_name_fields_that_a_receipt_has(stack):
    fields = {*Receipt.__struct_fields__, *(f"fault.{name}" for name in Failure.__struct_fields__)}
    queries = [name for name in stack.resources() if stack.type(name) == "AWS::Logs::QueryDefinition"]
    assert len(queries) == 5
    for name in queries:
        asked = set(re.findall(r"receipt\.([a-z_.]+)", stack.properties(name)["QueryString"]))
        assert {one for one in asked if not one.startswith("notes.")} <= fields, name
        assert {one.removeprefix("notes.") for one in asked if one.startswith("notes.")} <= {*Note}
        assert stack.properties(name)["LogGroupNames"] == [stack.physical("ImporterLog")]


def test_the_alarms_that_were_asked_for_are_there(stack):
    alarms = {name for name in stack.resources() if stack.type(name) == "AWS::CloudWatch::Alarm"}
    kinds = {"DeadLetters", "Errors", "OldestMessage", "Failed", "Withheld", "RejectRatio", "NoDrop"}
    kinds |= {"Rejected", "SourceAbsent", "FieldNew"}
    assert alarms == {f"{kind}Alarm" for kind in kinds}
    silent = stack.properties("NoDropAlarm")
    assert int(silent["EvaluationPeriods"]) * int(silent["Period"]) == 26 * 3600
    assert silent["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_an_environment_names_parameters_that_are_there_with_values_they_take(environment):
    parameters = json.loads(translated(template_text()))["Parameters"]
    given = parameters_of(environment)
    assert given.keys() <= parameters.keys()
    assert (given["Environment"], given["DeletionProtection"]) == (environment, str(environment == "prod").lower())
    for name, value in given.items():
        allowed = parameters[name].get("AllowedValues")
        assert allowed is None or value in map(str, allowed)


def test_environments_differ_in_name_and_each_is_built_in_source():
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    names = {config[name]["deploy"]["parameters"]["stack_name"] for name in ("dev", "staging", "prod")}
    assert names == {"hackle-import-dev", "hackle-import-staging", "hackle-import-prod"}
    assert config["default"]["build"]["parameters"]["build_in_source"] is True


def test_the_defaults_are_those_of_the_settings():
    parameters = json.loads(translated(template_text()))["Parameters"]
    for name in ("max_line_bytes", "max_ratio", "max_bytes", "spool_bytes"):
        assert parameters[name.title().replace("_", "")]["Default"] == getattr(Limits(), name)
