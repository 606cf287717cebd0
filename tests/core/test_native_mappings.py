"""The decoder in C gives what Python gives through a mapping, too, and takes what vendors export itself."""

import json
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bench.events import write_events
from bench.vendors import PRESETS, write_export
from core.test_native import damaged, same_rows
from core.test_properties import EARLY, LATE
from hackle_import.conform import Target
from hackle_import.conform.copies import Copies
from hackle_import.convert.opening import open_lines
from hackle_import.decode.mapped import MappedDecoder
from hackle_import.engine import python_engine
from hackle_import.mapping import load_mapping, preset
from hackle_import.native import library as native
from hackle_import.native.json import native_lines
from hackle_import.native.library import Decoder
from hackle_import.native.plan import native_plan
from hackle_import.reading.chunks import CHUNK_BYTES
from hackle_import.reading.lines import whole_lines
from hackle_import.seen.sources import Sources, absent
from hackle_import.settings import DECODERS, Limits, Rules
from mapping.test_mapping_properties import text_of
from support.examples import examples
from support.mapped_rows import FIELDS, mapped
from support.mapped_rows import ROW as OWN_ROW
from support.samples import event, ndjson

SLOW = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def target_of(mapping, osnames=("Android", "iOS")):
    mapping = load_mapping(mapping.encode(), "own") if isinstance(mapping, str) else mapping
    return Target(mapping, EARLY, LATE, osnames)


def python_of(target):
    return python_engine(MappedDecoder(target.mapping, 64), target)


def assert_same(text, target):
    def converted(decoder):
        own = replace(target, copies=Copies())  # which counts the rows of a drop
        return list(open_lines([text], own, Limits(), 1 << 16).converted(decoder))

    same_rows(converted("python"), converted("native"))


def plain(text, target):
    """How many records Python was not asked for."""
    asked = []

    def spy(chunk):
        asked.extend(chunk.records)
        return python_of(target)(chunk)

    decoder = Decoder(native.library(), native_plan(target, 64))
    texts = whole_lines([text], 1 << 20, CHUNK_BYTES)
    rows = sum(one.rows_in for one in native_lines(texts, decoder, spy, 1 << 20))
    return rows - len(asked)


