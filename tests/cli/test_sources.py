"""`sources` and `export`, over a warehouse in memory."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from hackle_import.cli import command, export, sources
from hackle_import.stores import open_store
from hackle_import.warehouse.state import Phase, load_state
from support.sources import BIGQUERY, REDSHIFT
from support.warehouse import MemoryWarehouse


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    (folder / "sources").mkdir(parents=True)
    (folder / "incoming").mkdir()
    (folder / "sources" / "shop.toml").write_text(REDSHIFT.replace('mapping = "shop"', 'mapping = "hackle"'))
    return folder


@pytest.fixture
def warehouse(staging, monkeypatch):
    store = open_store(str(staging))
    made = MemoryWarehouse(store, lambda: datetime.now(UTC))
    today = datetime.now(UTC).date()
    for back in range(-1, 8):
        made.rows[today - timedelta(days=back)] = {1: 0, 2: 0, 3: 0}
    monkeypatch.setattr(sources, "connected", lambda source: made)
    monkeypatch.setattr(export, "connected", lambda source: made)
    monkeypatch.setattr(export, "sleep", lambda seconds: made.finish())
    made.store, made.day = store, today - timedelta(days=3)
    return made


def said(*arguments):
    done = CliRunner().invoke(command, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_sources_are_listed_and_shown(staging):
    (staging / "sources" / "other.toml").write_text("kind = 1")
    status, told = said("sources", "--staging", staging)
    assert status == 2
    assert "shop                 redshift  analytics.events -> hackle" in told
    assert "other                not valid: source 'other': kind: 1; write one of" in told
    assert said("sources", "--staging", staging, "shop")[1] == (staging / "sources" / "shop.toml").read_text()
    assert said("sources", "--staging", staging, "sohp") == (2, said("sources", "--staging", staging, "sohp")[1])
    assert "there are: other, shop" in said("sources", "--staging", staging, "sohp")[1]


def test_a_source_that_is_not_valid_is_named_with_every_mistake_and_ends_as_wrong_use(staging):
    text = REDSHIFT.replace('"analytics.events"', '"events"').replace("Asia/Seoul", "Seoul")
    (staging / "sources" / "other.toml").write_text(text)
    status, told = said("sources", "--staging", staging)
    assert (status, "shop                 redshift" in told) == (2, True)
    for part in ("not valid: source 'other'", "table: it needs its schema", 'day.timezone: "Seoul"'):
        assert part in told
    status, told = said("sources", "--staging", staging, "--json")
    assert (status, [json.loads(line)["problem"] is None for line in told.splitlines()]) == (2, [False, True])
    status, told = said("sources", "other", "--staging", staging)
    assert (status, told.startswith(text), "table: it needs its schema" in told) == (2, True, True)


def test_the_staging_place_may_stand_anywhere_and_the_nearest_holds(staging, warehouse, tmp_path, monkeypatch):
    listed = said("sources", "--staging", staging)
    assert said("sources", "shop", "--staging", staging) == said("sources", "--staging", staging, "shop")
    said_of_it = said("sources", "check", "shop", "--staging", staging)
    assert said_of_it == said("sources", "--staging", staging, "check", "shop")
    assert "ok    columns" in said_of_it[1]
    monkeypatch.setenv("HACKLE_STAGING", str(staging))
    assert said("sources") == listed
    assert said("sources", "check", "shop") == said_of_it
    monkeypatch.setenv("HACKLE_STAGING", str(tmp_path))
    assert said("sources", "check", "shop", "--staging", staging) == said_of_it
    assert said("sources", "--staging", staging, "check", "shop") == said_of_it
    assert said("sources", "--staging", tmp_path, "check", "shop", "--staging", staging) == said_of_it


def test_without_a_staging_place_it_is_said_how_to_name_it(tmp_path, monkeypatch):
    monkeypatch.delenv("HACKLE_STAGING", raising=False)
    monkeypatch.chdir(tmp_path)
    for more in ([], ["shop"], ["check", "shop"]):
        status, told = said("sources", *more)
        assert (status, "Missing option '--staging' (env var: 'HACKLE_STAGING')" in told) == (2, True)
    assert said("sources", "new", "redshift", "analytics.events")[0] == 0  # it asks no place


def test_json_may_stand_before_the_subcommand(staging, warehouse):
    for arguments in (["--json", "check", "shop"], ["--json", "shop"], ["--json", "new", "redshift", "a.b"]):
        for line in said("sources", "--staging", staging, *arguments)[1].splitlines():
            json.loads(line)


@pytest.mark.parametrize("kind", ["redshift", "bigquery"])
def test_a_starter_lacks_nothing_but_what_it_marks(staging, kind):
    import tomllib

    from hackle_import.warehouse.format import BadSource, load_source

    status, text = said("sources", "--staging", staging, "new", kind, "analytics.events")
    assert (status, tomllib.loads(text)["table"]) == (0, "analytics.events")
    with pytest.raises(BadSource, match="TODO") as wrong:
        load_source(text.encode(), "shop")
    assert "missing" not in str(wrong.value)


def test_a_check_tries_each_thing_and_says_what_lacks(staging, warehouse):
    status, told = said("sources", "--staging", staging, "check", "shop")
    assert status == 1
    assert "FAIL  exports: " in told  # a folder
    assert "ok    columns: id int8, event_time timestamptz" in told
    assert "3 rows" in told
    warehouse.refusal = ("permission denied for schema analytics", True)
    assert (
        "FAIL  warehouse: permission denied for schema analytics"
        in said("sources", "--staging", staging, "check", "shop")[1]
    )


def test_a_check_of_a_file_names_every_mistake(staging, tmp_path):
    path = tmp_path / "new.toml"
    path.write_text(REDSHIFT.replace("Asia/Seoul", "Seoul").replace("lookback_days = 3", "lookback_days = 0"))
    status, told = said("sources", "--staging", staging, "check", path)
    assert (status, "day.timezone" in told, "lookback_days" in told) == (1, True, True)


def test_an_export_of_a_day_ends_with_its_drop(staging, warehouse):
    status, told = said("export", "shop", "--staging", staging, "--from", warehouse.day)
    assert (status, f"shop {warehouse.day} offered" in told) == (0, True)
    manifest = json.loads((staging / f"incoming/hackle/shop/{warehouse.day}.export.json").read_text())
    assert (manifest["rows"], manifest["attempt"]) == (3, 1)
    assert said("export", "shop", "--staging", staging, "--from", warehouse.day)[0] == 0
    assert load_state(warehouse.store, "shop", warehouse.day)[0].attempt == 2


def test_a_range_is_all_that_is_exported(staging, warehouse):
    assert said("export", "shop", "--staging", staging, "--from", warehouse.day - timedelta(days=2))[0] == 0
    assert [job["day"] for job in warehouse.jobs.values()] == [warehouse.day - timedelta(days=2)]


def test_without_a_range_only_what_changed_is_exported(staging, warehouse):
    assert said("export", "shop", "--staging", staging)[0] == 0
    count = len(warehouse.jobs)
    assert count >= 2
    assert said("export", "shop", "--staging", staging)[0] == 0
    assert len(warehouse.jobs) == count
    warehouse.rows[max(job["day"] for job in warehouse.jobs.values())] |= {9: 0}
    assert said("export", "shop", "--staging", staging)[0] == 0
    assert len(warehouse.jobs) == count + 1


def test_a_backfill_begins_with_the_newest_day(staging, warehouse):
    first, last = warehouse.day - timedelta(days=3), warehouse.day
    assert said("export", "shop", "--staging", staging, "--from", first, "--to", last)[0] == 0
    days = [job["day"] for job in warehouse.jobs.values() if first <= job["day"] <= last]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) == 4


def test_a_day_that_shrank_is_withheld_and_let_through_by_accept(staging, warehouse):
    said("export", "shop", "--staging", staging, "--from", warehouse.day)
    warehouse.rows[warehouse.day] = {}
    status, told = said("export", "shop", "--staging", staging, "--from", warehouse.day)
    assert (status, "withheld: 0 rows; 3 before" in told) == (1, True)
    status, told = said("export", "shop", "--staging", staging, "--from", warehouse.day, "--accept")
    assert (status, "accepted" in told) == (0, True)
    assert load_state(warehouse.store, "shop", warehouse.day)[0].phase is Phase.OFFERED


@pytest.mark.parametrize("more", [0, 3])
def test_accept_exports_no_other_day(staging, warehouse, more):
    """Neither of its range, nor of the last days when none is given."""
    path = staging / "sources" / "shop.toml"
    path.write_text(path.read_text().replace("lookback_days = 3", "lookback_days = 10"))
    first, last = warehouse.day - timedelta(days=more), warehouse.day + timedelta(days=1)
    span = ("--from", first, "--to", last) if more else ()
    said("export", "shop", "--staging", staging, "--from", first, "--to", last)
    warehouse.rows[warehouse.day] = {}
    said("export", "shop", "--staging", staging, "--from", warehouse.day)
    warehouse.rows[warehouse.day + timedelta(days=1)] |= {9: 0}
    count = len(warehouse.jobs)
    status, told = said("export", "shop", "--staging", staging, *span, "--accept")
    assert (status, len(warehouse.jobs)) == (0, count), told
    assert load_state(warehouse.store, "shop", warehouse.day)[0].phase is Phase.OFFERED
    status, told = said("export", "shop", "--staging", staging, *span, "--accept")
    assert (status, "no day is withheld" in told, len(warehouse.jobs)) == (1, True, count)


def test_what_is_asked_for_while_the_deployed_exporter_ticks_is_asked_for(staging, warehouse, monkeypatch):
    from hackle_import.warehouse import state

    real, once = state.save_book, [True]

    def after_another(store, source, book, replacing):
        if once and once.pop():
            real(store, source, state.Book(columns=book.columns, digest=book.digest), replacing)
        return real(store, source, book, replacing)

    monkeypatch.setattr(state, "save_book", after_another)
    status, told = said("export", "shop", "--staging", staging, "--from", warehouse.day)
    assert (status, f"shop {warehouse.day} offered" in told) == (0, True)


def test_a_day_that_was_let_through_and_not_offered_yet_is_taken_up_by_accept_again(staging, warehouse):
    from hackle_import.warehouse import deciding
    from hackle_import.warehouse.state import save_state

    said("export", "shop", "--staging", staging, "--from", warehouse.day)
    warehouse.rows[warehouse.day] = {}
    said("export", "shop", "--staging", staging, "--from", warehouse.day)
    state, version = load_state(warehouse.store, "shop", warehouse.day)
    save_state(warehouse.store, "shop", warehouse.day, deciding.accept(state, datetime.now(UTC)), version)
    assert said("export", "shop", "--staging", staging, "--from", warehouse.day, "--accept")[0] == 0
    assert load_state(warehouse.store, "shop", warehouse.day)[0].rows == 0


def test_a_dry_run_shows_the_statement_and_rows_and_exports_nothing(staging, warehouse):
    status, told = said("export", "shop", "--staging", staging, "--from", warehouse.day, "--dry-run")
    assert status == 0
    assert 'SELECT "id", TO_CHAR("event_time" AT TIME ZONE' in told
    assert f"{warehouse.day}  3 rows" in told
    assert warehouse.jobs == {}


def test_a_range_that_is_none_and_a_failure_are_told(staging, warehouse):
    assert said("export", "shop", "--staging", staging, "--from", "2025-01-02", "--to", "2025-01-01")[0] == 2
    warehouse.refusal = ("permission denied for relation events", True)
    status, told = said("export", "shop", "--staging", staging, "--from", warehouse.day)
    assert (status, "permission denied for relation events" in told) == (1, True)
    assert date.today() > warehouse.day


def test_a_dry_run_shows_what_it_would_come_to_and_rows_as_they_would_become(staging, warehouse):
    first = warehouse.day - timedelta(days=1)
    status, told = said("export", "shop", "--staging", staging, "--from", first, "--to", warehouse.day, "--dry-run")
    assert status == 0
    assert "2 days: about 6 rows, " in told
    assert (
        "redshift bills by the time of a SELECT of these rows; handling the drops in a function comes to about $0.00"
        in told
    )
    assert "event_key" in told.partition("SELECT")[2]


def test_a_dry_run_of_bigquery_tells_bytes_and_dollars(staging, monkeypatch):
    (staging / "sources" / "big.toml").write_text(BIGQUERY.replace('mapping = "shop"', 'mapping = "hackle"'))
    made = MemoryWarehouse(open_store(str(staging)), lambda: datetime.now(UTC), "bigquery")
    day = datetime.now(UTC).date() - timedelta(days=3)
    made.rows[day] = {1: 0, 2: 0}
    monkeypatch.setattr(export, "connected", lambda source: made)
    status, told = said("export", "big", "--staging", staging, "--from", day, "--dry-run")
    assert status == 0
    assert f"{day}  2 rows, scans 5.4 GB: $0.0305" in told
    assert "bigquery bills $0.03; " in told


def test_a_starter_has_the_columns_types_and_proposes_a_mapping(staging, tmp_path, monkeypatch):
    from hackle_import.mapping import load_mapping
    from hackle_import.warehouse import connect
    from hackle_import.warehouse.format import load_source
    from hackle_import.warehouse.source import Column

    columns = [Column("event_id", "int8"), Column("loaded_at", "timestamp"), Column("event_time", "timestamptz")]
    columns += [Column("event_name", "varchar"), Column("user_id", "int4"), Column("device_id", "varchar")]
    made = MemoryWarehouse(open_store(str(staging)), lambda: datetime.now(UTC))
    made.columns = lambda source, day: columns
    monkeypatch.setattr(connect, "connect", lambda source, moment, fresh: made)
    path = tmp_path / "events.toml"
    status, text = said(
        "sources", "--staging", staging, "new", "redshift", "analytics.events", "--workgroup", "w", "--database", "dev",
        "--mapping", path,
    )  # fmt: skip
    assert status == 0
    assert "#   event_id int8\n#   loaded_at timestamp\n" in text
    assert 'day = { column = "event_time", timezone = "Asia/Seoul" }  # GUESS' in text
    text = text.partition("hackle-import: ")[0]
    source = load_source(text.replace('"TODO"', '"default"').encode(), "shop")
    assert (source.mapping, source.redshift.workgroup, source.redshift.database) == ("events", "w", "dev")
    mapping = load_mapping(path.read_bytes(), "events")
    assert 'ts = "event_time"' in path.read_text()
    assert mapping is not None


def test_a_starter_shows_what_records_hold_and_proposes_it(staging, tmp_path, monkeypatch):
    from hackle_import.warehouse import connect
    from hackle_import.warehouse.source import Column

    client = Column("client", "RECORD", fields=(Column("device_id", "STRING"), Column("seen", "DATE", many=True)))
    columns = [Column("event_name", "STRING"), Column("event_time", "TIMESTAMP"), Column("user_id", "INTEGER"), client]
    made = MemoryWarehouse(open_store(str(staging)), lambda: datetime.now(UTC), "bigquery")
    made.columns = lambda source, day: columns
    monkeypatch.setattr(connect, "connect", lambda source, moment, fresh: made)
    path = tmp_path / "events.toml"
    status, text = said("sources", "--staging", staging, "new", "bigquery", "my-project.shop.events", "--mapping", path)
    assert (status, "#   client RECORD\n#   client.device_id STRING\n#   client.seen DATE (repeated)\n" in text) == (
        0,
        True,
    )
    assert 'device_id = ["client.device_id", "user_id"]' in path.read_text()


def test_a_starter_for_google_analytics_is_one_table_a_day_and_its_preset(staging):
    status, text = said("sources", "--staging", staging, "new", "bigquery", "analytics_123.events_20250102")
    assert status == 0
    for line in ('table = "analytics_123.events_{yyyymmdd}"', 'mapping = "ga4"  # a preset', "lookback_days = 4"):
        assert line in text


def test_a_starter_without_an_answer_says_why_and_leaves_it_to_be_filled_in(staging, monkeypatch):
    from hackle_import.errors import Misconfigured
    from hackle_import.warehouse import connect

    def refusing(source, moment, fresh):
        raise Misconfigured("no credentials")

    monkeypatch.setattr(connect, "connect", refusing)
    status, text = said("sources", "--staging", staging, "new", "bigquery", "my-project.shop.events")
    assert (status, "columns were not looked up: no credentials" in text, 'column = "TODO"' in text) == (0, True, True)


def test_a_check_in_earnest_exports_some_rows_where_nobody_reads_them(staging, warehouse, monkeypatch):
    monkeypatch.setattr(sources, "sleep", lambda seconds: warehouse.finish())
    monkeypatch.setattr("hackle_import.warehouse.check._PLACES", {"redshift": ("/", "a folder")})
    status, told = said("sources", "--staging", staging, "check", "shop", "--live")
    assert status == 0, told
    assert "ok    export: 3 rows of " in told
    assert "ok    rows: 3, as many as the warehouse counted" in told
    assert "ok    column event_key: str" in told
    assert list((staging / "incoming").rglob("*.json")) == []


def test_status_shows_exports_beside_drops_and_is_not_well_while_one_is_not(staging, warehouse):
    assert said("export", "shop", "--staging", staging, "--from", warehouse.day)[0] == 0
    (staging / "incoming" / "hackle" / "shop" / "note.ndjson").write_text("")
    status, told = said("status", "--staging", staging)
    assert status == 0, told
    assert f"{warehouse.day}" in told
    assert "offered" in told
    warehouse.rows[warehouse.day] = {}
    said("export", "shop", "--staging", staging, "--from", warehouse.day)
    status, told = said("status", "--staging", staging, "--failed")
    assert (status, "withheld" in told, "0 rows; 3 before" in told) == (1, True, True)
    (line,) = [
        json.loads(line)
        for line in said("status", "--staging", staging, "--json")[1].splitlines()
        if '"export"' in line and str(warehouse.day) in line
    ]
    assert line["export"] | {"since": ""} == {
        "source": "shop", "day": str(warehouse.day), "phase": "withheld", "attempt": 2, "rows": 3, "since": "",
        "told": "0 rows; 3 before", "trouble": "withheld",
    }  # fmt: skip
    (staging / "sources" / "shop.toml").write_text("kind = 1")
    status, told = said("status", "--staging", staging)
    assert (status, "source 'shop': kind" in told) == (1, True)


def test_a_check_says_how_a_closed_day_waits_for_the_source(staging, warehouse):
    line = 'expected = ["incoming/hackle/shop/{day}.export.json"]'
    assert f"ok    closed days: for a day to wait for it, write {line} into days.toml" in said(
        "sources", "--staging", staging, "check", "shop"
    )[1]  # fmt: skip
    (staging / "days.toml").write_text(line)
    assert "ok    closed days: a day waits for it" in said("sources", "--staging", staging, "check", "shop")[1]
    (staging / "days.toml").write_text("until = 1")
    assert "FAIL  closed days: days.toml: " in said("sources", "--staging", staging, "check", "shop")[1]
