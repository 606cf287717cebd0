"""The walls of the house: what may import what, where things lie, what no file may say."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP = {
    "README.md", "README.ko.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "Makefile", "template.yaml", "samconfig.toml",
    "functions", "shared", "infra", "tests", "docs",
}  # fmt: skip
CORE = {
    "hackle_import.days",
    "hackle_import.drop",
    "hackle_import.errors",
    "hackle_import.ingest",
    "hackle_import.places",
    "hackle_import.receipt",
}
CORE |= {"hackle_import.settings", "hackle_import.stores", "hackle_import.writing"}
CLOSER = {"hackle_import.backfill.closing", "hackle_import.days.closed"}
EXPORTER = {"hackle_import.warehouse.exporter", "hackle_import.warehouse.tick"}
PLAIN = {"json", "os", "collections.abc", "datetime", "functools", "typing"}
ALLOWED = {
    "aws/handler.py": CORE | PLAIN | {
        "urllib.parse", "closing", "hash_key", "reporting", "aws_lambda_powertools.metrics",
    },
    "aws/closing.py": CORE | PLAIN | CLOSER | {"reporting", "aws_lambda_powertools.metrics"},
    "aws/reporting.py": CORE | PLAIN | {"platform", "aws_lambda_powertools", "aws_lambda_powertools.metrics"},
    "aws/hash_key.py": PLAIN | {"re", "boto3"},
    "aws/exporting.py": CORE | PLAIN | EXPORTER | {"reporting", "aws_lambda_powertools.metrics"},
    "gcp/exporting.py": CORE | PLAIN | EXPORTER | {
        "logging", "sys", "functions_framework", "cloudevents.http", "msgspec", "msgspec.structs",
    },
    "gcp/main.py": CORE | PLAIN | CLOSER | {"logging", "sys", "functions_framework", "cloudevents.http"},
}  # fmt: skip


CODE = {".py", ".c", ".h"}
HEAVY = ["boto3", "duckdb", "google.cloud.storage", "moto", "polars", "rich"]
TESTED_BY_NAME = ["", "reading", "verify", "writing"]  # the tests of other rooms are named for what they promise
TO_BE_TESTED = {"engine.py"}  # so far by what uses them


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


def code():
    """Path and text of every file of the package that is written in Python or C."""
    files = [ROOT / name for name in tracked() if name.startswith("shared/") and Path(name).suffix in CODE]
    return [(path.relative_to(ROOT / "shared" / "hackle_import"), path.read_text()) for path in files if path.exists()]


def test_the_top_of_the_package_is_a_handful_of_nouns():
    assert len([path for path, _ in code() if len(path.parts) == 1]) <= 9


def test_no_file_has_more_than_300_lines():
    assert {str(path) for path, text in code() if len(text.splitlines()) > 300} == set()


def functions(text):
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_function_has_more_than_40_lines():
    long = {
        f"{path}:{node.name}": lines
        for path, text in code()
        if path.suffix == ".py"
        for node in functions(text)
        if (lines := node.end_lineno - node.lineno + 1) > 40
    }
    assert long == {}


def test_a_module_s_tests_are_found_by_its_name():
    tests = {Path(name).stem for name in tracked() if name.startswith("tests/")}
    modules = {
        f"test_{path.parent.name if path.stem == '__init__' else path.stem}": str(path)
        for path, text in code()
        if path.suffix == ".py" and (path.parent.name or "") in TESTED_BY_NAME
        if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(text).body)
    }
    assert {path for test, path in modules.items() if test not in tests} - TO_BE_TESTED == set()


def test_each_layer_of_the_architecture_is_named():
    """A room that no contract names would be under no rule."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [contract for contract in contracts if contract["type"] == "layers"]
    assert ["hackle_import"] in [contract["containers"] for contract in layers]
    assert all(contract["exhaustive"] for contract in layers)


def test_collecting_the_tests_loads_nothing_heavy():
    """Each worker collects all of them, and runs a part."""
    collect = "import pytest, sys; pytest.main(['--collect-only', '-qq', '-n', '0', '-p', 'no:cacheprovider'])"
    told = f"{collect}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
