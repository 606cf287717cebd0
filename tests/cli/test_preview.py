"""`preview` says what `convert` would do; `mappings` shows presets and writes starters that work."""

import gzip
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import hackle_import.preview as previews
from hackle_import.cli import command, convert, mappings, preview
from hackle_import.convert import target_of
from hackle_import.exports import is_manifest_name
from hackle_import.mapping import PRESETS, Mapping, load_mapping, preset
from hackle_import.reading.pinned import PinnedReader
from hackle_import.settings import DECODERS, Limits, Rules
from hackle_import.stores.memory import MemoryStore
from support.mapped_rows import FIELDS, ROW, mapped
from support.samples import NOW, event, ndjson
from support.vendors import mapping_of

assert all((convert, mappings, preview))  # they add their commands
GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(path.parent.parent.name for path in GOLDEN.glob("*/drop/*") if not is_manifest_name(path.name))


def previewed(body, name="events.ndjson", mapping="", rules=None, shown=10_000, store=None):
    store = store or MemoryStore(lambda: NOW)
    if body is not None:
        store.put(name, body)
    head = store.head(name)
    mapping = load_mapping(mapping.encode(), "own") if isinstance(mapping, str) else mapping
    rules = rules or Rules()
    with PinnedReader(store, head) as reader:
        return previews.preview(name, "own", reader, head.size, target_of(mapping, rules, head), rules, shown)


@pytest.mark.parametrize("case", CASES)
def test_preview_and_convert_agree_row_by_row(case):
    folder, expected = GOLDEN / case, GOLDEN / case / "expected"
    (drop,) = (folder / "drop").iterdir()
    mapping = mapping_of(folder) or Mapping()
    limits = Limits(**json.loads(path.read_text())) if (path := folder / "limits.json").exists() else Limits()
    found = previewed(drop.read_bytes(), drop.name, mapping, Rules(limits=limits))
    told = json.loads((expected / "receipt.json").read_text())
    if told["outcome"] == "failed":
        assert found.fault.code == told["fault"]["code"]
        return
    written = sorted(json.dumps(as_expected(row.row), ensure_ascii=False) for row in found.rows if row.row)
    days = sorted(line for path in expected.glob("2*.ndjson") for line in path.read_text().splitlines())
    assert written == (days if told["outcome"] == "written" else written)
    rejects = [json.loads(line) for line in text.splitlines()] if (text := rejected(expected)) else []
    ours = [
        [row.line, row.code, row.field, row.message, row.source]
        for row in found.rows
        if row.code not in (None, "filtered")
    ]
    theirs = [[one[name] for name in ("line", "code", "field", "message", "raw")] for one in rejects]
    assert ours == theirs
    assert (found.rows_sampled, found.rows_filtered) == (told["rows_in"], told["rows_filtered"])
    noted = {
        code: rows for code, rows in told["notes"].items() if code != "source_absent"
    }  # a preset's is not noted here
    assert {one.code: one.rows for one in found.notes} == noted


@pytest.mark.parametrize("decoder", DECODERS)
def test_preview_and_convert_take_a_drop_for_the_same_format_however_late_its_first_row_comes(decoder):
    """Though they read it in chunks of different sizes."""
    body = b"a line that is no JSON at all, alas\n" * 11_000 + ndjson(*[event(number) for number in range(5)])
    found = mapped(Mapping(), body=body, name="late.ndjson", rules=Rules(decoder=decoder))
    assert (found.receipt.rows_written, found.receipt.rejects) == (5, {"not_json": 11_000})
    told = previewed(body, "late.ndjson")
    assert told.fault is None
    assert {(one.code, one.rows) for one in told.rejects} == {("not_json", previews.SAMPLE_ROWS)}


def rejected(expected):
    path = expected / "rejected.ndjson"
    return path.read_text() if path.exists() else ""


def as_expected(row):
    return row | {"ts": round(row["ts"].timestamp() * 1000), "metric_value": str(row["metric_value"])}


