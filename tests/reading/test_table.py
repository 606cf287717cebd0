"""CSV and TSV: where records begin and end, the header, and what is wrong with either."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.codes import Fault, Why
from hackle_import.errors import BadDrop
from hackle_import.reading.dialect import Dialect
from hackle_import.reading.table import MAX_COLUMNS, Table


def numbered(text, delimiter=",", limit=1 << 20, chunk_bytes=1 << 20, names=()):
    """The header; (line, record) of all chunks; (line, code, raw) of what was not read; the fault behind them."""
    table = Table([text], Dialect(delimiter), limit, chunk_bytes, names)
    records, unread = [], []
    try:
        for chunk in table.chunks():
            records += zip(chunk.lines, chunk.records, strict=True)
            unread += [(one.line, one.why, one.raw) for one in chunk.unread]
    except BadDrop as fault:
        return table.header, records, unread, fault
    return table.header, records, unread, None


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (b"", []),
        (b"1,2\n3,4", [(2, b"1,2"), (3, b"3,4")]),
        (b"1,2\r\n3,4\r\n", [(2, b"1,2"), (3, b"3,4")]),
        (b"\n1,2\n \r\n3,4\n", [(3, b"1,2"), (5, b"3,4")]),
        (b'"1\n2",x\n3,4\n', [(2, b'"1\n2",x'), (4, b"3,4")]),
        (b'"1\r\n2",x\r\n3,4\n', [(2, b'"1\r\n2",x'), (4, b"3,4")]),
        (b'a,"1\n\n""2"",\n"\n3,4\n', [(2, b'a,"1\n\n""2"",\n"'), (6, b"3,4")]),
        (b'"1\n2","3\n4"\n5,6\n', [(2, b'"1\n2","3\n4"'), (5, b"5,6")]),
        (b'"a""b",c\n', [(2, b'"a""b",c')]),
        (b'"",""\n', [(2, b'"",""')]),
        (b'a"b,c\n1,2\n', [(2, b'a"b,c'), (3, b"1,2")]),  # a quote within a cell is text
        (b'a"b\n"c,d\ne",f\n', [(2, b'a"b'), (3, b'"c,d\ne",f')]),
        (b'"a"b,c\n1,2\n', [(2, b'"a"b,c'), (3, b"1,2")]),  # one bad record, and no broken table
        (b'1,"2"\n', [(2, b'1,"2"')]),
        (b",\n", [(2, b",")]),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 1, 5])
def test_a_record_is_told_by_the_physical_line_at_which_it_begins(text, records, chunk_bytes):
    assert numbered(b"a,b\n" + text, chunk_bytes=chunk_bytes) == (["a", "b"], records, [], None)


def test_in_a_tsv_the_tab_divides_cells():
    assert numbered(b'a\tb\n"1,\n2"\t"x"\n', "\t")[:2] == (["a", "b"], [(2, b'"1,\n2"\t"x"')])
    assert numbered(b'a\tb\nx,"y\t2\n', "\t")[1] == [(2, b'x,"y\t2')]


CELL = st.text('ab,"\n é', max_size=5)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=6), st.integers(1, 30), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
)
def test_what_a_writer_wrote_is_cut_where_it_ended_a_row(rows, chunk_bytes, quoting):
    def written(cells):
        file = io.StringIO()
        csv.writer(file, lineterminator="\n", quoting=quoting).writerow(cells)
        return file.getvalue().encode()

    rows = [("x", *row) for row in rows]  # no record is blank
    _, records, _, fault = numbered(b"x,y,z\n" + b"".join(map(written, rows)), chunk_bytes=chunk_bytes)
    assert fault is None
    assert [record + b"\n" for _, record in records] == [written(row) for row in rows]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        (b"a,b\n", ["a", "b"]),
        (b" a , b\r\n", ["a", "b"]),
        (b"\n\r\na,b\n", ["a", "b"]),
        (b"a,b", ["a", "b"]),
        (b'"a\nb",c\n', ["a\nb", "c"]),
        (b'"a ""x""",\n', ['a "x"', ""]),
        (b"a,,b,\n", ["a", "", "b", ""]),
        ("이벤트,é\n".encode(), ["이벤트", "é"]),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 1])
def test_the_first_record_is_the_header(text, header, chunk_bytes):
    assert numbered(text, chunk_bytes=chunk_bytes) == (header, [], [], None)


def test_lines_count_from_the_text_s_first_one():
    assert numbered(b'\n"a\n",b\n\n1,2\n')[1] == [(5, b"1,2")]


def test_given_names_make_the_first_record_a_row():
    assert numbered(b"1,2\n3,4\n", names=("a", "b"))[:2] == (["a", "b"], [(1, b"1,2"), (2, b"3,4")])


