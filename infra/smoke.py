"""What is installed works: the command tells its version, converts a file by the decoder that it ought to have, and
says in one line what a cloud's place needs.

python infra/smoke.py BIN native|python   BIN: the folder that holds `hackle-import`; any Python will do.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

EVENTS = """\
event_key,ts,identifiers.id,identifiers.device_id,platform_properties.osname,platform_properties.appversion
purchase,2025-01-01T23:59:59Z,u1,d1,android,6.9.0
purchase,2025-01-02T00:00:00Z,u2,d2,ios,6.9.0
"""
ROWS = DAYS = 2
MISCONFIGURED = 2  # exit status


def check(folder: Path, decoder: str) -> None:
    """Raises AssertionError with what the command said."""
    command = (folder / "hackle-import").absolute()
    with tempfile.TemporaryDirectory() as place:
        events = Path(place, "events.csv")
        events.write_text(EVENTS)
        _expect(_run(command, "--version").returncode == 0, "it tells no version")
        done = _run(command, "convert", events, "--out", Path(place, "out"), "--json")
        receipt = json.loads(done.stdout.splitlines()[0]) if done.stdout else {}
        _expect((receipt.get("rows_written"), receipt.get("decoder")) == (ROWS, decoder), receipt or done.stderr)
        _expect(len(list(Path(place, "out").rglob("*.parquet"))) == DAYS, "not a file a day")


def needs_extra(folder: Path, place: str, extra: str) -> None:
    """Raises AssertionError unless the command asks for the extra in one line."""
    done = _run((folder / "hackle-import").absolute(), "status", "--staging", place)
    asked = done.stderr.count("\n") == 1 and f"pip install 'hackle-import[{extra}]'" in done.stderr
    _expect(asked and done.returncode == MISCONFIGURED, done.stderr)


def _run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words


def _expect(holds: bool, told: object) -> None:
    if not holds:
        raise AssertionError(told)


if __name__ == "__main__":
    check(Path(sys.argv[1]), sys.argv[2])
    for scheme, extra in (("s3", "aws"), ("gs", "gcp")):
        needs_extra(Path(sys.argv[1]), f"{scheme}://bucket/prefix", extra)
