"""A record's cells in any dialect."""

import pytest

from hackle_import.reading.cells import split_cells, split_unquoted
from hackle_import.reading.dialect import Dialect

SLASH = Dialect(escape="\\", escape_quoted="\\")


@pytest.mark.parametrize(
    ("record", "dialect", "cells"),
    [
        ('a,"b,c",d', Dialect(), ["a", "b,c", "d"]),
        ('a,"b""c"', Dialect(), ["a", 'b"c']),
        ("a||b|c", Dialect("||"), ["a", "b|c"]),
        (r"a\,b,c", SLASH, ["a,b", "c"]),
        (r"a\nb,\\", SLASH, ["a\nb", "\\"]),
        (r'"a\"b",c', SLASH, ['a"b', "c"]),
        ("'a,b',c", Dialect(quote="'"), ["a,b", "c"]),
        (' a , "b" ', Dialect(trim=True), ["a", "b"]),
        ('"Best\tb', Dialect("\t", lax=True), ['"Best', "b"]),
    ],
)
def test_cells_are_divided_unquoted_and_unescaped(record, dialect, cells):
    assert split_cells(record, dialect) == cells


def test_what_follows_a_closed_quote_is_told():
    with pytest.raises(ValueError, match=r"\S"):
        split_cells('"a"b,c', Dialect())


def test_quotes_are_text_where_nobody_quotes():
    assert split_unquoted('"a,b"', Dialect()) == ['"a', 'b"']
