"""What holds for any rows: nothing is lost, and neither the order nor the chunk size changes what a row becomes."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackle_import.conform import Target
from hackle_import.conform.ts import conform_ts, instant
from hackle_import.decode import Findings
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.decode.maps import value_text
from hackle_import.decode.table import MappedTable
from hackle_import.engine import python_engine
from hackle_import.mapping import Mapping, Ts
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.elements import value_chunks
from hackle_import.reading.lines import cut_chunks
from hackle_import.reading.table import Table
from hackle_import.writing.parquet import ParquetFile
from hackle_import.writing.spool import Spool
from support.lazily import lazily
from support.samples import event, ndjson

duckdb = lazily("duckdb")

EARLY, LATE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
TARGET = Target(Mapping(), EARLY, LATE)
PYTHON = python_engine(MappedDecoder(Mapping(), 64), TARGET)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALAR = (
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
MAP = st.dictionaries(TEXT, VALUE, max_size=6)
TS = st.one_of(
    st.datetimes(datetime(1999, 12, 31), datetime(2030, 1, 2), timezones=st.just(UTC)).map(
        lambda moment: moment.isoformat()
    ),
    st.integers(-10, 2 * 10**18),
    VALUE,
)
ROW = st.fixed_dictionaries(
    {
        "event_key": st.just("purchase") | VALUE,
        "ts": TS,
        "identifiers": st.just({"id": "u", "device_id": "d"}) | MAP,
        "platform_properties": st.just({"osname": "iOS", "appversion": "1"}) | MAP,
        "event_properties": MAP | VALUE,
    },
    optional={"insert_id": VALUE | st.uuids().map(str), "metric_value": VALUE, "user_properties": MAP, "other": VALUE},
)
LINE = ROW.map(lambda row: json.dumps(row, ensure_ascii=False).encode()) | st.binary(max_size=20).map(
    lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"") or b"x"
)


def converted(chunks, engine=PYTHON):
    """(rows in, rows out as they are, rejects by raw and code, notes) of all chunks."""
    done = [engine(chunk) for chunk in chunks]
    rows = [row for one in done for row in one.batch.to_pylist()]
    rejects = [(reject[4], reject[1]) for one in done for reject in one.rejects]
    return sum(one.rows_in for one in done), rows, rejects, sum((one.notes for one in done), Counter())


@given(st.lists(LINE, max_size=12))
def test_every_row_is_written_or_rejected(lines):
    expected = sum(bool(line.strip()) for line in lines)
    rows_in, rows, rejects, _ = converted(cut_chunks([b"\n".join(lines)], 1 << 20))
    assert rows_in == len(rows) + len(rejects) == expected


@given(st.lists(LINE, max_size=12), st.integers(1, 400), st.integers(1, 400))
def test_neither_chunks_nor_reads_change_what_a_row_becomes(lines, chunk_bytes, piece_bytes):
    text = b"\n".join(lines)
    pieces = [text[start : start + piece_bytes] for start in range(0, len(text), piece_bytes)]
    assert converted(cut_chunks(pieces, 1 << 20, chunk_bytes)) == converted(cut_chunks([text], 1 << 20))


@given(st.lists(LINE, max_size=8).flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))))
def test_the_order_of_rows_changes_none_of_them(orders):
    one, other = (converted(cut_chunks([b"\n".join(lines)], 1 << 20)) for lines in orders)
    assert sorted(map(str, one[1])) == sorted(map(str, other[1]))
    assert Counter(one[2]) == Counter(other[2])
    assert one[3] == other[3]


@given(st.lists(ROW, max_size=8), st.integers(1, 300), st.sampled_from([None, 1]))
def test_an_array_gives_what_its_lines_give(rows, chunk_bytes, indent):
    lines = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
    ids = [row.get("insert_id") for row in rows]
    array = json.dumps(rows, ensure_ascii=False, indent=indent).encode()
    by_line, by_element = (
        converted(cut_chunks([lines], 1 << 20)),
        converted(value_chunks([array], array=True, max_value_bytes=1 << 20, chunk_bytes=chunk_bytes)),
    )
    assert by_line[0] == by_element[0]
    if all(ids) and indent is None:
        assert by_line[1:] == by_element[1:]


@given(st.lists(ROW, max_size=8))
def test_parquet_read_back_is_what_conforming_gave(tmp_path_factory, rows):
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    batches = [PYTHON(chunk).batch for chunk in cut_chunks([lines], 1 << 20)]
    path = tmp_path_factory.mktemp("parquet") / "file.parquet"
    file = ParquetFile(path)
    file.write(batches)
    file.finish({"source": "x"})
    assert file.rows == sum(batch.num_rows for batch in batches)
    found = duckdb.sql(f"SELECT * REPLACE (epoch_ms(ts) AS ts) FROM '{path}'").fetchall()
    expected = [
        tuple(
            int(value.timestamp() * 1000 + 0.5)
            if isinstance(value, datetime)
            else dict(value)
            if isinstance(value, list)
            else value
            for value in row.values()
        )
        for batch in batches
        for row in batch.to_pylist()
    ]
    assert found == expected


@given(
    st.lists(
        st.lists(TEXT.filter(lambda cell: "\0" not in cell and "\r" not in cell), min_size=3, max_size=3), max_size=8
    ),
    st.integers(1, 200),
)
def test_any_csv_cell_comes_back_whatever_the_chunks(cells, chunk_bytes):
    import csv
    import io

    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([["event_key", "ts", "event_properties.a"], *cells])
    table = Table([file.getvalue().encode()], Dialect(), 1 << 20, chunk_bytes)
    decoder, found = MappedTable(table.header, Dialect(), Mapping(), MappedDecoder(Mapping(), 64)), []
    for chunk in table.chunks():
        source = decoder(chunk)
        assert not source.findings.rejects
        found += source.texts["event_key"].to_pylist()
    assert found == [row[0] or None for row in cells]


@given(VALUE)
def test_a_value_s_text_is_its_own_or_compact_json(value):
    text = value_text(json.dumps(value, indent=2).encode())
    if isinstance(value, str | None):
        assert text == value
    elif isinstance(value, dict | list):
        assert json.loads(text) == value
        assert text == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    else:
        assert text == json.dumps(value)


@settings(max_examples=300)
@given(
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,3})?Z|[0-9]{1,19}",
        fullmatch=True,
        alphabet="0123456789TZ:-. ",
    )
)
def test_the_vectorised_times_are_those_found_one_by_one(text):
    found = conform_ts(
        pa.array([text, "2025-01-01T00:00:00Z"]),
        Ts(),
        (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
        Findings(),
    )
    expected = instant(text, Ts())
    assert found.cast(pa.int64())[0].as_py() == (expected if expected is not None else 0)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**17), max_value=10**17))
def test_a_number_is_rounded_half_to_even_at_six_decimals(number):
    line = json.dumps(
        {
            "event_key": "a",
            "ts": 1735787045,
            "identifiers": {"id": "u", "device_id": "d"},
            "platform_properties": {"osname": "iOS", "appversion": "1"},
            "metric_value": f"{number:f}",
        }
    )
    (row,) = converted(cut_chunks([line.encode()], 1 << 20))[1]
    assert row["metric_value"] == round(number, 6)
    assert isinstance(row["metric_value"], Decimal)


BUFFERS = {"every batch a row group": 1, "overflowing": 20_000, "all in memory": 1 << 30}


@pytest.mark.parametrize("row_group_rows", [3, 1 << 17])
@pytest.mark.parametrize("buffer_bytes", BUFFERS.values(), ids=BUFFERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(batches=st.lists(st.lists(st.integers(0, 8), max_size=9), max_size=6))
def test_the_files_of_a_spool_hold_every_row_by_day_in_order(
    tmp_path_factory, monkeypatch, buffer_bytes, row_group_rows, batches
):
    monkeypatch.setattr("hackle_import.writing.spool.ROW_GROUP_ROWS", row_group_rows)
    monkeypatch.setattr("hackle_import.writing.spool._OPEN_FILES", 2)
    spool = Spool(tmp_path_factory.mktemp("spool") / "spool", ZoneInfo("UTC"), buffer_bytes, {}, "snappy")
    number, expected = 0, {}
    for days in batches:
        rows = []
        for day in days:
            rows.append(event(number, event_key=f"e{number}", ts=f"2025-01-0{day + 1}T00:00:00Z"))
            expected.setdefault(20089 + day, []).append(f"e{number}")
            number += 1
        for chunk in cut_chunks([ndjson(*rows)], 1 << 20):
            spool.add(PYTHON(chunk).batch)
    found = {}
    for file in spool.seal(lambda: None):
        keys = duckdb.sql(f"SELECT event_key FROM '{file.path}'").fetchall()
        assert len(keys) == file.rows
        found.setdefault(file.day, []).extend(key for (key,) in keys)
    assert found == expected
    spool.close()
