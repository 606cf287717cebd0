"""The decoder in C gives what Python gives: rows, sizes in memory, rejects and notes, whatever the drop holds."""

import json
import platform
from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.test_properties import LINE, PYTHON, TARGET, TEXT, VALUE
from hackle_import.convert.opening import open_lines
from hackle_import.native import library as native
from hackle_import.native.json import native_lines
from hackle_import.native.library import Decoder
from hackle_import.native.plan import native_plan
from hackle_import.reading.chunks import CHUNK_BYTES
from hackle_import.reading.lines import whole_lines
from hackle_import.settings import DECODERS, Limits, Rules
from support.samples import event, ndjson
from support.world import World

MAX_LINE = 1 << 20


def both(text, max_line_bytes=MAX_LINE):
    limits = Limits(max_line_bytes=max_line_bytes)
    return [list(open_lines(pieces_of(text), TARGET, limits, 1 << 16).converted(name)) for name in ("python", "native")]


def pieces_of(text):
    """Cut where blocks are not, so that lines begin in one piece and end in another."""
    return [text[at : at + 50_000] for at in range(0, len(text), 50_000)]


def assert_same(text, max_line_bytes=MAX_LINE):
    same_rows(*both(text, max_line_bytes))


def same_rows(ones, others):
    assert noted(ones) == noted(others)
    for one, other in zip(ones, others, strict=True):
        assert (one.rows_in, one.rows_filtered, one.rejects) == (other.rows_in, other.rows_filtered, other.rejects)
        other.batch.validate(full=True)
        assert one.batch.equals(other.batch)
        assert one.batch.nbytes == other.batch.nbytes
        for maps in other.batch.columns[4:]:
            keys = maps.keys.dictionary.to_pylist()
            assert keys == list(dict.fromkeys(maps.keys.to_pylist())), "each key once, in the order of appearance"


def noted(made):
    """Of a drop: what Python notes of several texts, it notes at once."""
    return sum((one.notes for one in made), Counter())


def plain(text):
    """How many records Python was not asked for."""
    asked = []

    def spy(chunk):
        asked.extend(chunk.records)
        return PYTHON(chunk)

    decoder = Decoder(native.library(), native_plan(TARGET, 64))
    texts = whole_lines([text], MAX_LINE, CHUNK_BYTES)
    rows = sum(one.rows_in for one in native_lines(texts, decoder, spy, MAX_LINE))
    return rows - len(asked)


def test_the_library_is_built():
    assert native.library() is not None, "run `make native`"


def test_a_machine_without_a_library_is_served_by_python(monkeypatch):
    native.library.cache_clear()
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    try:
        (_, other) = both(ndjson(event()))
        assert [one.decoder for one in other] == ["python"]
    finally:
        monkeypatch.undo()
        native.library.cache_clear()


GOOD = st.fixed_dictionaries(
    {
        "insert_id": st.uuids().map(str),
        "event_key": st.sampled_from(["purchase", "view", "보기"]),
        "ts": st.sampled_from(["2025-01-02T03:04:05.678Z", "2025-01-02 03:04:05Z", 1735787045678, "1735787045"]),
        "metric_value": st.none() | st.integers(-9, 10**14) | st.floats(0, 1e9, allow_nan=False),
        "identifiers": st.dictionaries(TEXT, VALUE, max_size=2).map(lambda more: {"id": "u", "device_id": "d"} | more),
        "event_properties": st.dictionaries(TEXT, VALUE, max_size=5),
        "user_properties": st.dictionaries(TEXT, VALUE, max_size=5),
        "platform_properties": st.sampled_from(["iOS", "Android", "android", "iPhone OS", "Windows", ""]).map(
            lambda osname: {"osname": osname, "appversion": "1.0"}
        ),
    },
    optional={"unknown": VALUE},
)
GOOD_LINE = st.builds(
    lambda row, ascii_only, spaced: json.dumps(
        row, ensure_ascii=ascii_only, separators=(" , ", " : ") if spaced else (",", ":")
    ).encode(),
    GOOD, st.booleans(), st.booleans(),
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \r\n", b"\n \t\n", b"\r\r\n"])


@given(st.lists(st.tuples(GOOD_LINE | LINE, ENDS), max_size=10))
def test_both_decoders_give_the_same(lines):
    assert_same(b"".join(line + end for line, end in lines))


@given(st.lists(GOOD_LINE, min_size=1, max_size=4).map(b"\n".join), st.randoms(use_true_random=False))
def test_both_decoders_give_the_same_of_damaged_text(text, random):
    assert_same(damaged(text, random))


def damaged(text, random):
    """The text with a few bytes changed, left out, put in or written twice."""
    found = bytearray(text)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(found))
        kind = random.randrange(4)
        if kind == 0:
            found[place] = random.randrange(256)
        elif kind == 1:
            found[place : place + random.randint(1, 9)] = b""
        elif kind == 2:
            found[place:place] = random.choice(
                [b'"', b"\\", b"{", b"}", b"[", b",", b"\\u12", b"\x00", b"\xed\xa0\x80"]
            )
        else:
            found[place:place] = found[place : place + random.randint(1, 40)]
        found = found or bytearray(b"x")
    return bytes(found)


