"""The examples of infrastructure for AWS are such as CloudFormation takes."""

import subprocess

import pytest

from support.lambda_runtime import ROOT, SAM, made

EXAMPLES = [
    *sorted((ROOT / "infra" / "examples").glob("*/template.yaml")),
    ROOT / "infra" / "aws" / "distributed-map.yaml",
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_cfn_lint_finds_nothing(path, tmp_path):
    made(".venv/sam/.installed")
    for text, status in (
        (path.read_text(), True),
        (path.read_text().replace("    Properties:\n", "    Properties:\n      Nothing: 1\n", 1), False),
    ):
        (tmp_path / "template.yaml").write_text(text)
        command = [SAM / "bin" / "cfn-lint", "--non-zero-exit-code", "warning", tmp_path / "template.yaml"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is status, done.stdout
