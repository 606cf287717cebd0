"""The two entrypoints, loaded from their files as the platforms do."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parent.parent.parent
LAMBDA_CONTEXT = SimpleNamespace(
    memory_limit_in_mb="1769",
    get_remaining_time_in_millis=lambda: 900_000,
    function_name="f",
    invoked_function_arn="arn",
    aws_request_id="1",
    function_version="1",
)
_COLD = "import handler, json, sys; from support import entrypoints; handler.handler(json.load(sys.stdin), entrypoints.LAMBDA_CONTEXT)"
COLD_LAMBDA = [sys.executable, "-c", _COLD]  # a process that takes an event on its standard input


def aws_handler():
    return load(ROOT / "functions" / "aws" / "handler.py")


def lambda_env():
    """The environment in which COLD_LAMBDA finds what it imports."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "shared", ROOT / "functions/aws", ROOT / "tests")))
    }


def log_of_lambda(event):
    """What a cold process of the Lambda function writes to its log for an event, line by line."""
    done = subprocess.run(
        COLD_LAMBDA, input=json.dumps(event), env=lambda_env(), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def load(path):
    """A file as a module, whatever folder it lies in."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gcp_main():
    return load(ROOT / "functions" / "gcp" / "main.py")
