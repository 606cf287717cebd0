"""Workflows run what they name, and may do no more than they must."""

import re
from pathlib import Path

import pytest
import yaml

GITHUB = Path(__file__).parents[2] / ".github"
WORKFLOWS = {path.name: path.read_text() for path in sorted((GITHUB / "workflows").glob("*.yml"))}
MAY_WRITE = {("release.yml", "publish"): {"id-token": "write"}, ("nightly.yml", "tell"): {"issues": "write"}}
PINNED = re.compile(r"uses: (\./\.github/workflows/\w+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_by_its_commit_and_told_by_its_version(name):
    lines = [line.strip().removeprefix("- ") for line in WORKFLOWS[name].splitlines() if "uses:" in line]
    assert lines
    assert [line for line in lines if not PINNED.match(line)] == []


def test_one_version_of_an_action_is_used_everywhere():
    used = {
        tuple(found) for text in WORKFLOWS.values() for found in re.findall(r"uses: ([\w/-]+)@(\w{40} # \S+)", text)
    }
    assert len(used) == len({action for action, _ in used})


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_reads_and_the_one_job_that_writes_is_named(name):
    workflow = yaml.safe_load(WORKFLOWS[name])
    assert workflow["permissions"] == {"contents": "read"}
    given = {(name, job): told["permissions"] for job, told in workflow["jobs"].items() if "permissions" in told}
    assert given == {job: leave for job, leave in MAY_WRITE.items() if job[0] == name}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_step_takes_text_of_an_event_into_its_shell(name):
    runs = [
        step["run"]
        for job in yaml.safe_load(WORKFLOWS[name])["jobs"].values()
        for step in job.get("steps", ())
        if "run" in step
    ]
    assert set(re.findall(r"\$\{\{\s*(\w+)", "\n".join(runs))) <= {"matrix", "github"}
    assert set(re.findall(r"\$\{\{\s*github\.([\w.]+)", "\n".join(runs))) <= {"run_id"}


def test_what_publishes_waits_for_what_checks():
    release = yaml.safe_load(WORKFLOWS["release.yml"])
    assert set(release["jobs"]["publish"]["needs"]) == set(release["jobs"]) - {"publish"}
    assert release["jobs"]["publish"]["environment"]["name"] == "pypi"


def test_ci_runs_everything_once():
    jobs = yaml.safe_load(WORKFLOWS["ci.yml"])["jobs"]
    runs = [step.get("run") for job in jobs.values() for step in job.get("steps", ())]
    assert runs.count(".ci/run") == 1


def test_dependabot_looks_where_locks_are():
    watched = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {one["package-ecosystem"] for one in watched} == {"pip", "github-actions"}
    (folders,) = (one["directories"] for one in watched if one["package-ecosystem"] == "pip")
    assert all(list((GITHUB.parent / folder.strip("/")).glob("*.t[xo]*")) for folder in folders)
