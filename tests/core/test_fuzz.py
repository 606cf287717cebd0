"""Drops with damaged bytes, whole through `ingest`: each ends in an outcome, and every row of it is accounted for."""

import bz2
import gzip
import json

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from support.samples import event, ndjson
from support.world import World

ROWS = [event(n, event_properties={"plan": "프로", "n": n, "list": [1, {"a": "b"}]}) for n in range(6)]
CSV = "insert_id,event_key,ts,identifiers.id,identifiers.device_id,platform_properties\n" + "".join(
    f'{n},"pur""chase\n{n}",2025-01-02,u{n},d,"{{""osname"": ""iOS"", ""appversion"": ""1""}}"\n' for n in range(6)
)
WHOLE = {
    "a.ndjson": ndjson(*ROWS),
    "a.json": json.dumps(ROWS, indent=1, ensure_ascii=False).encode(),
    "a.csv": CSV.encode(),
    "b.csv": CSV.encode("utf-16"),
    "a.ndjson.gz": gzip.compress(ndjson(*ROWS), mtime=0) * 2,
    "a.ndjson.zst": zstd.compress(ndjson(*ROWS)) * 2,
    "a.ndjson.bz2": bz2.compress(ndjson(*ROWS)),
    "a": ndjson(*ROWS),
}
SYNTAX = [
    b'"',
    b",",
    b"\n",
    b"\r\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"\\",
    b"\\u",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\x1f\x8b",
]
EDIT = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), st.sampled_from(SYNTAX) | st.binary(max_size=4))


@pytest.mark.parametrize("policy", ["discard", "keep"])
@pytest.mark.parametrize("name", WHOLE)
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
def test_a_damaged_drop_ends_in_an_outcome_and_loses_no_row(name, policy, edits):
    body = WHOLE[name]
    for where, cut, put in edits:
        place = int(where * len(body))
        body = body[:place] + put + body[place + cut :]
    world, key = World(), f"incoming/hackle/{name}"
    world.staging.put("mappings/hackle.toml", f'on_broken_drop = "{policy}"'.encode())
    world.drop(body=body or b"x", key=key)
    receipt = world.handle(key)
    assert receipt.outcome in ("written", "rejected", "empty", "failed")
    if receipt.outcome != "failed" or policy == "keep":
        assert receipt.conserves
        assert len(world.ids()) == receipt.rows_written
    else:
        assert (receipt.fault is not None, world.ids()) == (True, [])
    assert world.handle(key).outcome == "skipped"
