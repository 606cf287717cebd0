"""`make bench-verify ROWS="1000000 100000000"`: what `verify` takes for import places of so many rows: whole processes, their
time, peak memory and the temporary disk at its largest. The rows are small, each with an id of its own but for one."""

import os
import re
import shutil
import subprocess
import sys
import time
from array import array
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hackle_import.conform import good_rows
from hackle_import.decode import Findings
from hackle_import.schema import SCHEMA
from hackle_import.writing.parquet import ParquetFile

FOLDER = Path(__file__).parent.parent.parent / "build" / "verify"
FILE_ROWS, BATCH_ROWS = 1_000_000, 50_000
ROW = {
    "event_key": "purchase", "ts": 1735776000000, "metric_value": 0, "event_properties": [], "user_properties": [],
    "identifiers": [("id", "u1"), ("device_id", "d1")],
    "platform_properties": [("osname", "Android"), ("appversion", "6.9.0")],
}  # fmt: skip


def main():
    print("|       rows | files |  MB read | seconds | peak MiB | MB of temporary disk |")
    print("|---:|---:|---:|---:|---:|---:|")
    for rows in map(int, sys.argv[1:]):
        lake = FOLDER / str(rows)
        size = write(lake, rows)
        seconds, peak, disk = verify(lake)
        print(
            f"| {rows:,} | {rows // FILE_ROWS} | {size / 1e6:,.0f} | {seconds:,.0f} | {peak:,.0f} | {disk / 1e6:,.0f} |",
            flush=True,
        )
        shutil.rmtree(lake)


def write(lake, rows):
    """The bytes of as many files as it takes; the last row has the first one's id."""
    columns = [pa.array([ROW[name]] * BATCH_ROWS, SCHEMA.field(name).type) for name in SCHEMA.names[1:]]
    for number in range(rows // FILE_ROWS):
        path = lake / "2025-01-02" / f"{number:05}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        starts = range(number * FILE_ROWS, (number + 1) * FILE_ROWS, BATCH_ROWS)
        file = ParquetFile(path)
        for start in starts:
            file.write([good_rows([ids(start, rows - 1), *columns], Findings())])
        file.finish({})
    return sum(path.stat().st_size for path in lake.rglob("*.parquet"))


def ids(start, last):
    numbers = array("Q", (number % last for number in range(start, start + BATCH_ROWS)))
    numbers.byteswap()
    digits = pa.py_buffer(numbers.tobytes().hex().encode())
    offsets = pa.py_buffer(array("i", range(0, 16 * BATCH_ROWS + 1, 16)).tobytes())
    texts = pa.StringArray.from_buffers(BATCH_ROWS, offsets, digits)
    parts = ["00000000-0000-4000-8000-", pc.utf8_slice_codeunits(texts, 4), ""]
    return pc.binary_join_element_wise(*parts)


def verify(lake):
    folder = FOLDER / "tmp"
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "hackle_import.cli", "verify", str(lake), "--json"]
    began, disk, peak = time.monotonic(), 0, 0
    process = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(folder)}, stdout=subprocess.PIPE, text=True)
    while True:
        peak = max(peak, resident(process.pid))
        disk = max(disk, size_of(folder))
        try:
            status = process.wait(0.1)
            break
        except subprocess.TimeoutExpired:
            continue
    seconds = time.monotonic() - began
    told = process.stdout.read()
    if status != 1 or '"insert_id_repeated"' not in told or len(told.splitlines()) != 1:
        sys.exit(f"verify did not find the one repeated id: {told}")
    return seconds, peak, disk


def resident(pid):
    """The peak so far in MiB. Not the one that wait4 tells: it begins with what the parent had when it forked."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0


def size_of(folder):
    size = 0
    try:
        for path in folder.rglob("*"):
            size += path.stat().st_size
    except FileNotFoundError:
        pass  # removed meanwhile: the next look is soon
    return size


if __name__ == "__main__":
    main()
