"""The examples of infrastructure for Google Cloud are such as the provider takes, and call the command as it is."""

import re
import subprocess
import sys

import pytest

from support.entrypoints import ROOT

EXAMPLES = sorted(path.parent.name for path in (ROOT / "infra" / "examples").glob("*/main.tf"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_names_types_and_references_are_the_provider_s(terraform, name):
    folder = terraform.infra / "examples" / name
    done = terraform.run("validate", "-no-color", folder=folder)
    assert done.status == 0, done.said
    terraform.change(f"examples/{name}/main.tf", r"(?m)^resource (.*\n)", r"resource \1  nothing_of_the_kind = 1\n")
    assert terraform.run("validate", "-no-color", folder=folder).status != 0


def test_the_job_calls_the_command_by_options_that_it_has():
    [args] = re.findall(r"args +=(.*)", (ROOT / "infra/examples/cloud-run-job/main.tf").read_text())
    options = re.findall(r'"(--[a-z]+)"', args)
    shown = subprocess.run(
        [sys.executable, "-m", "hackle_import.cli", "run", "--help"],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "shared")},
    ).stdout  # fmt: skip
    assert len(options) == 4
    assert [option for option in options if f"{option} " not in shown] == []
