"""Every code is a word for machines, and says what it means and what to do."""

import re

import pytest

from hackle_import.codes import Fault, Note, Why

CODES = [code for kind in (Why, Note, Fault) for code in kind]


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{type(code).__name__}.{code}")
def test_a_code_is_a_word_with_a_meaning_and_a_remedy(code):
    assert str(code) == code == code.value == code.name.lower()
    assert re.fullmatch("[a-z][a-z0-9_]+", code)
    assert type(code)(code.value) is code
    for words in (code.meaning, code.remedy):
        assert re.fullmatch(r"[A-Z`].*[.]", words)
        assert "\n" not in words


@pytest.mark.parametrize("kind", [Why, Note, Fault])
def test_no_two_codes_of_a_kind_mean_the_same(kind):
    assert len({code.meaning for code in kind}) == len({code.value for code in kind}) == len(kind)


def test_what_is_remarked_is_never_what_is_rejected():
    assert not {code.value for code in Note} & {code.value for code in Why}
