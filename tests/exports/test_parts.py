"""An export through the real `ingest`: whole, or nothing of it."""

import gzip
import json
import threading

import pytest
from msgspec.structs import replace as replaced

from hackle_import.errors import BadDrop
from hackle_import.exports.manifest import Manifest, Part
from hackle_import.exports.parts import open_export
from hackle_import.receipt import Outcome
from hackle_import.settings import DECODERS, Limits, Rules
from hackle_import.verify import Verification
from support.exports import DAY, FOLDER, manifest, put_export, put_parts
from support.samples import event, ndjson
from support.world import World


@pytest.fixture
def world():
    return World()


def rows(*numbers):
    return [event(number) for number in numbers]


def fails(world, code, told):
    before = list(world.lake.keys(""))
    receipt = world.handle(DAY)
    assert (receipt.outcome, receipt.fault.code) == (Outcome.FAILED, code), receipt
    assert told in str(receipt.fault)
    assert list(world.lake.keys("")) == before
    return receipt


@pytest.mark.parametrize("decoder", DECODERS)
def test_parts_are_read_as_one_drop(world, decoder):
    named = put_export(world.staging, rows(1, 2), rows(3), rows(4, 5, 6))
    receipt = world.handle(DAY, rules=Rules(decoder=decoder))
    assert (receipt.outcome, receipt.rows_in, receipt.rows_written, receipt.files) == (Outcome.WRITTEN, 6, 6, 1)
    assert receipt.bytes_in == world.staging.head(DAY).size + sum(part["size"] for part in named)
    assert world.ids() == ["u1", "u2", "u3", "u4", "u5", "u6"]
    assert world.handle(DAY).outcome is Outcome.SKIPPED


def test_fewer_parts_with_moved_rows_leave_each_row_once(world):
    put_export(world.staging, rows(1, 2, 3, 4), rows(5, 6, 7, 8), rows(9, 10, 11, 12))
    world.handle(DAY)
    put_export(world.staging, rows(12, 1, 11, 2, 10, 3), rows(4, 9, 5, 8, 6, 7), folder=FOLDER.replace("0001", "0002"))
    assert world.handle(DAY).rows_written == 12
    assert world.ids() == sorted(f"u{number}" for number in range(1, 13))
    assert list(Verification(world.lake, Rules(), world.staging).faults()) == []


