"""`make bench-close ROWS=1000000 DROPS=100`: what closing a day takes beside converting it: CPU seconds, MB/s, rows/s, peak
memory beyond the imports, files and bytes before and after. No test asserts a time."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

DAY, LATER = "2025-01-02", datetime(2025, 1, 10, tzinfo=UTC)
MOST_DROPS = 40  # that are converted one by one
BASE = 20_000  # rows that are converted; others are copies of them with ids of their own


def main():
    rows, drops = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="hackle-import-") as name:
        folder = Path(name)
        large, small = converted(folder), converted_as_dropped(folder, rows // drops)
        made(folder, rows, drops)
        command = [sys.executable, __file__, "close", str(folder)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"{rows:,} rows in {drops:,} drops' files of {told['bytes_in'] / 1e6:,.1f} MB")
    print(f"became {told['files']} files of {told['bytes_out'] / 1e6:,.1f} MB")
    print(f"{told['cpu']:.1f} CPU s: {told['bytes_in'] / 1e6 / told['cpu']:.1f} MB/s, {rows / told['cpu']:,.0f} rows/s")
    print(f"{told['cpu'] / (large * rows):.2f} times the conversion's CPU of one large drop")
    print(f"{told['cpu'] / (small * rows):.2f} times that of drops of this size")
    print(f"memory grew by {told['grew'] / (1 << 20):,.0f} MiB beyond the imports and a first small day")


def converted(folder):
    """A base of rows as Parquet, and the CPU seconds of the conversion of a row, a first drop left out."""
    from events import write_events

    from hackle_import.drop import Drop
    from hackle_import.ingest import ingest
    from hackle_import.places import Places
    from hackle_import.settings import Rules
    from hackle_import.stores import open_store

    seconds = 0.0
    for number in range(2):
        staging, lake = open_store(f"{folder}/base-{number}"), open_store(f"{folder}/base-lake-{number}")
        source = folder / "events.ndjson"
        write_events(source, BASE)
        text = re.sub(r"2025-01-0\dT", f"{DAY}T", source.read_text())
        staging.put("incoming/hackle/a.ndjson", text.encode())
        began = process_time()
        ingest(
            Drop.at(staging.place, "incoming/hackle/a.ndjson"), Places(staging, staging, lake), Rules(), lambda: LATER
        )
        seconds = process_time() - began
    return seconds / BASE


def converted_as_dropped(folder, size):
    """The CPU seconds of the conversion of a row, where drops have so many."""
    from hackle_import.drop import Drop
    from hackle_import.ingest import ingest
    from hackle_import.places import Places
    from hackle_import.settings import Rules
    from hackle_import.stores import open_store

    staging, lake = open_store(f"{folder}/small"), open_store(f"{folder}/small-lake")
    lines = re.sub(r"2025-01-0\dT", f"{DAY}T", (folder / "events.ndjson").read_text()).splitlines(keepends=True)
    parts = [lines[at : at + size] for at in range(0, len(lines), size)][:MOST_DROPS]
    for number, part in enumerate(parts):
        staging.put(f"incoming/hackle/{number}.ndjson", "".join(part).encode())
    began = process_time()
    for number in range(len(parts)):
        drop = Drop.at(staging.place, f"incoming/hackle/{number}.ndjson")
        ingest(drop, Places(staging, staging, lake), Rules(), lambda: LATER)
    return (process_time() - began) / sum(map(len, parts))


def made(folder, rows, drops):
    """Files below open/ as drops leave them, and their ledgers; and a small day to begin with."""
    import msgspec
    import pyarrow as pa
    import pyarrow.parquet as pq

    from hackle_import.days.rows import encoded
    from hackle_import.drop import Drop
    from hackle_import.ingest import ledger
    from hackle_import.receipt import Outcome, Receipt
    from hackle_import.stores import open_store
    from hackle_import.writing.parquet import ParquetFile

    staging, opened = open_store(f"{folder}/staging"), open_store(f"{folder}/staging/open")
    (base,) = Path(folder, "base-lake-1").rglob("*.parquet")
    batch = pq.read_table(base, use_threads=False).combine_chunks().to_batches()[0]
    number = 0
    for day, count, each in (("2025-01-01", 1, 100), (DAY, drops, rows // drops)):
        for one in range(count):
            path, left = folder / "one.parquet", each
            file = ParquetFile(path)
            while left:
                size = min(left, BASE)
                ids = [hashlib.md5(str(number + n).encode()).hexdigest() for n in range(size)]
                ids = [f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}" for text in ids]
                number, left = number + size, left - size
                part = (
                    batch.slice((one * each) % BASE, size)
                    if size < BASE - (one * each) % BASE
                    else batch.slice(0, size)
                )
                part = part.take(pa.array(range(size)))
                file.write([encoded(part.set_column(0, batch.schema.field(0), pa.array(ids)))])
            file.finish({})
            drop = Drop.at("staging", f"incoming/hackle/{day}-{one}.ndjson")
            key, body = f"{day}/d-{drop.source}-{one:016x}-00000.parquet", path.read_bytes()
            opened.put(key, body)
            output = ledger.Output(key, each, len(body), hashlib.sha256(body).hexdigest())
            receipt = Receipt(source=drop.key, version="v", mapping="hackle", outcome=Outcome.WRITTEN, uploaded=LATER)
            entry = ledger.Entry(drop.key, receipt=receipt, commit=ledger.Commit("v", [output], receipt), document=2)
            staging.put(drop.state_key, msgspec.json.encode(entry))


def close(folder):
    from hackle_import.days import Closer
    from hackle_import.places import Places
    from hackle_import.settings import DayRules, Publish, Rules
    from hackle_import.stores import open_store
    from hackle_import.writing import arrow_pool

    arrow_pool.prepare()
    opened, staging, lake = (open_store(f"{folder}/{name}") for name in ("staging/open", "staging", "lake"))
    closer = Closer(Places(opened, staging, lake), Rules(), DayRules(publish=Publish.CLOSED_DAYS), lambda: LATER)
    closer.close("2025-01-01")
    before, began = peak_bytes(), process_time()
    closed = closer.close(DAY)
    told = {
        "cpu": process_time() - began,
        "grew": peak_bytes() - before,
        "files": closed.files,
        "bytes_out": closed.bytes_out,
    }
    told["bytes_in"] = sum(opened.head(key).size for key in opened.keys(f"{DAY}/"))
    print(json.dumps(told))


def peak_bytes():
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


if __name__ == "__main__":
    close(sys.argv[2]) if sys.argv[1] == "close" else main()
