"""Inputs x mappings x decoders: what each drop adds to memory beyond the imports, measured by the kernel in a process of
its own, stays below the bound of 256 MB; and nothing takes for ever."""

import bz2
import gzip
import json
import os
import struct
import subprocess
import sys
from datetime import date, timedelta
from itertools import count, islice, repeat
from random import Random

import pytest
from backports import zstd

from fuzz.cost import ATOMS, FIELDS, MAPPINGS
from support.entrypoints import ROOT
from support.samples import event, ndjson

BOUND_BYTES = 256 << 20
STUCK_SECONDS = 300
GOOD = ndjson(event(1))
OPEN = GOOD.strip()[:-1]
WHERE = 'where = "x[0] != `1`"\n'
PRIVATE = '[privacy]\ndrop = ["x.y"]\n'
ENTRIES = (
    '[fields]\nevent_key = "event_key"\nts = "ts"\nidentifiers = { spread = "identifiers" }\n'
    'platform_properties = { spread = "platform_properties" }\n[fields.event_properties]\n'
    + "".join(f'k{number} = "event_properties.k{number}"\n' for number in range(1900))
)
PIVOT = ENTRIES.partition("[fields.event")[0] + (
    '[fields.event_properties]\npivot = { from = "x", key = "k", value = ["v.a", "v.b"] }\n'
)


