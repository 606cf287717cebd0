"""The platforms' own linters, on the template and on the CloudFormation it becomes; each is seen red, too."""

import json
import subprocess

import pytest
import yaml

from support.aws_stack import template_text, translated
from support.lambda_runtime import ROOT, SAM, made


def linted(text, tmp_path, name):
    path = tmp_path / name
    path.write_text(text)
    command = [SAM / "bin" / "cfn-lint", "--include-checks", "I", "--non-zero-exit-code", "warning", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


ENV = {"PATH": "/usr/bin:/bin", "SAM_CLI_TELEMETRY": "0"}


def validated(folder):
    made(".venv/sam/.installed")
    command = [SAM / "bin" / "sam", "validate", "--lint"]
    env = ENV | {"AWS_DEFAULT_REGION": "us-east-1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_sam_takes_the_template(tmp_path):
    done = validated(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "template.yaml").write_text(template_text().replace("MemorySize:", "Memory:"))
    assert validated(tmp_path).returncode != 0


def test_deploying_finds_its_environment_s_parameters(tmp_path):
    """It goes as far as it can without an account. SAM looks for samconfig.toml beside the built template, unless told."""
    made(".venv/sam/.installed")
    asked = subprocess.run(
        ["make", "-n", "deploy-aws", "ENV=dev"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (command,) = [line for line in asked.stdout.splitlines() if " deploy --config-env" in line]
    (tmp_path / "template.yaml").write_text(template_text())
    words = [tmp_path / "template.yaml" if word.endswith("/template.yaml") else word for word in command.split()[1:]]
    done = subprocess.run(words, cwd=ROOT, env=ENV, capture_output=True, text=True, check=False)
    assert "Unable to resolve a region" in done.stderr


def test_cfn_lint_finds_nothing_in_the_template_nor_in_what_it_becomes(tmp_path):
    for name, text in (("template.yaml", template_text()), ("translated.json", translated(template_text()))):
        done = linted(text, tmp_path, name)
        assert done.returncode == 0, done.stdout


def test_cfn_lint_finds_a_queue_that_does_not_wait_for_the_function(tmp_path):
    broken = template_text().replace("!FindInMap [Visibility, !Ref TimeoutSeconds, Seconds]", "899")
    broken = broken.replace("Timeout: !Ref TimeoutSeconds", "Timeout: 900")
    assert "E3505" in linted(translated(broken), tmp_path, "broken.json").stdout


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Checkov's results by file: it takes seconds to start, so all are looked at in one run."""
    made(".venv/checkov/.installed")
    folder = tmp_path_factory.mktemp("checkov")
    (folder / "template.yaml").write_text(template_text())
    (folder / "translated.json").write_text(translated(template_text()))
    bare = template_text().replace("        skip:\n", "        skipped:\n")
    (folder / "bare.yaml").write_text(bare)
    (folder / "bare.json").write_text(translated(bare))
    (folder / "broken.yaml").write_text(template_text().replace("BlockPublicAcls: true", "BlockPublicAcls: false"))
    command = [
        ROOT / ".venv/checkov/bin/checkov", "-d", folder, "--framework", "cloudformation",
        "--output", "json", "--compact", "--skip-download", "--soft-fail",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {path.name: [] for path in folder.iterdir()}
    for kind in ("failed_checks", "skipped_checks", "passed_checks"):
        for check in json.loads(done.stdout)["results"][kind]:
            found[check["file_path"].lstrip("/")].append((kind, check["check_id"], check["resource"].split(".")[-1]))
    return found


def of_kind(checks, kind):
    return {(check, resource) for found, check, resource in checks if found == kind}


def reasons():
    """(check, resource) -> the reason that the template gives for leaving it out."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    resources = yaml.load(template_text(), Loader)["Resources"]
    return {
        (skip["id"], name): skip["comment"]
        for name, resource in resources.items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", ())
    }


@pytest.mark.parametrize("name", ["template.yaml", "translated.json"])
def test_checkov_finds_nothing_that_has_no_reason_beside_it(checked, name):
    assert of_kind(checked[name], "failed_checks") == set()
    assert of_kind(checked[name], "passed_checks")


def test_every_reason_leaves_out_a_check_that_would_fail(checked):
    failed = [of_kind(checked[name], "failed_checks") for name in ("bare.yaml", "bare.json")]
    assert set.union(*failed) == set(reasons())
    assert all(len(reason) > 20 for reason in reasons().values())


def test_checkov_finds_a_bucket_that_may_be_public(checked):
    assert ("CKV_AWS_53", "Staging") in of_kind(checked["broken.yaml"], "failed_checks")
