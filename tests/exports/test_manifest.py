"""What a manifest says, and what is said of one that is wrong."""

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


def read(content, key=DAY):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    store = MemoryStore(lambda: NOW, "s3://staging")
    with PinnedReader(store, store.put(key, body)) as reader:
        return read_manifest(key, reader, store.place) if is_manifest(key, reader) else None


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


def test_a_drop_that_only_has_the_name_is_an_ordinary_one():
    assert read({"event_key": "a", "hackle_export": 1}) is None
    assert read(b"") is None
    assert read(GOOD, "incoming/shop/2025.json") is None
    assert is_manifest_name(DAY)
    assert not is_manifest_name("incoming/shop/export.json.gz")


@pytest.mark.parametrize(
    "content",
    [
        {"entries": [{"url": "s3://other/unload/day.0000_part_00"}]},
        {"entries": [{"url": "s3://other/unload/day.0000_part_00", "mandatory": True, "meta": {"content_length": 1}}]},
        {"name": "an app", "icons": []},
        b"CACHE MANIFEST",
        b"",
    ],
)
def test_a_manifest_beside_its_files_and_one_of_another_kind_name_no_export(content):
    assert read(content, "incoming/shop/day.manifest") is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"entries": [{"url": "s3://staging/exports/shop/day.0000"}]}, "MANIFEST VERBOSE"),
        ({"entries": [{"url": "s3://other/unload/0000_part_00"}]}, "MANIFEST VERBOSE"),
        (b'{"entries": [{"url": "s3://other', "truncated"),
        (b'{"ent', "truncated"),
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
        (GOOD | {"hackle_export": 2}, r"Invalid enum value 2 - at `\$.hackle_export`"),
        (GOOD | {"rows": -1}, r"Expected `int` >= 0 - at `\$.rows`"),
        (GOOD | {"rows": "2"}, r"Expected `int \| null`, got `str` - at `\$.rows`"),
        ({"hackle_export": 1, "rows": 0}, "missing required field `parts`"),
        (GOOD | {"parts": [{"key": "exports/a"}]}, r"missing required field `size` - at `\$.parts\[0\]`"),
        (GOOD | {"parts": [PART | {"verison": "1"}]}, r"unknown field `verison` - at `\$.parts\[0\]`"),
        (GOOD | {"format": "parquet"}, r"'parquet' - at `\$.format`"),
        (GOOD | {"parts": [PART, PART]}, "names the part exports/shop/1/a.gz twice"),
        (
            GOOD | {"parts": [{"key": f"exports/{n}", "size": 0} for n in range(10_001)]},
            "10,001 parts; the limit is 10,000",
        ),
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


def test_redshift_s_without_counts_says_how_to_get_them():
    with pytest.raises(BadDrop, match=r"MANIFEST VERBOSE"):
        read({"entries": [{"url": "s3://staging/exports/a"}]}, "incoming/shop/a.manifest")
