"""Records that Python decodes among those that C does: asked for together, each back in its place."""

import json

import pytest

from core.test_native import noted, pieces_of
from core.test_properties import PYTHON, TARGET
from hackle_import.convert.opening import open_elements, open_lines
from hackle_import.errors import BadDrop
from hackle_import.native import library as native
from hackle_import.settings import Limits
from support.samples import event

BLOCK = 1 << 12
ROWS = 300


def line_of(number):
    """Every 10th has a name twice, every 30th is no event, every 40th one of its own name; notes are among them."""
    row = event(number, insert_id=None if number % 7 == 0 else f"id {number}")
    text = json.dumps(row).encode()
    if number % 30 == 0:
        return b'{"ts": "never"}'
    if number % 40 == 0:
        return json.dumps(row | {"event_properties": {f"Own {number}": "1"}}).encode().replace(b'{"', b'{"ts": 1, "', 1)
    return text.replace(b'{"', b'{"event_key": "x", "', 1) if number % 10 == 0 else text


TEXT = b"".join(line_of(number) + b"\n" for number in range(ROWS))


def converted(opened, decoder="native"):
    """What was made, part by part, and the fault."""
    made = []
    try:
        made.extend(opened.converted(decoder))
    except BadDrop as broken:
        return made, str(broken)
    return made, None


def lines(text, most=1 << 20):
    return open_lines(pieces_of(text), TARGET, Limits(max_line_bytes=most), BLOCK)


def test_python_is_asked_once_for_several_texts():
    asked = []

    def spy(chunk):
        asked.append(chunk)
        return PYTHON(chunk)

    made = list(lines(TEXT).native(native.library(), spy))
    assert len(made) > 10
    assert len(asked) * 8 <= len(made) + 7
    assert sum(len(chunk.records) for chunk in asked) == ROWS // 10


def test_rows_rejects_and_lines_are_those_of_python_alone():
    (native_made, _), (python_made, _) = (converted(lines(TEXT), decoder) for decoder in ("native", "python"))
    assert len(native_made) == len(python_made)
    for one, other in zip(native_made, python_made, strict=True):
        assert one.batch.equals(other.batch)
        assert one.batch.nbytes == other.batch.nbytes
        assert one.lines.equals(other.lines)
        assert (one.rows_in, one.rows_filtered, one.rejects) == (other.rows_in, other.rows_filtered, other.rejects)
    assert noted(native_made) == noted(python_made)
    assert sum(len(one.rejects) for one in native_made) == ROWS // 30


def test_a_line_that_is_too_long_stands_between_what_is_before_and_after_it():
    text = TEXT + b"x" * 20_000 + b"\n" + TEXT
    native_made, python_made = (converted(lines(text, 10_000), decoder)[0] for decoder in ("native", "python"))
    assert [one.rejects for one in native_made] == [one.rejects for one in python_made]
    assert {one.decoder for one in native_made} == {"native"}
    assert noted(native_made) == noted(python_made)


@pytest.mark.parametrize("ending", [b"]", b", {", b"}", b""])
def test_what_precedes_a_fault_is_made_before_it_is_raised(ending):
    text = b"[" + b",".join(TEXT.splitlines()) + ending
    (native_made, fault), (python_made, same) = (
        converted(open_elements([text], TARGET, Limits(), BLOCK, array=True), decoder)
        for decoder in ("native", "python")
    )
    assert fault == same
    assert (fault is None) == (ending == b"]")
    assert sum(one.rows_in for one in native_made) == sum(one.rows_in for one in python_made) == ROWS
    assert [one.batch.num_rows for one in native_made] == [one.batch.num_rows for one in python_made]
