"""Texts that a mapping names, and maps put together from parts."""

import pytest

from hackle_import.decode import MapColumn
from hackle_import.decode.entries import filtered, joined, named_entries, texts_of
from hackle_import.mapping import Value


@pytest.mark.parametrize(
    ("value", "columns", "expected"),
    [
        (Value(), [], [None, None]),
        (Value(const="x"), [], ["x", "x"]),
        (Value(("a",)), [["1", None]], ["1", None]),
        (Value(("a", "b")), [["1", None], ["2", "3"]], ["1", "3"]),
        (Value(("a", "b")), [["", ""], ["2", None]], ["2", ""]),
        (Value(("a", "b")), [[None, None], ["", None]], ["", None]),
        (Value(("a",), default="d"), [["", None]], ["d", "d"]),
        (Value(("a",), values={"1": "one", "2": ""}), [["1", "2"]], ["one", None]),
        (Value(("a",), values={"": "guest"}), [["", None]], ["guest", None]),
        (Value(("a", "b"), values={"2": ""}, default="d"), [["2", "2"], ["3", "2"]], ["3", "d"]),
    ],
)
def test_a_text_is_the_first_that_is_there_translated(value, columns, expected):
    assert texts_of(value, columns, 2) == expected


def column(*maps, **more):
    """A column of maps that are lists of pairs."""
    pairs = [pair for entries in maps for pair in entries]
    return MapColumn([key for key, _ in pairs], [value for _, value in pairs], list(map(len, maps)), **more)


def rows_of(found, rows):
    ends = [sum(found.lengths[:number]) for number in range(len(found.lengths) + 1)]
    pairs = list(zip(found.keys, found.values, strict=True))
    numbers = range(rows) if found.row_maps is None else found.row_maps
    return [pairs[ends[number] : ends[number + 1]] for number in numbers]


def test_rows_whose_named_texts_are_equal_share_one_map():
    found = named_entries(["a", "b"], [["1", "1", None], ["2", "2", "2"]], 3)
    assert (found.row_maps, found.lengths) == ([0, 0, 1], [2, 2])
    assert rows_of(found, 3) == [[("a", "1"), ("b", "2")]] * 2 + [[("a", None), ("b", "2")]]
    assert rows_of(named_entries([], [], 2), 2) == [[], []]


@pytest.mark.parametrize(
    ("only", "exclude", "kept"),
    [
        ((), (), ["a", "Utm_source", "utm_id"]),
        (("utm_*",), (), ["Utm_source", "utm_id"]),
        (("UTM_*",), ("utm_S*",), ["utm_id"]),
        ((), ("*",), []),
    ],
)
def test_globs_choose_keys_whatever_their_case(only, exclude, kept):
    whole = column([("a", "1"), ("Utm_source", "2")], [], [("utm_id", "3")], row_maps=[2, 0, 1, 0])
    found = filtered(whole, only, exclude)
    assert found.keys == kept
    assert [[key for key, _ in row] for row in rows_of(found, 4)] == [
        [key for key, _ in row if key in kept] for row in rows_of(whole, 4)
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected", "repeated"),
    [
        ([("a", "1")], [("b", "2")], [("a", "1"), ("b", "2")], False),
        ([("a", "1"), ("b", "2")], [("A", "3")], [("A", "3"), ("b", "2")], False),
        ([("a", "1"), ("A", "2")], [("a", "3")], [("a", "3")], True),
        ([("a", "1")], [("a", None)], [("a", "1")], False),
        ([("a", None)], [("A", "2")], [("A", "2")], False),
        ([], [("b", "2")], [("b", "2")], False),
    ],
)
def test_the_later_part_wins_and_a_key_twice_in_one_is_told(first, second, expected, repeated):
    found = joined([column(first, [("z", "0")]), column(second, [("y", "0")])], 2)
    assert sorted(rows_of(found, 2)[0]) == sorted(expected)
    assert found.repeated == ({0} if repeated else set())


def test_what_is_said_of_a_part_is_said_of_every_row_that_has_it():
    shared = column([("a", "1")], [("a", "2")], row_maps=[0, 1, 0], repeated={0}, broken={1: ("why", "message")})
    found = joined([shared, column([("b", "1")], [("b", "2")], [("b", "3")])], 3)
    assert found.rows_of(found.repeated) == [0, 2]
    assert found.rows_of(set(found.broken)) == [1]


def test_a_part_without_entries_costs_nothing():
    only = column([("a", "1")])
    assert joined([column([]), only, column([("x", None)])], 1) is only


def test_a_part_that_has_a_key_twice_counts_though_it_has_no_entry():
    """Else a row would be noted, or not, by what other rows its chunk has."""
    twice = column([("x", None)])
    twice.repeated = {0}
    assert joined([column([("a", "1")]), twice], 1).repeated == {0}
    assert joined([column([("a", "1")]), column([("x", None), ("X", None)])], 1).keys == ["a", "x", "X"]
