"""The command, as a process of its own."""

import os
import subprocess
import sys

from support.entrypoints import ROOT


def command(*arguments, **env):
    """Its exit status, and what it wrote on standard output and error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "hackle_import.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT / "shared")} | env,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr
