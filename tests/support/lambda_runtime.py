"""The artifact that `sam build` makes, under Lambda's runtime interface emulator: the binary ships with aws-sam-cli.

The runtime is awslambdaric on Python 3.13 without any other package, so that the artifact has to bring all it needs.
"""

import fcntl
import json
import os
import platform
import signal
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from support.emulators import free_port, wait_for

ROOT = Path(__file__).parent.parent.parent
MACHINE = platform.machine()
ARCH = "arm64" if MACHINE == "aarch64" else MACHINE
BUILT = ROOT / ".aws-sam" / ARCH
ARTIFACT = BUILT / "Importer"
SAM = ROOT / ".venv" / "sam"
MEMORY_MIB = 1769


def made(*targets, **variables):
    """Has make bring these up to date, one process at a time: several workers ask for the same."""
    lock = ROOT / "build" / "make.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        named = [f"{name}={text}" for name, text in variables.items()]
        done = subprocess.run(["make", "-s", *targets, *named], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def artifact():
    """Its folder, built where anything it is made of changed. Without Python 3.13 the test is skipped, but not in CI."""
    found = subprocess.run(["make", "-s", "python3.13"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode and os.environ.get("CI") != "true":
        pytest.skip(found.stderr)
    made("build-aws", ".venv/lambda/.installed", ARCH=ARCH)
    return ARTIFACT


class Emulator:
    """`log` is what the function and the emulator printed; `line` waits for the next one that holds a text."""

    def __init__(self, process, url):
        self._process, self._url = process, url
        self._lines, self.log = Queue(), []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def end(self):
        """The emulator, and the runtime that it started; it takes no other notice of a signal than to leave that one."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def line(self, text):
        while (line := self._lines.get(timeout=60)) is not None:
            self.log.append(line)
            if text in line:
                return line
        raise AssertionError(f"ended without {text!r}:\n" + "\n".join(self.log))

    def invoke(self, event):
        """What the platform would get: an answer, or a JSON object with errorType."""
        request = urllib.request.Request(self._url, json.dumps(event).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=120) as answer:
            body = answer.read().decode()
        self.line("END RequestId")
        return json.loads(body) if body.startswith("{") else body


@contextmanager
def emulator(env, timeout_seconds=900, artifact=ARTIFACT):
    """A Lambda environment in which nothing has run yet: the first invocation is a cold start."""
    port = free_port()
    command = [
        SAM / "lib" / f"python{platform.python_version().rpartition('.')[0]}" / "site-packages" / "samcli" / "local" / "rapid" / f"aws-lambda-rie-{ARCH}",
        "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
        "--runtime-api-address", f"127.0.0.1:{free_port()}",
        ROOT / ".venv" / "lambda" / "bin" / "python", "-m", "awslambdaric", "handler.handler",
    ]  # fmt: skip
    told = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": str(artifact),
        "_HANDLER": "handler.handler",
        "AWS_LAMBDA_FUNCTION_NAME": "importer",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MIB),
        "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only
    }
    process = subprocess.Popen(
        command, cwd=artifact, env=told | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    running = Emulator(process, f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations")
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield running
    finally:
        running.end()