def test_fields_that_nothing_uses_are_counted_and_used_ones_are_not():
    mapping = (
        FIELDS + '[fields.event_properties]\nspread = "p"\nexcept = ["x*"]\nfirst = "list[0].a"\nn = "length(deep.l)"\n'
    )
    row = ROW | {
        "p": {"a": 1, "x1": 2},
        "list": [{"a": 1}],
        "deep": {"l": []},
        "other": {"b": 1, "c": None},
        "none": None,
    }
    found = previewed(ndjson(row, row | {"other": {"d": 5}}), mapping=mapping)
    assert [(one.field, one.rows) for one in found.unused] == [("p.x1", 2), ("other.b", 1), ("other.d", 1)]


def test_columns_that_nothing_uses_are_counted():
    body = b"event_key,ts,identifiers.id,spare\nbuy,1735787045,u,5\nbuy,1735787045,u,\n"
    assert [(one.field, one.rows) for one in previewed(body, "a.csv").unused] == [("spare", 1)]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"at": "2025-01-02 03:04:05"}, "naive_time"),
        ({"at": "2025-01-02"}, "naive_time"),
        ({"at": 1735787045}, "epoch_unit_guessed"),
        ({"at": "01/02/2025 12:00"}, "day_month_order"),
        ({"m": 1.1234567}, "decimal_rounded"),
        ({"p": {"A": 1, "a": 2}}, "keys_collide"),
        ({"user": "42.0"}, "id_looks_like_float"),
        ({"device": "undefined"}, "placeholder_id"),
    ],
)
def test_what_was_guessed_is_counted_by_class(fields, name):
    mapping = FIELDS.replace('ts = "at"', 'ts = "at"\nmetric_value = "m"') + '[fields.event_properties]\nspread = "p"\n'
    found = previewed(ndjson(ROW, ROW | fields), mapping=mapping)
    assert [(one.code, one.rows, one.lines) for one in found.ambiguities] == [(name, 1, [2])]


@pytest.mark.parametrize("time", ["2025-01-02T03:04:05Z", "2025-01-02 03:04:05.678+09:00", "2025-01-02T03:04:05 +0900"])
def test_a_time_with_an_offset_is_no_guess(time):
    assert previewed(ndjson(ROW | {"at": time}), mapping=FIELDS).ambiguities == []


def test_a_time_whose_zone_no_mapping_states_is_naive():
    mapping = 'ts.format = "%d/%m/%Y %H:%M"\n' + FIELDS
    found = previewed(ndjson(ROW | {"at": "02/01/2025 12:04"}), mapping=mapping).ambiguities
    assert [one.code for one in found] == ["naive_time"]


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ('ts.unit = "s"', 1735787045),
        ('ts.timezone = "Asia/Seoul"', "2025-01-02 03:04:05"),
        ('ts = { timezone = "Asia/Seoul", format = "%d/%m/%Y %H:%M" }', "02/01/2025 12:04"),
    ],
)
def test_what_the_mapping_says_is_no_guess(said, time):
    assert previewed(ndjson(ROW | {"at": time}), mapping=f"{said}\n{FIELDS}").ambiguities == []


def test_a_zone_that_is_stated_is_no_guess_though_it_be_the_usual_one(tmp_path):
    (tmp_path / "m.toml").write_text('ts.timezone = "UTC"\n' + FIELDS)
    (tmp_path / "a.ndjson").write_bytes(ndjson(ROW | {"at": "2025-01-02 03:04:05"}))
    done = run("preview", tmp_path / "a.ndjson", "--mapping", tmp_path / "m.toml", "--json")
    assert json.loads(done.stdout)["ambiguities"] == []


