"""Terraform over a copy of `infra/`, with a stand-in for the google provider: no registry, no cloud, no credentials."""

import json
import os
import re
import shutil
import subprocess
from functools import cached_property
from types import SimpleNamespace

from support.entrypoints import ROOT

TESTS = ROOT / "tests" / "infra" / "gcp"
PYTHON = ROOT / ".venv" / "terraform" / "bin" / "python"
ENVIRONMENTS = [path.stem for path in sorted((ROOT / "infra" / "envs").glob("*.tfvars"))]


class Terraform:
    """A copy of `infra/` in `folder`, beside an archive; commands are run in it."""

    def __init__(self, folder):
        self.infra = folder / "infra"
        shutil.copytree(ROOT / "infra", self.infra, ignore=shutil.ignore_patterns(".terraform*", "requirements"))
        (folder / "build").mkdir()
        (folder / "build" / "gcp-function.zip").write_bytes(b"a plan needs its hash only")
        provider = folder / "terraform-provider-google"
        provider.write_text(f'#!/bin/sh\nexec "{PYTHON}" "{TESTS}/provider/provider.py" "$@"\n')
        provider.chmod(0o755)
        config = folder / "terraformrc"
        config.write_text(f'provider_installation {{ dev_overrides {{ "hashicorp/google" = "{folder}" }} }}')
        self._env = os.environ | {"TF_CLI_CONFIG_FILE": str(config), "CHECKPOINT_DISABLE": "1"}

    def change(self, name, pattern, replacement):
        """Breaks a file of the copy, so that a gate can be seen to notice."""
        text, count = re.subn(pattern, replacement, (self.infra / name).read_text())
        assert count == 1
        (self.infra / name).write_text(text)

    def run(self, *arguments, folder=None):
        """Exit status and everything that was said."""
        command = [PYTHON, ROOT / "infra" / "terraform.py", *arguments]
        done = subprocess.run(
            command, cwd=folder or self.infra, env=self._env, capture_output=True, text=True, check=False
        )
        return SimpleNamespace(status=done.returncode, out=done.stdout, said=done.stdout + done.stderr)

    def test(self, runs, environment, *arguments):
        """`terraform test` of the blocks `runs`, with made-up values for what only Google could answer."""
        mocks = (TESTS / "mocks.tftest.hcl").read_text()
        (self.infra / "runs.tftest.hcl").write_text(f"{mocks}\n{runs}")
        return self.run("test", "-no-color", f"-var-file=envs/{environment}.tfvars", *arguments)

    def applied(self, environment="dev", **variables):
        """What is there after a mocked apply."""
        lines = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in variables.items())
        run = f'run "applied" {{\n  command = apply\n  variables {{\n{lines}\n  }}\n}}'
        events = [json.loads(line) for line in self.test(run, environment, "-json", "-verbose").out.splitlines()]
        states = [event["test_state"] for event in events if event["type"] == "test_state"]
        assert states, [event["diagnostic"] for event in events if event["type"] == "diagnostic"]
        return Applied(states[0])


class Applied:
    """Terraform's state by type, name and key: `resources("google_storage_bucket", "staging")`."""

    def __init__(self, state):
        self._resources = state["root_module"]["resources"]
        self.outputs = {name: output["value"] for name, output in state["outputs"].items()}

    def resources(self, kind, name=None):
        """Values of the resources of a type and name, or of the only name of that type, by their key in `for_each`."""
        found = [one for one in self._resources if one["type"] == kind and name in (None, one["name"])]
        return {one.get("index", one["name"]): one["values"] for one in found}

    def all(self, kind):
        """Values of all resources of a type."""
        return [one["values"] for one in self._resources if one["type"] == kind]

    def members(self):
        """(type, member) of every grant."""
        return [
            (one["type"], one["values"]["member"]) for one in self._resources if one["type"].endswith("_iam_member")
        ]

    def roles(self):
        """Every role that is granted to somebody."""
        return {one["values"]["role"] for one in self._resources if one["type"].endswith("_iam_member")}

    @cached_property
    def environment(self):
        """The environment variables that the function of the drops gets."""
        [function] = self.resources("google_cloudfunctions2_function", "main").values()
        [service] = function["service_config"]
        return service["environment_variables"]
