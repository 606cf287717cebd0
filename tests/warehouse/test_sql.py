"""Every statement parses in its dialect, and holds nothing of what it was given but quoted names and dates."""

import re
from datetime import UTC, date, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hackle_import.warehouse.casts import exported, unexportable
from hackle_import.warehouse.columns import known_of
from hackle_import.warehouse.days import bounds, due_at, looked_back, partition_dates
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.source import Column
from hackle_import.warehouse.sql import (
    TooLong,
    as_json,
    condition,
    export_data,
    fingerprints,
    first_of,
    no_rows,
    partitions,
    select,
    unload,
)
from support.lazily import lazily
from support.sources import BIGQUERY, GA4, REDSHIFT

sqlglot, exp = lazily("sqlglot"), lazily("sqlglot.expressions")

RS = load_source(REDSHIFT.encode(), "shop")
BQ = load_source(BIGQUERY.encode(), "shop")
SHARDED = load_source(GA4.encode(), "ga4")
DAY = date(2025, 1, 2)
RS_TYPES = ["bool", "date", "timestamp", "timestamptz", "time", "varbyte", "int8", "numeric", "varchar", "super"]
BQ_TYPES = ["TIMESTAMP", "DATETIME", "DATE", "BYTES", "JSON", "NUMERIC", "STRING", "BOOLEAN", "RECORD", "TIME"]
A_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2}(\+00)?)?")


def parsed(text, dialect):
    (tree,) = sqlglot.parse(text, read=dialect)
    return tree


def literals_of(tree):
    return {one.this for one in tree.find_all(exp.Literal)}


@cache
def forms():
    """The literals that are ours, as the parser reads them: those of one column of each type, by a name that says nothing."""
    found = {"0", "1"}
    for source, types, dialect in ((RS, RS_TYPES, "redshift"), (BQ, BQ_TYPES, "bigquery")):
        columns = [Column("x", one) for one in types]
        for text in (select(source, columns, DAY, "date"), fingerprints(source, columns, [DAY], "date")):
            found |= literals_of(parsed(text, dialect))
    assert len(found) < 30
    return found


def holds_only(tree, names):
    """Identifiers are those that were given, literals are dates or ours; there is one SELECT, and no comment."""
    told = {one.this for one in tree.find_all(exp.Identifier) if one.args.get("quoted")}
    assert told <= names, told - names
    assert {one for one in literals_of(tree) if not A_TIME.fullmatch(one)} <= forms()
    assert not [one for one in tree.walk() if one.comments]


rs_names = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="`\\"), min_size=1, max_size=12
)
bq_names = st.text(st.characters(whitelist_categories=["L", "Nd"], whitelist_characters="_- "), min_size=1, max_size=12)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
day_types = st.sampled_from(["date", "timestamp", "timestamptz"])


def inner_of(unloading):
    found = re.fullmatch(r"UNLOAD \('((?:[^']|'')*)'\) TO '[^']*' .*", unloading, re.DOTALL)
    return found[1].replace("''", "'")


@settings(max_examples=25)
@given(st.lists(rs_names, min_size=1, max_size=8, unique=True), days, day_types, st.data())
def test_what_redshift_is_sent_is_one_select_of_the_named_columns(names, day, day_type, data):
    columns = [Column(name, data.draw(st.sampled_from(RS_TYPES))) for name in names]
    source = replace(RS, day=replace(RS.day, column=names[0]))
    told = {*names, "analytics", "events"}
    for text in (
        inner_of(unload(source, columns, day, day_type, "s3://b/exports/shop/1/0001/")),
        select(source, columns, day, day_type),
        fingerprints(source, columns, [day, date(2025, 1, 2)], day_type),
        no_rows(source),
    ):
        holds_only(parsed(text, "redshift"), told)


@settings(max_examples=25)
@given(st.lists(bq_names, min_size=1, max_size=8, unique=True), days, day_types, st.data())
def test_what_bigquery_is_sent_is_one_select_of_the_named_columns(names, day, day_type, data):
    columns = [Column(name, data.draw(st.sampled_from(BQ_TYPES)), data.draw(st.booleans())) for name in names]
    source = replace(BQ, day=replace(BQ.day, column=names[0]))
    told = {*names, "my-project", "shop", "events"}
    for text in (
        select(source, columns, day, day_type),
        fingerprints(source, columns, [day, date(2025, 1, 2)], day_type),
    ):
        holds_only(parsed(text, "bigquery"), told)
    some = first_of(select(source, columns, day, day_type), 10)
    for text in (some, as_json(some), export_data(source, columns, day, day_type, "gs://b/exports/1/", 10)):
        assert parsed(text, "bigquery") is not None
    assert parsed(export_data(source, columns, day, day_type, "gs://b/exports/1/"), "bigquery") is not None


PLAIN = ["STRING", "INTEGER", "FLOAT", "BOOLEAN"]


