"""`mappings new`: a starter for any table is valid, takes its own sample, and says what it guessed and what is to do."""

import csv
import io
import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.cli import command, mappings
from hackle_import.cli.starter import starter
from hackle_import.mapping import load_mapping
from support.mapped_rows import mapped

assert mappings  # it adds its command


def started(folder, name, body):
    """The starter, and what comes of the sample by it."""
    body = body if isinstance(body, bytes) else body.encode()
    (folder / name).write_bytes(body)
    written = starter(folder / name)
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
        ("semicolons.csv", SEMICOLONS, 'format = "%d.%m.%Y %H:%M:%S"  # GUESS\n', {"event_properties": {"amount": "7,00"}}),
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
    written, _ = started(tmp_path, "semicolons.csv", SEMICOLONS)
    assert '# metric_value = "amount"  # TODO: not plain numbers' in written


def test_a_table_that_says_little_marks_what_is_to_do(tmp_path):
    written, found = started(tmp_path, "odd.csv", "주문명;when\nx;2025-01-02\n")
    assert written.count("# TODO") >= 4
    assert load_mapping(written.encode(), "odd").csv.delimiter == ";"
    assert found.receipt.rejects == {"required_key_missing": 1}


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\x1f\x8b\x08\xff\xfe"])
def test_what_has_no_fields_is_wrong_use(tmp_path, body):
    (tmp_path / "a.csv").write_bytes(body)
    assert CliRunner().invoke(command, ["mappings", "new", str(tmp_path / "a.csv")]).exit_code == 2


NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(st.lists(NAME, min_size=1, max_size=8, unique_by=str.strip))
def test_a_starter_is_a_valid_mapping_whatever_the_columns_are_called(tmp_path_factory, names):
    out = io.StringIO()
    csv.writer(out).writerow(names)
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    if any(name.strip() for name in names) and names[0].lstrip()[:1] not in ("{", "["):
        load_mapping(starter(path).encode(), "any")


def test_a_column_that_repeats_itself_is_no_insert_id(tmp_path):
    (tmp_path / "a.csv").write_text("order_id,event,time\n1,buy,2025-01-01\n1,buy,2025-01-01\n2,buy,2025-01-01\n")
    text = starter(tmp_path / "a.csv")
    assert "TODO: insert_id" in text
    assert load_mapping(text.encode(), "a").fields.insert_id.sources == ()


def test_korean_names_are_of_seoul_and_a_usual_spelling_needs_no_word(tmp_path):
    (tmp_path / "a.csv").write_text("이벤트,일시,운영체제\n구매,2025-01-01 10:00:00,iPadOS\n")
    text = starter(tmp_path / "a.csv")
    assert 'timezone = "Asia/Seoul"  # GUESS' in text
    assert "osname holds" not in text