def test_an_empty_day_replaces_by_no_rows(world):
    put_export(world.staging, rows(1, 2))
    world.handle(DAY)
    put_export(world.staging)
    receipt = world.handle(DAY)
    assert (receipt.outcome, receipt.rows_in, receipt.files) == (Outcome.EMPTY, 0, 0)
    assert world.ids() == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[1]", b"{", b"null", b"\x1f\x8b"])
@pytest.mark.parametrize("key", [DAY, "incoming/hackle/shop/2025-01-02.manifest"])
def test_a_manifest_that_is_replaced_by_none_takes_no_rows_away(world, key, body):
    named = put_parts(world.staging, rows(1, 2))
    meta = {"content_length": named[0]["size"], "record_count": 2}
    entries = [{"url": f"{world.staging.place}/{named[0]['key']}", "meta": meta}]
    redshift = json.dumps({"entries": entries, "meta": meta}).encode()
    world.staging.put(key, manifest(named, 2) if key == DAY else redshift)
    assert world.handle(key).rows_written == 2
    world.staging.put(key, body)
    receipt = world.handle(key)
    assert (receipt.outcome, receipt.fault.code) == (Outcome.FAILED, "bad_manifest")
    assert world.ids() == ["u1", "u2"]


def test_a_part_of_no_bytes_or_no_rows_is_none(world):
    named = put_parts(world.staging, b"", gzip.compress(b""), rows(1), ending="")
    world.staging.put(DAY, manifest(named, 1))
    assert world.handle(DAY).rows_written == 1


def test_rejects_name_the_part_and_its_line(world):
    put_export(world.staging, rows(1, 2), [event(3), event(4, ts=""), event(5)])
    receipt = world.handle(DAY)
    assert (receipt.rows_written, receipt.rejects) == (4, {"ts_missing": 1})
    text = gzip.decompress(world.staging.get(receipt.rejects_key)[0]).decode()
    assert f'"source":"{FOLDER}part-0001.ndjson.gz","line":2,"code":"ts_missing"' in text


def test_ids_that_repeat_are_found_across_parts(world):
    put_export(world.staging, rows(1, 2), rows(3, 1))
    receipt = world.handle(DAY)
    assert receipt.notes["insert_id_repeated"] == 1
    assert receipt.repeated_lines == [1, 4]


def test_a_missing_part_is_told_and_nothing_changes(world):
    put_export(world.staging, rows(1))
    world.handle(DAY)
    put_export(world.staging, rows(2), rows(3))
    world.staging.delete(f"{FOLDER}part-0001.ndjson.gz")
    receipt = fails(world, "export_incomplete", f"1 of 2 parts: {FOLDER}part-0001.ndjson.gz: not there")
    assert receipt.rows_in == 0
    assert world.ids() == ["u1"]


def test_parts_that_are_all_gone_have_expired(world):
    put_export(world.staging, rows(1), rows(2))
    world.handle(DAY)
    for number in (0, 1):
        world.staging.delete(f"{FOLDER}part-000{number}.ndjson.gz")
    assert world.handle(DAY).outcome is Outcome.SKIPPED
    receipt = world.handle(DAY, again=True)
    assert receipt.fault.code == "export_expired"
    assert world.ids() == ["u1", "u2"]


def test_an_altered_part_is_told_by_size_or_version(world):
    put_export(world.staging, rows(1), rows(2))
    world.staging.put(f"{FOLDER}part-0000.ndjson.gz", gzip.compress(ndjson(event(7), event(8))))
    fails(world, "export_incomplete", "bytes; the manifest says")
    (body, _), key = world.staging.get(f"{FOLDER}part-0001.ndjson.gz"), f"{FOLDER}part-0001.ndjson.gz"
    put_export(world.staging, rows(1), rows(2))
    world.staging.put(key, body)
    fails(world, "export_incomplete", f"{key}: another version than the manifest names")


@pytest.mark.parametrize(("told", "came"), [(3, 2), (1, 2)])
def test_rows_must_be_as_many_as_the_manifest_says(world, told, came):
    named = put_parts(world.staging, rows(1), rows(2))
    world.staging.put(DAY, manifest(named, told))
    fails(world, "export_incomplete", f"{came} rows; the manifest says {told} (all 2 parts)")


def test_rows_of_each_part_are_compared_where_they_are_told(world):
    named = [part | {"rows": 1} for part in put_parts(world.staging, rows(1, 2), [])]
    world.staging.put(DAY, manifest(named, 2))
    fails(world, "export_incomplete", f"2 rows; the manifest says 1 (part {FOLDER}part-0000.ndjson.gz)")


def test_rejected_and_filtered_rows_count_as_rows_of_the_export(world):
    world.staging.put("mappings/hackle.toml", b"where = \"event_key != 'x'\"")
    put_export(world.staging, [event(1), event(2, ts=""), event(3, event_key="x")])
    receipt = world.handle(DAY)
    assert (receipt.rows_written, receipt.rows_rejected, receipt.rows_filtered) == (1, 1, 1)


def test_rows_that_become_several_count_once(world):
    """As the warehouse counts them. Their rejects stand on the rows' lines, in every part."""
    fields = 'each = "events"\n[fields]\nevent_key = "name"\nts = "record.ts"\n[fields.identifiers]\nid = "record.user"'
    system = '[fields.platform_properties]\nosname = { const = "iOS" }\nappversion = { const = "1" }'
    world.staging.put("mappings/hackle.toml", f'{fields}\ndevice_id = "record.user"\n{system}'.encode())
    session = {"user": "u", "ts": "2025-01-02T03:04:05Z"}
    parts = [
        [session | {"events": [{"name": "a"}, {"name": ""}]}],
        [session | {"events": []}, session | {"events": [{}]}],
    ]
    put_export(world.staging, *parts)
    receipt = world.handle(DAY)
    assert (receipt.rows_in, receipt.rows_written, receipt.rows_rejected) == (3, 1, 2)


def test_a_damaged_part_writes_nothing_whatever_the_mapping_keeps(world):
    world.staging.put("mappings/hackle.toml", b'on_broken_drop = "keep"')
    named = put_parts(world.staging, rows(1, 2), gzip.compress(ndjson(event(3)))[:-9])
    world.staging.put(DAY, manifest(named, 3))
    fails(world, "truncated", f"part {FOLDER}part-0001.ndjson.gz, ")


def test_ids_by_line_are_refused_since_rows_come_in_any_order(world):
    world.staging.put("mappings/hackle.toml", b'insert_id.when_missing = "content+line"')
    put_export(world.staging, rows(1))
    fails(world, "bad_mapping", 'write "content+copy"')


@pytest.mark.parametrize("decoder", DECODERS)
def test_ids_by_copy_are_the_same_in_whatever_order_rows_come(world, decoder):
    world.staging.put("mappings/hackle.toml", b'insert_id.when_missing = "content+copy"')
    a, b, c = event(1, insert_id=None), event(2, insert_id=None), event(3)
    made = []
    for parts in ([[a, b, a], [c, a]], [[a, c], [a, a], [b]]):
        put_export(world.staging, *parts)
        receipt = world.handle(DAY, rules=Rules(decoder=decoder))
        assert (receipt.rows_written, receipt.notes) == (5, {"insert_id_made": 4})
        made.append(sorted(insert_ids(world)))
    assert made[0] == made[1]
    assert len(set(made[0])) == 5


def insert_ids(world):
    from io import BytesIO

    import pyarrow.parquet as pq

    files = (pq.read_table(BytesIO(world.lake.get(key)[0])) for key in world.lake.keys(""))
    return [one for file in files for one in file["insert_id"].to_pylist()]


def test_the_limit_on_bytes_is_that_of_all_parts(world):
    put_export(world.staging, rows(1), rows(2), rows(3))
    most = 2 * len(ndjson(event(1)))
    receipt = world.handle(DAY, rules=Rules(limits=Limits(max_bytes=most)))
    assert receipt.fault.code == "too_large"
    assert "part-0002" in receipt.fault.position


@pytest.mark.parametrize("ending", [".parquet", ".snappy.parquet", ""])
def test_parts_of_parquet_are_told_with_what_to_write(world, ending):
    named = put_parts(world.staging, b"PAR1" + bytes(40) + b"PAR1", ending=ending)
    world.staging.put(DAY, manifest(named, 1))
    receipt = fails(world, "unknown_format", f"part {FOLDER}part-0000{ending}")
    assert "Parquet" in receipt.fault.message


def test_csv_parts_have_a_header_each_and_a_format_by_the_manifest(world):
    header = b"insert_id,event_key,ts,identifiers.id,identifiers.device_id,platform_properties.osname,platform_properties.appversion\n"
    row = b"%d,login,2025-01-02T00:00:00Z,u%d,d,iOS,1\n"
    named = put_parts(world.staging, header + row % (1, 1), header + row % (2, 2) + row % (3, 3), ending="_part_00")
    world.staging.put(DAY, manifest(named, 3, format="csv"))
    assert world.handle(DAY).rows_written == 3


def test_a_hundred_parts_are_read_a_few_ahead(world):
    put_export(world.staging, *(rows(number) for number in range(1, 101)))
    receipt = world.handle(DAY)
    assert (receipt.rows_written, len(world.ids())) == (100, 100)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("head")]


