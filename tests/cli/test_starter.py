"""`mappings new`: a starter for any table is valid, takes its own sample, and says what it guessed and what is to do."""

import csv
import gzip
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from backports import zstd
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.cli import command, mappings
from hackle_import.cli.starter import starter
from hackle_import.mapping import load_mapping
from support.mapped_rows import mapped

assert mappings  # it adds its command
GOLDEN = Path(__file__).parent.parent / "golden"


def started(folder, name, body):
    """The starter, and what comes of the sample by it."""
    body = body if isinstance(body, bytes) else body.encode()
    (folder / name).write_bytes(body)
    written = starter(str(folder / name))
    return written, mapped(written, body=body, name=name)


KOREAN = "주문번호,이벤트명,발생시각,회원번호,기기ID,운영체제,앱버전,결제금액,쿠폰\nA-1,구매,2025-01-02 12:04:05,c-7,d-1,Android,6.9.0,12500,봄\n"
SEMICOLONS = "event;time;user_id;device_id;os;app_version;amount\nbuy;02.01.2025 12:04:05;u1;d1;iOS;1.0;12,50\nbuy;13.12.2024 12:04:05;u2;d2;Android;1.0;7,00\n"
BOM = "\ufeffEvent Name,Event Time,User ID,Device ID,Platform,App Version\r\nbuy,2025-01-02T03:04:05Z,u1,d1,ios,1.0\r\n"
EPOCH = "id,name,timestamp,userId,deviceId,os,appVersion,price\n1,buy,1735787045678,7,9,ios,1.0,3.5\n2,view,1735787045999,7,9,ios,1.0,\n"
DAY_FIRST = "event,date,customer_id,device,os,version\nbuy,25/12/2024,c1,d1,iOS,1\nbuy,01/02/2024,c1,d1,iOS,1\n"
MONTH_FIRST = "event,when,user,os,version\nbuy,12/25/2024 3:04 PM,u1,iOS,1\n"
COMPACT = "event,time,user_id,os,version\nbuy,20250102030405,u1,iOS,1\n"
NESTED = 'event_name\tevent_timestamp\tuser.id\tdevice_id\tos\tapp_ver\tprops\nbuy\t2025-01-02T03:04:05Z\tu\td\tiOS\t1\t"{""a"": 1}"\n'
OBJECTS = (
    json.dumps(
        {
            "event": "buy",
            "time": 1735787045,
            "user": {"user_id": "u"},
            "device": {"device_id": "d", "os": "iOS", "app_version": 1.0},
            "coupon": "x",
        }
    )
    + "\n"
)
LIST = json.dumps([json.loads(OBJECTS)] * 2, indent=1)


@pytest.mark.parametrize(
    ("name", "text", "says", "gives"),
    [
        ("korean.csv", KOREAN, "ts = '\"발생시각\"'  # GUESS", {"event_key": "구매", "event_properties": {"쿠폰": "봄"}}),
        ("semicolons.csv", SEMICOLONS, 'format = "%d.%m.%Y %H:%M:%S"  # GUESS\n', {"metric_value": Decimal(7)}),
        ("bom.csv", BOM, "event_key = '\"Event Name\"'", {"event_key": "buy"}),
        ("epoch.csv", EPOCH, 'unit = "ms"  # GUESS', {"event_key": "buy"}),
        ("day.csv", DAY_FIRST, 'format = "%d/%m/%Y"  # GUESS\n', {"event_key": "buy"}),
        ("month.csv", MONTH_FIRST, 'format = "%m/%d/%Y %I:%M %p"  # GUESS\n', {"event_key": "buy"}),
        ("compact.csv", COMPACT, 'format = "%Y%m%d%H%M%S"  # GUESS\n', {"event_key": "buy"}),
        ("nested.tsv", NESTED, 'json = ["props"]  # GUESS', {"event_properties": {"a": "1"}}),
        ("utf16.csv", BOM[1:].encode("utf-16"), "event_key", {"event_key": "buy"}),
        ("shop.ndjson", OBJECTS, 'device_id = ["device.device_id", "user.user_id"]', {"event_properties": {"coupon": "x"}}),
        ("shop.json", LIST, 'device_id = ["device.device_id", "user.user_id"]', {"event_properties": {"coupon": "x"}}),
    ],
)  # fmt: skip
def test_a_starter_takes_its_own_sample(tmp_path, name, text, says, gives):
    written, found = started(tmp_path, name, text)
    assert says in written
    assert found.receipt.rejects == {}
    assert gives.items() <= found.rows[0].items()