def framed(compress, frame, size, first=GOOD):
    one = compress(frame)
    return [compress(first), *repeat(one, size // len(one))]


def windowed(log):
    options = {zstd.CompressionParameter.window_log: log, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=options)
    rows = b"".join(ndjson(event(n, event_properties={"x": Random(n).randbytes(300).hex()})) for n in range(20_000))
    return [compressor.compress(rows * 12), compressor.flush()]


def long_lines(value):
    return [GOOD, *repeat(OPEN + b',"x":' + value + b"}\n", 2)]


def in_list(value, count):
    return b"[" + b",".join([value] * count) + b"]"


def crowded(count):
    return b"{" + b",".join(b'"%x":1' % number for number in range(count)) + b"}"


def distinct(rows):
    for row in range(rows):
        yield (
            OPEN.replace(
                b'{"plan": "pro"}', b"{" + b",".join(b'"%x%s":1' % (50 * row + n, b"k" * 100) for n in range(50)) + b"}"
            )
            + b"}\n"
        )


def days(rows):
    first = date(2000, 1, 2)
    names = [(first + timedelta(days=number)).isoformat() for number in range(4000)]
    for number in range(rows):
        yield GOOD.replace(b"2025-01-02T03:04:05.678Z", names[number * 1013 % 4000].encode())


SKIPPABLE = struct.pack("<II", 0x184D2A50, 0)
CASES = {
    "frames of one byte, zstd": ("a.ndjson.zst", lambda: framed(zstd.compress, b"\n", 16_000_000), "", "written"),
    "frames of nothing, zstd": ("a.ndjson.zst", lambda: framed(zstd.compress, b"", 16_000_000), "", "written"),
    "frames to be skipped, zstd": ("a.ndjson.zst", lambda: [zstd.compress(GOOD), SKIPPABLE * 1_000_000], "", "written"),
    "streams of one byte, bzip2": ("a.ndjson.bz2", lambda: framed(bz2.compress, b"\n", 16_000_000), "", "written"),
    "members of one byte, gzip": ("a.ndjson.gz", lambda: framed(gzip.compress, b"\n", 16_000_000), "", "written"),
    "a window of 64 MiB": ("a.ndjson.zst", lambda: windowed(26), "", "written"),
    "a window of 128 MiB": ("a.ndjson.zst", lambda: windowed(27), "", "too_large"),
    "a name without an end, gzip": ("a.ndjson.gz", lambda: [b"\x1f\x8b\x08\x08\0\0\0\0\0\xff", *repeat(b"x" * (1 << 20), 100)], "", "truncated"),
    "lines of one letter": ("a.ndjson", lambda: [GOOD, b"x\n" * 200_000], "", "not_json"),
    "lines of one letter, where": ("a.ndjson", lambda: [GOOD, b"x\n" * 200_000], WHERE, "not_json"),
    "records of one letter": ("a.csv", lambda: [b"event_key,ts\n", b"x\n" * 200_000], "", "csv_cells"),
    "numbers in an array": ("a.json", lambda: [b"[", GOOD, b",1" * 700_000, b"]"], "", "not_an_object"),
    "900,000 cells": ("a.csv", lambda: [b"event_key,ts\n", *repeat(b",".join([b"a"] * 900_000) + b"\n", 3)], "", "csv_cells"),
    "2,000,000 columns": ("a.csv", lambda: [b",".join(b"%x" % number for number in range(1_200_000)), b"\n"], "", "csv_header"),
    "long numbers": ("a.ndjson", lambda: [GOOD, *(OPEN + b',"%s":%s}\n' % (name, b"1" * 7_000_000) for name in (b"ts", b"metric_value", b"insert_id"))], "", None),
    "1,900 named entries": ("a.ndjson", lambda: [OPEN + b',"event_properties":{"k1":"a"}}\n'] * 4_000, ENTRIES, "written"),
    "300,000 records of a pivot": ("a.ndjson", lambda: long_lines(in_list(b'{"k":"a","v":{"a":1}}', 300_000)), PIVOT, None),
    "800,000 keys of a row": ("a.ndjson", lambda: long_lines(crowded(800_000)), "", "written"),
    "800,000 keys of a map": ("a.ndjson", lambda: [GOOD, *repeat(OPEN + b',"event_properties":' + crowded(800_000) + b"}\n", 2)], "", "too_many_entries"),
    "a million distinct keys": ("a.ndjson", lambda: distinct(20_000), "", "written"),
    "400,000 rows over 4,000 days": ("a.ndjson", lambda: days(400_000), "", "written"),
    "empty objects, where": ("a.ndjson", lambda: long_lines(in_list(b"{}", 2_700_000)), WHERE, "too_many_values"),
    "small objects, [privacy]": ("a.ndjson", lambda: long_lines(in_list(b'{"":1}', 1_000_000)), PRIVATE, "too_many_values"),
    "empty objects of a map": ("a.ndjson", lambda: [GOOD, *repeat(OPEN + b',"event_properties":{"a":' + in_list(b"{}", 2_700_000) + b"}}\n", 2)], "", "written"),
    "empty objects for a text": ("a.ndjson", lambda: [GOOD, *repeat(OPEN + b',"insert_id":' + in_list(b"{}", 2_700_000) + b"}\n", 2)], "", "wrong_type"),
    "records of a pivot, all distinct": ("a.ndjson", lambda: long_lines(b"[" + b",".join(b'{"k":"%x"}' % number for number in range(500_000)) + b"]"), PIVOT, "too_many_entries"),
    "empty records of a pivot": ("a.ndjson", lambda: long_lines(in_list(b"{}", 2_700_000)), PIVOT, "written"),
    "a place in a list of numbers": ("a.ndjson", lambda: long_lines(in_list(b"1", 3_900_000)), '[fields]\nevent_key = "event_key"\nts = "ts"\nidentifiers = { spread = "identifiers" }\nplatform_properties = { spread = "platform_properties" }\nevent_properties = { n = "x[7].a", m = "x[1].b" }\n', "written"),
    "floats, where": ("a.ndjson", lambda: long_lines(in_list(b"1.5", 2_000_000)), WHERE, "too_many_values"),
    "floats, [privacy]": ("a.ndjson", lambda: long_lines(in_list(b"1.5", 2_000_000)), PRIVATE, "too_many_values"),
}  # fmt: skip
BEFORE_DECODERS = (".zst", ".bz2", ".gz")
NATIVE_ONLY = ("a million distinct keys", "400,000 rows over 4,000 days", "numbers in an array")


def marks(case):
    """What takes long is for `make attack` alone."""
    return [] if CASES[case][0].endswith(BEFORE_DECODERS) else [pytest.mark.heavy]


ROWS = [
    pytest.param(case, decoder, marks=marks(case))
    for case, (name, *_) in CASES.items()
    for decoder in (("native",) if name.endswith(BEFORE_DECODERS) or case in NATIVE_ONLY else ("native", "python"))
]


@pytest.mark.attack
@pytest.mark.parametrize(("case", "decoder"), ROWS)
def test_memory_stays_bounded(case, decoder, tmp_path, proves):
    name, body, mapping, ends = CASES[case]
    found, grew, told = handled(tmp_path, name, body(), mapping, decoder)
    proves(f"{case} [{decoder}]: {told}")
    assert ends in (None, found), told
    assert grew < BOUND_BYTES, told


@pytest.mark.attack
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.heavy] if seed > 2 else []) for seed in range(60)]
)
def test_memory_stays_bounded_whatever_a_line_is_made_of(seed, tmp_path, proves):
    """Lines of up to 8 MB of one kind of value or of several, in any field, under any mapping, by either decoder."""
    random = Random(f"line {seed}")
    mapping, decoder = random.choice(sorted(MAPPINGS)), random.choice(["native", "python"])
    name, fields = random.choice(["a.ndjson", "a.json"]), random.sample(FIELDS, random.choice([1, 1, 2, 4]))
    kinds = {field: (random.choice(["list", "keys", "same keys"]), random.choice(ATOMS[:-2])) for field in fields}
    size = random.choice([8_000_000, 8_000_000, 2_000_000, 400_000]) // len(fields)
    row = OPEN + b"".join(b',"%s":%s' % (field, crowd(*kind, size)) for field, kind in kinds.items()) + b"}"
    between = b"\n" if name == "a.ndjson" else b","
    rows = between.join([GOOD.strip(), *repeat(row, 16_000_000 // len(row))])
    _, grew, told = handled(
        tmp_path, name, [rows if name == "a.ndjson" else b"[" + rows + b"]"], MAPPINGS[mapping], decoder
    )
    proves(f"{seed}: {kinds}, {mapping} [{decoder}]: {told}")
    assert grew < BOUND_BYTES, told


def crowd(kind, atom, size):
    """So many bytes of a value."""
    if kind == "list":
        return in_list(atom, size // (len(atom) + 1))
    names = repeat(b"k") if kind == "same keys" else (b"%x" % number for number in count())
    members = (b'"%s":%s' % (name, atom) for name in names)
    return b"{" + b",".join(islice(members, size // (len(atom) + (5 if kind == "same keys" else 9)))) + b"}"


def handled(folder, name, body, mapping, decoder):
    """How it ended, by how many bytes the process grew, and both in words."""
    path = folder / "staging" / "incoming" / ("own" if mapping else "hackle") / name
    path.parent.mkdir(parents=True)
    if mapping:
        (folder / "staging" / "mappings").mkdir()
        (folder / "staging" / "mappings" / "own.toml").write_text(mapping)
    with path.open("wb") as file:
        file.writelines(body)
    told = watched(folder, decoder)
    receipt, megabytes, grew = told["receipt"], path.stat().st_size / 1e6, told["grew_bytes"]
    found = (receipt["fault"] or {}).get("code") or next(iter(receipt["rejects"]), receipt["outcome"])
    seconds = told["seconds"] / megabytes
    return found, grew, f"{found}, +{grew / (1 << 20):.0f} MiB, {seconds:.3f} s a MB of {megabytes:.0f}"


def watched(folder, decoder):
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "shared"), str(ROOT / "tests")))}
    command = [sys.executable, ROOT / "tests" / "support" / "watched.py", "drop", folder, "{}", decoder]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=STUCK_SECONDS)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
