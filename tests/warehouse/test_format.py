"""A source's file: what it may say, and every mistake named at once."""

import json

import jsonschema
import pytest

from hackle_import.warehouse import format as form
from hackle_import.warehouse.format import BadSource, json_schema, load_source
from support.pages import ROOT
from support.sources import BIGQUERY, GA4, REDSHIFT


def wrong(text, name="shop"):
    with pytest.raises(BadSource) as caught:
        load_source(text.encode(), name)
    return str(caught.value)


def test_a_source_of_redshift():
    source = load_source(REDSHIFT.encode(), "shop")
    assert (source.kind, source.table, source.day.timezone, source.changed_by) == (
        "redshift", "analytics.events", "Asia/Seoul", "checksum",
    )  # fmt: skip
    assert source.redshift.unload_role == "arn:aws:iam::123456789012:role/unload"


def test_a_source_of_bigquery_has_its_bytes_as_a_number():
    source = load_source((BIGQUERY.replace("lookback", 'max_bytes = "200GB"\nlookback')).encode(), "shop")
    assert source.max_bytes == 200 * 10**9


def test_what_tells_of_changes_hangs_on_the_table():
    assert load_source(GA4.encode(), "ga4").changed_by == "metadata"
    by_column = REDSHIFT.replace("lookback_days = 3", 'changed_by = { column = "loaded_at" }')
    found = load_source(by_column.encode(), "shop")
    assert (found.changed_by, found.changed_column) == ("column", "loaded_at")


def test_a_digest_hangs_on_what_the_file_says_and_not_on_how():
    spaced = REDSHIFT.replace("lookback_days = 3", "# looks back\nlookback_days  =  3")
    assert load_source(REDSHIFT.encode(), "shop").digest == load_source(spaced.encode(), "shop").digest
    other = REDSHIFT.replace("lookback_days = 3", "lookback_days = 4")
    assert load_source(REDSHIFT.encode(), "shop").digest != load_source(other.encode(), "shop").digest


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("lookback_days = 3", 'max_bytes = "2GB"', "max_bytes: Redshift bills time"),
        ('kind = "redshift"', "", 'kind: missing; write one of "redshift", "bigquery"'),
        ('kind = "redshift"', 'kind = "snowflake"', 'kind: "snowflake"; write one of'),
        ('table = "analytics.events"', "", "table: it needs either table or query"),
        ('"analytics.events"', '"a.b.c.d"', "not one to three names"),
        ('"analytics.events"', '"a.b;`"', "no quotes, brackets, semicolon or *"),
        ('"analytics.events"', '"a.b; drop table x"', "no quotes, brackets, semicolon or *"),
        ('"analytics.events"', '"a; drop table x"', "no quotes, brackets, semicolon or *"),
        ('"analytics.events"', '"a.b(c)"', "no quotes, brackets, semicolon or *"),
        ('"analytics.events"', '"a. b"', "no space at an end of one"),
        ('"analytics.events"', '"a.b\\u0007"', "no control character"),
        ('"analytics.events"', '"events"', "table: it needs its schema; write schema.table or database.schema.table"),
        ("lookback_days = 3", "lookback_days = true", "lookback_days: true; write a number of days"),
        ("lookback_days = 3", "lookback_days = 2.5", "lookback_days: 2.5; write a number of days"),
        ("lookback_days = 3", 'columns = ["id", "event_time", "id"]', 'columns: "id" is there twice'),
        ("lookback_days = 3", 'columns = ["id", "event_time", "ID"]', 'columns: "ID" is there twice'),
        ("lookback_days = 3", 'columns = ["*", "id"]', 'columns: "*" is all columns; write ["*"], or leave it out'),
        ("lookback_days = 3", "columns = []", "columns: an empty list; write"),
        ("lookback_days = 3", 'except = ["a", "a"]', 'except: "a" is there twice'),
        ("lookback_days = 3", 'except = ["*"]', 'except: "*" is all columns; name those that are left out'),
        (
            "lookback_days = 3",
            'columns = ["event_time", "a"]\nexcept = ["a"]',
            'except: "a" is among columns; leave it out of one of them',
        ),
        ("lookback_days = 3", 'columns = ["event_time", "a\\u0000"]', "no name of a column"),
        ("lookback_days = 3", 'columns = ["event_time", " "]', "no name of a column"),
        ("lookback_days = 3", 'columns = [["a"]]', "columns[1]: a list; write the name"),
        ('"analytics.events"', '"a.events_{yyyymmdd}"', "{yyyymmdd} is BigQuery's"),
        ('table = "analytics.events"', 'query = "SELECT 1"', 'query: "SELECT 1": it must hold {day} once'),
        ('table = "analytics.events"', "query = '''SELECT '\\' WHERE {day}'''", "it holds a backslash"),
        ('column = "event_time", ', "", "day: column: missing"),
        ('"Asia/Seoul"', '"Seoul"', 'day.timezone: "Seoul": not an IANA time zone'),
        ("lookback_days = 3", "lookback_days = 0", "lookback_days: 0; write a number of days from 1 to 60"),
        ("lookback_days = 3", 'look_back = "3"', "look_back: unknown key; write lookback_days"),
        ("lookback_days = 3", 'not_before = "25:00"', 'not_before: "25:00": '),
        ("lookback_days = 3", 'max_bytes = "2 GB"', 'max_bytes: "2 GB": no size'),
        ("lookback_days = 3", 'changed_by = "metadata"', "changed_by: metadata tells of a table a day"),
        ("lookback_days = 3", 'mappings = "x"', "mappings: unknown key; write mapping"),
        ('workgroup = "shop"', "", "redshift.workgroup: it needs either workgroup (serverless) or cluster"),
        ('"arn:aws:iam::123456789012:role/unload"', '"unload\'"', "redshift.unload_role: \"unload'\": no role's ARN"),
        ("[redshift]", "[bigquery]", "redshift: missing"),
        ('mapping = "shop"', 'mapping = "../shop"', "no name of a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_to_write(old, new, told):
    assert old in REDSHIFT
    assert told in wrong(REDSHIFT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (BIGQUERY, '"my-project.shop.events"', '"events"', "table: it needs its dataset"),
        (GA4, "lookback_days = 4", 'changed_by = "checksum"', "changed_by: a table a day tells itself"),
        (BIGQUERY, "lookback_days = 3", 'max_bytes = "0GB"', 'max_bytes: "0GB": no size'),
        (BIGQUERY, '"my-project.shop.events"', '"my-project.shop.`events`"', "no quotes, brackets"),
    ],
)
def test_a_mistake_of_bigquery_s_is_named_with_what_to_write(text, old, new, told):
    assert told in wrong(text.replace(old, new, 1))


