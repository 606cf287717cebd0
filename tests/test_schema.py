"""The target is written down once: what else speaks of it, the decoder in C and the words for people, agrees."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

import hackle_import
from hackle_import.codes import Note, Why
from hackle_import.mapping import HACKLE_FIELDS
from hackle_import.native import answers, library
from hackle_import.schema import (
    EVENT_KEY_CHARACTERS,
    MAP,
    MAP_LIMITS,
    MAPS,
    METRIC,
    METRIC_DECIMALS,
    METRIC_DIGITS,
    METRIC_INTEGER_DIGITS,
    REQUIRED_COLUMNS,
    REQUIRED_KEYS,
    ROWS,
    SCALARS,
    SCHEMA,
    TS,
)

SOURCES = Path(hackle_import.__file__).parent / "native" / "c"
C = "\n".join(path.read_text() for path in sorted(SOURCES.glob("*.[ch]")))


def defined(name):
    """A number that C's sources define under this name, a pattern; once, or they could differ."""
    (found,) = re.findall(rf"^#define {name} +\(?(0x[0-9A-Fa-f]+|[0-9]+)u?l*\)?(?:\s|$)", C, re.MULTILINE)
    return int(found, 0)


def listed(first, last):
    """The names of the enumeration in C that begins with one, up to the other, which is their number."""
    (found,) = re.findall(rf"enum\s*\w*\s*{{\s*({first}\b[^}}]*?),\s*{last}\b[^}}]*}}", C)
    return [name.strip() for name in found.split(",")]


def test_eight_columns_in_hackle_s_order_none_of_them_null():
    assert SCHEMA.names == ROWS.names == [*SCALARS, *MAPS]
    assert SCHEMA.types == [pa.string(), pa.string(), TS, METRIC, MAP, MAP, MAP, MAP]
    assert not any(field.nullable for field in (*SCHEMA, *ROWS))
    assert (METRIC.precision, METRIC.scale) == (METRIC_DIGITS, METRIC_DECIMALS) == (24, 6)


def test_what_is_required_is_a_column_or_a_map():
    assert set(REQUIRED_COLUMNS) < set(SCALARS)
    assert set(REQUIRED_KEYS) < set(MAPS) == set(MAP_LIMITS)


def test_hackle_s_shape_takes_every_column_by_its_own_name():
    assert {name: value.sources for name, value in HACKLE_FIELDS.scalars.items()} == {name: (name,) for name in SCALARS}
    assert {name: entries.spread for name, entries in HACKLE_FIELDS.maps.items()} == {name: (name,) for name in MAPS}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("MAPS", len(MAPS)),
        ("EVENT_KEY_CHARACTERS", EVENT_KEY_CHARACTERS),
        ("KEY_BYTES", 4 * max(limits.key_characters for limits in MAP_LIMITS.values())),
        ("WHOLE_DIGITS", METRIC_INTEGER_DIGITS),
        ("WHOLE_END", 10**METRIC_INTEGER_DIGITS),
        ("MILLION", 10**METRIC_DECIMALS),
        (r"(?:LEARNT_)?LEFT_OUT", answers.LEFT_OUT),
        (r"(?:LEARNT_)?TOO_LONG", answers.TOO_LONG),
    ],
)
def test_c_has_the_same_number(name, number):
    assert defined(name) == number


def test_c_has_the_scalars_and_notes_in_the_same_order():
    scalars, notes = listed(r"(?:SCALAR_)?INSERT_ID", "SCALARS"), listed(r"(?:NOTE_)?HASHED", "NOTES")
    assert [name.removeprefix("SCALAR_").lower() for name in scalars] == [*SCALARS]
    told = [note.name for note in library._NOTES]
    assert len(notes) == len(told)
    assert all(note.endswith(name.removeprefix("NOTE_")) for name, note in zip(notes, told, strict=True)), notes


def test_c_finds_osname_where_it_looks_for_it():
    """It knows by place alone which map and key that is, and takes two required keys a map."""
    assert (MAPS[-1], REQUIRED_KEYS[MAPS[-1]][0]) == ("platform_properties", "osname")
    assert max(map(len, REQUIRED_KEYS.values())) <= 2


def test_the_words_for_people_name_the_same_limits():
    assert f"{EVENT_KEY_CHARACTERS} characters" in Why.EVENT_KEY_TOO_LONG.meaning
    assert f"{METRIC_DIGITS - METRIC_DECIMALS} integer digits" in Why.METRIC_TOO_LARGE.meaning
    assert f"{METRIC_INTEGER_DIGITS} integer digits" in Note.METRIC_OVER_LIMIT.meaning
    assert f"{METRIC_DECIMALS} decimals" in Note.METRIC_ROUNDED.meaning
    assert all(f"`{key}`" in Why.REQUIRED_KEY_MISSING.meaning for keys in REQUIRED_KEYS.values() for key in keys)
    event, user, ids = (MAP_LIMITS[name] for name in ("event_properties", "user_properties", "identifiers"))
    assert {limits.key_characters for limits in MAP_LIMITS.values()} == {
        int(*re.findall(r"\d+", Note.KEY_TOO_LONG.meaning))
    }
    assert f"{event.value_characters:,} characters (identifiers: {ids.value_characters})" in Note.VALUE_TOO_LONG.meaning
    assert f"{event.keys} event properties or {user.keys} user properties" in Note.TOO_MANY_KEYS.meaning
