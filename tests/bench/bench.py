"""`make bench`: speed, memory and start, as whole processes on one core, paired with DuckDB on the same file in the same run.

`make bench ARGS=--quick` takes a tenth of the rows. The report is printed as Markdown and kept in build/bench/.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from events import write_events
from vendors import JMESPATH, PRESETS, write_export

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "build" / "bench"
QUICK = "--quick" in sys.argv
ROWS, LARGE_ROWS, RUNS = (50_000, 140_000, 3) if QUICK else (500_000, 1_400_000, 5)
MAPPED_ROWS = 20_000 if QUICK else 100_000
OURS = [sys.executable, "-m", "hackle_import.cli", "convert", "--json"]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    events, large = FOLDER / f"events-{ROWS}.ndjson", FOLDER / f"events-{LARGE_ROWS}.ndjson.gz"
    for path, rows in ((events, ROWS), (large, LARGE_ROWS)):
        if not path.exists():
            make(path, rows)
    report = {"speed": speed(events), "memory": memory(large), "mappings": mappings(), "start": start()}
    (FOLDER / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    text = markdown(report)
    (FOLDER / "report.md").write_text(text)
    sys.stdout.write(text)


def make(path, rows):
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    write_events(plain, rows)
    if plain != path:
        with plain.open("rb") as source, gzip.GzipFile(path, "wb", 6, mtime=0) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        plain.unlink()


def speed(events):
    """In turn, so that a drift of the machine's speed meets all."""
    convert = [*OURS, events, "--out", FOLDER / "out"]
    commands = {
        "hackle-import": convert,
        "hackle-import, Python decoder": ["env", "HACKLE_DECODER=python", *convert],
        "DuckDB": [sys.executable, HERE / "duckdb_job.py", events, FOLDER / "out"],
    }
    measured = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            measured[name].append(run(command))
    size = events.stat().st_size / 1e6
    found = {
        name: {"mb_per_s": [size / seconds for seconds, _ in runs], "peak_mib": max(peak for _, peak in runs)}
        for name, runs in measured.items()
    }
    pairs = zip(measured["DuckDB"], measured["hackle-import"], strict=True)
    return {
        "rows": ROWS,
        "megabytes": size,
        "engines": found,
        "ratio": [theirs / ours for (theirs, _), (ours, _) in pairs],
    }


def mappings():
    """Time per input byte as a multiple of the native shape's, pair by pair in turn."""
    native = FOLDER / f"events-{MAPPED_ROWS}.ndjson"
    if not native.exists():
        write_events(native, MAPPED_ROWS)
    (FOLDER / "jmespath.toml").write_text(JMESPATH)
    jobs = {"a mapping with JMESPath": (native, FOLDER / "jmespath.toml")}
    for name in PRESETS:
        path = FOLDER / f"{name}-{MAPPED_ROWS}.ndjson"
        if not path.exists():
            write_export(native, name, path)
        jobs[name] = path, name
    found = {name: [] for name in jobs}
    for _ in range(RUNS):
        for name, (path, mapping) in jobs.items():
            base, own = per_byte(native, "hackle"), per_byte(path, mapping)
            found[name].append(own / base)
    return found


def per_byte(path, mapping):
    return run([*OURS, path, "--mapping", mapping, "--out", FOLDER / "out"])[0] / path.stat().st_size


def memory(large):
    seconds, peak = run([*OURS, large, "--out", FOLDER / "out"])
    with gzip.open(large) as file:
        size = sum(len(block) for block in iter(lambda: file.read(1 << 20), b"")) / 1e6
    return {
        "rows": LARGE_ROWS,
        "megabytes": size,
        "gzip_megabytes": large.stat().st_size / 1e6,
        "seconds": seconds,
        "peak_mib": peak,
    }


def start():
    """Imports of the core as the functions load it, median of fresh processes."""
    code = "import time; began = time.perf_counter(); import hackle_import.ingest; print(time.perf_counter() - began)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(7)
    ]
    return {"import_core_ms": 1000 * statistics.median(times)}


def run(command):
    """Wall seconds and peak resident MiB of a process on one core."""
    for folder in ("out", "out-ledger"):
        shutil.rmtree(FOLDER / folder, ignore_errors=True)
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {0})
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def markdown(report):
    found, large = report["speed"], report["memory"]
    lines = [f"{found['rows']:,} events, {found['megabytes']:,.0f} MB of NDJSON, one core, {RUNS} runs in turn:", ""]
    lines += ["| | MB/s min | median | max | peak MiB |", "|---|---:|---:|---:|---:|"]
    for name, engine in found["engines"].items():
        rates = engine["mb_per_s"]
        lines.append(
            f"| {name} | {min(rates):.1f} | {statistics.median(rates):.1f} | {max(rates):.1f} | {engine['peak_mib']:.0f} |"
        )
    ratio = found["ratio"]
    lines += [
        "",
        f"Speed as a multiple of DuckDB's, pair by pair: {min(ratio):.2f} / {statistics.median(ratio):.2f} / {max(ratio):.2f}.",
    ]
    lines.append(
        f"{large['rows']:,} events, {large['megabytes']:,.0f} MB as {large['gzip_megabytes']:,.0f} MB of gzip: "
        f"{large['seconds']:.1f} s, {large['peak_mib']:.0f} MiB resident at its peak."
    )
    lines += [
        "",
        "| mapping | time per input byte as a multiple of the native shape's, min | median | max |",
        "|---|---:|---:|---:|",
    ]
    for name, ratios in report["mappings"].items():
        lines.append(f"| {name} | {min(ratios):.2f} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |")
    lines.append("")
    lines.append(f"Importing the core takes {report['start']['import_core_ms']:.0f} ms (median of 7 fresh processes).")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
