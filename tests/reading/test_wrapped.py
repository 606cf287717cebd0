"""A list within a document comes out as an array, however the text is cut, and what is around it must be JSON."""

import json

import pytest

from hackle_import.codes import Fault
from hackle_import.errors import BadDrop
from hackle_import.reading.wrapped import unwrapped


def rows(text, size, most=1000):
    body = text.encode()
    return json.loads(
        b"".join(unwrapped([body[at : at + size] for at in range(0, len(body), size)], ["data", "rows"], most))
    )


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"meta":{"rows":[1],"x":"]}\\""},"data":{"a":[[],{}],"rows":[{"a":"]\\"["},[1], 2 ],"z":1}} ',
            [{"a": ']"['}, [1], 2],
        ),
        ('{"data":{"rows":[]}}\n{"data":{"rows":[1]}}{"data":{"rows":[ ]}}{"data":{"rows":[2,3]}}', [1, 2, 3]),
        ('{"d\\u0061ta":{"rows":["\\u005d"]}}', ["]"]),
        ("", []),
    ],
)
def test_the_rows_are_found_however_the_text_is_cut(text, expected, size):
    assert rows(text, size) == expected


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    "text",
    [
        '{"data":{"rows":[1]}',
        '{"data":{"rows":[1',
        '{"data":{}}',
        '{"rows":[1]}',
        "[1]",
        "12",
        '{"data":{"rows":[1}}}',
        '{"data":]}',
        '{"data":{"rows":5}}',
    ],
)
def test_a_document_that_is_cut_off_or_lacks_the_list_is_a_broken_drop(text, size):
    with pytest.raises(BadDrop) as wrong:
        rows(text, size)
    assert wrong.value.fault is Fault.NOT_JSON


def test_what_is_around_the_rows_is_held_no_longer_than_a_record_may_be():
    assert rows('{"x":[' + "[1]," * 5000 + '0],"data":{"rows":[1]}}', 100, most=200) == [1]
    with pytest.raises(BadDrop) as wrong:
        rows('{"x":"' + "y" * 5000 + '"}', 100, most=200)
    assert wrong.value.fault is Fault.RECORD_TOO_LONG
