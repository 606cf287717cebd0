"""How a text is cut does not hang on how it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.chunks import beginning, blocks, spans

PIECES = st.lists(st.binary(max_size=9), max_size=9)


def broken(*pieces):
    yield from pieces
    raise BadDrop(Fault.TRUNCATED, "the end")


@given(PIECES, st.integers(1, 12))
def test_blocks_are_of_one_size_but_the_last_whatever_the_pieces(pieces, size):
    text = b"".join(pieces)
    assert list(blocks(pieces, size)) == [text[start : start + size] for start in range(0, len(text), size)]


@given(PIECES, st.integers(1, 12))
def test_spans_are_the_text_and_tell_where_blocks_end(pieces, size):
    found, parts = [], []
    for piece, start, end, ends_block in spans(pieces, size):
        parts.append(piece[start:end])
        if ends_block:
            found.append(b"".join(parts))
            parts = []
    assert (found, parts) == (list(blocks(pieces, size)), [])


def test_what_precedes_a_fault_comes_before_it():
    cut = blocks(broken(b"abc", b"de"), 4)
    assert (next(cut), next(cut)) == (b"abcd", b"e")
    with pytest.raises(BadDrop, match="the end"):
        next(cut)


def test_a_fault_at_the_end_of_a_block_follows_it_at_once():
    cut = blocks(broken(b"abcd"), 4)
    assert next(cut) == b"abcd"
    with pytest.raises(BadDrop, match="the end"):
        next(cut)


@pytest.mark.parametrize(
    ("pieces", "size", "head"),
    [
        ([], 3, b""),
        ([b"ab"], 3, b"ab"),
        ([b"abc", b"d"], 3, b"abc"),
        ([b"a", b"bcd", b"e"], 3, b"abc"),
        ([b"", b"a"], 1, b"a"),
    ],
)
def test_a_beginning_is_looked_at_and_the_text_stays_whole(pieces, size, head):
    found, text = beginning(pieces, size)
    assert (found, b"".join(text)) == (head, b"".join(pieces))


def test_no_more_is_read_than_a_beginning_takes():
    left = iter([b"abc", b"def", b"ghi"])
    beginning(left, 4)
    assert list(left) == [b"ghi"]
    left = iter([b"abcd", b"efg"])
    beginning(left, 4)
    assert list(left) == [b"efg"]


def test_a_fault_after_a_beginning_has_its_turn_where_the_text_reaches_it():
    found, text = beginning(broken(b"ab"), 9)
    assert (found, next(text)) == (b"ab", b"ab")
    with pytest.raises(BadDrop, match="the end"):
        next(text)


@pytest.mark.parametrize("pieces", [[], [b""]])
def test_a_fault_that_nothing_precedes_is_raised_at_once(pieces):
    with pytest.raises(BadDrop, match="the end"):
        beginning(broken(*pieces), 9)