def test_columns_that_a_table_does_not_list_need_not_be_among_them():
    """BigQuery's own, by when a row came; and a table a day has no such column."""
    by_arrival = BIGQUERY.replace('"event_time"', '"_PARTITIONTIME"')
    listed = by_arrival.replace("lookback_days = 3", 'columns = ["id", "event_time"]')
    assert load_source(listed.encode(), "shop").columns == ("id", "event_time")
    assert load_source(GA4.replace("lookback_days = 4", 'columns = ["a"]').encode(), "ga4").columns == ("a",)
    spaced = REDSHIFT.replace('"analytics.events"', '"analytics.이벤트 표"')
    assert load_source(spaced.encode(), "shop").table == "analytics.이벤트 표"


def test_every_mistake_is_named_at_once():
    text = REDSHIFT.replace('"Asia/Seoul"', '"Seoul"').replace("lookback_days = 3", "lookback_days = 99")
    message = wrong(text.replace('database = "dev"', ""), "a/b")
    for part in ("a source's name has letters", "day.timezone", "lookback_days", "redshift.database: missing"):
        assert part in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind = ", "not TOML"),
        ("a = " + "[" * 5000, "too deep"),
        ("#" * 70_000, "the limit is 65,536"),
        ("a = " + "9" * 5000, "too many digits"),
    ],
)
def test_what_is_no_file_of_this_kind_is_told(text, told):
    assert told in wrong(text)


def test_bytes_that_are_no_text_are_told():
    with pytest.raises(BadSource, match="byte 0 is not UTF-8"):
        load_source(b"\xff", "shop")


def test_the_schema_beside_it_is_what_the_code_says_and_takes_what_is_valid():
    import tomllib

    written = json.loads((ROOT / "shared/hackle_import/warehouse" / form.SCHEMA_NAME).read_text())
    assert written == json_schema()
    for text in (REDSHIFT, BIGQUERY, GA4):
        jsonschema.validate(tomllib.loads(text), written)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(REDSHIFT.replace("lookback_days", "look_back")), written)


@pytest.mark.parametrize("line", ['columns = ["id"]', 'except = ["event_time"]'])
def test_the_day_s_column_may_stay_behind(line):
    """Tables are often cut by a column that says no more than the day."""
    assert load_source(REDSHIFT.replace("lookback_days = 3", line).encode(), "shop").day.column == "event_time"
