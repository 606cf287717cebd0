"""checkov over `infra/`: no finding without a written reason beside it, no reason without its finding."""

import json
import re
import shutil
import subprocess

import pytest

from support.entrypoints import ROOT

CHECKOV = ROOT / ".venv" / "checkov" / "bin" / "checkov"
REASON = re.compile(r"#checkov:skip=(\w+):(.+)")
REASONS = [found for path in (ROOT / "infra").glob("*.tf") for found in REASON.findall(path.read_text())]


def findings(folder):
    """(file, resource, check) of what fails and of what is excused in the Terraform files of a folder."""
    command = [CHECKOV, "--directory", folder, "--framework", "terraform", "--skip-download", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["results"]
    assert not found["parsing_errors"], found
    return [
        {(one["file_path"].lstrip("/"), one["resource"], one["check_id"]) for one in found[result]}
        for result in ("failed_checks", "skipped_checks")
    ]


@pytest.fixture
def copy(tmp_path):
    """`infra/` twice: as it is, and with the reasons taken out and a public bucket put in."""
    for name in ("asis", "bare"):
        (tmp_path / name).mkdir()
        for path in (ROOT / "infra").glob("*.tf"):
            shutil.copy(path, tmp_path / name)
    for path in (tmp_path / "bare").iterdir():
        path.write_text(REASON.sub("", path.read_text()))
    public = 'resource "google_storage_bucket" "public" {\n  name     = "b"\n  location = "EU"\n}\n'
    (tmp_path / "bare" / "public.tf").write_text(public)
    return tmp_path


def test_every_finding_has_a_reason_and_every_reason_a_finding(copy):
    failed, excused = findings(copy / "asis")
    assert failed == set()
    assert len(excused) == len(REASONS)
    found, _ = findings(copy / "bare")
    public = {one for one in found if one[0] == "public.tf"}
    assert found - public == excused
    assert {"CKV_GCP_29", "CKV_GCP_114"} <= {check for *_, check in public}


def test_every_reason_is_said_in_words():
    assert all(len(words) > 20 for _, words in REASONS)