def test_what_can_be_read_both_ways_is_said(tmp_path):
    written, _ = started(tmp_path, "both.csv", "event,time\nbuy,01/02/2025\n")
    assert 'format = "%d/%m/%Y"  # GUESS, or %m/%d/%Y: the sample reads both ways' in written


@pytest.mark.parametrize("time", ["yesterday", "12", "01/02"])
def test_times_that_nobody_can_read_are_to_do(tmp_path, time):
    written, _ = started(tmp_path, "odd.csv", f"event,time\nbuy,{time}\n")
    assert "# TODO: " in written.partition("[fields]")[0]


def test_operating_systems_that_hackle_does_not_name_are_to_do(tmp_path):
    written, _ = started(tmp_path, "os.csv", "event,time,os\nbuy,2025-01-02,1\nbuy,2025-01-02,2\n")
    assert "# TODO: osname holds '1', '2'" in written


def test_an_amount_that_is_no_number_is_to_do(tmp_path):
    written, _ = started(tmp_path, "odd.csv", SEMICOLONS.replace("7,00", "about 7"))
    assert '# metric_value = "amount"  # TODO: not plain numbers' in written


@pytest.mark.parametrize(
    ("amounts", "metric"),
    [
        (["1.234,56", "5"], "1234.56"),
        (['"1,234.5"', "5"], "1234.5"),
        (['"12,500"', '"7,000"'], "12500"),
        (["12,5", "7"], "12.5"),
    ],
)
def test_amounts_are_read_as_they_are_written(tmp_path, amounts, metric):
    rows = "".join(f"buy;2025-01-02T03:04:0{n}Z;u;iOS;1;{amount}\n" for n, amount in enumerate(amounts))
    _, found = started(tmp_path, "a.csv", "event;time;user_id;os;version;amount\n" + rows)
    assert found.rows[0]["metric_value"] == Decimal(metric)


def test_a_dump_s_dialect_is_seen(tmp_path):
    body = "".join(
        f'6f1d1c8e-0000-4000-8000-00000000000{n}\t2025-01-02 03:04:05Z\tiOS\t\\N\tsaid "no\n' for n in range(3)
    )
    written, _ = started(tmp_path, "dump.txt", body)
    assert 'dialect = "mysql"  # GUESS' in written


def test_korean_excel_s_file_is_read_by_its_starter(tmp_path):
    _, found = started(tmp_path, "a.csv", KOREAN.encode("cp949"))
    assert found.rows[0]["event_properties"] == {"쿠폰": "봄"}


def test_a_table_that_says_little_marks_what_is_to_do(tmp_path):
    written, found = started(tmp_path, "odd.csv", "주문명;when\nx;2025-01-02\n")
    assert written.count("# TODO") >= 4
    assert load_mapping(written.encode(), "odd").csv.delimiter == ";"
    assert "seen: 주문명: 'x'; or { const = " in written
    assert found.receipt.fault.message == "no column event_key"


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\x1f\x8b\x08\xff\xfe"])
def test_what_has_no_fields_is_wrong_use(tmp_path, body):
    (tmp_path / "a.csv").write_bytes(body)
    assert CliRunner().invoke(command, ["mappings", "new", str(tmp_path / "a.csv")]).exit_code == 2


ORDERS = "order_id,event,time,user_id,os,version,item\n" + "".join(
    f"A-{n // 2},buy,2025-01-02T03:04:0{n}Z,c,Android,1,i{n}\n" for n in range(4)
)
HEADERLESS = "".join(
    f"6f1d1c8e-0000-4000-8000-00000000000{n}\t2025-01-02 03:04:05.6789+09\tbuy\tiOS\n" for n in range(3)
)


