"""The archive that Terraform uploads, unpacked and run as Google's buildpack runs it, in an environment of its own."""

import os
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

from support.emulators import free_port, wait_for
from support.entrypoints import ROOT

UV = Path(sys.executable).parent / "uv"
RUNTIME = "3.13"  # python313 of function.tf


def built(target):
    """The archive, made by the script that `make gcp-archive` runs."""
    subprocess.run([sys.executable, ROOT / "infra" / "archive.py", target], check=True)
    return target


def installed(archive, folder):
    """The archive unpacked into `folder`/app, with its own requirements and nothing else in `folder`/venv."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder / "app")
    uv(["venv", "--quiet", "--python", interpreter(), folder / "venv"])
    requirements = folder / "app" / "requirements.txt"
    uv(["pip", "install", "--quiet", "--python", folder / "venv", "--require-hashes", "-r", requirements])


@contextmanager
def running(folder, environment, log):
    """The URL of the function, started with `environment` and nothing else that concerns it."""
    port = str(free_port())
    # What the buildpack sets for a function without an event trigger; `main` is the entry_point of function.tf.
    platform = {"FUNCTION_TARGET": "main", "FUNCTION_SIGNATURE_TYPE": "http", "PORT": port, "HOST": "127.0.0.1"}
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("wb") as written:
        process = subprocess.Popen(
            [folder / "venv" / "bin" / "functions-framework"],
            cwd=folder / "app", env=clean | platform | environment, stdout=written, stderr=written,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def interpreter():
    """The deployed version where this machine has it, else this one."""
    asked = {"PYENV_VERSION": RUNTIME}  # which of its versions pyenv's `python3.13` is to be
    found = subprocess.run(
        [UV, "python", "find", "--no-python-downloads", RUNTIME],
        env=os.environ | asked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.strip() or sys.executable


def uv(arguments):
    subprocess.run([UV, *arguments], env=os.environ | {"UV_LINK_MODE": "hardlink"}, check=True)
