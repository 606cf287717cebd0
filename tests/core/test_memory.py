"""Memory stays bounded whatever is dropped: design section 6 gives the conversion 256 MB beyond its imports. Each drop
lies on disk and is handled by a process of its own, which tells how far it grew: C libraries are counted, too."""

import bz2
import gzip
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from itertools import repeat

import pytest
from backports import zstd

from support.entrypoints import ROOT
from support.samples import event, ndjson

BOUND_BYTES = 256 << 20  # beside "1,769 MB", which Lambda counts as MiB
GOOD = ndjson(event(1))
CELL = b'"' + b"x" * 1000


def watched(*arguments):
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "shared"), str(ROOT / "tests")))}
    command = [sys.executable, str(ROOT / "tests" / "support" / "watched.py"), *map(str, arguments)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def pieces(*parts):
    """Bytes, or (bytes, how often)."""
    for part in parts:
        yield from [part] if isinstance(part, bytes) else repeat(*part)


def days(count):
    for number in range(count):
        yield ndjson(event(number, ts=f"{2000 + number // 336}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"))


MIB = b"x" * (1 << 20)
KEYS = b",".join(b'"k%d":1' % number for number in range(500_000))
CROWDED = GOOD.replace(b'{"plan": "pro"}', b"{" + KEYS + b"}")
CASES = {
    "depth of a line": ("a.ndjson", pieces(GOOD, b"[" * 4_000_000 + b"\n"), {}, "too_deep"),
    "depth of an element": ("a.json", pieces(b"[", b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000, b"]"), {}, "too_deep"),
    "length of a line": ("a.ndjson", pieces(GOOD, b'{"event_key": "', (MIB, 300), b'"}\n', GOOD), {}, "line_too_long"),
    "length of a line in gzip": ("a.ndjson.gz", pieces(GOOD, (MIB, 300), b"\n"), {"max_ratio": 10**6}, "line_too_long"),
    "length of an element": ("a.json", pieces(b'[{"a": "', (MIB, 300), b'"}]'), {}, "record_too_long"),
    "length of a CSV record": ("a.csv", pieces(b"event_key,ts\n", (MIB, 300), b"\n"), {}, "line_too_long"),
    "length of a quoted CSV record": ("a.csv", pieces(b"event_key,ts\n", (CELL + b'""\n', 300_000)), {}, "csv_quotes"),
    "decompressed size": ("a.ndjson.zst", pieces((b" " * (1 << 20), 600)), {"max_ratio": 10**6, "max_bytes": 500 << 20}, "too_large"),
    "decompressed size, plain": ("a.ndjson", pieces((GOOD * 1000, 400)), {"max_bytes": 100 << 20}, "too_large"),
    "ratio of gzip": ("a.ndjson.gz", pieces((b" " * (1 << 20), 600)), {}, "ratio"),
    "ratio of zstd": ("a.ndjson.zst", pieces((b" " * (1 << 20), 600)), {}, "ratio"),
    "ratio of bzip2": ("a.ndjson.bz2", pieces((b" " * (1 << 20), 100)), {}, "ratio"),
    "days": ("a.ndjson", days(6000), {}, "too_many_days"),
    "columns": ("a.csv", pieces(b"event_key,ts", *(b",c%d" % number for number in range(700_000)), b"\n"), {}, "csv_header"),
    "keys of a map": ("a.ndjson", pieces(GOOD, CROWDED), {}, "too_many_entries"),
    "keys of a map in an element": ("a.json", pieces(b"[", CROWDED, b"]"), {}, "too_many_entries"),
}  # fmt: skip
WITHOUT_A_GOOD_ROW = {
    "depth of an element", "length of a CSV record", "length of a quoted CSV record", "keys of a map in an element",
}  # fmt: skip
OPENED = {"gz": gzip.open, "zst": zstd.open, "bz2": bz2.open}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_is_told_by_its_code_and_kept_in_bounded_memory(case, tmp_path):
    name, body, limits, code = CASES[case]
    path = tmp_path / "staging" / "incoming" / "hackle" / name
    path.parent.mkdir(parents=True)
    with OPENED.get(name.rpartition(".")[2], open)(path, "wb") as file:
        file.writelines(body)
    told = watched("drop", tmp_path, json.dumps(limits))
    receipt = told["receipt"]
    found = (receipt["fault"] or {}).get("code") or list(receipt["rejects"])
    assert found in (code, [code])
    assert receipt["outcome"] == (
        "failed" if found == code else "rejected" if case in WITHOUT_A_GOOD_ROW else "written"
    )
    assert told["grew_bytes"] < BOUND_BYTES


def test_a_backfill_of_many_rows_on_thousands_of_days_is_written_in_bounded_memory(tmp_path):
    path = tmp_path / "staging" / "incoming" / "hackle" / "a.ndjson"
    path.parent.mkdir(parents=True)
    first = date(2005, 1, 1)
    days = [str(first + timedelta(days=number)) for number in range(4000)]
    with path.open("wb") as file:
        file.writelines(ndjson(event(number, ts=days[number * 7919 % 4000])) for number in range(100_000))
    told = watched("drop", tmp_path, "{}")
    assert (told["receipt"]["rows_written"], told["receipt"]["files"]) == (100_000, 4000)
    assert told["grew_bytes"] < BOUND_BYTES


@pytest.mark.parametrize("seed", range(4))
def test_damaged_drops_account_for_every_row_in_bounded_memory(seed):
    told = watched("fuzz", 100, seed)
    assert {"written", "failed"} <= set(told["outcomes"]) <= {"written", "failed", "rejected", "empty"}
    assert told["grew_bytes"] < BOUND_BYTES
