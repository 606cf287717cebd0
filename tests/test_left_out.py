"""A test that CI does not run is a failure there, and told elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent
TESTS = {
    "tests/test_one.py": "import pytest\ndef test_it(): pytest.skip('install a tool')\ndef test_other(): pass",
    "tests/test_module.py": "import pytest\npytest.skip('install a module', allow_module_level=True)",
    "tests/test_marked.py": "import pytest\n@pytest.mark.skipif(True, reason='install a lib')\ndef test_it(): pass",
    "tests/test_xfail.py": "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False",
    "tests/fuzz/test_sanitizers.py": "import pytest\n@pytest.mark.slow\ndef test_it(): pytest.skip('make sanitize')",
}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  slow: takes long")
    (tmp_path / "conftest.py").write_text("from support.left_out import *")
    for name, text in TESTS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def running(*arguments, ci="true"):
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path, env=os.environ | {"CI": ci, "PYTHONPATH": SUPPORT}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return running


@pytest.mark.parametrize(("name", "reason"), [("one", "a tool"), ("module", "a module"), ("marked", "a lib")])
def test_a_skip_in_ci_is_a_failure(run, name, reason):
    done = run(f"tests/test_{name}.py")
    assert done.returncode != 0
    assert f"left out in CI: Skipped: install {reason}" in done.stdout


def test_it_is_one_with_several_workers_too(run):
    assert "left out in CI" in run("tests/test_one.py", "-n", "2").stdout


def test_what_is_listed_may_be_left_out_in_ci_but_not_where_it_is_asked_for(run):
    assert run("tests/fuzz").returncode == 0
    assert run("tests/fuzz", "-m", "slow").returncode == 1


def test_an_expected_failure_is_none(run):
    assert run("tests/test_xfail.py").returncode == 0


def test_elsewhere_a_skip_is_told_with_what_to_do(run):
    done = run(ci="")
    assert done.returncode == 0
    told = done.stdout.partition("left out")[2]
    assert all(f"1: {reason}" in told for reason in ("install a tool", "install a module", "install a lib"))


def test_nothing_is_told_where_nothing_is_left_out(run):
    assert "left out" not in run("tests/test_xfail.py", ci="").stdout
