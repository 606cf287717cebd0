"""Bad input of every kind ends in a named outcome, within bounded memory."""

import bz2
import gzip
import tracemalloc
from io import BytesIO

import pyarrow.parquet as pq
import pytest
from backports import zstd

from hackle_import.settings import Limits, Rules
from support.samples import event, ndjson
from support.world import World


def outcome(name, body, rules=None):
    world, key = World(), f"incoming/hackle/{name}"
    world.drop(body=body, key=key)
    receipt = world.handle(key, rules=rules)
    assert receipt.conserves or receipt.outcome == "failed"
    return receipt


def good(count=1):
    return ndjson(*(event(number) for number in range(count)))


@pytest.mark.parametrize(
    ("name", "body", "fault"),
    [
        ("a.json", b"\x89PNG\r\n\x1a\n\0\0", "not_json"),
        ("a.ndjson", b"\0" * 100, "not_json"),
        ("a.json", b"[" * 100_000, "not_json"),
        ("a.json", b'[{"a":' * 1_000, "not_json"),
        ("a.json", b'[{"a": 1} {"b": 2}]', "not_json"),
        ("a.json", b"[1, 2] trailing", "not_json"),
        ("a.csv", b"\0\0\0", "csv_header"),
        ("a.csv", b"\n\n", "csv_header"),
        ("a.csv", b"event_key,ts," + b",".join(b"c%d" % n for n in range(1_000_000)), "csv_header"),
        ("a.csv", "event_key,ts\n".encode("utf-16") + b"\xd8", "wrong_encoding"),
        ("a.csv", "event_key,ts,쿠폰\n".encode("cp949"), "wrong_encoding"),  # as Excel writes CSV in Korea
        ("a.csv.gz", b"event_key,ts\n", "wrong_extension"),
        ("a.ndjson.gz", gzip.compress(good(100))[:-9], "truncated"),
        ("a.ndjson.gz", b"\x1f\x8b", "truncated"),
        ("a.ndjson.gz", gzip.compress(good()) + b"garbage that is no member at all", "corrupt"),
        ("a.ndjson.bz2", bz2.compress(good(100))[:-9], "truncated"),
        ("a.ndjson.bz2", b"BZh9" + b"x" * 50, "corrupt"),
        ("a.ndjson.zst", zstd.compress(good(100))[:-4], "truncated"),
        ("a.ndjson.zst", zstd.compress(good())[:4] + b"x" * 50, "corrupt"),
        ("a", b"\xff\xd8\xff", "unknown_format"),
    ],
)
def test_a_broken_drop_fails_with_a_code(name, body, fault):
    receipt = outcome(name, body)
    assert (receipt.outcome, receipt.fault.code) == ("failed", fault)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"[" * 100_000, "too_deep"),
        (b'{"event_properties": ' + b'{"a":' * 100_000, "too_deep"),
        (b'{"event_key": "\\ud800"}', "not_json"),
        (b'{"event_key": "\xed\xa0\x80"}', "not_utf8"),
        (b'{"event_key": "a\0b"}', "not_json"),
        (b'{"a": 1', "not_json"),
        (b'{"a": 1}{"b": 2}', "not_json"),
        (b'{"ts": 1e999999999, "event_key": "a"}', "ts_unreadable"),
        (b'{"ts": 1735787045, "event_key": "a", "metric_value": 1e999999999999999999999}', "metric_too_large"),
    ],
)
def test_a_bad_row_is_rejected_with_a_code_and_the_others_are_written(row, code):
    receipt = outcome("a.ndjson", good() + row + b"\n" + good(2)[len(good()) :])
    assert (receipt.outcome, receipt.rejects, receipt.rows_written) == ("written", {code: 1}, 2)


@pytest.mark.parametrize("name", ["identifiers", "event_properties", "platform_properties"])
def test_a_map_of_very_many_keys_is_rejected(name):
    rows = [event(1), event(2), event(3)]
    rows[0][name] = rows[0][name] | {f"k{n}": None for n in range(4097)}
    rows[1][name] = rows[1][name] | {f"k{n}": n for n in range(4090)}
    receipt = outcome("a.ndjson", ndjson(*rows))
    assert (receipt.rejects, receipt.rows_written) == ({"too_many_entries": 1}, 2)


def test_a_line_of_100_mb_is_one_reject_in_bounded_memory():
    line = b'{"event_key": "' + b"x" * 100_000_000 + b'"}\n'
    world = World()
    world.drop(body=good() + line + good(2)[len(good()) :])
    tracemalloc.start()
    receipt = world.handle()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (receipt.rejects, receipt.rows_written) == ({"line_too_long": 1}, 2)
    assert peak < 60_000_000


def test_an_element_of_100_mb_fails_in_bounded_memory():
    receipt = outcome("a.json", b'[{"a": "' + b"x" * 100_000_000 + b'"}]')
    assert receipt.fault.code == "record_too_long"


@pytest.mark.parametrize(
    ("name", "compress"),
    [("a.ndjson.gz", gzip.compress), ("a.ndjson.zst", zstd.compress), ("a.ndjson.bz2", bz2.compress)],
)
def test_a_zip_bomb_fails_before_it_has_expanded(name, compress):
    receipt = outcome(name, compress(b" " * 200_000_000), Rules(limits=Limits(max_ratio=100)))
    assert receipt.fault.code == "ratio"


def test_a_small_drop_of_equal_rows_is_no_bomb():
    assert outcome("a.ndjson.gz", gzip.compress(good() * 20_000)).outcome == "written"


def test_a_column_of_a_map_wins_over_the_same_key_in_its_object():
    world, key = World(), "incoming/hackle/a.csv"
    header = b"event_key,ts,identifiers,identifiers.id,platform_properties"
    ids, platform = b'"{""id"": ""old"", ""device_id"": ""d""}"', b'"{""osname"": ""iOS"", ""appversion"": ""1""}"'
    world.drop(body=header + b"\nbuy,2025-01-02," + ids + b",new," + platform + b"\n", key=key)
    receipt = world.handle(key)
    assert (receipt.rows_written, receipt.notes["key_repeated"]) == (1, 1)
    (path,) = world.lake.keys("")
    (row,) = pq.read_table(BytesIO(world.lake.get(path)[0]))["identifiers"].to_pylist()
    assert row == [("id", "new"), ("device_id", "d")]
