"""Every fault that finished Parquet can have is found, and only that one."""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hackle_import.drop import Drop
from hackle_import.ingest import ledger
from hackle_import.schema import SCHEMA
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from hackle_import.verify import Verification, miscounted
from support.samples import NOW, event
from support.world import KEY, World

FILE = "2025-01-02/a.parquet"


def row(number=1, **changed):
    maps = {
        "identifiers": {"id": "u", "device_id": "d"},
        "event_properties": {"plan": "pro"},
        "user_properties": {},
        "platform_properties": {"osname": "iOS", "appversion": "1"},
    }
    found = {
        "insert_id": f"00000000-0000-4000-8000-{number:012d}",
        "event_key": "purchase",
        "ts": datetime(2025, 1, 2, 3, tzinfo=UTC),
        "metric_value": Decimal(1),
        **maps,
    } | changed
    return {name: list(value.items()) if isinstance(value, dict) else value for name, value in found.items()}


def parquet(*rows, schema=SCHEMA, row_group=1000):
    file = BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema), file, row_group_size=row_group)
    return file.getvalue()


def lake(**files):
    store = MemoryStore(lambda: NOW, "lake")
    for key, body in files.items():
        store.put(key, body)
    return store


def found(store, rules=None, staging=None):
    """(key, code, message) of each fault."""
    return [(one.key, one.code, one.message) for one in Verification(store, rules or Rules(), staging).faults()]


def test_good_files_have_no_fault_and_are_counted():
    store = lake(
        **{FILE: parquet(row(1), row(2)), "2025-01-02/b.parquet": parquet(row(3)), "2025-01-03/c.parquet": parquet()}
    )
    verification = Verification(store, Rules(), None)
    assert list(verification.faults()) == []
    assert (verification.files, verification.rows) == (3, 3)


MAPS = {name: row()[name] for name in ("identifiers", "event_properties", "user_properties", "platform_properties")}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"insert_id": "00000000-0000-4000-8000-00000000000A"}, "insert_id_not_uuid"),
        ({"insert_id": "{00000000-0000-4000-8000-000000000000}"}, "insert_id_not_uuid"),
        ({"insert_id": ""}, "insert_id_not_uuid"),
        ({"event_key": ""}, "event_key_length"),
        ({"event_key": "x" * 129}, "event_key_length"),
        ({"event_key": "한" * 129}, "event_key_length"),
        ({"ts": datetime(2025, 1, 3, tzinfo=UTC)}, "wrong_day"),
        ({"ts": datetime(2025, 1, 1, 23, 59, 59, 999000, UTC)}, "wrong_day"),
        *(({name: [*entries, ("Key", "x")]}, f"{name}_key_not_lower_case") for name, entries in MAPS.items()),
        ({"event_properties": {"É": "x"}}, "event_properties_key_not_lower_case"),
        ({"identifiers": {"id": "u"}}, "identifiers_device_id_missing"),
        ({"identifiers": {"id": "", "device_id": "d"}}, "identifiers_id_missing"),
        ({"platform_properties": {"appversion": "1"}}, "platform_properties_osname_missing"),
        ({"platform_properties": {"osname": "iOS", "appversion": ""}}, "platform_properties_appversion_missing"),
    ],
)
def test_a_row_that_hackle_would_not_take_is_told_by_its_row_group(changed, code):
    rows = [row(1), row(2), row(3), row(4), row(5, **changed)]
    assert found(lake(**{FILE: parquet(*rows, row_group=2)})) == [(FILE, code, "row group 2: 1 rows")]


@pytest.mark.parametrize("event_key", ["x", "x" * 128, "한" * 128])
def test_an_event_key_has_1_to_128_characters(event_key):
    assert found(lake(**{FILE: parquet(row(event_key=event_key))})) == []


