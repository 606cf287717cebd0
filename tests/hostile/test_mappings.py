"""A mapping can only be a bad one: whatever is in its file, a drop of it ends in an outcome, soon."""

import time

import pytest

from support.attacks import limited
from support.samples import event, ndjson
from support.world import World

FIELDS = """[fields]
event_key = "event_key"
ts = "ts"
[fields.identifiers]
id = "identifiers.id"
device_id = "identifiers.device_id"
[fields.platform_properties]
osname = "platform_properties.osname"
appversion = "platform_properties.appversion"
"""
MAP = FIELDS + "[fields.event_properties]\n"


def computed(expression):
    return f"{MAP}x = '''{expression}'''"


BAD = {
    "arrays in arrays": "x = " + "[" * 20_000 + "]" * 20_000,
    "tables in tables": "x = " + "{a=" * 20_000 + "1" + "}" * 20_000,
    "a key of 20,000 parts": ".".join(["a"] * 20_000) + " = 1",
    "a key of 5,000 parts in quotes": ".".join(["'a b'"] * 5000) + " = 1",
    "a table of 5,000 parts": "[" + ".".join(["a"] * 5000) + "]",
    "more than a MiB": "# " + "x" * (1 << 20),
    "a MiB of numbers": "x = [" + "1," * 500_000 + "]",
    "a MiB of comments": "#\n" * 500_000,
    "a MiB of a number": "x = " + "9" * 1_000_000,
    "a number of 5,000 digits": "max_reject_ratio = " + "9" * 5000,
    "a constant of 5,000 digits in hexadecimal": MAP + "x = { const = 0x" + "f" * 5000 + " }",
    "brackets in an expression": computed("(" * 2000 + "a" + ")" * 2000),
    "many nots": computed("!" * 4000 + "a"),
    "a chain of alternatives": computed("||".join(["a"] * 1000)),
    "a path of 2,000 names": computed(".".join(["a"] * 2000)),
    "a path of 100,000 names": computed(".".join(["a"] * 100_000)),
    "a literal that nests": computed("`" + "[" * 2000 + "]" * 2000 + "`"),
    "a place of 2^31": computed("items[2147483648].a"),
    "a place of 2^63": computed("items[9223372036854775808].a"),
    "a place of 5,000 digits": computed("items[" + "9" * 5000 + "].a"),
    "a place from the end": computed("items[-9223372036854775809] | a"),
    "a slice of 5,000 digits": computed("items[:" + "9" * 4000 + "]"),
    "copies of copies": computed(" | ".join(["[@,@,@,@]"] * 14)),
    "copies of copies as objects": computed(" | ".join(["{a: @, b: @}"] * 12)),
    "copies of each element": computed("items[*].[@,@,@,@][*].[@,@,@,@][*].[@,@,@,@][*].[@,@,@,@][*].[@,@,@,@]"),
    "a text joined by a text": computed("join(event_key, items)"),
    "a text joined by itself": computed(" | ".join(["join(event_key, [@,@,@,@])"] * 16)),
    "20,000 entries": MAP + "\n".join(f'k{number} = "a.b{number}"' for number in range(20_000)),
    "3,000 entries": MAP + "\n".join(f'k{number} = "a.b{number}"' for number in range(3000)),
    "3,000 globs": MAP + 'spread = "event_properties"\nonly = [' + ",".join(f'"*a{number}*"' for number in range(3000)) + "]",
    "200,000 names of columns": "[csv]\nheader = [" + ",".join(f'"c{number}"' for number in range(200_000)) + "]",
    "3,000 names of columns": "[csv]\nheader = [" + ",".join(f'"c{number}"' for number in range(3000)) + "]",
    "9,000 unknown keys": "\n".join(f"limit{number} = 1" for number in range(9000)),
    "a directive twice": 'ts = { format = "%d/%m/%Y %H:%d" }',
    "a directive twice, by another name": 'ts = { format = "%c %H" }',
    "a lone percent sign": 'ts = { format = "%d %" }',
    "a directive that there is not": 'ts = { format = "%d %E" }',
    "a format of 100,000 characters": f'ts = {{ format = "%d {"x" * 100_000}" }}',
    "a time zone that is a folder": 'ts = { timezone = "Asia" }',
    "a time zone that is a path": 'ts = { timezone = "../../../etc/passwd" }',
    "a time zone with a NUL": 'ts = { timezone = "a\\u0000b" }',
    "a time zone of 5,000 characters": f'ts = {{ timezone = "{"a" * 5000}" }}',
    "half of a pair": MAP + '"\\ud800" = "a"',
    "not UTF-8": b"x = '\xff'",
}  # fmt: skip


@pytest.mark.attack
@pytest.mark.parametrize("case", BAD)
def test_a_bad_mapping_is_told_and_nothing_else(case, proves):
    world, text = World(), BAD[case]
    world.staging.put("mappings/own.toml", text if isinstance(text, bytes) else text.encode())
    key = "incoming/own/a.ndjson"
    world.drop(event(1, items=[{"a": 1}], a=[1]), key=key)
    began = time.process_time()
    with limited(seconds=10):
        receipt = world.handle(key)
    told = receipt.fault.message
    assert (receipt.outcome, receipt.fault.code) == ("failed", "bad_mapping")
    assert len(told) < 10_000
    assert told.isprintable()
    proves(f"{case}: bad_mapping after {1000 * (time.process_time() - began):.0f} ms: {told[:90]}")


CONSTANT = {
    "where = '`true`'": (3, 0),
    "where = \"'a' == 'a'\"": (3, 0),
    "where = '`false`'": (0, 3),
    "where = '@'": (3, 0),
    FIELDS.replace('"event_key"', "\"'buy'\"", 1): (3, 0),
    FIELDS.replace('"event_key"', '["name", "\'buy\'"]', 1): (3, 0),
    FIELDS.replace('"event_key"', "'`1`'", 1): (3, 0),
}


@pytest.mark.attack
@pytest.mark.parametrize("decoder", ["native", "python"])
@pytest.mark.parametrize("text", CONSTANT)
def test_an_expression_that_names_no_field_means_what_it_says(text, decoder, proves):
    from hackle_import.settings import Rules

    world, key = World(), "incoming/own/a.ndjson"
    world.staging.put("mappings/own.toml", text.encode())
    world.drop(event(1), event(2), event(3), key=key)
    receipt = world.handle(key, rules=Rules(decoder=decoder))
    assert (receipt.rows_written, receipt.rows_filtered) == CONSTANT[text]
    proves(
        f"{text.splitlines()[min(1, text.count(chr(10)))]}: {receipt.rows_written} written, {receipt.rows_filtered} left out"
    )


def test_a_constant_beside_rows_that_are_none_does_not_take_them_for_rows():
    world, key = World(), "incoming/own/a.ndjson"
    world.staging.put("mappings/own.toml", b"where = '`true`'")
    world.drop(body=ndjson(event(1)) + b"[1]\nno json\n" + ndjson(event(2)), key=key)
    receipt = world.handle(key)
    assert (receipt.rows_written, receipt.rows_rejected) == (2, 2)


@pytest.mark.parametrize("name", ["x" * 251, "가" * 90, "m" * 1000])
def test_a_mapping_s_name_that_no_storage_takes_is_an_unknown_one(name):
    world, key = World(), f"incoming/{name}/a"
    world.drop(event(1), key=key)
    assert world.handle(key).fault.code == "unknown_mapping"
