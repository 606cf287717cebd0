"""The walls of the house: what may import what, where things lie, what no file may say."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP = {
    "README.md", "README.ko.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "Makefile", "template.yaml", "samconfig.toml",
    "functions", "shared", "infra", "tests", "docs",
}  # fmt: skip
CORE = {
    "hackle_import.drop",
    "hackle_import.errors",
    "hackle_import.ingest",
    "hackle_import.names",
    "hackle_import.places",
    "hackle_import.receipt",
}
CORE |= {"hackle_import.settings", "hackle_import.stores", "hackle_import.writing"}
PLAIN = {"json", "os", "collections.abc", "datetime", "functools", "typing"}
ALLOWED = {
    "aws/handler.py": CORE | PLAIN | {
        "urllib.parse", "hash_key", "reporting", "aws_lambda_powertools.metrics",
    },
    "aws/reporting.py": CORE | PLAIN | {"platform", "aws_lambda_powertools", "aws_lambda_powertools.metrics"},
    "aws/hash_key.py": PLAIN | {"re", "boto3"},
    "gcp/main.py": CORE | PLAIN | {"logging", "sys", "functions_framework", "cloudevents.http"},
}  # fmt: skip


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if name]


def imported(source):
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_imports_point_one_way():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ALLOWED)
def test_the_functions_only_translate(name):
    source = (ROOT / "functions" / name).read_text()
    assert imported(source) <= ALLOWED[name]
    assert len(source.splitlines()) <= 100
    assert not imported(source + "\nimport pyarrow") <= ALLOWED[name]


def test_shared_is_a_path_root_and_no_package():
    assert [path.name for path in (ROOT / "shared").iterdir() if not path.name.startswith((".", "__"))] == [
        "hackle_import"
    ]
    assert not (ROOT / "shared" / "__init__.py").exists()


def test_the_top_level_holds_what_was_agreed():
    assert {name.split("/")[0] for name in tracked() if not name.startswith(".")} <= TOP


def test_the_functions_load_neither_the_terminal_nor_the_other_cloud():
    code = "import sys, hackle_import.ingest, hackle_import.stores.{}; print([n for n in {!r} if n in sys.modules])"
    for cloud, foreign in (("s3", ["google.cloud.storage", "click", "rich"]), ("gcs", ["boto3", "click", "rich"])):
        done = subprocess.run(
            [sys.executable, "-c", code.format(cloud, foreign)],
            capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "shared")},
        )  # fmt: skip
        assert done.stdout.strip() == "[]"


def test_the_core_needs_no_cloud_library():
    code = "import sys, hackle_import.ingest; print([n for n in ('boto3', 'google.cloud.storage') if n in sys.modules])"
    env = {"PYTHONPATH": str(ROOT / "shared")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[]"