@pytest.mark.parametrize(
    "schema",
    [
        pa.schema(list(SCHEMA)[:-1]),
        pa.schema([*SCHEMA, pa.field("more", pa.string())]),
        pa.schema([field.with_nullable(True) for field in SCHEMA]),
        pa.schema([SCHEMA.field(1), SCHEMA.field(0), *list(SCHEMA)[2:]]),
        pa.schema([field.with_type(pa.timestamp("us", "UTC")) if field.name == "ts" else field for field in SCHEMA]),
        pa.schema(
            [field.with_type(pa.decimal128(20, 2)) if field.name == "metric_value" else field for field in SCHEMA]
        ),
    ],
)
def test_another_schema_is_one_fault_a_file(schema):
    assert found(lake(**{FILE: parquet(row(1), row(2), schema=schema, row_group=1)})) == [
        (FILE, "schema", "not Hackle's columns, types, order or nullability")
    ]


@pytest.mark.parametrize("body", [b"", b"PAR1", b"x" * 100, parquet(row())[:-9], parquet(row())[9:]])
def test_what_is_no_parquet_is_unreadable_in_one_line(body):
    (one,) = found(lake(**{FILE: body, "2025-01-02/b.parquet": parquet(row())}))
    assert one[:2] == (FILE, "unreadable")
    assert one[2].splitlines() == [one[2]]


def test_text_that_is_no_utf_8_is_unreadable():
    body = parquet(row(event_properties={"plan": "marker"}))
    assert body.count(b"marker") >= 1
    (one,) = found(lake(**{FILE: body.replace(b"marker", b"mar\xffer")}))
    assert one[:2] == (FILE, "unreadable")


@pytest.mark.parametrize("key", ["a.parquet", "2025-01-02/a.csv", "2025-01-02/x/a.parquet", "_SUCCESS"])
def test_what_is_no_file_of_a_day_s_folder_is_not_expected(key):
    assert found(lake(**{key: parquet(row())})) == [(key, "unexpected", "no Parquet file of a day folder")]


def test_days_and_folders_are_those_of_the_rules():
    rules = Rules(day_folder="dt={day}", day_timezone=ZoneInfo("Asia/Seoul"))
    late = row(ts=datetime(2025, 1, 2, 15, tzinfo=UTC))
    assert found(lake(**{"dt=2025-01-03/a.parquet": parquet(late)}), rules) == []
    assert [one[1] for one in found(lake(**{"dt=2025-01-02/a.parquet": parquet(late)}), rules)] == ["wrong_day"]


def test_an_id_that_repeats_is_told_with_both_files():
    other = "2025-01-02/b.parquet"
    store = lake(**{FILE: parquet(row(1), row(1), row(2)), other: parquet(row(1), row(2), row(3))})
    assert found(store) == [
        (FILE, "insert_id_repeated", "1 row has the id of a row in the same file"),
        (other, "insert_id_repeated", f"2 rows have the ids of rows in {FILE}"),
    ]


def test_rows_that_repeat_one_of_their_own_file_are_told_apart_from_those_of_another_day():
    day_before, third = "2025-01-01/a.parquet", "2025-01-02/b.parquet"
    store = lake(
        **{
            day_before: parquet(row(4, ts=1735700400000), row(1, ts=1735700400000)),
            FILE: parquet(row(1), row(2), row(2), row(2)),
            third: parquet(row(1), row(2), row(5), row(5)),
        }
    )
    assert [(key, told) for key, _, told in found(store)] == [
        (FILE, f"1 row has the id of a row in {day_before}, 2 rows have the ids of rows in the same file"),
        (
            third,
            f"2 rows have the ids of rows in {day_before} and 1 more file, 1 row has the id of a row in the same file",
        ),
    ]


class Racing:
    """A lake in which something becomes of a file once it is looked at."""

    def __init__(self, store, then):
        self._store, self._then = store, then

    def __getattr__(self, name):
        return getattr(self._store, name)

    def head(self, key):
        there = self._store.head(key)
        self._then(self._store, key)
        return there


def test_a_file_that_was_deleted_since_it_was_listed_is_no_fault():
    assert found(Racing(lake(**{FILE: parquet(row())}), lambda store, key: store.delete(key))) == []


