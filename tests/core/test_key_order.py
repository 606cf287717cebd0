"""Of a map's keys that are equal in lower case, the one that stands later in the text wins by its place."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.test_native_mappings import target_of
from hackle_import.convert.opening import open_lines
from hackle_import.settings import Limits
from support.samples import event

FIELDS = """
[fields]
insert_id = "insert_id"
event_key = "event_key"
ts = "ts"
identifiers = { id = { const = "u" }, device_id = { const = "d" } }
platform_properties = { osname = { const = "iOS" }, appversion = { const = "1" } }
"""
PIVOT = '{ from = "%s", key = "k", value = "v" }'
SHAPES = {
    "an object": ("", ["event_properties"], []),
    "one spread": ('spread = "a"', ["a"], []),
    "two spreads": ('spread = ["a", "b"]', ["a", "b"], []),
    "three spreads": ('spread = ["a", "b", "c"]', ["a", "b", "c"], []),
    "a pivot": (f"pivot = {PIVOT % 'p'}", [], ["p"]),
    "two pivots": (f"pivot = [{PIVOT % 'p'}, {PIVOT % 'q'}]", [], ["p", "q"]),
    "a spread and a pivot": (f'spread = "a"\npivot = {PIVOT % "p"}', ["a"], ["p"]),
    "the whole record": ('spread = "@"\nonly = ["x*"]', ["@"], []),
    "a spread before names": ('spread = "a"\nXa = "a.xA"', ["a"], []),
}
KEYS = ["xa", "xA", "Xa", "XA", "xé", "xÉ", "x", "X", "xß", "xi̇", "xİ"]
VALUES = ["1", "2", "3", "-0", '"t"', '""', "null", "[1]", "true", "1.50"]
PAIRS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=7)


def text_of(raw):
    """The text of one of `VALUES`."""
    return raw.strip('"')


def standing(pairs):
    """Of names that are equal in lower case the last one stands; where that one is null, there is no entry."""
    last = {name.lower(): value for name, value in pairs}
    return {name: text_of(value) for name, value in last.items() if value != "null"}


def expected(shape, parts):
    entries = {name: text for pairs in parts for name, text in standing(pairs).items()}
    named = dict(parts[0]).get("xA", "null") if shape == "a spread before names" else "null"
    return entries if named == "null" else entries | {"xa": text_of(named)}


def line_of(shape, parts):
    _, objects, lists = SHAPES[shape]
    row = {key: value for key, value in event(1).items() if key != "event_properties"}
    members = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in row.items()]
    for name, pairs in zip([*objects, *lists], parts, strict=True):
        entries = [f"{json.dumps(key)}:{value}" for key, value in pairs]
        if name == "@":
            members += entries
        elif name in objects:
            members.append(f'"{name}":{{{",".join(entries)}}}')
        else:
            elements = ",".join(f'{{"k":{json.dumps(key)},"v":{value}}}' for key, value in pairs)
            members.append(f'"{name}":[{elements}]')
    return ("{" + ",".join(members) + "}").encode()


def maps(shape, lines, decoder):
    mapping = SHAPES[shape][0]
    target = target_of(f"{FIELDS}[fields.event_properties]\n{mapping}\n" if mapping else "")
    made = list(open_lines([b"\n".join(lines)], target, Limits(), 1 << 20).converted(decoder))
    assert [one.rejects for one in made] == [[]] * len(made)
    return [dict(row) for one in made for row in one.batch["event_properties"].to_pylist()]


@pytest.mark.parametrize("decoder", ["native", "python"])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if "two" not in shape and "three" not in shape])
def test_the_later_of_three_wins_though_its_spelling_came_first(shape, decoder):
    parts = [[("xa", "1"), ("xA", "2"), ("xa", "3")]] * (2 if "and" in shape else 1)
    assert maps(shape, [line_of(shape, parts)], decoder) == [expected(shape, parts)]
    assert expected(shape, parts) == {"xa": "2" if "names" in shape else "3"}


@pytest.mark.parametrize("decoder", ["native", "python"])
@pytest.mark.parametrize("shape", ["an object", "one spread", "two spreads", "a pivot"])
def test_a_null_that_stands_later_leaves_the_entry_out_however_it_is_spelled(shape, decoder):
    more = [[("x", "3")]] if shape == "two spreads" else []
    rows = [[[("xa", "1"), (later, "null")], *more] for later in ("xa", "xA")]
    assert maps(shape, [line_of(shape, parts) for parts in rows], decoder) == [{"x": "3"} if more else {}] * 2


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
def test_odd_keys_are_told_as_a_small_reference_has_them(shape, data):
    _, objects, lists = SHAPES[shape]
    count = len(objects) + len(lists)
    rows = data.draw(st.lists(st.lists(PAIRS, min_size=count, max_size=count), min_size=1, max_size=4))
    lines = [line_of(shape, parts) for parts in rows]
    wanted = [expected(shape, parts) for parts in rows]
    assert maps(shape, lines, "python") == wanted
    assert maps(shape, lines, "native") == wanted


@pytest.mark.parametrize("shape", SHAPES)
def test_a_drop_of_odd_keys(shape):
    """Many rows in one chunk: equal maps are decoded once, and plain rows stand beside others."""
    random, count = Random(7), len(SHAPES[shape][1]) + len(SHAPES[shape][2])
    rows = [
        [[(random.choice(KEYS), random.choice(VALUES)) for _ in range(random.randrange(6))] for _ in range(count)]
        for _ in range(500)
    ]
    lines, wanted = [line_of(shape, parts) for parts in rows], [expected(shape, parts) for parts in rows]
    assert maps(shape, lines, "python") == wanted
    assert maps(shape, lines, "native") == wanted
