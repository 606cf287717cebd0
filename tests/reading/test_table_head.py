"""What a table's beginning tells of how it is written."""

import pytest

from hackle_import.mapping import Csv
from hackle_import.reading.table_head import table_head, with_line_feeds, without_lines


def fits(names):
    return {"ts", "event"} <= set(names)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "\x01"])
def test_the_delimiter_is_the_one_that_gives_the_header_that_is_needed(delimiter):
    found = table_head(delimiter.join(("ts", "event", "a.b")).encode() + b"\n", None, Csv(), fits)
    assert (found.dialect.delimiter, found.guessed) == (delimiter, True)


def test_the_name_s_delimiter_is_no_guess_and_the_mapping_s_counts_more():
    assert table_head(b"ts,event\n", ",", Csv(), fits).guessed is False
    assert table_head(b"ts;event\n", ",", Csv(delimiter=";"), fits).dialect.delimiter == ";"


def test_excel_s_line_names_the_delimiter_and_is_no_header():
    found = table_head(b"sep=;\r\nts;event\r\n", ",", Csv(), fits)
    assert (found.dialect.delimiter, found.skip) == (";", 1)


def test_lines_that_end_with_carriage_returns_alone_are_seen():
    assert table_head(b"ts,event\r1,a\r2,b\r", ",", Csv(), fits).ends_with_cr
    assert not table_head(b"ts,event\r\n1,a\r\n", ",", Csv(), fits).ends_with_cr


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_carriage_returns_become_line_feeds_however_the_text_is_cut(size):
    text = b"a,b\r1,2\r\n3,4\r"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert b"".join(with_line_feeds(pieces)).splitlines() == [b"a,b", b"1,2", b"3,4"]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_first_lines_are_left_out(size):
    text = b"a title\n\nts,event\n1,a\n"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert b"".join(without_lines(pieces, 2)) == b"ts,event\n1,a\n"
