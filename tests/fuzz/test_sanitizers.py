"""The tests that `make sanitize` runs are watched indeed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hackle_import.native import library as native

pytestmark = pytest.mark.skipif("LD_PRELOAD" not in os.environ, reason="`make sanitize` runs this")
BEYOND = """
import ctypes
from hackle_import.native.library import library
new = library().hackle_new
new(new.argtypes[0](), 0, b"8 bytes.", 1 << 20, b"", 0, ctypes.c_int64())
"""


def test_the_decoder_is_the_sanitized_one():
    assert Path(native.__file__).parts[-5:-3] == ("build", "sanitized")


def test_a_read_beyond_the_end_stops_the_process():
    """Of a plan that says that it is longer than it is."""
    done = subprocess.run([sys.executable, "-c", BEYOND], check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "AddressSanitizer" in done.stderr
