"""Closing takes bounded memory: more rows than a bucket holds, in some drops."""

import os
import re
import subprocess
import sys

from support.entrypoints import ROOT

BOUND_MIB = 256  # beyond the imports and a first small day


def test_a_day_of_several_buckets_is_closed_in_bounded_memory():
    command = [sys.executable, str(ROOT / "tests/bench/close_day.py"), "60000", "6"]
    path = os.pathsep.join(str(ROOT / name) for name in ("shared", "tests", "tests/bench"))
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": path})
    assert "became 1 files" in done.stdout
    assert int(re.search(r"grew by (\d+) MiB", done.stdout)[1]) < BOUND_MIB