@pytest.fixture(scope="module", params=PRESETS)
def export(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    write_events(folder / "events", 300)
    write_export(folder / "events", request.param, folder / "export")
    return target_of(preset(request.param)), (folder / "export").read_bytes()


def test_both_decoders_give_the_same_of_a_vendor_s_export(export):
    target, text = export
    assert_same(text, target)


def test_what_a_vendor_exports_is_plain(export):
    target, text = export
    assert plain(text, target) == 300


def test_both_decoders_give_the_same_of_a_damaged_export(export):
    target, text = export
    lines, random = text.splitlines(keepends=True), Random(3)
    for _ in range(30):
        chosen = b"".join(random.sample(lines, 3))
        assert_same(damaged(chosen, random), target)


ODD = ["", None, True, False, 0, -1, 1.5, "x", "1.50", "iOS", [], {}, [1], {"a": 1}, [{"a": "b"}], "é" * 700, "$", "\U0001f600\n\"\\", [{"key": "k", "value": {"string_value": "v"}}]]  # fmt: skip


def changed(value, random):
    """The same JSON with another value in one place, or without it."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        name = random.choice(list(value))
        rest = {key: one for key, one in value.items() if key != name}
        kind = random.randrange(6)
        if kind == 0:
            return rest
        if kind == 1:
            return rest | {random.choice([name.upper(), name.lower(), "Name", "Id", "key"]): value[name]}
        return value | {name: changed(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.7:
        place = random.randrange(len(value))
        return [*value[:place], changed(value[place], random), *value[place + random.randrange(2) :]]
    return random.choice(ODD)


def test_both_decoders_give_the_same_of_an_export_with_unusual_values(export):
    target, text = export
    rows, random = [json.loads(line) for line in text.splitlines()], Random(5)
    for ascii_only in (True, False) * 8:
        chosen = [changed(row, random) for row in random.sample(rows, 20)]
        lines = [json.dumps(row, ensure_ascii=ascii_only).encode() for row in chosen]
        assert_same(b"\n".join(lines), target)


def usually(usual, other):
    return st.integers(0, 9).flatmap(lambda number: usual if number else other)


NAME = st.sampled_from(["a", "b", "c", "A", "$x", "한"])
SCALAR = (
    st.none() | st.booleans() | st.integers(-5, 2 * 10**12) | st.floats(-1e6, 1e6)
    | st.sampled_from(["", "iOS", "ios", "x", "2025-01-02T03:04:05Z", "1.50", "\n", "é" * 520])
)  # fmt: skip
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=4), max_leaves=8
)
PAIRS = st.lists(st.fixed_dictionaries({"k": NAME, "v": VALUE}, optional={"w": VALUE}), max_size=4)
METRIC = st.sampled_from([None, "", 0, "-0.0", 1.5, 0.12345678901, "7.0000005", "7.0000015"])
TIME = st.sampled_from([1735787045, "1735787045.1239", "2025-01-02 03:04:05.123+0900", "2025-01-02T03:04:05Z"])
ROW = st.fixed_dictionaries(
    {"name": usually(st.just("e"), VALUE), "at": usually(TIME, VALUE)},
    optional={"id": st.text(max_size=3) | st.uuids().map(str), "n": SCALAR, "m": METRIC, "p": usually(PAIRS, VALUE), "q": VALUE, "r": VALUE, "a": VALUE, "b": VALUE},
)  # fmt: skip
PATH = st.sampled_from(["a", "b", "q", "r", "q.a", "q.b", "q.a.b", "r.c", "q.$x", '"한"', 'q."한"', "b[0].a", "b[1].a", "p[0].k", "r.a[0].b", "n"])  # fmt: skip
SOURCES = st.lists(PATH, min_size=1, max_size=3)
OTHERS = {"default": st.sampled_from(["", "iOS", "d" * 40]), "values": st.just({"x": "y", "1.50": "", "[]": "", "": "e", "true": "t" * 30})}  # fmt: skip
FIELD = SOURCES | st.fixed_dictionaries({"from": SOURCES}, optional=OTHERS) | st.just({"const": "c" * 20})
PIVOT = st.fixed_dictionaries({"from": st.sampled_from(["p", "q.a"]), "key": st.just("k"), "value": st.lists(st.sampled_from(["v", "w", "v.a", "k"]), min_size=1, max_size=2)})  # fmt: skip
GLOBS = st.lists(st.sampled_from(["a", "B", "*", "?", "$*", "q", "[ab]", "han", "한"]), min_size=1, max_size=2)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "spread": st.lists(st.sampled_from(["q", "r", "q.a", "@", "b[0].a", "a"]), min_size=1, max_size=3),
        "pivot": PIVOT | st.lists(PIVOT, min_size=1, max_size=2),
        "a": FIELD, "B": FIELD, "x": FIELD,
    },
).flatmap(
    lambda parts: st.just(parts) if not {"spread", "pivot"} & parts.keys()
    else st.fixed_dictionaries({name: st.just(value) for name, value in parts.items()}, optional={"only": GLOBS, "except": GLOBS})
)  # fmt: skip
CONST = st.sampled_from([{"const": "iOS"}, {"const": "u"}, {"from": "q.a", "default": "u"}])
MAPPING = st.fixed_dictionaries(
    {
        "fields": st.fixed_dictionaries(
            {
                "event_key": usually(st.just("name"), FIELD),
                "ts": st.just("at"),
                "identifiers": st.fixed_dictionaries({"id": CONST, "device_id": CONST}, optional={"Kind": FIELD}),
                "platform_properties": st.fixed_dictionaries(
                    {"osname": st.sampled_from([{"const": "aos"}, {"from": "a", "default": "IOS"}]), "appversion": CONST},
                    optional={"spread": st.sampled_from(["q", "@"])},
                ),
                "event_properties": PARTS,
                "user_properties": PARTS,
            },
            optional={"insert_id": usually(st.just("id"), FIELD), "metric_value": usually(st.just("m"), FIELD)},
        )
    },
    optional={
        "insert_id": st.sampled_from([{"when_missing": "content"}, {"when_missing": "reject"}, {"when_missing": "content+line"}, {"when_missing": "content+copy"}]),
        "ts": st.fixed_dictionaries({}, optional={"timezone": st.just("Asia/Seoul"), "unit": usually(st.just("s"), st.sampled_from(["ms", "us", "ns"]))}),
        "limits": st.sampled_from(["note", "reject", "truncate"]),
    },
)  # fmt: skip


@SLOW
@given(MAPPING, st.lists(st.tuples(ROW, st.booleans()), min_size=1, max_size=8))
def test_both_decoders_give_the_same_through_any_mapping(mapping, rows):
    lines = [json.dumps(row, ensure_ascii=ascii_only).encode() for row, ascii_only in rows]
    assert_same(b"\n".join(lines), target_of(text_of(mapping), None))


@SLOW
@given(MAPPING, st.lists(ROW, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_both_decoders_give_the_same_of_damaged_text_through_any_mapping(mapping, rows, random):
    text = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
    assert_same(damaged(text, random), target_of(text_of(mapping)))


DIGITS = "0123456789TZ:-+. abcdefABCDEF{}urnid"
TIMES = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{0,9})?(Z|[+-][0-2][0-9]:?[0-6][0-9])?"
    r"|[0-9]{1,19}(\.[0-9]{0,5})?",
    fullmatch=True, alphabet=DIGITS,
)  # fmt: skip
METRICS = st.from_regex(r"-?[0-9]{1,17}(\.[0-9]{0,5}[0459]{0,4})?(e-?[0-9])?", fullmatch=True, alphabet=DIGITS + "e")
IDS = st.text(max_size=80) | st.from_regex(
    r"(urn:)?(uuid:)?\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?[0-9a-f]?",
    fullmatch=True, alphabet=DIGITS,
)  # fmt: skip
EVENT_KEYS = st.sampled_from(["e", "$e", "é" * 128, "é" * 129, "\U0001f600" * 128, "\n", ""]) | st.text(max_size=3)
SHAPES = st.sampled_from(
    ["", '[ts]\ntimezone = "Asia/Seoul"', '[insert_id]\nwhen_missing = "content+line"', 'limits = "reject"']
    + [f'[ts]\nunit = "{unit}"' for unit in ("s", "ms", "us", "ns")]
)


@SLOW
@given(SHAPES, st.lists(st.tuples(TIMES, METRICS, IDS, EVENT_KEYS, st.booleans()), min_size=1, max_size=8))
def test_both_decoders_conform_scalars_alike(shape, rows):
    lines = []
    for ts, metric, insert_id, event_key, as_text in rows:
        row = event(1, ts="TS", metric_value="METRIC", insert_id=insert_id, event_key=event_key)
        line, quote = json.dumps(row), '"' if as_text else ""
        lines.append(line.replace('"TS"', f'"{ts}"').replace('"METRIC"', f"{quote}{metric}{quote}").encode())
    mapping = load_mapping(shape.encode(), "own")
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert_same(b"\n".join(lines), Target(mapping, first, last))


USUAL = {
    "ts": ["2025-01-02T03:04:05Z", "2025-01-02 03:04:05.678901", "2025-01-02T12:04:05.6+09:00", "2025-01-02T12:04:05+0900",
           1735787045, 1735787045.678, "1735787045678", 1735787045678901],
    "metric_value": [None, 0, 12, "1.50", -3.25, 19.990000000000002, 0.1234565, ""],
    "insert_id": ["00000000-0000-4000-8000-00000000000A", "0" * 31 + "a", "order-17", None, "a" * 64],
    "event_key": ["purchase", "$pageview", "구매"],
    "event_properties": [{"v": "x" * 2000}, {"k" * 200: 1}, {f"k{n}": n for n in range(70)}, {"deep": {"a": ["\n", "\""]}}],
    "platform_properties": [{"osname": name, "appversion": "1"} for name in ("ios", "ANDROID", "iPadOS", "aos")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in USUAL.items() for value in values])
def test_usual_forms_and_notes_stay_in_c(name, value):
    text = ndjson(event(1) | {name: value}, event(2))
    target = target_of("")
    assert plain(text, target) == 2
    assert_same(text, target)


@pytest.mark.parametrize(
    ("more", "decoder"),
    [("", "native"), ("where = \"os == 'iOS'\"", "native"), ("where = \"contains(os, 'iOS')\"", "native"), ("where = 'length(os) > `1`'", "native"), ('ts = { format = "%d/%m/%Y %H%M%S%f" }', "native"), ('ts = { format = "%j %Y" }', "python"),
     ('privacy = { drop = ["email"] }', "native")],
)  # fmt: skip
def test_the_receipt_says_which_decoder_a_mapping_had(more, decoder):
    told = mapped(f"{more}\n{FIELDS}", OWN_ROW).receipt
    assert (told.decoder, told.rows_in) == (decoder, 1)


CONDITIONS = """
where = "!gone && kind != 'debug'"
[fields]
event_key = ["kind == 'track' && name || `null`", "kind"]
ts = "ts"
metric_value = ["paid", "(kind == 'order' || kind == 'refund') && to_number(total) || `null`"]
[fields.identifiers]
id = "id"
device_id = "id"
user_id = "known && who[0].id || `null`"
[fields.user_properties]
spread = ["traits", "kind != 'group' && more || `null`"]
[fields.platform_properties]
osname = { const = "iOS" }
appversion = ["version", "lib == 'old' && release || `null`"]
"""
USUAL_ROW = {"kind": "track", "name": "n", "ts": 1735787045, "id": "i", "version": "1", "traits": {"a": 1}}
ODD_VALUE = st.sampled_from(
    [*ODD, "track", "order", "group", "debug", "refund", "old", "12.50", -0.0, 1e300, 10**30, {"a": [1e5, -0.0]}]
)
NAMES = ("gone", "kind", "name", "paid", "total", "known", "who", "traits", "more", "lib", "release", "version")


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), ODD_VALUE, max_size=6), min_size=1, max_size=4))
def test_conditions_mean_the_same_to_both_decoders(rows):
    assert_same(ndjson(*(USUAL_ROW | row for row in rows)), target_of(CONDITIONS))


@pytest.mark.parametrize(
    "ids", [{"id": "", "device_id": "d"}, {"device_id": "d", "id": "u"}, {"x": "", "id": "", "y": "z"}]
)
def test_an_identifier_that_is_empty_has_no_place(ids):
    more = '[fields.identifiers]\nspread = "ids"\n'
    mapping = FIELDS.replace("[fields.identifiers]\n", more).replace('id = "user"', 'id = "user"\nx = "device"', 1)
    text = ndjson(OWN_ROW | {"ids": ids})
    assert_same(text, target_of(mapping))
    assert plain(text, target_of(mapping)) == 1


def test_a_number_that_python_makes_none_of_says_nothing_to_either_decoder():
    text = ndjson(USUAL_ROW | {"known": True, "who": [{"id": "w"}]}).replace(b'"w"', b"9" * 5000)
    assert_same(text, target_of(CONDITIONS))


@pytest.mark.parametrize(
    ("row", "in_c"),
    [({}, 1), ({"gone": 1}, 1), ({"kind": "order"}, 1), ({"kind": "order", "total": "12.50"}, 1), ({"kind": "order", "total": "?"}, 0), ({"known": True, "who": [{"id": "w"}]}, 1),
     ({"more": {"b": 1}}, 0), ({"kind": "group", "more": {"b": 1}}, 1), ({"version": None, "lib": "old", "release": "2"}, 1)],
)  # fmt: skip
def test_only_what_cannot_be_said_of_a_condition_goes_to_python(row, in_c):
    assert plain(ndjson(USUAL_ROW | row), target_of(CONDITIONS)) == in_c


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), ODD_VALUE, max_size=6), min_size=1, max_size=4))
def test_both_decoders_tell_alike_what_no_row_had_and_nothing_uses(rows):
    """Of rows that are kept: what only those have that `where` leaves out is known to C, not to Python."""
    rows = [{name: one for name, one in row.items() if name != "gone" and one != "debug"} for row in rows]
    text, target = ndjson(*(USUAL_ROW | row for row in rows)), target_of(CONDITIONS)
    told = []
    for decoder in ("python", "native"):
        seen = Sources()
        for one in open_lines([text], target, Limits(), 1 << 16).converted(decoder):
            seen.add(one.sources)
        told.append((absent(target.mapping, seen.present, has_kept=True), seen.most_frequent(), seen.rows))
    assert told[0] == told[1]


def told_of(text, target, decoder):
    seen = Sources()
    for one in open_lines([text], target, Limits(), 1 << 16).converted(decoder):
        seen.add(one.sources)
    return seen.present, seen.most_frequent(), seen.rows


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind": "track", "version": "1", "traits": {"a": 1}, "broken": }',
        b'{"version": "1"} {"name": "n"}',
        b'[{"name": "n"}]',
        b'{"name": "n", "deep": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"name": "n\xff"}',
    ],
)
def test_what_a_record_holds_that_cannot_be_read_is_no_row_s(line):
    target = target_of(CONDITIONS)
    text = line + b"\n" + ndjson({"ts": 1735787045, "id": "i", "kind": "x"}) + b"\n" + line
    assert told_of(text, target, "native") == told_of(text, target, "python")


@pytest.mark.parametrize("last", ["null", "1", '"x"', "{}"])
@pytest.mark.parametrize("first", ["null", "1", '{"y": 2}'])
def test_of_a_name_twice_the_last_value_says_whether_it_is_unused(first, last):
    target, row = target_of(""), ndjson(event(1))[1:].decode().strip()
    lines = (f'"own": {first}, "other": 1, "own": {last}', f'"own": {last}, "own": null, "own": {first}')
    text = "".join(f"{{{own}, {row}\n" for own in lines * 2).encode()
    assert told_of(text, target, "native") == told_of(text, target, "python")
    assert plain(text, target) == 4


HALF = "\\\\ud800"


@pytest.mark.parametrize("where", ["Q", "!Q", "name != 'H'", "contains(name, `Q`)", "Q || name == 'buy'", "Q == name"])
def test_half_a_character_in_where_is_nothing_that_a_record_has(where):
    where = where.replace("Q", '\\"H\\"').replace("H", HALF)
    found = [mapped(f'where = "{where}"\n{FIELDS}', OWN_ROW, rules=Rules(decoder=decoder)) for decoder in DECODERS]
    assert found[0].rows == found[1].rows
    assert found[0].rejects == found[1].rejects == []
