"""What a manifest says, and what is said of one that is wrong."""

import gzip
import json

import pytest

from hackle_import.errors import BadDrop
from hackle_import.exports.manifest import MAX_BYTES, is_manifest, is_manifest_name, read_manifest
from hackle_import.reading.pinned import PinnedReader
from hackle_import.stores.memory import MemoryStore
from support.exports import DAY
from support.samples import NOW

PART = {"key": "exports/shop/1/a.gz", "size": 3}
GOOD = {"hackle_export": 1, "rows": 2, "parts": [PART]}
REDSHIFT = {
    "entries": [
        {"url": "s3://staging/exports/shop/1/0001_part_00.gz", "meta": {"content_length": 9, "record_count": 2}},
        {"url": "s3://staging/exports/shop/1/0000_part_00.gz", "meta": {"content_length": 7, "record_count": 1}},
    ],
    "schema": {"elements": [{"name": "id", "type": {"base": "integer"}}]},
    "meta": {"content_length": 16, "record_count": 3},
    "author": {"name": "Amazon Redshift", "version": "1.0.0"},
}


def read(content, key=DAY, beside=()):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    store = MemoryStore(lambda: NOW, "s3://staging")
    for name in beside:
        store.put(name, b"")
    with PinnedReader(store, store.put(key, body)) as reader:
        return read_manifest(key, reader, store, store.place)


def test_parts_are_in_the_order_of_their_keys_bytes():
    names = ["exports/b", "exports/\ua000", "exports/\U00010000", "exports/B", "exports/a/z"]
    found = read(GOOD | {"parts": [{"key": name, "size": 1} for name in names]})
    assert [part.key for part in found.parts] == sorted(names, key=str.encode)


def test_redshift_s_own_is_taken_with_its_counts():
    found = read(REDSHIFT, "incoming/shop/2025-01-02.manifest")
    assert (found.rows, [(part.key, part.size, part.rows) for part in found.parts]) == (
        3,
        [("exports/shop/1/0000_part_00.gz", 7, 1), ("exports/shop/1/0001_part_00.gz", 9, 2)],
    )


def test_what_the_exporter_adds_is_passed_over():
    assert read(GOOD | {"source": "shop", "exported_by": {"tool": "dbt"}}).rows == 2
    assert read(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()).rows == 2


def is_read_as_one(body, key=DAY):
    store = MemoryStore(lambda: NOW, "s3://staging")
    with PinnedReader(store, store.put(key, body)) as reader:
        return is_manifest(key, reader)


def test_the_name_says_what_may_be_a_manifest():
    assert is_manifest_name(DAY)
    assert is_manifest_name("incoming/shop/day.manifest")
    assert not is_manifest_name("incoming/shop/2025.json")
    assert not is_manifest_name("incoming/shop/export.json.gz")


RECORDS = [b'{"event_key":"a"}\n{"event_key":"b"}\n', b'\xef\xbb\xbf [ {"event_key":"a"}]', b'{\n "data": [{"a":1}]}']


@pytest.mark.parametrize("body", RECORDS)
def test_records_may_be_named_as_our_manifests_are(body):
    assert not is_read_as_one(body)
    assert is_read_as_one(body, "incoming/shop/day.manifest")


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{}", b"[]", b"[ ]", b"{ }", b"[1]", b"null", b"{", gzip.compress(RECORDS[0], mtime=0)]
)
def test_what_has_the_name_and_no_record_is_judged_as_one(body):
    assert is_read_as_one(body)


@pytest.mark.parametrize("sort_keys", [False, True])
def test_our_key_may_stand_anywhere(sort_keys):
    columns = [{"name": f"column_{number}", "type": "STRING"} for number in range(2000)]
    assert is_read_as_one(json.dumps(GOOD | {"columns": columns}, sort_keys=sort_keys).encode())


def test_keys_may_be_in_any_order():
    found = read(json.dumps(GOOD | {"a": 1, "format": "csv"}, sort_keys=True).encode())
    assert (found.rows, found.format, len(found.parts)) == (2, "csv", 1)


