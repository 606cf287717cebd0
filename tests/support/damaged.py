"""Drops of every kind, pieces to damage them with, and what must be true of whatever they end in."""

import bz2
import gzip
import json

from backports import zstd

from support.samples import event, ndjson
from support.world import World

SYNTAX = [
    b'"', b",", b"\n", b"\r\n", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"\0", b"\xff", b"\xef\xbb\xbf", b"\x1f\x8b", b"[" * 99,
]  # fmt: skip


def whole_drops(count):
    """Good drops of so many rows, by their names."""
    rows = [event(n, event_properties={"plan": "프로", "n": n, "list": [1, {"a": "b"}]}) for n in range(count)]
    lines, table = ndjson(*rows), _table(count)
    return {
        "a.ndjson": lines,
        "a.json": json.dumps(rows, indent=1, ensure_ascii=False).encode(),
        "a.csv": table.encode(),
        "b.csv": table.encode("utf-16"),
        "a.ndjson.gz": gzip.compress(lines, mtime=0) * 2,
        "a.ndjson.zst": zstd.compress(lines) * 2,
        "a.json.zst": zstd.compress(json.dumps(rows).encode()),
        "a.ndjson.bz2": bz2.compress(lines),
        "a.csv.bz2": bz2.compress(table.encode()),
        "a": lines,
    }


def _table(count):
    header = "insert_id,event_key,ts,identifiers.id,identifiers.device_id,platform_properties\n"
    platform = '"{""osname"": ""iOS"", ""appversion"": ""1""}"'
    return header + "".join(f'{n},"pur""chase\n{n}",2025-01-02,u{n},d,{platform}\n' for n in range(count))


def accounted(name, body, policy):
    """The outcome of a drop, by the mapping's `on_broken_drop`: it says what became of the rows, none is missing, and a
    second event finds nothing to do."""
    world, key = World(), f"incoming/hackle/{name}"
    world.staging.put("mappings/hackle.toml", f'on_broken_drop = "{policy}"'.encode())
    world.drop(body=body or b"x", key=key)
    receipt = world.handle(key)
    assert len(world.ids()) == receipt.rows_written
    if receipt.outcome == "failed":
        assert receipt.fault is not None
        assert receipt.conserves if policy == "keep" else world.ids() == []
    else:
        assert (receipt.conserves, receipt.fault) == (True, None)
        kind = "written" if receipt.rows_written else "rejected" if receipt.rows_rejected else "empty"
        assert receipt.outcome == kind
    assert world.handle(key).outcome == "skipped"
    return receipt.outcome