def records(types):
    """Columns of these types, records of them and arrays of both, some levels deep."""
    leaves = st.builds(Column, bq_names, st.sampled_from(types), st.booleans())

    def record(within):
        fields = st.lists(within, min_size=1, max_size=3, unique_by=lambda one: one.name.casefold()).map(tuple)
        return st.builds(Column, bq_names, st.just("RECORD"), st.booleans(), fields)

    return st.recursive(leaves, record, max_leaves=8)


def names_in(column):
    return {column.name}.union(*map(names_in, column.fields))


@settings(max_examples=50)
@given(records(BQ_TYPES))
def test_what_is_cast_within_records_and_arrays_is_one_select_of_their_names(column):
    text = select(BQ, [column], DAY, "timestamptz")
    tree = parsed(text, "bigquery")
    holds_only(tree, names_in(column) | {"my-project", "shop", "events", "event_time"})
    assert [one.alias_or_name for one in tree.expressions] == [column.name]
    assert parsed(export_data(BQ, [column], DAY, "timestamptz", "gs://b/exports/1/"), "bigquery") is not None


@settings(max_examples=25)
@given(records(PLAIN))
def test_what_holds_nothing_that_is_cast_is_left_as_it_is(column):
    assert select(BQ, [column], DAY, "timestamptz").startswith(f"SELECT `{column.name}` FROM ")


@settings(max_examples=50)
@given(records(["DATE"]))
def test_each_record_may_be_null_and_each_array_keeps_its_order(column):
    def count(one, many):
        return (one.many if many else bool(one.fields)) + sum(count(each, many) for each in one.fields)

    text = exported("bigquery", column)
    assert text.count(" IS NULL, NULL, STRUCT(") == count(column, many=False)
    assert len(re.findall(r"WITH OFFSET AS (hackle_place_[0-9]) ORDER BY \1\)", text)) == count(column, many=True)


def test_a_record_s_fields_are_cast_by_their_own_names():
    leg = Column("leg", "RECORD", many=False, fields=(Column("제목 1", "DATE"), Column("n", "INTEGER")))
    assert exported("bigquery", leg) == (
        "IF(`leg` IS NULL, NULL, STRUCT(FORMAT_DATE('%Y-%m-%d', `leg`.`제목 1`) AS `제목 1`, `leg`.`n` AS `n`)) AS `leg`"
    )
    assert exported("bigquery", Column("at", "DATE", many=True)) == (
        "ARRAY(SELECT FORMAT_DATE('%Y-%m-%d', hackle_element_0) FROM UNNEST(`at`) AS hackle_element_0 "
        "WITH OFFSET AS hackle_place_0 ORDER BY hackle_place_0) AS `at`"
    )


def test_a_null_of_json_is_no_text():
    assert exported("bigquery", Column("x", "JSON")) == "IF(`x` IS NULL, NULL, TO_JSON_STRING(`x`)) AS `x`"


def test_an_older_table_may_lack_a_column_or_a_field_and_a_newer_one_s_are_left_out():
    old, new = (Column("p", "RECORD", fields=(Column("a", "DATE"), Column(name, "DATE"))) for name in "bc")
    known = [old, Column("q", "STRING"), Column("gone", "STRING")]
    found = [Column("later", "STRING"), new, Column("q", "BYTES")]
    assert known_of(found, known) == [Column("p", "RECORD", fields=(Column("a", "DATE"),)), Column("q", "BYTES")]


@pytest.mark.parametrize("name", ['sh"op', "a'b", "사용자 이름", "x--y", "/*", "a;b"])
def test_a_name_is_a_name_whatever_it_holds(name):
    tree = parsed(
        select(RS, [Column(name, "int8"), Column("event_time", "timestamptz")], DAY, "timestamptz"), "redshift"
    )
    assert [one.alias_or_name for one in tree.expressions] == [name, "event_time"]


@pytest.mark.parametrize("name", ["a`b", "a\\", "a\nb"])
def test_a_name_that_bigquery_cannot_have_is_refused(name):
    with pytest.raises(ValueError, match="a name with"):
        select(BQ, [Column(name, "STRING")], DAY, "timestamptz")


def test_an_export_of_redshift_never_writes_over_another():
    text = unload(RS, [Column("a'b", "bool")], DAY, "timestamptz", "s3://bucket/exports/shop/2025-01-02/0001/")
    assert text.endswith(
        " TO 's3://bucket/exports/shop/2025-01-02/0001/' IAM_ROLE 'arn:aws:iam::123456789012:role/unload' "
        "FORMAT JSON GZIP MANIFEST VERBOSE"
    )
    assert "CASE \"a''b\" WHEN true THEN ''true''" in text
    assert {"ALLOWOVERWRITE", "CLEANPATH"} & set(text.split()) == set()


def test_an_export_of_bigquery_never_writes_over_another():
    text = export_data(BQ, [Column("id", "INTEGER")], DAY, "timestamptz", "gs://bucket/exports/shop/2025-01-02/0001/")
    assert text.startswith(
        "EXPORT DATA OPTIONS (uri = 'gs://bucket/exports/shop/2025-01-02/0001/part-*.ndjson.gz', format = 'JSON', "
        "compression = 'GZIP', overwrite = false) AS SELECT `id` FROM `my-project`.`shop`.`events` WHERE "
    )


