"""Whoever knows one cloud's deployment knows the other's: the same settings, defaults and environments."""

import re
import tomllib

import pytest
import yaml

from support.entrypoints import ROOT

# What a platform has, or sizes, in its own way.
AWS_ONLY = {
    "architecture",
    "ephemeral_storage_mib",
    "hash_key_kms_key",  # Google's Secret Manager decrypts by itself, for whoever may read the secret
    "redshift_cluster",  # each cloud has its own warehouse
    "redshift_secret",
    "redshift_workgroup",
    "import_bucket_owner",  # no request to Cloud Storage can name the project that a bucket must be of
    "staging_bucket_owner",
}
GCP_ONLY = {"bigquery_datasets", "bigquery_project", "project", "region"}
OWN_DEFAULTS = {
    "memory_mib",
    "timeout_seconds",
    "maximum_tries",
}  # of GCP, memory holds the spool; see infra/variables.tf


def parameters():
    text = (ROOT / "template.yaml").read_text()
    part = re.search(r"^Parameters:\n(?:(?: .*)?\n)+", text, re.MULTILINE)
    return {snake_case(name): one for name, one in yaml.safe_load(part[0])["Parameters"].items()}


def variables():
    text = (ROOT / "infra" / "variables.tf").read_text()
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^}\n', text, re.DOTALL | re.MULTILINE)
    return {name: re.search(r"^  default += (.*?)(?: +#.*)?$", block, re.MULTILINE) for name, block in blocks}


def snake_case(name):
    return re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower()


def plain(text):
    return str(text).strip('"')


def test_both_clouds_have_the_same_settings():
    assert parameters().keys() - AWS_ONLY == variables().keys() - GCP_ONLY
    assert parameters().keys() >= AWS_ONLY
    assert variables().keys() >= GCP_ONLY


def test_a_setting_has_one_default():
    aws = {name: plain(one["Default"]) for name, one in parameters().items() if "Default" in one}
    gcp = {name: plain(found[1]) for name, found in variables().items() if found}
    shared = aws.keys() & gcp.keys() - OWN_DEFAULTS
    assert len(shared) > 15
    assert {name: aws[name] for name in shared} == {name: gcp[name] for name in shared}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_an_environment_is_the_same_on_both(environment):
    table = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]["deploy"]["parameters"]
    aws = dict(one.split("=", 1) for one in table["parameter_overrides"])
    gcp = re.findall(
        r"^(\w+) += (.*?)(?: +#.*)?$", (ROOT / f"infra/envs/{environment}.tfvars").read_text(), re.MULTILINE
    )
    own = AWS_ONLY | GCP_ONLY | OWN_DEFAULTS
    assert {snake_case(name): text for name, text in aws.items() if snake_case(name) not in own} == {
        name: plain(text) for name, text in gcp if name not in own
    }