def test_a_column_with_repeats_is_no_id(tmp_path):
    written, found = started(tmp_path, "orders.csv", ORDERS)
    assert '# TODO: no id of a row: "order_id" has repeats or gaps' in written
    assert "\ninsert_id" not in written
    assert len({row["insert_id"] for row in found.rows}) == 4


def test_a_table_without_a_header_gets_names_and_is_guessed_by_what_it_holds(tmp_path):
    written, _ = started(tmp_path, "dump.tsv", HEADERLESS)
    mapping = load_mapping(written.encode(), "dump")
    assert list(mapping.csv.header) == ["column_1", "column_2", "column_3", "column_4"]
    sources = mapping.sources
    assert (sources.insert_id.sources, sources.ts.sources) == (("column_1",), ("column_2",))
    assert sources.platform_properties.named["osname"].sources == ("column_4",)


@pytest.mark.parametrize("text", ["사용자,이벤트,시각\n김,구매,2025-01-02 12:00:00\n"])
def test_a_naive_time_beside_korean_names_is_guessed_to_be_of_seoul(tmp_path, text):
    written, _ = started(tmp_path, "ko.csv", text)
    assert 'timezone = "Asia/Seoul"  # GUESS, TODO: ' in written


def test_no_required_value_is_made_up(tmp_path):
    written, _ = started(tmp_path, "a.csv", "time,Plattform,who\n2025-01-02T03:04:05Z,x,1\n2025-01-02T03:04:05Z,y,2\n")
    mapping = load_mapping(written.encode(), "a").sources
    assert [value.const for value in (mapping.event_key, *mapping.platform_properties.named.values())] == [None] * 3
    assert "seen: Plattform: 'x', 'y'; " in written


def test_a_column_that_holds_systems_is_one_whatever_it_is_called(tmp_path):
    written, _ = started(
        tmp_path, "a.csv", "time,Plattform\n2025-01-02T03:04:05Z,Android\n2025-01-02T03:04:06Z,iPadOS\n"
    )
    assert 'osname = "Plattform"  # GUESS' in written
    assert "TODO: osname" not in written


def test_nested_objects_are_taken_over_whole(tmp_path):
    row = {"event": "buy", "time": 1735787045, "user": {"id": "u", "name": "Kim"}, "device": {"device_id": "d", "os": "iOS"},
           "eventProps": {"cost": 1.5, "item": {"sku": "a"}, "device_id": "x"}, "version": "1"}  # fmt: skip
    written, found = started(tmp_path, "a.ndjson", json.dumps(row) + "\n")
    assert 'spread = ["user", "eventProps"]' in written
    assert found.rows[0]["event_properties"]["item"] == '{"sku":"a"}'
    assert found.rows[0]["event_properties"]["cost"] == "1.5"


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress, lambda body: body], ids=["gzip", "zstd", "plain"])
def test_what_convert_takes_makes_a_starter(tmp_path, pack):
    body = pack((json.dumps([json.loads(OBJECTS)] * 3000, indent=1)).encode())
    (tmp_path / "a.json").write_bytes(body)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/a.json", body)
    texts = [starter(str(tmp_path / name)) for name in ("a.json", "a.zip")]
    piped = CliRunner().invoke(command, ["mappings", "new", "-"], input=body)
    assert piped.exit_code == 0
    texts.append(piped.output)
    assert all('event_key = "event"  # GUESS' in text for text in texts)
    assert all(load_mapping(text.encode(), "a") for text in texts)


def test_korean_excel_s_encoding_is_seen(tmp_path):
    (tmp_path / "a.csv").write_bytes(KOREAN.encode("cp949"))
    assert "ts = '\"발생시각\"'  # GUESS" in starter(str(tmp_path / "a.csv"))


RESERVED = ["ONLY", "only", "PIVOT", "spread", "except", "Except_1", "from", "const", "default", "values", "a.b", "a", "a.", '"', "'", "\\",
            "\x7f", "열", "event", "TIME", "{adid}", "[user_id]", "@", "#", "$os", "İ", "ß", "json", "null", "1", "-"]  # fmt: skip