def test_a_day_is_that_of_its_zone_and_excludes_its_end():
    seoul = "(\"event_time\" >= TIMESTAMPTZ '2025-01-01 15:00:00+00' AND \"event_time\" < TIMESTAMPTZ '2025-01-02 15:00:00+00')"
    assert condition(RS, DAY, "timestamptz") == seoul
    assert "DATE '2025-01-02'" in condition(RS, DAY, "date")
    assert "DATE '2025-01-03'" in condition(RS, DAY, "date")
    stored = replace(RS, day=replace(RS.day, stored_in="Asia/Seoul"))
    assert "TIMESTAMP '2025-01-02 00:00:00'" in condition(stored, DAY, "timestamp")
    assert "DATETIME '2025-01-01 15:00:00'" in condition(BQ, DAY, "timestamp")


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 6, 1), 24)])
def test_a_day_with_a_change_of_clocks_has_its_hours(day, hours):
    berlin = replace(RS, day=replace(RS.day, timezone="Europe/Berlin"))
    begin, end = bounds(day, berlin.zone)
    assert (end - begin).total_seconds() == hours * 3600
    assert bounds(date.fromordinal(day.toordinal() + 1), berlin.zone)[0] == end


def test_a_table_a_day_needs_no_condition_and_never_a_wildcard():
    text = select(SHARDED, [Column("event_name", "STRING")], DAY, "timestamptz")
    assert text == "SELECT `event_name` FROM `my-project`.`analytics_123`.`events_20250102`"
    assert "*" not in export_data(SHARDED, [Column("a", "STRING")], DAY, "date", "gs://b/x/").split(" AS ")[1]


def test_partitions_are_those_of_utc_that_the_day_lies_in():
    text = partitions(BQ, [DAY], "timestamptz")
    assert "IN ('20250101', '20250102')" in text
    assert "`my-project`.`shop`.INFORMATION_SCHEMA.PARTITIONS" in text
    assert parsed(text, "bigquery") is not None
    assert partition_dates(BQ, DAY, "timestamptz") == [date(2025, 1, 1), DAY]
    assert partition_dates(BQ, DAY, "date") == [DAY]
    stored = replace(BQ, day=replace(BQ.day, stored_in="Asia/Seoul"))
    assert partition_dates(stored, DAY, "timestamp") == [DAY]


@pytest.mark.parametrize(("source", "column"), [(RS, Column("id", "int8")), (BQ, Column("id", "INT64"))])
def test_a_query_may_end_in_a_comment(source, column):
    source = replace(source, table="", query="SELECT * FROM a WHERE {day} -- of the shop")
    texts = [make(source, [column], days, "timestamptz") for make, days in ((select, DAY), (fingerprints, [DAY]))]
    for text in [*texts, *([no_rows(source)] if source.kind == "redshift" else [])]:
        assert parsed(text, source.kind).find(exp.Subquery).alias == "source"


def test_a_query_gets_the_day_where_it_asks_for_it():
    source = replace(RS, table="", query="SELECT * FROM a JOIN b USING (id) WHERE {day} AND x = 'y'")
    text = inner_of(unload(source, [Column("id", "int8")], DAY, "timestamptz", "s3://b/e/"))
    assert "WHERE (\"event_time\" >= TIMESTAMPTZ '2025-01-01 15:00:00+00'" in text
    assert "x = 'y'\n) AS source" in text
    assert "1 = 0 AND x = 'y'" in no_rows(source)
    assert parsed(text, "redshift") is not None


def test_a_statement_that_is_too_long_is_told():
    many = [Column("c" * 100 + str(number), "bool") for number in range(1000)]
    with pytest.raises(TooLong, match="name fewer columns"):
        unload(RS, many, DAY, "timestamptz", "s3://b/e/")


def test_types_that_cannot_be_exported_are_named():
    assert unexportable("bigquery", [Column("a", "STRING"), Column("b", "FOREIGN")]) == ["b (FOREIGN)"]
    record = Column("r", "RECORD", fields=(Column("ok", "DATE"), Column("x", "FOREIGN")))
    assert unexportable("bigquery", [record]) == ["r.x (FOREIGN)"]
    assert unexportable("redshift", [Column("a", "int8"), Column("shape", "geometry")]) == ["shape (geometry)"]


def test_days_are_looked_back_at_from_their_hour_on():
    before, after = (
        datetime(2025, 1, 9, hour, tzinfo=UTC) for hour in (18, 20)
    )  # 03:00 and 05:00 on the 10th in Seoul
    assert due_at(RS, date(2025, 1, 9)) == datetime(2025, 1, 9, 19, tzinfo=UTC)
    assert looked_back(RS, before) == [date(2025, 1, 8), date(2025, 1, 7)]
    assert looked_back(RS, after) == [date(2025, 1, 9), date(2025, 1, 8), date(2025, 1, 7)]
