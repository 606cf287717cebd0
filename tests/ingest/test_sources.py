"""What receipts tell of a mapping's sources, and of fields that nothing uses."""

import json
from functools import partial

import pytest

from hackle_import.ingest import ledger
from hackle_import.settings import Rules
from support.samples import ndjson
from support.world import World

MAPPING = """
[fields]
insert_id = "uid"
event_key = "typ"
ts = "at"
metric_value = ["props.amount", "props.sum"]
event_properties = { plan = "props.plan" }
identifiers = { id = "user", device_id = "device" }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1" } }
"""
KEY = "incoming/shop/2025-01-01/a.ndjson"
OTHER = "incoming/shop/2025-01-02/b.ndjson"


def row(number, **more):
    props = {"amount": 1, "plan": "x"} | more.pop("props", {})
    return {
        "uid": f"{number}",
        "typ": "buy",
        "at": "2025-01-01T00:00:00Z",
        "user": "u",
        "device": "d",
        "props": props,
    } | more


@pytest.fixture(params=["native", "python"])
def world(request):
    world = World()
    world.handle = partial(world.handle, rules=Rules(decoder=request.param))
    world.staging.put("mappings/shop.toml", MAPPING.encode())
    return world


def handled(world, key, *rows):
    world.staging.put(key, ndjson(*rows))
    return world.handle(key)


def test_a_receipt_names_fields_that_nothing_uses_on_two_levels_with_their_rows(world):
    rows = [row(1, extra={"deep": {"er": 1}}, props={"colour": "red"}), row(2, extra=1, no=None), row(3)]
    receipt = handled(world, KEY, *rows)
    assert receipt.unused == {"extra": 2, "props.colour": 1}
    assert (receipt.unused_rows, receipt.unused_cut) == (3, False)
    assert receipt.absent == []  # of two sources of one value, one is enough


def test_a_source_that_no_row_had_is_absent_and_noted_once_it_was_there(world):
    first = handled(world, KEY, row(1, props={"plan": None}))
    assert (first.absent, first.missed, first.notes.get("source_absent")) == (["props.plan"], [], None)
    assert handled(world, KEY, row(1)).absent == []
    renamed = row(1, props={"plan": None, "Plan2": "x"})
    again = handled(world, KEY, renamed)
    assert (again.missed, again.notes["source_absent"]) == (["props.plan"], 1)
    assert again.new == ["props.Plan2"]


def test_another_drop_is_held_against_the_last_one_of_its_folder_whatever_the_day(world):
    handled(world, KEY, row(1))
    told = handled(world, OTHER, row(2, coupon="c", props={"plan": None}))
    assert (told.missed, told.new) == (["props.plan"], ["coupon"])
    assert (told.notes["source_absent"], told.notes["field_new"]) == (1, 1)
    assert handled(world, OTHER, row(3, coupon="c")).new == []


def test_the_same_version_notes_the_same_again(world):
    handled(world, KEY, row(1))
    world.staging.put(OTHER, ndjson(row(2, coupon="c")))
    assert [world.handle(OTHER, again=True).new for _ in range(3)] == [["coupon"]] * 3


def test_what_is_kept_of_a_folder_is_no_drop_and_what_cannot_be_read_is_none(world):
    handled(world, KEY, row(1))
    [hint] = world.staging.keys("state/folders/")
    assert len(list(ledger.entries(world.staging))) == 1
    world.staging.put(hint, b"not ours")
    told = handled(world, OTHER, row(2, coupon="c"))
    assert (told.outcome, told.new) == ("written", [])


def test_keys_that_are_values_are_cut_and_it_is_said(world):
    handled(world, KEY, row(1))
    told = handled(world, OTHER, *(row(number, **{f"user-{number}": 1}) for number in range(10_000)))
    assert told.unused_cut
    assert len(told.unused) == 50
    assert told.new == []


def test_a_table_tells_by_its_header_at_its_first_drop(world):
    table = b"uid,typ,at,user,device,props.sum,Plan2\n1,buy,2025-01-01T00:00:00Z,u,d,,\n"
    world.staging.put("incoming/shop/a.csv", table)
    told = world.handle("incoming/shop/a.csv")
    assert (told.absent, told.missed, told.unused) == (["props.plan"], ["props.plan"], {"Plan2": 1})


def test_a_mapping_may_ask_that_such_a_drop_fails(world):
    world.staging.put("mappings/shop.toml", b'on_absent = "fail"\n' + MAPPING.encode())
    assert handled(world, KEY, row(1)).outcome == "written"
    told = handled(world, KEY, row(1, props={"plan": None, "amount": None}))
    assert (told.outcome, told.fault.code) == ("failed", "source_absent")
    assert told.fault.message == "no row has props.amount or props.sum, props.plan"


def test_what_where_looks_at_is_a_source_too(world):
    world.staging.put("mappings/shop.toml", b"where = \"tpy == 'buy'\"\n" + MAPPING.encode())
    told = handled(world, KEY, row(1), row(2))
    assert (told.outcome, told.rows_filtered, told.absent) == ("empty", 2, ["tpy"])


def test_a_source_that_is_in_rows_which_are_left_out_is_not_absent(world):
    world.staging.put(
        "mappings/shop.toml",
        b"where = \"props.kind == 'a'\"\n" + MAPPING.replace('"props.plan"', '"props.kind"').encode(),
    )
    rows = [row(1, props={"kind": "b", "amount": None, "sum": 2}), row(2, props={"kind": "c"}), row(3, user=None)]
    told = handled(world, KEY, *rows)
    assert (told.outcome, told.rows_filtered, told.absent) == ("empty", 3, [])
    kept = row(4, props={"kind": "a", "amount": None})
    told = handled(world, KEY, row(1, props={"kind": "b"}), kept, row(2, user=None, props={"kind": "b"}))
    assert (told.rows_written, told.absent) == (1, [])


def test_a_mistyped_source_is_absent_though_every_row_is_left_out(world):
    mapping = MAPPING.replace('"props.plan"', '"props.plam"').replace('"typ"', "'typ && typ'")
    world.staging.put("mappings/shop.toml", b"where = \"tpy == 'buy'\"\n" + mapping.encode())
    assert handled(world, KEY, row(1)).absent == ["props.plam", "tpy"]  # of an expression nothing is known


def test_no_value_of_a_row_is_told(world):
    told = handled(world, KEY, row(1, secret="s3cr3t", props={"plan": "pl4n"}))
    assert "s3cr3t" not in told.line()
    assert "pl4n" not in told.line()
    assert "secret" in json.loads(told.line())["unused"]


def test_rows_that_repeat_an_id_are_counted_with_the_lines_of_the_first_two(world):
    told = handled(world, KEY, row(1), row(2), row(2), {"typ": "bad"}, row(1), row(3), row(2))
    assert told.notes["insert_id_repeated"] == 3
    assert (told.repeated_lines, told.repeats_estimated) == ([2, 3], False)
    assert "insert_id_repeated" not in handled(world, KEY, row(1), row(2)).notes
