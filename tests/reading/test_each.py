"""Every element of a record's list is a record, with what is beside the list; nothing is lost, and equal ones stay apart."""

import json

from hackle_import.codes import Why
from hackle_import.reading import each
from hackle_import.reading.chunks import Chunk
from hackle_import.reading.each import Each, put_back


def split(*records, path=("a", "list")):
    return list(Each(path)(Chunk(b"", records, range(1, len(records) + 1))))


def test_elements_have_what_is_beside_their_list_and_their_record_s_line():
    (chunk,) = split(
        b'{"u":1.50,"a":{"list":[{"x":1},{},{"x":1},5],"b":2}}', b'{"a":{"list":[]}}', b'{"a":"{\\"list\\":[{}]}"}'
    )
    beside = {"u": 1.5, "a": {"b": 2}}
    assert [json.loads(one) for one in chunk.records] == [
        {"x": 1, "record": beside}, {"record": beside}, {"x": 1, "record": beside}, 5, {"record": {"a": {}}},
    ]  # fmt: skip
    assert b"1.50" in chunk.records[0]
    assert chunk.lines == [1, 1, 1, 1, 3]
    assert len(set(chunk.marks[:4])) == 4


def test_a_row_is_put_back_into_a_record_that_gives_it_again():
    record = b'{"u":1.50,"a":{"list":[{"x":"\xea\xb0\x80"},{"y":[{}]}],"b":2}}'
    (chunk,) = split(record)
    for row in chunk.records:
        (again,) = split(put_back(row, ("a", "list")))
        assert again.records == [row]
    for other in (b"5", b"not json", b'{"a":{}}', b'{"record":5}', b'{"record":{}}'):
        assert put_back(other, ("a", "list")) == other


def test_a_record_without_the_list_is_a_bad_row_and_what_is_no_record_is_left_to_the_decoder():
    (chunk,) = split(b'{"a":{}}', b'{"a":5}', b'{"a":{"list":{}}}', b"not json", b"[1]")
    assert [(row.line, row.why) for row in chunk.unread] == [
        (1, Why.WRONG_TYPE),
        (2, Why.WRONG_TYPE),
        (3, Why.WRONG_TYPE),
    ]
    assert chunk.records == [b"not json", b"[1]"]


def test_a_long_list_comes_in_several_chunks_and_one_too_costly_is_a_bad_row(monkeypatch):
    monkeypatch.setattr(each, "_CHUNK_BYTES", 100)
    record = b'{"a":{"list":[' + b",".join([b'{"x":1}'] * 20) + b'],"b":"0123456789"}}'
    chunks = split(record)
    assert len(chunks) > 3
    assert sum(len(chunk.records) for chunk in chunks) == 20
    bad = [b'{"a":1}', record, b'{"b":1}']
    found = [[*chunk.lines, *(row.line for row in chunk.unread)] for chunk in split(*bad)]
    assert (sorted(found[0])[:2], found[-1][-1]) == ([1, 2], 3)
    assert sum(map(len, found)) == 22
    monkeypatch.setattr(each, "_MOST_BYTES", 100)
    (chunk,) = split(record)
    assert [(row.why, row.raw) for row in chunk.unread] == [(Why.LINE_TOO_LONG, record)]


def test_an_element_s_own_record_has_another_name():
    (chunk,) = split(
        b'{"u":1,"a":{"list":[{"record":"x"},{"\\u0072ecord":2,"own_record":3},{"Record":4,"s":"\\u00e9"}]}}'
    )
    beside = {"u": 1, "a": {}}
    assert [json.loads(one) for one in chunk.records] == [
        {"own_record": "x", "record": beside},
        {"own_own_record": 2, "own_record": 3, "record": beside},
        {"Record": 4, "s": "é", "record": beside},
    ]


def test_lists_and_elements_that_are_texts_are_what_they_say():
    element = json.dumps(' {"x":1} ')
    (chunk,) = split(
        b'{"a":"{\\"list\\":\\" [{}] \\"}"}',
        b'{"a":{"list":[%s,"{","no"]}}' % element.encode(),
        b'{"a":{"list":"no list"}}',
    )
    told = [{"record": {"a": {}}}, {"x": 1, "record": {"a": {}}}]
    assert [json.loads(one) for one in chunk.records[:2]] == told
    assert chunk.records[2:] == [b'"{"', b'"no"']
    assert [row.line for row in chunk.unread] == [3]
