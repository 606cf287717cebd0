"""Texts of other encodings, piece by piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.recode import recoded

KOREAN = "주문번호,주문일시\nA-1,오후\n"


@given(st.lists(st.integers(0, len(KOREAN.encode("cp949"))), max_size=4))
def test_a_text_is_the_same_however_it_comes_in_pieces(cuts):
    stored, cuts = KOREAN.encode("cp949"), sorted(cuts)
    pieces = [stored[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    assert b"".join(recoded("cp949", pieces)).decode() == KOREAN


@pytest.mark.parametrize("encoding", ["euc-kr", "cp949", "latin-1", "shift_jis"])
def test_any_of_python_s_text_encodings_is_read(encoding):
    text = "a,b\n1,2\n"
    assert b"".join(recoded(encoding, [text.encode(encoding)])) == text.encode()


def test_what_precedes_bytes_of_another_encoding_comes_first_and_their_line_is_named():
    pieces = recoded("cp949", ["가\n나\n".encode("cp949") + b"\xff\xff\n"])
    found = []
    with pytest.raises(BadDrop) as told:
        found.extend(pieces)
    assert b"".join(found).decode().startswith("가\n나\n")
    assert (told.value.fault, told.value.position) == (Fault.WRONG_ENCODING, "line 3")