def test_each_field_is_told_with_where_it_goes_and_where_it_is_lost():
    mapping = FIELDS + 'user = "user"\n[fields.event_properties]\nspread = "p"\nexcept = ["x"]\n'
    rows = [ROW | {"p": {"a": 1, "x": 1}}, ROW | {"os": "BeOS"}, ROW | {"p": {"a": 2}, "user": "u2"}]
    found = {one.source: one for one in previewed(ndjson(*rows), mapping=mapping.replace('user = "user"\n', "")).fields}
    assert (found["p.a"].targets, found["p.a"].filled, found["p.a"].distinct) == (["event_properties.a"], 2, 2)
    assert [(one.value, one.becomes) for one in found["p.a"].samples] == [("1", "1"), ("2", "2")]
    assert (found["p.x"].targets, found["p.x"].lost) == ([], 0)
    assert (found["os"].targets, found["os"].lost, found["os"].lines) == (["platform_properties.osname"], 1, [2])
    assert [(one.value, one.lost) for one in found["os"].samples] == [("iOS", False), ("BeOS", True)]
    assert found["user"].lost == 0


def test_a_source_of_the_mapping_that_is_in_no_row_is_told():
    mapping = FIELDS.replace('ts = "at"', 'ts = "at"\nmetric_value = ["prize", "amount.cents"]')
    found = previewed(ndjson(ROW), mapping=mapping).absent
    assert [(one.source, one.target) for one in found] == [("prize or amount.cents", "metric_value")]
    assert previewed(ndjson(ROW | {"amount": {"cents": 5}}), mapping=mapping).absent == []


def test_events_and_days_are_counted_and_ids_that_come_twice():
    rows = [ROW | {"id": 1}, ROW | {"id": 1, "at": "2025-01-03T00:00:00Z"}, ROW | {"id": 2, "name": "see"}]
    found = previewed(ndjson(*rows), mapping=FIELDS.replace('ts = "at"', 'ts = "at"\ninsert_id = "id"'))
    assert (found.events, found.days) == ({"buy": 2, "see": 1}, {"2025-01-02": 2, "2025-01-03": 1})
    assert [(one.code, one.rows, one.lines) for one in found.notes[-1:]] == [("insert_id_repeated", 1, [1, 2])]


def test_of_rows_that_are_left_out_only_what_where_looks_at_is_known():
    found = previewed(ndjson(ROW), mapping="where = \"typ == 'x'\"\n" + FIELDS)
    assert ([(one.source, one.target) for one in found.absent], found.missed) == ([("typ", "(where)")], ["typ"])


def test_of_what_cannot_be_read_no_source_is_called_absent():
    found = previewed("주문,이벤트\n".encode("cp949"), "a.csv", FIELDS)
    assert (found.fault.code, found.absent, found.missed) == ("wrong_encoding", [], [])


def test_a_meaning_is_said_once(tmp_path):
    row = event(1, ts="20250301")
    (tmp_path / "a.ndjson").write_bytes(ndjson(row))
    shown = " ".join(run("preview", tmp_path / "a.ndjson", "-n", 0).output.split())
    assert shown.count("before 2000-01-01") == 1
    assert "was read as seconds since 1970" in shown


def test_a_preview_of_which_nothing_would_be_written_ends_with_1(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b'{"event": "x"}\n')
    assert run("preview", tmp_path / "a.ndjson").exit_code == 1


class Counting(MemoryStore):
    read_bytes = 0

    def read(self, key, version, start, end):
        self.read_bytes += end - start
        return super().read(key, version, start, end)


@pytest.mark.parametrize("compress", [False, True])
def test_a_sample_of_a_huge_file_does_not_read_it_all(compress):
    lines = ndjson(*(event(number, event_properties={"x": os.urandom(4000).hex()}) for number in range(6000)))
    body = gzip.compress(lines, 1) if compress else lines
    store = Counting(lambda: NOW)
    store.put("events.ndjson", body)
    found = previewed(None, store=store, shown=3)
    assert (len(found.rows), found.rows_sampled, found.estimate.exact) == (3, 1000, False)
    assert store.read_bytes < 0.8 * len(body)
    assert abs(found.estimate.rows - 6000) < 600
    whole = mapped("", body=lines).receipt
    assert abs(found.estimate.bytes_out / whole.bytes_out - 1) < 0.1