def test_a_file_that_is_replaced_while_it_is_read_is_to_be_verified_again():
    store = Racing(lake(**{FILE: parquet(row())}), lambda store, key: store.put(key, parquet(row(2))))
    assert found(store) == [(FILE, "changed", "it was replaced while it was read: verify again")]


@pytest.fixture
def world():
    """One drop of two good rows and a bad one, handled."""
    world = World()
    world.drop(event(1), event(2), event(3, ts=""))
    world.handle()
    return world


def against(world):
    return found(world.lake, staging=world.staging)


def test_what_the_ledger_lists_has_no_fault(world):
    assert against(world) == []


def test_a_file_that_is_not_there_is_missing(world):
    (key,) = world.lake.keys("")
    world.lake.delete(key)
    assert against(world) == [(key, "missing", "the ledger lists it, and it is not there")]


def test_a_file_that_no_commit_lists_is_orphaned(world):
    world.lake.put("2025-01-02/other.parquet", parquet(row(7)))
    assert against(world) == [("2025-01-02/other.parquet", "orphaned", "no commit lists it")]
    assert found(world.lake) == []


def test_a_file_of_other_bytes_is_altered(world):
    (key,) = world.lake.keys("")
    world.lake.put(key, parquet(row(1), row(2)))
    assert against(world) == [(key, "altered", "its bytes are not those that were committed")]
    world.lake.put(key, parquet(row(1)))
    assert [one[1:] for one in against(world)] == [
        ("altered", "its bytes are not those that were committed"),
        ("rows_differ", "1 rows, 2 in the ledger"),
    ]


def test_rejected_rows_that_are_gone_or_others_are_told(world):
    drop = Drop.at("staging", KEY)
    body = world.staging.get(drop.rejected_key)[0]
    world.staging.put(drop.rejected_key, b"other")
    assert against(world) == [(drop.rejected_key, "rejects_differ", "it is not the file that the ledger holds")]
    world.staging.delete(drop.rejected_key)
    assert against(world) == [(drop.rejected_key, "rejects_missing", f"the rejected rows of {KEY} are not there")]
    world.staging.put(drop.rejected_key, body)
    assert [one[1] for one in against(world)] == ["rejects_differ"]  # another version, though of the same bytes


def test_rejected_rows_that_expired_with_their_copy_are_no_fault(world):
    for key in list(world.staging.keys("rejected/")):
        world.staging.delete(key)
    assert against(world) == []


def changed(world, **receipt):
    """The ledger's document, with another receipt in its commit."""
    drop = Drop.at("staging", KEY)
    entry, version = ledger.load(world.staging, drop)
    other = msgspec.structs.replace(entry.commit.receipt, **receipt)
    entry = msgspec.structs.replace(entry, commit=msgspec.structs.replace(entry.commit, receipt=other))
    ledger.save(world.staging, drop, entry, version)


@pytest.mark.parametrize(
    ("receipt", "told"),
    [
        ({"rows_written": 3, "rows_in": 4}, "2 rows committed, 3 in the receipt"),
        ({"rows_filtered": 1}, "2 rows committed, 2 in the receipt"),
    ],
)
def test_a_receipt_that_does_not_account_for_its_rows_is_told(world, receipt, told):
    changed(world, **receipt)
    assert against(world) == [(KEY, "receipt_differs", told)]


def test_a_receipt_that_accounts_for_every_row_is_no_fault(world):
    assert list(miscounted(KEY, world.entry().commit)) == []


def test_rejects_that_a_ledger_without_them_speaks_of_are_missing(world):
    drop = Drop.at("staging", KEY)
    entry, version = ledger.load(world.staging, drop)
    ledger.save(world.staging, drop, msgspec.structs.replace(entry, rejects=None), version)
    assert against(world) == [(drop.rejected_key, "rejects_missing", f"the rejected rows of {KEY} are not there")]


def test_faults_tell_nothing_of_a_row():
    secret = "4111-1111-2222-3333"
    bad = row(event_key=secret * 9, insert_id=secret, event_properties={secret.title() + "K": secret})
    assert secret not in str(found(lake(**{FILE: parquet(bad, bad)})))
