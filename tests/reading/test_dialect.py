"""Dialects of tables, as a mapping gives them and leaves them open."""

import pytest

from hackle_import.mapping import Csv
from hackle_import.reading.dialect import Dialect, dialect_of


@pytest.mark.parametrize(
    ("csv", "delimiter", "found"),
    [
        (Csv(), ",", Dialect()),
        (Csv(delimiter=";"), ",", Dialect(";")),
        (Csv(), "\t", Dialect("\t", lax=True)),  # who writes tabs quotes none, or is not to be told from who does not
        (Csv(quote='"'), "\t", Dialect("\t")),
        (Csv(quote=""), ",", Dialect(quote="")),
        (Csv(escape="\\"), ",", Dialect(escape="\\", escape_quoted="\\")),
        (Csv(escape="\\", quote=""), "|", Dialect("|", quote="", escape="\\")),
        (Csv(comment="#", trim=True, pad_short_rows=True), ",", Dialect(comment="#", trim=True, pad=True)),
    ],
)
def test_what_the_mapping_says_comes_before_what_the_name_does(csv, delimiter, found):
    assert dialect_of(csv, delimiter, "a,b") == found


@pytest.mark.parametrize(
    ("dialect", "is_plain"),
    [
        (Dialect(), True),
        (Dialect(";"), True),
        (Dialect("||"), False),
        (Dialect(escape="\\"), False),
        (Dialect(trim=True), False),
    ],
)
def test_a_plain_dialect_is_that_of_rfc_4180(dialect, is_plain):
    assert dialect.is_plain is is_plain


def test_an_escape_stands_for_signs_and_for_line_ends():
    meaning = Dialect(escape="\\").unescaped
    assert [meaning[one] for one in ("n", "t", "\\", '"', ",")] == ["\n", "\t", "\\", '"', ","]
    assert "N" not in meaning
