"""Wheels as they are installed: the decoder of their machine is in them, and is what converts."""

import json
import os
import platform
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from support.samples import event, ndjson

ROOT = Path(__file__).parent.parent
LIBRARIES = {
    "": "any",
    "decoder-linux-x86_64.so": "manylinux_2_28_x86_64",
    "decoder-linux-aarch64.so": "manylinux_2_28_aarch64",
    "decoder-darwin-x86_64.dylib": "macosx_11_0_x86_64",
    "decoder-darwin-arm64.dylib": "macosx_11_0_arm64",
}
HERE = f"decoder-{platform.system()}-{platform.machine()}.so".lower()


def built(library, folder):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(
        command, cwd=ROOT, env=os.environ | {"HACKLE_WHEEL_DECODER": library}, check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_wheel_holds_the_decoder_of_its_machine_and_no_other(library, tmp_path):
    wheel = built(library, tmp_path)
    held = [name for name in zipfile.ZipFile(wheel).namelist() if "native/decoder-" in name]
    assert wheel.name.endswith(f"-py3-none-{LIBRARIES[library]}.whl")
    assert held == ([f"hackle_import/native/{library}"] if library else [])


@pytest.mark.parametrize(("library", "decoder"), [("", "python"), (HERE, "native")])
def test_what_is_installed_converts(library, decoder, tmp_path):
    """In an environment of its own; only the dependencies are those that the tests run with."""
    wheel, place = built(library, tmp_path / "wheel"), tmp_path / "venv"
    venv.create(place)
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", place / "bin" / "python", wheel],
        check=True,
    )
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(1), event(2)))
    command = [place / "bin" / "hackle-import", "convert", tmp_path / "a.ndjson", "--out", tmp_path / "lake", "--json"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": sysconfig.get_path("purelib")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    receipt = json.loads(done.stdout.splitlines()[0])
    assert (receipt["rows_written"], receipt["decoder"]) == (2, decoder)