@given(st.lists(st.sampled_from(RESERVED), min_size=1, max_size=12, unique=True), st.sampled_from([",", "\t", ";"]))
def test_words_of_the_format_are_names_of_columns_too(tmp_path_factory, names, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([names, ["x"] * len(names)])
    path = tmp_path_factory.mktemp("words") / "a.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    load_mapping(starter(str(path)).encode(), "words")


@given(
    st.recursive(
        st.text(max_size=4),
        lambda inner: st.dictionaries(st.sampled_from(RESERVED) | st.text(max_size=3), inner, max_size=4),
    )
)
def test_a_starter_of_json_is_valid_whatever_its_names_are(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("json") / "a.ndjson"
    path.write_text(json.dumps({"event": "e", "x": value}) + "\n", encoding="utf-8")
    load_mapping(starter(str(path)).encode(), "json")


NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(st.lists(NAME, min_size=1, max_size=8, unique_by=str.strip))
def test_a_starter_is_a_valid_mapping_whatever_the_columns_are_called(tmp_path_factory, names):
    out = io.StringIO()
    csv.writer(out).writerow(names)
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    if any(name.strip() for name in names) and names[0].lstrip()[:1] not in ("{", "["):
        load_mapping(starter(str(path)).encode(), "any")


def test_a_column_that_repeats_itself_is_no_insert_id(tmp_path):
    (tmp_path / "a.csv").write_text("order_id,event,time\n1,buy,2025-01-01\n1,buy,2025-01-01\n2,buy,2025-01-01\n")
    text = starter(str(tmp_path / "a.csv"))
    assert "TODO: no id of a row" in text
    assert load_mapping(text.encode(), "a").fields.insert_id.sources == ()


def test_korean_names_are_of_seoul_and_a_usual_spelling_needs_no_word(tmp_path):
    (tmp_path / "a.csv").write_text("이벤트,일시,운영체제\n구매,2025-01-01 10:00:00,iPadOS\n")
    text = starter(str(tmp_path / "a.csv"))
    assert 'timezone = "Asia/Seoul"  # GUESS' in text
    assert "osname holds" not in text


EVENT = {
    "event": "buy",
    "time": "2025-01-02T03:04:05Z",
    "user_id": "u",
    "device_id": "d",
    "os": "iOS",
    "app_version": "1",
}
HEADER = "order_id,event,created_at,user_id,device_id,os,app_version,"
CELLS = "1,buy,2025-01-02T03:04:05Z,u,d,iOS,1,"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"status": "ok", "data": {"rows": [EVENT] * 2}, "next": None}, "data.rows"),
        ({"meta": {"n": 1}, "payload": [EVENT]}, "payload"),
        ({"type": "export", "created_at": "2025-01-02T00:00:00Z", "list": [EVENT] * 9}, "list"),
        ({"exported": "2025-01-02", "events": [EVENT] * 9000}, "events"),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_the_list_in_a_document_is_found_though_the_sample_cuts_it(tmp_path, document, path, indent):
    written, found = started(tmp_path, "wrapped.json", json.dumps(document, indent=indent))
    assert f'records = "{path}"  # GUESS' in written
    assert (found.receipt.rows_rejected, found.rows[0]["event_key"]) == (0, "buy")
    assert found.receipt.rows_written in (1, 2, 9, 9000)


def test_rows_within_records_are_found_and_lists_of_an_event_are_none(tmp_path):
    batch = {
        "user_id": "u",
        "device": {"id": "d", "os": "iOS"},
        "app_version": "1",
        "batch": [{"name": "buy", "ts": 1735787045}] * 2,
    }
    written, found = started(tmp_path, "batches.ndjson", f"{json.dumps(batch)}\n" * 3)
    assert 'each = "batch"  # GUESS' in written
    assert found.receipt.rows_written == 6
    assert found.rows[0]["identifiers"] == {"id": "d", "device_id": "d", "user_id": "u"}
    order = EVENT | {"items": [{"name": "a", "date": "2025-01-01"}]}
    assert "each =" not in started(tmp_path, "orders.ndjson", f"{json.dumps(order)}\n" * 3)[0]