@pytest.mark.parametrize(
    ("text", "code", "message", "position"),
    [
        (b"", Fault.CSV_HEADER, "there is no header, or it holds NUL bytes", "line 1"),
        (b"\n \n", Fault.CSV_HEADER, "there is no header, or it holds NUL bytes", "line 1"),
        (b",,\n", Fault.CSV_HEADER, "there is no header, or it holds NUL bytes", "line 1"),
        (b"a,b\0\n", Fault.CSV_HEADER, "there is no header, or it holds NUL bytes", "line 1"),
        (b"a,b,a,c,b\n", Fault.CSV_HEADER, "columns of one name: 1, 2, 3, 5", "line 1"),
        (b"\na, a\n", Fault.CSV_HEADER, "columns of one name: 1, 2", "line 2"),
        (b"a," * 20 + b"a\n", Fault.CSV_HEADER, "columns of one name: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10", "line 1"),
        (b"\xff,b\n", Fault.WRONG_ENCODING, "the header is not UTF-8; Excel writes that as CSV UTF-8, or the mapping's [csv] names the encoding", "line 1"),
        ("이름,b\n".encode("cp949"), Fault.WRONG_ENCODING, "the header is not UTF-8; Excel writes that as CSV UTF-8, or write encoding = \"cp949\" into the mapping's [csv]", "line 1"),
        (b'"a"b,c\n', Fault.CSV_HEADER, "the header cannot be read: ',' expected after '\"'", "line 1"),
        (b'a,"b\nc\n', Fault.CSV_QUOTES, "a quote is opened here and never closed", "line 1"),
        (b"x" * 200 + b",b\n", Fault.CSV_HEADER, "the header is longer than 100 bytes", "line 1"),
        (b'a,"' + b"b\n" * 60, Fault.CSV_QUOTES, "a quote is opened here and never closed", "line 1"),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_taken_is_a_fault(text, code, message, position):
    with pytest.raises(BadDrop) as broken:
        Table([text], Dialect(), 100, 16)
    assert (broken.value.fault, broken.value.message, broken.value.position) == (code, message, position)


def test_a_header_may_have_2000_columns_and_no_more():
    names = [f"c{number}" for number in range(MAX_COLUMNS + 1)]
    assert numbered(",".join(names[:-1]).encode())[0] == names[:-1]
    with pytest.raises(BadDrop, match="2001 columns; the limit is 2000"):
        Table([",".join(names).encode()], Dialect(), 1 << 20)


@pytest.mark.parametrize("chunk_bytes", [1 << 20, 4])
def test_a_quote_that_is_never_closed_breaks_the_table_at_its_line(chunk_bytes):
    _, records, _, fault = numbered(b'a,b\n1,2\n3,"4\n5,6\n', chunk_bytes=chunk_bytes)
    assert records == [(2, b"1,2")]
    assert (fault.fault, fault.position) == (Fault.CSV_QUOTES, "line 3")


@pytest.mark.parametrize("chunk_bytes", [1 << 20, 4])
def test_a_quoted_record_that_outgrows_the_limit_is_taken_for_an_open_quote(chunk_bytes):
    _, records, _, fault = numbered(b'a,b\n1,"' + b"x\n" * 40 + b'"\n', limit=30, chunk_bytes=chunk_bytes)
    assert (records, fault.fault, fault.position) == ([], Fault.CSV_QUOTES, "line 2")


@pytest.mark.parametrize("chunk_bytes", [1 << 20, 4])
def test_a_record_may_be_as_long_as_the_limit_and_no_longer(chunk_bytes):
    long = b"x" * 5000 + b",y"
    _, records, unread, fault = numbered(
        b"a,b\n1,23456\n1,234567\n" + long + b"\n3,4\n", limit=7, chunk_bytes=chunk_bytes
    )
    assert (records, fault) == ([(2, b"1,23456"), (5, b"3,4")], None)
    assert [one[:2] for one in unread] == [(3, Why.LINE_TOO_LONG), (4, Why.LINE_TOO_LONG)]
    assert b"1,234567".startswith(unread[0][2])
    assert long.startswith(unread[1][2])
    assert len(unread[1][2]) <= 4096


def test_a_line_that_is_too_long_within_quotes_breaks_the_table():
    _, records, _, fault = numbered(b'a,b\n1,"\n' + b"x" * 90 + b'"\n3,4\n', limit=20, chunk_bytes=8)
    assert (records, fault.fault, fault.position) == ([], Fault.CSV_QUOTES, "line 2")


def test_who_cuts_the_texts_passes_over_the_header():
    table = Table([b"\na,b\n1,2\n"], Dialect(), 100)
    assert (
        b"".join(text.joined() for text in table.texts),
        table.skipped,
        table.dialect.delimiter,
        table.max_record_bytes,
    ) == (
        b"\na,b\n1,2\n",
        1,
        ",",
        100,
    )
    assert Table([b"1,2\n"], Dialect(), 100, names=("a", "b")).skipped == 0


def test_an_adversary_s_quotes_cost_no_time_beyond_their_length():
    _, records, _, fault = numbered(b"a,b\n" + b'"' * 500_001 + b"\n")
    assert (records, fault.fault) == ([], Fault.CSV_QUOTES)
    assert numbered(b"a,b\n" + b'"",' * 100_000 + b'""\n')[3] is None
