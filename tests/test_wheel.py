"""The package as people install it: from a wheel, from its source, as a tool; each time into an empty environment.

What it depends on comes from the package index, in the versions of the laptop's lock.
"""

import os
import platform
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LIBRARIES = {
    "": "any",
    "decoder-linux-x86_64.so": "manylinux_2_28_x86_64",
    "decoder-linux-aarch64.so": "manylinux_2_28_aarch64",
    "decoder-darwin-x86_64.dylib": "macosx_11_0_x86_64",
    "decoder-darwin-arm64.dylib": "macosx_11_0_arm64",
}
HERE = f"decoder-{platform.system()}-{platform.machine()}.so".lower()
CONSTRAINT = ("--constraint", ROOT / "infra" / "requirements" / "laptop.txt")


def built(folder, target, library=None, root=ROOT):
    """`library` None: nobody asks for one."""
    asked = {} if library is None else {"HACKLE_WHEEL_DECODER": library}
    command = [BIN / "python", "-m", "hatchling", "build", "-t", target, "-d", folder]
    subprocess.run(command, cwd=root, env=os.environ | asked, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


def uv(*arguments, **environment):
    subprocess.run([BIN / "uv", *arguments], env=os.environ | environment, check=True, capture_output=True, text=True)


def smoke(folder, decoder):
    """Converts a file, and asks for what a cloud's place needs: infra/smoke.py, in no environment of ours."""
    clean = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-I", ROOT / "infra" / "smoke.py", folder, decoder]
    done = subprocess.run(command, env=clean, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def empty(tmp_path):
    uv("venv", "--quiet", "--python", sys.executable, tmp_path / "empty")
    return tmp_path / "empty"


@pytest.fixture
def source(tmp_path):
    """The source archive, unpacked."""
    with tarfile.open(built(tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / f"hackle_import-{PROJECT['version']}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_wheel_holds_the_decoder_of_its_machine_and_no_other(library, tmp_path):
    wheel = built(tmp_path, "wheel", library)
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.endswith(f"-py3-none-{LIBRARIES[library]}.whl")
    assert [name for name in names if "native/decoder-" in name] == (
        [f"hackle_import/native/{library}"] if library else []
    )
    assert "hackle_import/py.typed" in names
    assert [name for name in names if name.endswith((".c", ".h"))] == []


def test_a_wheel_that_nobody_asks_a_decoder_of_holds_this_machine_s(tmp_path):
    assert built(tmp_path, "wheel").name.endswith(f"-{LIBRARIES[HERE]}.whl")


@pytest.mark.parametrize(("library", "decoder"), [("", "python"), (HERE, "native")])
def test_a_wheel_installs_and_converts(library, decoder, tmp_path, empty):
    wheel = built(tmp_path / "wheel", "wheel", library)
    uv("pip", "install", "--quiet", "--python", empty, *CONSTRAINT, wheel)
    smoke(empty / "bin", decoder)


def test_the_source_installs_without_a_compiler_and_converts(source, empty):
    uv("pip", "install", "--quiet", "--python", empty, *CONSTRAINT, source, CC="false", PATH="/nowhere")
    smoke(empty / "bin", "python")


def test_a_clone_installs_with_the_decoder_that_was_made(empty):
    uv("pip", "install", "--quiet", "--python", empty, *CONSTRAINT, ROOT)
    smoke(empty / "bin", "native")


def test_it_is_a_tool(tmp_path):
    """`uv tool install` and `pipx install` make an environment for one package, with its command on the path."""
    wheel = built(tmp_path / "wheel", "wheel", HERE)
    folders = {"UV_TOOL_DIR": tmp_path / "tools", "UV_TOOL_BIN_DIR": tmp_path / "bin"}
    constraint = ("--constraints", CONSTRAINT[1])
    uv("tool", "install", "--quiet", "--python", sys.executable, *constraint, wheel, **folders)
    smoke(tmp_path / "bin", "native")


def test_an_extra_brings_what_its_cloud_needs():
    extras = PROJECT["optional-dependencies"]
    assert [name.partition(">=")[0] for name in extras["aws"] + extras["gcp"]] == ["boto3", "google-cloud-storage"]


def test_there_is_one_version():
    done = subprocess.run([BIN / "hackle-import", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == PROJECT["version"]
    package = (ROOT / "shared").rglob("*.py")
    assert [path for path in package if f'"{PROJECT["version"]}"' in path.read_text()] == []


@pytest.mark.parametrize(
    ("cloud", "foreign"),
    [("aws", {"click", "rich", "watchfiles", "xxhash"}), ("gcp", {"rich", "watchfiles", "xxhash"})],
)
def test_a_function_ships_nothing_that_only_the_command_needs(cloud, foreign):
    lock = (ROOT / "functions" / cloud / "requirements.txt").read_text()
    locked = {line.partition("==")[0] for line in lock.splitlines() if "==" in line}
    ours = {name.partition(">=")[0].replace(".", "-") for name in PROJECT["dependencies"]}
    assert ours - locked == foreign
