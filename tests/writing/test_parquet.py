"""The files as their readers find them: pages, encodings, statistics, footer."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hackle_import.schema import ROWS, SCHEMA
from hackle_import.writing.parquet import ParquetFile

TS = datetime(2025, 1, 2, 3, 4, 5, 678000, UTC)


def batch(*numbers, plan="pro"):
    maps = {"identifiers": {"id": "u", "device_id": "d"}, "event_properties": {"plan": plan}, "user_properties": {}}
    rows = [
        {
            "insert_id": f"00000000-0000-4000-8000-{number:012d}",
            "event_key": f"e{number % 2}",
            "ts": TS,
            "metric_value": Decimal("1.500000"),
            "platform_properties": [("osname", "iOS"), ("appversion", "1")],
            **{name: list(entries.items()) for name, entries in maps.items()},
        }
        for number in numbers
    ]
    return pa.RecordBatch.from_pylist(rows, SCHEMA).cast(ROWS) if rows else pa.RecordBatch.from_pylist([], ROWS)


def written(path, *row_groups, footer=None, compression="snappy"):
    file = ParquetFile(path, compression)
    for row_group in row_groups:
        file.write(row_group)
    file.finish(footer or {})
    return file


def test_rows_come_back_under_hackle_s_schema(tmp_path):
    written(tmp_path / "file", [batch(1, 2), batch(3, plan="free")])
    table = pq.read_table(tmp_path / "file")
    assert table.schema.remove_metadata() == SCHEMA
    assert table["insert_id"].to_pylist() == batch(1, 2, 3)["insert_id"].to_pylist()
    assert table["ts"].to_pylist() == [TS] * 3
    assert table["metric_value"].to_pylist() == [Decimal("1.500000")] * 3
    assert table["event_properties"].to_pylist() == [[("plan", "pro")], [("plan", "pro")], [("plan", "free")]]
    assert table["user_properties"].to_pylist() == [[], [], []]


def test_what_is_written_at_once_is_one_row_group(tmp_path):
    file = written(tmp_path / "file", [batch(1, 2), batch(3)], [batch(4)])
    found = pq.read_metadata(tmp_path / "file")
    assert [found.row_group(number).num_rows for number in range(found.num_row_groups)] == [3, 1]
    assert file.rows == 4


def test_the_size_so_far_is_that_of_what_was_encoded(tmp_path):
    file = ParquetFile(tmp_path / "file")
    begun = file.size
    file.write([batch(1)])
    assert (tmp_path / "file").exists()
    once = file.size
    file.write([batch(*range(500))])
    assert begun < once < file.size
    size = file.size
    file.finish({})
    assert size < (tmp_path / "file").stat().st_size


def test_the_footer_holds_what_it_was_given_and_not_arrow_s_schema(tmp_path):
    written(tmp_path / "file", [batch(1)], footer={"source": "incoming/hackle/é.ndjson", "format_version": "7"})
    assert pq.read_metadata(tmp_path / "file").metadata == {
        b"hackle_import.source": "incoming/hackle/é.ndjson".encode(),
        b"hackle_import.format_version": b"7",
    }


def test_the_same_rows_in_the_same_row_groups_give_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        written(tmp_path / name, [batch(1, 2), batch(3, plan="free")], [batch(4)], footer={"source": "x"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def columns(path):
    found = pq.read_metadata(path)
    assert found.format_version == "2.6"
    group = found.row_group(0)
    return {column.path_in_schema: column for column in map(group.column, range(group.num_columns))}


def test_ids_are_not_compressed_and_the_rest_is_snappy(tmp_path):
    written(tmp_path / "file", [batch(*range(99))])
    found = {name: column.compression for name, column in columns(tmp_path / "file").items()}
    assert found.pop("insert_id") == "UNCOMPRESSED"
    assert set(found.values()) == {"SNAPPY"}
    assert len(found) == 11


def test_with_zstd_all_is_and_the_rows_are_the_same_in_fewer_bytes(tmp_path):
    rows = [batch(*range(999))]
    written(tmp_path / "snappy", rows)
    written(tmp_path / "zstd", rows, compression="zstd")
    assert {column.compression for column in columns(tmp_path / "zstd").values()} == {"ZSTD"}
    assert pq.read_table(tmp_path / "zstd") == pq.read_table(tmp_path / "snappy")
    assert (tmp_path / "zstd").stat().st_size < (tmp_path / "snappy").stat().st_size


def test_what_repeats_has_a_dictionary(tmp_path):
    written(tmp_path / "file", [batch(*range(99))])
    found = {name for name, column in columns(tmp_path / "file").items() if column.has_dictionary_page}
    maps = ("identifiers", "event_properties", "user_properties", "platform_properties")
    keys = {f"{name}.key_value.key" for name in maps}
    assert found == {"event_key", *keys, "user_properties.key_value.value", "platform_properties.key_value.value"}


def test_statistics_are_kept_of_what_readers_prune_by(tmp_path):
    written(tmp_path / "file", [batch(*range(99))])
    found = columns(tmp_path / "file")
    assert {name for name, column in found.items() if column.is_stats_set} == {"event_key", "ts", "metric_value"}
    assert (found["event_key"].statistics.min, found["event_key"].statistics.max) == ("e0", "e1")
    assert found["ts"].statistics.min == TS
    assert all(found[name].has_offset_index for name in found)
    assert found["ts"].has_column_index


@pytest.mark.parametrize("row_groups", [[], [[batch()]]])
def test_a_file_without_rows_can_be_read(tmp_path, row_groups):
    file = written(tmp_path / "file", *row_groups)
    assert (file.rows, pq.read_table(tmp_path / "file").num_rows) == (0, 0)
    assert pq.read_schema(tmp_path / "file").remove_metadata() == SCHEMA