@pytest.mark.parametrize(
    ("name", "text", "dialect", "memo"),
    [
        ("x_0000_part_00", "{head}memo\n{cells}a\\|b\n{cells}two\\\nlines\n", "redshift", ["a|b", "two\nlines"]),
        ("spark.csv", '{head}memo\n{cells}"x, \\""\n{cells}"say \\"hi\\", ok"\n', "spark", ['x, "', 'say "hi", ok']),
        ("snow.csv", "{head}memo\n{cells}a\\,b\n{cells}c\n", "snowflake", ["a,b", "c"]),
        ("dump", "{head}memo\n{cells}\\N\n{cells}a\\\tb\n", "mysql", [None, "a\tb"]),
        ("click.tsv", "{head}memo\n{cells}a\\tb\n{cells}c\\\\d\n", "mysql", ["a\tb", "c\\d"]),
    ],
)
def test_escapes_name_the_dialect(tmp_path, name, text, dialect, memo):
    sign = {"redshift": "|", "mysql": "\t"}.get(dialect, ",")
    head, cells = HEADER.replace(",", sign), CELLS.replace(",", sign)
    written, found = started(tmp_path, name, text.replace("{head}", head).replace("{cells}", cells))
    assert f'dialect = "{dialect}"  # GUESS' in written
    assert found.receipt.rows_rejected == 0
    assert [row["event_properties"].get("memo") for row in found.rows] == memo


def test_names_that_come_twice_are_a_header_and_lines_above_it_are_none(tmp_path):
    text = f"Report of January\n\n{HEADER}name,name,\n{CELLS}a,b,c\n{CELLS.replace('1,buy', '2,buy')}d,e,f\n"
    written, found = started(tmp_path, "twice.csv", text)
    assert "TODO: its own header has one name twice" in written
    assert [row["event_properties"] for row in found.rows] == [
        {"name": "a", "name_2": "b", "column_10": "c"}, {"name": "d", "name_2": "e", "column_10": "f"},
    ]  # fmt: skip
    titled = f"Report of January\nin Korea\n{HEADER}\n{CELLS}\n"
    assert started(tmp_path, "titled.csv", titled)[1].receipt.rows_written == 1


def test_names_that_differ_in_case_have_keys_of_their_own(tmp_path):
    _, found = started(tmp_path, "case.ndjson", json.dumps(EVENT | {"Plan": "a", "plan": "b", "PLAN": "c"}) + "\n")
    assert found.rows[0]["event_properties"] == {"plan": "a", "plan_2": "b", "plan_3": "c"}


@pytest.mark.parametrize(
    ("times", "says", "first"),
    [
        (["2025-01-02 12:04 오후", "2025. 1. 2. 오전 1:04"], 'timezone = "UTC"', "2025-01-02T12:04:00"),
        (["2025-01-02 03:04:05 UTC", "2025-01-02 03:04:05.1 +0900"], "", "2025-01-02T03:04:05"),
        (["2025/1/2 1:04"], 'timezone = "UTC"', "2025-01-02T01:04:00"),
        (["45659.5028356481"], "excel = true", "2025-01-02T12:04:05"),
        (["20250102"], 'format = "%Y%m%d"', "2025-01-02T00:00:00"),
        (["2/Jan/2025:03:04:05 +0900"], 'format = "%d/%b/%Y:%H:%M:%S %z"', "2025-01-01T18:04:05"),
        (["Thu, 02 Jan 2025 03:04:05 GMT"], 'format = "%a, %d %b %Y %H:%M:%S %z"', "2025-01-02T03:04:05"),
        (["25/12/2024 3:04", "2025-01-02T03:04:05Z"], 'format = "%d/%m/%Y %H:%M"', "2024-12-25T03:04:00"),
        (["2025년 1월 2일 3시 4분"], "%H시 %M분", "2025-01-02T03:04:00"),
        (["1735787045.678"], 'unit = "s"', "2025-01-02T03:04:05.678000"),
    ],
)
def test_times_are_read_as_they_are_written(tmp_path, times, says, first):
    rows = "".join(f'buy,"{time}",u,d,iOS,1\n' for time in times)
    written, found = started(tmp_path, "times.csv", f"event,at,user_id,device_id,os,app_version\n{rows}")
    lines = written.partition("[ts]\n")[2].partition("\n[")[0]
    assert says in lines
    assert (not says) == (not lines)
    assert found.receipt.rows_rejected == 0
    assert first in [row["ts"].replace(tzinfo=None).isoformat() for row in found.rows]