NO_MANIFEST = {
    "no bytes": (b"", "it is empty"),
    "white space": (b" \r\n\t", "it is empty"),
    "a mark alone": (b"\xef\xbb\xbf", "it is empty"),
    "null": (b"null", "an object is wanted, not null"),
    "a list": (b"[]", "an object is wanted, not a list"),
    "a list of one": (b"[1]", "an object is wanted, not a list"),
    "a text": (b'"a"', "an object is wanted, not a text"),
    "a number": (b"1", "an object is wanted, not a number"),
    "an object of nothing": (b"{}", ": missing; write "),
    "an event": (b'{"event_key":"a","ts":"2025-01-02"}', ": missing; write "),
    "another app's": (b'{"name": "an app", "icons": []}', ": missing; write "),
    "broken off": (b"{", "truncated"),
    "no JSON": (b"CACHE MANIFEST", "no JSON"),
    "lines of events": (b'{"event_key":"a"}\n{"event_key":"b"}', "no JSON"),
    "no text": (b'{"a":"\xff"}', "not UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "no JSON"),
    "gzip": (gzip.compress(json.dumps(GOOD).encode()), "it is compressed"),
    "zstd": (b"\x28\xb5\x2f\xfd....", "it is compressed"),
    "a number of too many digits": (b'{"hackle_export":1,"rows":' + b"9" * 5000 + b',"parts":[]}', "no JSON|rows: "),
}


@pytest.mark.parametrize("key", [DAY, "incoming/shop/day.manifest"])
@pytest.mark.parametrize(("body", "told"), NO_MANIFEST.values(), ids=NO_MANIFEST)
def test_what_only_has_the_name_fails_and_is_no_drop_without_rows(key, body, told):
    with pytest.raises(BadDrop, match=told) as caught:
        read(body, key)
    assert caught.value.fault == "bad_manifest"


def test_each_form_is_told_where_it_has_the_other_s_name():
    with pytest.raises(BadDrop, match=r"entries: missing; .*MANIFEST VERBOSE.* \.export\.json"):
        read(GOOD, "incoming/shop/day.manifest")
    with pytest.raises(BadDrop, match=r"hackle_export: missing; write 1.* \.manifest"):
        read(REDSHIFT)


@pytest.mark.parametrize("meta", [{}, {"mandatory": True, "meta": {"content_length": 1}}])
def test_a_manifest_beside_its_files_is_no_export(meta):
    content = {"entries": [{"url": "s3://other/unload/day.0000_part_00", **meta}]}
    key, file = "incoming/shop/day.manifest", "incoming/shop/day.0000_part_00"
    assert read(content, key, [file]) is None
    with pytest.raises(BadDrop, match="MANIFEST VERBOSE"):
        read(content, key)  # those files are nowhere here
    with pytest.raises(BadDrop, match="MANIFEST VERBOSE"):
        read({"entries": []}, key, [file])


def test_a_manifest_beside_a_file_of_no_possible_name_is_told():
    content = {"entries": [{"url": "s3://other/unload/day.\0"}]}
    with pytest.raises(BadDrop, match="MANIFEST VERBOSE"):
        read(content, "incoming/shop/day.manifest")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"entries": [{"url": "s3://staging/exports/shop/day.0000"}]}, "MANIFEST VERBOSE"),
        ({"entries": [{"url": "s3://other/unload/0000_part_00"}]}, "MANIFEST VERBOSE"),
        (b'{"entries": [{"url": "s3://other', "truncated"),
        (b'{"ent', "truncated"),
        (
            REDSHIFT | {"meta": {"content_length": 16, "record_count": -3}},
            "meta.record_count: -3; write a whole number",
        ),
    ],
)
def test_a_manifest_of_an_export_that_cannot_be_read_is_told(content, told):
    with pytest.raises(BadDrop, match=told):
        read(content, "incoming/shop/day.manifest")


