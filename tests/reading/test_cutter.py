"""Where a record of a table ends, in any dialect."""

import pytest

from hackle_import.errors import BadDrop
from hackle_import.reading.cutter import Cutter, unclosed
from hackle_import.reading.dialect import Dialect

SLASH = Dialect(escape="\\", escape_quoted="\\")


def cut(dialect, *texts):
    cutter, found = Cutter(dialect, 1 << 20), []
    for text in texts:
        records, broken = cutter.records(text)
        assert broken is None
        found += records
    cutter.end()
    return found


@pytest.mark.parametrize(
    ("dialect", "text", "records"),
    [
        (Dialect(), b"a,b\nc,d\n", [(1, b"a,b"), (2, b"c,d")]),
        (Dialect(), b'a,"b\nc"\nd,e\n', [(1, b'a,"b\nc"'), (3, b"d,e")]),
        (SLASH, b"a\\\nb,c\nd,e\n", [(1, b"a\\\nb,c"), (3, b"d,e")]),
        (Dialect(comment="#"), b"a,b\n# no, record\nc,d\n", [(1, b"a,b"), (3, b"c,d")]),
        (Dialect("\t", lax=True), b'"a\tb\nc\td\n', [(1, b'"a\tb'), (2, b"c\td")]),
    ],
)
def test_a_record_ends_with_the_line_that_closes_what_it_opened(dialect, text, records):
    assert cut(dialect, text) == records


def test_a_record_may_lie_in_several_texts():
    assert cut(Dialect(), b'a,"b\n', b'c"\nd,e\n') == [(1, b'a,"b\nc"'), (3, b"d,e")]


def test_a_quote_that_is_never_closed_is_told_with_its_line():
    cutter = Cutter(Dialect(), 1 << 20)
    assert cutter.records(b'a,b\nc,"d\n')[0] == [(1, b"a,b")]
    with pytest.raises(BadDrop, match="never closed") as told:
        cutter.end()
    assert told.value.position == unclosed(2).position == "line 2"
