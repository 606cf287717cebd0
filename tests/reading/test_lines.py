"""Lines as records: where they end, how they are numbered, and what is too long to be kept."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.codes import Why
from hackle_import.reading.lines import KEPT_BYTES, TooLong, chunk_of, cut_chunks, split_lines, whole_lines, whole_texts


def numbered(pieces, limit=1 << 20, chunk_bytes=1 << 20):
    """(line, record) of all chunks, and (line, code, message, raw) of what was not read."""
    records, unread = [], []
    for chunk in cut_chunks(pieces, limit, chunk_bytes):
        records += zip(chunk.lines, chunk.records, strict=True)
        unread += [(one.line, one.why, one.message, one.raw) for one in chunk.unread]
    return records, unread


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (b"", []),
        (b"\n", []),
        (b" \r\n\t\n", []),
        (b"a", [(1, b"a")]),
        (b"a\n", [(1, b"a")]),
        (b"a\nb", [(1, b"a"), (2, b"b")]),
        (b"a\r\nb\nc\r\n", [(1, b"a"), (2, b"b"), (3, b"c")]),
        (b"\na\n\n \nb\n", [(2, b"a"), (5, b"b")]),
        (b"a\rb\n", [(1, b"a\rb")]),
        (b"a\r\r\n", [(1, b"a\r")]),
        (b" a \n", [(1, b" a ")]),
        ("a\u2028b\u0085c\n".encode(), [(1, "a\u2028b\u0085c".encode())]),  # line ends of Unicode are none here
        (b"a\x0bb\x0cc\n", [(1, b"a\x0bb\x0cc")]),
    ],
)
def test_a_line_that_is_not_blank_is_a_record_with_its_number(text, records):
    assert numbered([text]) == (records, [])
    assert numbered([text[at : at + 1] for at in range(len(text))], chunk_bytes=2) == (records, [])


LINE = st.binary(max_size=14).map(lambda raw: raw.replace(b"\n", b""))


@given(st.lists(LINE, max_size=9), st.integers(1, 20), st.integers(1, 20), st.integers(1, 12))
def test_neither_pieces_nor_blocks_change_a_line(lines, piece_bytes, chunk_bytes, limit):
    text = b"\n".join(lines)
    cut = [text[start : start + piece_bytes] for start in range(0, len(text), piece_bytes)]
    whole, bits = numbered([text], limit), numbered(cut, limit, chunk_bytes)
    assert bits[0] == whole[0]
    assert [one[:2] for one in bits[1]] == [one[:2] for one in whole[1]]


def test_each_block_s_lines_are_one_chunk_with_its_text():
    chunks = list(cut_chunks([b"aa\nbb\ncc\ndd"], 100, 6))
    assert [(chunk.text, list(chunk.records), list(chunk.lines)) for chunk in chunks] == [
        (b"aa\nbb\n", [b"aa", b"bb"], [1, 2]),
        (b"cc\n", [b"cc"], [3]),
        (b"dd", [b"dd"], [4]),
    ]


@pytest.mark.parametrize("chunk_bytes", [1 << 20, 3])
def test_a_line_may_be_as_long_as_the_limit_and_no_longer(chunk_bytes):
    text = b"12345\n123456\n1\n" + b"x" * 9000 + b"\nlast"
    records, unread = numbered([text], 5, chunk_bytes)
    assert records == [(1, b"12345"), (3, b"1"), (5, b"last")]
    assert [one[:3] for one in unread] == [
        (2, Why.LINE_TOO_LONG, "6 bytes; the limit is 5"),
        (4, Why.LINE_TOO_LONG, "9000 bytes; the limit is 5"),
    ]
    for one, whole in zip(unread, (b"123456", b"x" * 9000), strict=True):
        assert whole.startswith(one[3])
        assert 5 < len(one[3]) <= KEPT_BYTES


def test_a_line_that_is_too_long_may_be_the_last_one():
    assert [one[:3] for one in numbered([b"a\n" + b"x" * 20], 5, 4)[1]] == [
        (2, Why.LINE_TOO_LONG, "20 bytes; the limit is 5")
    ]


def test_a_long_line_is_passed_over_in_bounded_memory():
    def text():
        yield b"a\n"
        for _ in range(100):
            yield b"x" * (1 << 20)
        yield b"\nb\n"

    tracemalloc.start()
    records, unread = numbered(text(), 1 << 20, 1 << 18)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (records, [one[:1] for one in unread]) == ([(1, b"a"), (3, b"b")], [(2,)])
    assert peak < 8 << 20


def test_whole_texts_lie_where_they_were_read():
    """No byte of a line that lies within one piece is copied."""
    piece = b"aa\nbb\ncc"
    first, rest = whole_lines([piece, b"c\n"], 100, len(piece))
    assert first.piece is piece
    assert (first.head, first.start, first.end, first.joined()) == (b"", 0, 6, b"aa\nbb\n")
    assert (rest.head, rest.joined()) == (b"cc", b"ccc\n")


def test_what_was_not_kept_tells_its_size_among_whole_texts():
    one, long, last = whole_texts(whole_lines([b"a\n", b"x" * 5000, b"\nb"], 3, 2))
    assert (one, last) == (b"a\n", b"b")
    assert isinstance(long, TooLong)
    assert long.size == 5000
    chunk = long.chunk(2, 3)
    assert (chunk.records, chunk.lines) == ((), ())
    assert [(found.line, found.message) for found in chunk.unread] == [(2, "5000 bytes; the limit is 3")]


@pytest.mark.parametrize(
    ("text", "lines"),
    [(b"", []), (b"a", [b"a"]), (b"a\n", [b"a"]), (b"\n\n", [b"", b""]), (b"a\r\nb\n\r", [b"a", b"b", b""])],
)
def test_lines_are_without_their_ends(text, lines):
    assert split_lines(text) == lines


def test_records_that_were_chosen_keep_their_lines():
    chunk = chunk_of([b"a", b"long", b"b"], [3, 5, 9], 3)
    assert (chunk.text, chunk.records, chunk.lines) == (b"a\nlong\nb", [b"a", b"b"], [3, 9])
    assert [(one.line, one.why, one.raw) for one in chunk.unread] == [(5, Why.LINE_TOO_LONG, b"long")]
