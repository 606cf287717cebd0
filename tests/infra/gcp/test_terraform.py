"""Terraform's own checks over `infra/`: format, schema, and plans of every environment; each is seen to fail once."""

import gzip
import json
import os
import re
import subprocess

import pytest

from support.entrypoints import ROOT
from support.terraform_offline import ENVIRONMENTS, TESTS, Terraform

PLAN = (TESTS / "plan.tftest.hcl").read_text()
PROTECTED = "prod"
UNPROTECTED = [name for name in ENVIRONMENTS if name != PROTECTED]


def test_the_format_is_terraform_s(terraform):
    done = terraform.run("fmt", "-check", "-recursive", "-diff")
    assert done.status == 0, done.said
    assert terraform.run("fmt", "-check", str(TESTS)).status == 0
    terraform.change("envs/dev.tfvars", r"environment +=", "environment   =")
    assert terraform.run("fmt", "-check", "-recursive").status != 0


def test_names_types_and_references_are_the_provider_s(terraform):
    done = terraform.run("validate", "-no-color")
    assert done.status == 0, done.said


def test_the_schema_is_of_a_version_that_is_asked_for(terraform):
    known = json.loads(gzip.decompress((TESTS / "provider" / "google.schema.json.gz").read_bytes()))["version"]
    [asked] = re.findall(r'version = "~> ([\d.]+)"', (terraform.infra / "versions.tf").read_text())
    major, minor, _ = known.split(".")
    assert asked == f"{major}.{minor}"


@pytest.mark.parametrize(
    ("name", "pattern", "replacement", "said"),
    [
        ("function.tf", "entry_point ", "entrypoint ", "not expected here"),
        ("events.tf", "maximum_backoff", "max_backoff", "not expected here"),
        ("events.tf", "google_pubsub_topic.dead_letters.id\n    max", "google_pubsub_topic.dead.id\n    max", "has not been declared"),
        ("hackle.tf", "permissions = \\[[^]]*]", 'permissions = "storage.objects.get"', "set of string required"),
    ],
    ids=["argument", "nested argument", "reference", "type"],
)  # fmt: skip
def test_what_the_provider_does_not_know_is_refused(terraform, name, pattern, replacement, said):
    terraform.change(name, pattern, replacement)
    done = terraform.run("validate", "-no-color")
    assert done.status != 0
    assert said in re.sub(r"\s+", " ", done.said)


@pytest.mark.parametrize("environment", UNPROTECTED)
def test_an_environment_is_what_it_should_be(terraform, environment):
    done = terraform.test(PLAN, environment)
    assert done.status == 0, done.said
    assert "4 passed" in done.said


def test_prod_is_planned_protected(terraform):
    done = terraform.test(
        """
        run "protected" {
          command = plan
          assert {
            condition     = alltrue([for one in [google_storage_bucket.staging[0], google_storage_bucket.import[0]] : !one.force_destroy && one.deletion_policy == "PREVENT"])
            error_message = "prod's buckets must outlive a mistake."
          }
          assert {
            condition     = length(terraform_data.deletion_protection) == 1
            error_message = "Destroying prod must be refused as a whole."
          }
          assert {
            condition     = contains(keys(google_monitoring_alert_policy.main), "no_drop")
            error_message = "prod is watched for silence."
          }
        }
        """,
        PROTECTED,
    )
    assert done.status == 0, done.said


@pytest.mark.parametrize(
    ("name", "pattern", "replacement", "said"),
    [
        ("events.tf", '    maximum_backoff = "600s"\n', "", "Without backoff"),
        ("events.tf", 'object_name_prefix = "[^"]*"', 'object_name_prefix = ""', "Our own writes"),
        ("events.tf", "var.timeout_seconds \\+ 60", "var.timeout_seconds - 60", "wait for longer"),
        ("function.tf", '"ALLOW_INTERNAL_ONLY"', '"ALLOW_ALL"', "Only Pub/Sub"),
        ("buckets.tf", '\\["\\$\\{local.staging_folder\\}rejected/"\\]', '["state/"]', "never do"),
    ],
    ids=["backoff", "prefix", "deadline", "ingress", "state"],
)
def test_a_plan_that_lost_what_it_needs_is_noticed(terraform, name, pattern, replacement, said):
    terraform.change(name, pattern, replacement)
    done = terraform.test(PLAN, "dev")
    assert done.status != 0
    assert said in done.said


def test_the_page_s_plain_commands_are_those_of_make():
    named = ["ENV=dev", "PROJECT=my-project", "STATE_BUCKET=my-state", "TERRAFORM=terraform"]
    asked = ["make", "--dry-run", "deploy-gcp", *named]
    env = {name: text for name, text in os.environ.items() if name not in ("ARGS", "MAKEFLAGS")}  # those of make test
    said = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    plain = re.findall(r"^terraform .*$", (ROOT / "docs" / "google-cloud.md").read_text(), re.MULTILINE)
    assert len(plain) == 2
    assert set(plain) <= {line.strip() for line in said}


def test_a_missing_archive_is_named(terraform):
    (terraform.infra.parent / "build" / "gcp-function.zip").unlink()
    assert "run `make gcp-archive` first" in terraform.test('run "a" {\n command = plan\n}', "dev").said


def test_a_bucket_without_uniform_access_is_refused(terraform):
    run = """
      override_data {
        target = data.google_storage_bucket.existing
        values = { uniform_bucket_level_access = false }
      }
      run "a" {
        command = plan
        variables {
          import_bucket = "acls"
        }
        expect_failures = [data.google_storage_bucket.existing]
      }
    """
    done = terraform.test(run, "dev")
    assert done.status == 0, done.said


def test_what_is_protected_is_not_destroyed(tmp_path):
    """Really, not mocked: the guard is Terraform's own resource and needs no provider."""
    terraform, alone = Terraform(tmp_path), tmp_path / "alone"
    alone.mkdir()
    guard = re.search(r'resource "terraform_data" .*?\n}\n', (terraform.infra / "buckets.tf").read_text(), re.DOTALL)
    variable = 'variable "deletion_protection" {\n  type = bool\n}\n'
    (alone / "main.tf").write_text(variable + guard[0] + 'resource "terraform_data" "other" {}\n')
    protected = ("-auto-approve", "-no-color", "-var=deletion_protection=true")
    assert terraform.run("init", folder=alone).status == 0
    assert terraform.run("apply", *protected, folder=alone).status == 0
    refused = terraform.run("destroy", *protected, folder=alone)
    assert refused.status != 0
    assert "prevent_destroy" in refused.said
    assert terraform.run("state", "list", folder=alone).out.splitlines() == [
        "terraform_data.deletion_protection[0]",
        "terraform_data.other",
    ]
    assert terraform.run("state", "rm", "terraform_data.deletion_protection[0]", folder=alone).status == 0
    done = terraform.run("destroy", "-auto-approve", "-var=deletion_protection=false", folder=alone)
    assert done.status == 0, done.said
