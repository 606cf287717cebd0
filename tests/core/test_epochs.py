"""Epoch numbers are cut off at the millisecond, toward the past, however many digits they have, by both decoders."""

import json
from fractions import Fraction
from io import BytesIO
from math import floor

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.settings import DECODERS, Rules
from support.samples import event
from support.world import World

UNITS = {"s": 1000, "ms": 1, "us": Fraction(1, 1000), "ns": Fraction(1, 10**6)}
MAPPING = "incoming/own/a.ndjson"
WHOLE = ["1735787045", "1735787045678", "1735787045678901", "1735787045678901234"]
EDGES = ["99999999999", "99999999999999", "99999999999999999", "946684799", "946684799999"]
digits = st.one_of(
    st.integers(1, 40).map(lambda count: "9" * count),
    st.integers(0, 39).map(lambda count: "0" * count + "1"),
    st.text("0123456789", min_size=1, max_size=40),
)
wholes = st.one_of(st.sampled_from(WHOLE + EDGES), st.from_regex(r"[1-9][0-9]{8,18}", fullmatch=True))
fractions = st.one_of(st.just(""), digits.map(lambda text: f".{text}"))


def truncated(text, unit):
    """Design: by magnitude, below 10^11, 10^14 and 10^17, unless the mapping says what it is."""
    number = Fraction(text)
    told = unit or next((one for most, one in ((11, "s"), (14, "ms"), (17, "us")) if number < 10**most), "ns")
    return floor(number * UNITS[told])


def instants(texts, unit, decoder):
    world = World()
    if unit:
        world.staging.put("mappings/own.toml", f'ts = {{ unit = "{unit}" }}'.encode())
    row = json.dumps(event(1))
    lines = [row.replace('"2025-01-02T03:04:05.678Z"', text) for text in texts]
    key = MAPPING if unit else "incoming/hackle/a.ndjson"
    world.drop(body="\n".join(lines).encode(), key=key)
    receipt = world.handle(key, rules=Rules(decoder=decoder))
    tables = [pq.read_table(BytesIO(world.lake.get(key)[0])) for key in world.lake.keys("")]
    return sorted(one for table in tables for one in table["ts"].cast("int64").to_pylist()), dict(receipt.rejects)


def good(instant):
    return 946_684_800_000 <= instant <= 1_736_596_800_000  # 2000-01-01 and a day after the drops of these tests


@pytest.mark.parametrize("whole", WHOLE)
def test_nines_never_round_up(whole):
    texts = [f"{whole}.{'9' * count}" for count in (3, 9, 15, 16, 17, 18, 19, 20, 30, 40)]
    texts += [f'"{text}"' for text in texts]
    expected = sorted(truncated(text.strip('"'), None) for text in texts)
    for decoder in DECODERS:
        assert instants(texts, None, decoder) == (expected, {})


def test_just_before_the_first_day_is_before_it():
    text = "946684799." + "9" * 40
    assert all(instants([text], None, decoder) == ([], {"ts_out_of_range": 1}) for decoder in DECODERS)


def test_just_below_a_magnitude_is_below_it():
    text = "99999999999." + "9" * 40
    assert truncated(text, None) == 99999999999999
    assert all(instants([text], None, decoder) == ([], {"ts_out_of_range": 1}) for decoder in DECODERS)


@given(st.lists(st.tuples(wholes, fractions, st.booleans()), min_size=1, max_size=30), st.sampled_from([None, *UNITS]))
def test_both_decoders_truncate_alike(parts, unit):
    numbers = [whole + fraction for whole, fraction, _ in parts]
    texts = [f'"{text}"' if quoted else text for text, (_, _, quoted) in zip(numbers, parts, strict=True)]
    expected = sorted(instant for text in numbers if good(instant := truncated(text, unit)))
    for decoder in DECODERS:
        found, rejects = instants(texts, unit, decoder)
        assert found == expected
        assert sum(rejects.values()) == len(texts) - len(expected)