def test_rows_that_nobody_counted_are_not_compared():
    assert read(GOOD | {"rows": None}).rows is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (GOOD | {"hackle_export": 2}, "hackle_export: 2; write 1"),
        (GOOD | {"hackle_export": True}, "hackle_export: true; write 1"),
        (GOOD | {"hackle_export": "1"}, 'hackle_export: "1"; write 1'),
        (GOOD | {"rows": -1}, "rows: -1; write a whole number"),
        (GOOD | {"rows": 2.0}, "rows: 2.0; write a whole number"),
        (GOOD | {"rows": True}, "rows: true; write a whole number"),
        (GOOD | {"rows": 1 << 63}, "rows: 9223372036854775808; write a whole number"),
        (GOOD | {"rows": "2"}, 'rows: "2"; write a whole number, or null where nobody counted'),
        (GOOD | {"rows": [{"email": "a@b"}]}, "rows: a list; write"),
        (GOOD | {"rows": None, "parts": []}, "rows: null; write 0 where there are no rows"),
        ({"hackle_export": 1, "rows": 0}, "parts: missing; write a list"),
        (GOOD | {"parts": {}}, "parts: an object; write a list"),
        (GOOD | {"parts": [PART, "exports/a"]}, r'parts\[1\]: "exports/a"; write an object'),
        (GOOD | {"parts": [{"key": "exports/a"}]}, r"parts\[0\].size: missing; write the part's bytes"),
        (GOOD | {"parts": [PART | {"size": "3"}]}, r'parts\[0\].size: "3"; write the part\'s bytes'),
        (GOOD | {"parts": [PART | {"verison": "1"}]}, r"parts\[0\].verison: unknown key; .* key, size, version"),
        (GOOD | {"format": "parquet"}, 'format: "parquet"; write "ndjson", "json", "csv" or "tsv"'),
        (GOOD | {"format": "parquet"}, "parts of Parquet are not read: export them as JSON lines with gzip"),
        (GOOD | {"parts": [PART, PART]}, "names the part exports/shop/1/a.gz twice"),
        (
            GOOD | {"parts": [{"key": f"exports/{n}", "size": 0} for n in range(10_001)]},
            "10,001 parts; the limit is 10,000",
        ),
        (GOOD | {"parts": [PART, PART | {"key": "s3://staging/exports/shop/1/a.gz"}]}, "a.gz twice"),
        (json.dumps(GOOD).encode()[:-1], "truncated"),
        (b'{"hackle_export":1,"rows":0,"parts":[],"a":' + b"[" * 100_000, "nests too deep"),
        (json.dumps(GOOD).encode() + b" " * MAX_BYTES, "more than 4,194,304 bytes"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content, told):
    with pytest.raises(BadDrop, match=told) as caught:
        read(content)
    assert caught.value.fault == "bad_manifest"


@pytest.mark.parametrize(
    "key",
    [
        "incoming/hackle/a.ndjson",
        "state/1.json",
        "exports/../state/1.json",
        "exports//a",
        "exports/.hidden/a",
        "exports/",
        "/exports/a",
        "s3://staging/state/1.json",
        "s3://another/exports/a",
        "s3://staging-2/exports/a",
        "gs://staging/exports/a",
        "",
    ],
)
def test_it_leads_to_nothing_but_parts_of_its_own_staging_place(key):
    with pytest.raises(BadDrop, match=r"does not lie below s3://staging/exports/") as caught:
        read(GOOD | {"parts": [{"key": key, "size": 1}]})
    assert caught.value.fault == "bad_manifest"


@pytest.mark.parametrize("key", ["exports/a\0b", "exports/a\nb", "exports/\x1b[2J", "exports/a\x7f", "exports/a\u0085"])
@pytest.mark.parametrize("name", [DAY, "incoming/shop/a.manifest"])
def test_a_part_of_a_name_that_no_storage_shows_is_told(key, name):
    entry = {"url": f"s3://staging/{key}", "meta": {"content_length": 1, "record_count": 1}}
    ours = GOOD | {"parts": [{"key": key, "size": 1}]}
    with pytest.raises(BadDrop, match=r"exports/.*control character") as caught:
        read(ours if name == DAY else {"entries": [entry], "meta": entry["meta"]}, name)
    assert caught.value.fault == "bad_manifest"
    assert key not in caught.value.message


def test_half_of_a_pair_in_a_part_s_name_is_told():
    with pytest.raises(BadDrop, match="no JSON") as caught:
        read(b'{"hackle_export":1,"rows":1,"parts":[{"key":"exports/\\ud800","size":1}]}')
    assert caught.value.fault == "bad_manifest"


def test_redshift_s_without_counts_says_how_to_get_them():
    with pytest.raises(BadDrop, match=r"MANIFEST VERBOSE"):
        read({"entries": [{"url": "s3://staging/exports/a"}]}, "incoming/shop/a.manifest")