NUMBERS = ["0", "-0", "-0.0", "1e5", "1E+5", "0.1e-7", "123456789012345678901234567890", "1e400", "-1", "1.50"]
STRINGS = ["", "a", "é", "\U0001f600", "x" * 15, "x" * 16, "x" * 17, "보" * 600, "y" * 1025, 'q"\\/', "\u0000", "\n\t"]
RAW = ['"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"', '"\\u00e9"', '{"a" : [1 , {"b":null}]}', '{"a":"\\n"}', "[]", "{}",
       "true", "null", "[1,]", "01", "1.", ".5", "+1", "tru", "nul", "NaN", "-Infinity", '"\x01"', "'a'", "[" * 61 + "]" * 61,
       "[" * 62 + "]" * 62, "[" * 63 + "]" * 63, '{"a":1,"a":2}']  # fmt: skip


VALUES = [*NUMBERS, *RAW, *(json.dumps(text, ensure_ascii=False) for text in STRINGS)]
KEYS = ['"A":1,"a":2', '"a":null,"a":1', '"a":1,"a":null', '"a":1,"A":null', '"\\u0041":1,"a":2', '"":1,"":2', '"":1',
        '"İ":1,"i̇":2', '"Σ":1', '"ΑΣ":1,"ας":2', '"ß":1,"SS":2', '"é":1,"É":2']  # fmt: skip


def unlike(texts):
    """The names of texts of which the decoders do not make the same."""

    def is_unlike(text):
        try:
            assert_same(text)
        except AssertionError:
            return True
        return False

    return [name for name, text in texts.items() if is_unlike(text)]


@pytest.mark.parametrize("place", ["insert_id", "event_key", "ts", "metric_value", "user_properties", "x", "in a map"])
def test_both_decoders_give_the_same_of_unusual_values(place):
    odd = {"event_properties": {"Key": "VALUE", "other": 1}} if place == "in a map" else {place: "VALUE"}
    line, other = json.dumps(event(1) | odd), b"\n" + ndjson(event(2))
    assert unlike({value: line.replace('"VALUE"', value).encode() + other for value in VALUES}) == []


@pytest.mark.parametrize("name", ["identifiers", "event_properties", "user_properties", "platform_properties"])
def test_both_decoders_count_keys_and_characters_alike(name):
    row = event(1)
    more = {
        count: {f"{'k' * count}{number}": "v" * (count * 8) for number in range(count)}
        for count in (63, 64, 65, 128, 129)
    }
    assert unlike({count: ndjson(row | {name: row[name] | keys}) for count, keys in more.items()}) == []


def test_both_decoders_find_repeated_keys():
    line = ndjson(event(1))
    assert unlike({keys: line.replace(b'"plan": "pro"', keys.encode()) * 3 for keys in KEYS}) == []


def test_a_line_beyond_the_limit_is_rejected_by_both():
    line = ndjson(event(1))
    for limit in (len(line) - 2, len(line) - 1, len(line)):
        assert_same(line + ndjson(event(2)).replace(b"\n", b"\r\n"), limit)


def test_more_keys_than_the_table_holds():
    rows = [event(n, event_properties={f"Key {n} {m}": m for m in range(40)}) for n in range(900)]
    assert_same(ndjson(*rows))


def test_the_usual_record_is_plain():
    """What a drop mostly holds is not left to Python: else the speed would be lost without a word."""
    random = Random(1)
    rows = [
        event(n, insert_id=str(UUID(int=random.getrandbits(128))), ts=1735787045678 + n, metric_value=n / 7,
              event_properties={"Plan": "pro", "Café": "é\n", "n": -1.5e3, "ok": True, "no": None, "deep": {"a": [1, "b"]}},
              platform_properties={"osname": "android", "appversion": "1"}, extra=[1, {"x": "y"}])
        for n in range(50)
    ]  # fmt: skip
    assert plain(ndjson(*rows)) == 50


def test_a_text_without_a_line_and_without_its_last_end():
    for text in (b"\n", b" ", b"x", b"{}", ndjson(event(1))[:-1], ndjson(event(1))[:-2]):
        assert_same(text)


def test_both_decoders_give_the_same_files(monkeypatch):
    """Bytes and names, of a drop that is spooled to disk and has several row groups a day."""
    monkeypatch.setattr("hackle_import.writing.spool.ROW_GROUP_ROWS", 1000)
    monkeypatch.setattr("hackle_import.ingest.rounds.BUFFER_BYTES", 100_000)
    rows = [
        event(n, ts=1735787045678 + n * 60_000, event_properties={"n": n, "x": ["y"] * (n % 7)}, extra="e" * 900)
        for n in range(4000)
    ]
    body = ndjson(*rows[:3000], event(1, ts="?"), event(2, insert_id="no uuid"), *rows[3000:])
    made = []
    for decoder in DECODERS:
        world = World()
        world.drop(body=body)
        receipt = world.handle(rules=Rules(decoder=decoder))
        assert (receipt.decoder, receipt.rows_written) == (decoder, 4001)
        made.append({key: world.lake.get(key)[0] for key in world.lake.keys("")})
    assert len(made[0]) == 3
    assert made[0] == made[1]


@example(b"\\")
@given(st.binary(max_size=80))
def test_any_bytes_where_a_value_is_expected(raw):
    line = ndjson(event(1)).replace(b'"pro"', raw.replace(b"\n", b""))
    assert_same(line + ndjson(event(2)))