def test_a_part_that_changes_while_it_is_read_is_told(world):
    (named,) = put_parts(world.staging, rows(1))
    part = Part(named["key"], named["size"])
    export = open_export(Manifest(1, 1, [part]), world.staging)
    world.staging.put(part.key, b"x" * part.size)
    with pytest.raises(BadDrop, match="replaced or deleted while it was read"):
        list(export.converted(target(), Limits(), "python"))
    gone = replaced(export, found=export.found)
    world.staging.delete(part.key)
    with pytest.raises(BadDrop, match="replaced or deleted while it was read"):
        list(gone.converted(target(), Limits(), "python"))


def target():
    from datetime import UTC, datetime

    from hackle_import.conform import Target
    from hackle_import.mapping import Mapping

    return Target(Mapping(), datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def test_where_drops_do_not_lie_in_staging_no_export_is_read(world):
    from hackle_import.drop import Drop
    from hackle_import.ingest import ingest
    from hackle_import.places import Places
    from hackle_import.stores.memory import MemoryStore
    from support.samples import NOW

    put_export(world.staging, rows(1))
    ledger = MemoryStore(lambda: NOW, "elsewhere")
    places = Places(world.staging, ledger, world.lake)
    receipt = ingest(Drop.at("staging", DAY), places, Rules(), lambda: NOW)
    assert receipt.fault.code == "bad_manifest"
