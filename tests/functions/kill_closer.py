"""`make kill-closer`: a closer is killed by SIGKILL at random moments of a day of drops, 50 times; then the day is closed
as it would have been, byte for byte."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from support.samples import event, ndjson

DAY = "2025-01-02"
SCRIPT = """
import sys
from datetime import UTC, datetime
from hackle_import.days import Closer
from hackle_import.places import Places
from hackle_import.settings import DayRules, Publish, Rules
from hackle_import.stores import open_store
staging, lake = sys.argv[1:3]
places = Places(open_store(f"{staging}/open"), open_store(staging), open_store(lake))
print("ready", flush=True)
clock = lambda: datetime(2025, 1, 10, tzinfo=UTC)
Closer(places, Rules(), DayRules(publish=Publish.CLOSED_DAYS), clock).close(sys.argv[3])
"""


def dropped(folder, drops, rows):
    """Drops that were handled, of some rows each."""
    incoming = folder / "staging" / "incoming" / "hackle"
    incoming.mkdir(parents=True)
    for drop in range(drops):
        body = ndjson(
            *(event(drop * rows + n, identifiers={"id": f"u{n % 97}", "device_id": "d"}) for n in range(rows))
        )
        (incoming / f"{drop}.ndjson").write_bytes(body)
    command = [sys.executable, "-m", "hackle_import.cli", "run", "-q"]
    places = ["--staging", str(folder / "staging"), "--import", str(folder / "lake"), "--publish", "closed-days"]
    subprocess.run([*command, *places], check=True, env=environment())


def environment():
    root = Path(__file__).parent.parent.parent
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (root / "shared", root / "tests")))}


def closing(folder, lake):
    command = [sys.executable, "-c", SCRIPT, str(folder / "staging"), str(lake), DAY]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
    with process.stdout:
        process.stdout.readline()
    return process


def files(lake):
    return {path.name: path.read_bytes() for path in lake.rglob("*.parquet")}


def killed(times, drops=40, rows=200, seed=0):
    """How often a closer was killed before it had ended, and whether the day is as it would have been."""
    random, kills = Random(seed), 0
    with TemporaryDirectory(prefix="hackle-import-") as name:
        folder = Path(name)
        dropped(folder, drops, rows)
        process, began = closing(folder, folder / "expected"), time.monotonic()
        process.wait()
        lasts = time.monotonic() - began
        expected = files(folder / "expected")
        assert len(expected) == 1
        days = folder / "staging" / "days"
        for _ in range(times):
            for path in days.glob(f"{DAY}/*"):
                path.unlink()
            lake = folder / f"lake-{kills}-{random.random()}"
            while True:
                process = closing(folder, lake)
                try:
                    assert process.wait(random.random() * lasts * 0.9 if kills else 0.001) == 0
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
                if kills % 5 == 4:
                    assert closing(folder, lake).wait() == 0
                    break
            assert files(lake) == expected
    return kills


if __name__ == "__main__":
    print(f"killed {killed(int(sys.argv[1]))} times: the same bytes each time")