def test_times_of_any_form_are_seen_by_what_they_hold(tmp_path):
    text = "Benutzer;Zeit;geboren\nu1;02.03.2025 12:04;01.01.1990\nu2;13.03.2025 13:04;02.01.1990\n"
    written, _ = started(tmp_path, "a.csv", text)
    assert 'ts = "Zeit"' in written
    assert 'format = "%d.%m.%Y %H:%M"' in written


def test_an_epoch_is_seen_by_what_it_holds_and_another_s_id_is_none_of_the_event(tmp_path):
    row = {"what": "buy", "event": {"logged": 1735787045678}, "device": {"id": "d"}, "os": "iOS", "ver": "1"}
    written, _ = started(tmp_path, "odd.ndjson", json.dumps(row) + "\n")
    assert 'ts = "event.logged"  # GUESS by what it holds' in written
    assert "insert_id" not in written
    assert 'device_id = ["device.id"]' in written


@pytest.mark.parametrize(
    ("amounts", "metric"),
    [
        (["₩12,500", "₩ 300"], 12500),
        (["1.234,50 €"], Decimal("1234.5")),
        (["-12.5원"], Decimal("-12.5")),
        (["KRW 5"], 5),
        (["$-5.00"], -5),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.ndjson"])
def test_signs_of_currencies_are_stripped(tmp_path, name, amounts, metric):
    rows = [EVENT | {"price": amount} for amount in amounts]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if name.endswith("csv"):
        text = ",".join(rows[0]) + "\n" + "".join(",".join(f'"{cell}"' for cell in row.values()) + "\n" for row in rows)
    written, found = started(tmp_path, name, text)
    assert "strip = [" in written
    assert found.rows[0]["metric_value"] == metric


def test_backslashes_of_paths_are_no_escapes(tmp_path):
    text = f"{HEADER}memo\n{CELLS}C:\\temp\n{CELLS}\\\\host\\share\n".replace(",", "\t")
    written, found = started(tmp_path, "paths.tsv", text)
    assert "dialect" not in written
    assert [row["event_properties"]["memo"] for row in found.rows] == ["C:\\temp", "\\\\host\\share"]


@pytest.mark.parametrize(
    ("case", "presets"),
    [
        ("appsflyer-pull-api", "appsflyer"), ("adjust-cloud-upload", "adjust"), ("mixpanel-song-played", "mixpanel"),
        ("segment-web-and-server-calls", "rudderstack or segment"), ("ga4-purchase-and-items", "ga4"), ("csv-excel-ko", None),
    ],
)  # fmt: skip
def test_a_vendor_s_export_is_told_its_preset(tmp_path, case, presets):
    (drop,) = (GOLDEN / case / "drop").iterdir()
    told = [line for line in starter(str(drop)).splitlines() if line.startswith("# Its fields are")]
    assert [f"preset {presets}:" in line for line in told] == ([True] if presets else [])


def test_names_of_several_words_and_names_in_some_rows_are_seen(tmp_path):
    rows = [{"type": "track", "event": "buy"}, {"type": "screen"}]
    rest = {
        "client_event_time": 1735787045,
        "their_device_id": "d",
        "Customer User ID": "u",
        "os": "iOS",
        "the_app_version": "1",
    }
    written, found = started(tmp_path, "a.ndjson", "".join(json.dumps(row | rest) + "\n" for row in rows))
    assert 'event_key = ["event", "type"]' in written
    assert [row["event_key"] for row in found.rows] == ["buy", "screen"]
    assert found.rows[0]["identifiers"] == {"id": "d", "device_id": "d", "user_id": "u"}


def test_epochs_beside_other_times_need_no_word(tmp_path):
    rows = f"{CELLS}\n{CELLS.replace('2025-01-02T03:04:05Z', '1735787045').replace('1,buy', '2,buy')}\n"
    written, found = started(tmp_path, "mixed.csv", f"{HEADER}\n{rows}")
    assert "[ts]" not in written
    assert len({row["ts"] for row in found.rows}) == 1
