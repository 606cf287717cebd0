"""Importing changes nothing that is the process's own; whoever runs the process chooses Arrow's memory, and does so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.samples import event, ndjson

ROOT = Path(__file__).parents[2]
POOL = "import pyarrow; print(pyarrow.default_memory_pool().backend_name)"
STATE = """
import gc, importlib, json, locale, logging, os, pkgutil, signal, sys, threading, pyarrow

def state():
    return [
        pyarrow.default_memory_pool().backend_name, gc.get_threshold(), gc.isenabled(), dict(os.environ), sys.path[:],
        [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())], threading.active_count(),
        [str(handler) for handler in logging.getLogger().handlers], locale.setlocale(locale.LC_ALL),
        str(sys.excepthook), sys.getswitchinterval(), os.getcwd(),
    ]

import boto3, google.cloud.storage, click, rich, watchfiles, jmespath  # what others change is theirs
before = state()
import hackle_import
found = list(pkgutil.walk_packages(hackle_import.__path__, "hackle_import."))
names = [one.name for one in found if "decoder-" not in one.name and not one.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(json.dumps({"names": names, "changed": [pair for pair in zip(before, state()) if pair[0] != pair[1]]}))
"""


def run(code, *more_paths, **env):
    paths = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "tests", *more_paths)))
    plain = {name: text for name, text in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=plain | {"PYTHONPATH": paths} | env,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def usual():
    """The pool that Arrow takes by itself."""
    pool = run(POOL)
    assert pool != "system"
    return pool


def test_importing_any_module_changes_no_state_of_the_process():
    told = json.loads(run(STATE))
    assert told["changed"] == []
    assert {"hackle_import.writing.spool", "hackle_import.ingest.steps", "hackle_import.stores.s3"} <= set(
        told["names"]
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "convert {staging}/incoming/hackle/a.ndjson --out {folder}/out",
        "run --staging {staging} --import {folder}/lake",
        "replay incoming/hackle/a.ndjson --staging {staging} --import {folder}/lake",
        "verify {folder}",
    ],
)
def test_the_command_chooses(tmp_path, usual, arguments):
    drop = tmp_path / "staging" / "incoming" / "hackle" / "a.ndjson"
    drop.parent.mkdir(parents=True)
    drop.write_bytes(ndjson(event(1)))
    argv = ["hackle-import", *arguments.format(staging=tmp_path / "staging", folder=tmp_path).split()]
    code = (
        f"import sys; sys.argv = {argv!r}\nfrom hackle_import.cli import main\ntry: main()\nexcept SystemExit: {POOL}"
    )
    assert run(code) == "system"


def test_the_command_chooses_before_arrow_is_loaded(usual):
    """Its encoders ask nobody again."""
    code = f"import sys; sys.argv = ['hackle-import', 'mappings']\nfrom hackle_import.cli import main\ntry: main()\nexcept SystemExit: {POOL}"
    assert run(code) == "system"
    assert run(code, ARROW_DEFAULT_MEMORY_POOL="mimalloc") == "mimalloc"


@pytest.mark.parametrize(("cloud", "module", "scheme"), [("aws", "handler", "s3"), ("gcp", "main", "gs")])
def test_a_function_chooses_before_it_handles(cloud, module, scheme, usual, tmp_path):
    env = {"HACKLE_STAGING": str(tmp_path / "staging"), "HACKLE_IMPORT": str(tmp_path / "lake")}
    env |= {"POWERTOOLS_SERVICE_NAME": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    handled = {
        "aws": 'context = type("Context", (), {"memory_limit_in_mb": 1769, "get_remaining_time_in_millis": lambda self: 60_000})()\n'
        'event = {"detail-type": "Object Created", "detail": {"bucket": {"name": "b"}, "object": {"key": "a"}}}\n'
        "handler.handler(event, context)\n",
        "gcp": "from cloudevents.http import CloudEvent\n"
        'kind = "google.cloud.storage.object.v1.finalized"\n'
        'main.main(CloudEvent({"type": kind, "source": "test"}, {"bucket": "b", "name": "a"}))\n',
    }
    imported = f"import {module}\n"
    assert run(imported + POOL, ROOT / "functions" / cloud, **env) == usual
    assert run(imported + handled[cloud] + POOL, ROOT / "functions" / cloud, **env) == "system"
