"""What a run of the tests leaves out: told at its end with how to have it, and in CI a failure."""

import os
from collections import Counter

import pytest

# What CI may leave out, by the beginning of a test's id, and what of `make ci` runs it instead.
ELSEWHERE = {
    "tests/backfill/test_spark.py::test_a_": "make test-spark",
    "tests/backfill/test_spark_days.py::test_days_": "make test-spark",
    "tests/backfill/test_spark_table.py::test_a_table_": "make test-spark",
    "tests/core/test_readers.py::test_spark_reads_it": "make test-spark",
    "tests/fuzz/test_sanitizers.py::": "make sanitize",
}

BY_DEFAULT = "not foreign"  # what pyproject.toml asks for where nobody asks for a marker


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if not hasattr(report, "wasxfail"):
        _fail_where_skipped(report, item.config)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_where_skipped(report, collector.config)
    return report


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports("skipped")
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ").strip() for report in reports)
    if reasons:
        terminalreporter.section("left out")
    for reason, count in reasons.items():
        terminalreporter.line(f"{count}: {reason}")


def _fail_where_skipped(report, config):
    """Who asks for a marker's tests wants them run: nothing else will."""
    elsewhere = config.option.markexpr in ("", BY_DEFAULT) and report.nodeid.startswith(tuple(ELSEWHERE))
    if report.skipped and os.environ.get("CI") == "true" and not elsewhere:
        path, line, reason = report.longrepr
        report.outcome, report.longrepr = "failed", f"{path}:{line}: left out in CI: {reason}"
