"""The command on a terminal of its own, as a person sees it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from support.entrypoints import ROOT

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(*arguments, columns=80, **env):
    """What is shown, escapes taken out and what overwrites a line on a line of its own; and the exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "hackle_import.cli", *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
        env=os.environ | {"PYTHONPATH": str(ROOT / "shared"), "TERM": "xterm", "COLUMNS": str(columns)} | env,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while piece := _piece(ours):
        shown += piece
    os.close(ours)
    return _CONTROL.sub("", shown.decode()).replace("\r\n", "\n").replace("\r", "\n"), process.wait()


def _piece(terminal):
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""