def test_private_values_are_in_no_preview():
    rows = [
        ROW | {"email": "a@b.c"},
        ROW | {"email": "a@b.c", "at": "never"},
        ROW | {"email": "a@b.c", "name": "noise"},
    ]
    mapping = "where = \"name != 'noise'\"\n" + FIELDS + '[privacy]\ndrop = ["email"]\n'
    found = previewed(ndjson(*rows) + b'{"email": "a@b.c"', mapping=mapping)
    assert (found.rows_sampled, found.rows_filtered) == (4, 1)
    assert "a@b.c" not in repr(found)


def run(*words):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def export(tmp_path):
    source = next((GOLDEN / "amplitude-web-and-server-events" / "drop").iterdir())
    path = tmp_path / source.name
    shutil.copy(source, path)
    os.utime(path, (datetime(2025, 1, 10, tzinfo=UTC).timestamp(),) * 2)
    return path


def test_the_command_shows_tables_json_and_a_page(export, tmp_path):
    shown = run("preview", export, "--mapping", "amplitude", "-n", 1).output
    assert "4 rows read: 1 would be written, 3 rejected, 0 left out by the mapping" in shown
    assert "required_key_missing" in shown
    assert "ip_address" in shown
    told = json.loads(run("preview", export, "--mapping", "amplitude", "--json").output)
    assert [row["code"] for row in told["rows"]] == [
        "required_key_missing",
        "osname_not_allowed",
        "required_key_missing",
        None,
    ]
    told = run("preview", export, "--mapping", "amplitude", "--html", tmp_path / "page.html")
    assert (told.stdout, told.stderr.endswith(f"4 rows of {export.name}, 3 of them rejected\n")) == ("", True)
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert not {"src=", "href=", "@import", "url("} & set(re.findall(r"\bsrc=|\bhref=|@import|url\(", page))


def test_a_page_escapes_what_the_source_holds(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(
        ndjson(event(event_key="<script>alert(1)</script>", event_properties={"<b>": "</pre>", "turn": "\u202e\u0007"}))
    )
    run("preview", tmp_path / "a.ndjson", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not {"\u202e", "\u0007"} & set(page)
    assert "event_properties.<b>" not in page
    assert "event_properties.&lt;b&gt;" in page


def test_long_rows_are_shown_by_their_beginning(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(ndjson(event(event_properties={"list": list(range(99)), "long": "x" * 999})))
    shown = run("preview", tmp_path / "a.ndjson").output
    assert "more lines)" in shown
    assert "(999 characters)" in shown
    assert len(shown.splitlines()) < 60


def test_a_broken_drop_and_a_broken_mapping_are_told(tmp_path):
    (tmp_path / "a.json").write_bytes(b"nothing")
    assert run("preview", tmp_path / "a.json").exit_code == 1
    (tmp_path / "m.toml").write_text('limit = 1\nlimits = "x"\n')
    wrong = CliRunner().invoke(command, ["preview", str(tmp_path / "a.json"), "--mapping", str(tmp_path / "m.toml")])
    assert wrong.exit_code == 2
    assert "limit: unknown key; write limits" in wrong.output
    assert 'limits: "x"' in wrong.output


def test_presets_are_listed_and_shown_as_they_are_shipped():
    assert [line.split()[0] for line in run("mappings").output.splitlines()] == list(PRESETS)
    for name in PRESETS:
        assert load_mapping(run("mappings", name).output.encode(), name) == preset(name)
    assert CliRunner().invoke(command, ["mappings", "nope"]).exit_code == 2


def test_a_manifest_is_no_drop_to_preview(tmp_path):
    path = tmp_path / "day.export.json"
    path.write_text('{"hackle_export": 1, "rows": 0, "parts": []}')
    done = CliRunner().invoke(command, ["preview", str(path)])
    assert (done.exit_code, "preview one of those" in done.output) == (2, True)
