"""The two entrypoints, loaded from their files as the platforms do."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def aws_handler():
    return _load(ROOT / "functions" / "aws" / "handler.py")


def log_of_lambda(event):
    """What a cold process of the Lambda function writes to its log for an event, line by line."""
    context = "types.SimpleNamespace(memory_limit_in_mb=1769, get_remaining_time_in_millis=lambda: 900_000)"
    code = f"import handler, json, sys, types; handler.handler(json.load(sys.stdin), {context})"
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "shared"), str(ROOT / "functions" / "aws")))}
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(event), env=env, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def _load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gcp_main():
    return _load(ROOT / "functions" / "gcp" / "main.py")
