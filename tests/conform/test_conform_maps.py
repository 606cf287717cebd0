"""The rules of the four maps, each by a table: keys, nulls, required keys, names of operating systems, limits."""

import pytest

from hackle_import.codes import Note, Why
from hackle_import.conform.maps import MAX_ENTRIES, conform_map
from hackle_import.decode import Findings, MapColumn
from hackle_import.schema import MAP_LIMITS, REQUIRED_KEYS

FILLED = {
    "identifiers": {"id": "u", "device_id": "d"},
    "event_properties": {},
    "user_properties": {},
    "platform_properties": {"osname": "iOS", "appversion": "1"},
}
ANY = "event_properties"


def column(*maps):
    """A column of maps that are lists of pairs."""
    made = MapColumn()
    for one in maps:
        entries = list(one.items()) if isinstance(one, dict) else one
        made.keys += [key for key, _ in entries]
        made.values += [value for _, value in entries]
        made.lengths.append(len(entries))
    return made


def conformed(name, *maps, limits="note", osnames=("Android", "iOS"), made=None):
    findings = Findings()
    found = conform_map(name, made or column(*maps), limits, osnames, findings)
    return [dict(one) for one in found.to_pylist()], findings


def codes(findings):
    return {row: (why, name) for row, (why, name, _) in findings.rejects.items()}


@pytest.mark.parametrize(
    ("entries", "expected", "noted"),
    [
        ([("Plan", "pro"), ("NAÏVE", "x")], {"plan": "pro", "naïve": "x"}, False),
        ([("plan", "a"), ("Plan", "b")], {"plan": "b"}, True),
        ([("Plan", "b"), ("plan", None)], {}, True),
        ([("plan", None), ("Plan", "b")], {"plan": "b"}, True),
        ([("a", None)], {}, False),
        ([("", ""), (" ", " ")], {"": "", " ": " "}, False),
        ([], {}, False),
    ],
)
def test_keys_are_lower_case_the_later_wins_and_null_is_none(entries, expected, noted):
    (other, found), findings = conformed(ANY, [("x", "1")], entries)
    assert (other, found) == ({"x": "1"}, expected)
    assert findings.notes.get(Note.KEY_REPEATED, set()) == ({1} if noted else set())


@pytest.mark.parametrize("given", ["Plan", "plan", "\u212aelvin"])
def test_a_column_of_one_key_has_it_in_lower_case(given):
    assert conformed(ANY, {given: "x"})[0] == [{given.lower(): "x"}]


def test_keys_that_differ_by_case_in_one_map_leave_the_entries_of_others_theirs():
    given = [{"a": "1", "A": "2", "b": "3"}, {"c": "4", "d": "5", "e": "6"}, {"f": "7", "F": "8", "g": "9"}]
    found, findings = conformed(ANY, *given)
    assert found == [{"a": "2", "b": "3"}, {"c": "4", "d": "5", "e": "6"}, {"f": "8", "g": "9"}]
    assert findings.notes == {Note.KEY_REPEATED: {0, 2}}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in REQUIRED_KEYS.items() for key in keys])
@pytest.mark.parametrize("value", ["", None, "absent"])
def test_a_required_key_is_filled(name, key, value):
    broken = FILLED[name] | {key: value} if value != "absent" else {k: v for k, v in FILLED[name].items() if k != key}
    _, findings = conformed(name, FILLED[name], broken)
    assert codes(findings) == {1: (Why.REQUIRED_KEY_MISSING, f"{name}.{key}")}
    assert codes(conformed(name, broken)[1]) == {0: (Why.REQUIRED_KEY_MISSING, f"{name}.{key}")}


@pytest.mark.parametrize("name", FILLED)
def test_a_filled_map_is_good(name):
    assert conformed(name, FILLED[name])[1] == Findings()


@pytest.mark.parametrize(
    ("given", "written"),
    [("ANDROID", "Android"), ("aos", "Android"), (" iPadOS ", "iOS"), ("ios", "iOS"), ("Windows", None), ("Web", None)],
)
def test_an_operating_system_is_one_that_hackle_names_in_its_usual_spelling(given, written):
    (found,), findings = conformed("platform_properties", FILLED["platform_properties"] | {"osname": given})
    assert found["osname"] == (written or given)
    expected = {} if written else {0: (Why.OSNAME_NOT_ALLOWED, "platform_properties.osname")}
    assert codes(findings) == expected


@pytest.mark.parametrize("name", sorted(FILLED.keys() - {"platform_properties"}))
@pytest.mark.parametrize("given", ["ANDROID", "Windows"])
def test_an_osname_in_another_map_is_a_key_like_any(name, given):
    entries = FILLED[name] | {"osname": given}
    assert conformed(name, entries) == ([entries], Findings())


def test_any_operating_system_is_taken_where_the_setting_says_so_and_others_by_their_names():
    web = FILLED["platform_properties"] | {"osname": "WEB"}
    assert conformed("platform_properties", web, osnames=None)[1] == Findings()
    (found,), findings = conformed("platform_properties", web, osnames=("Android", "iOS", "Web"))
    assert (found["osname"], findings) == ("Web", Findings())


@pytest.mark.parametrize(("given", "told"), [("x" * 39, "x" * 39), ("x" * 40, "x" * 40), ("x" * 41, "x" * 40 + "…")])
def test_an_operating_system_that_is_not_allowed_is_told_by_its_first_40_characters(given, told):
    _, findings = conformed("platform_properties", FILLED["platform_properties"] | {"osname": given})
    assert findings.rejects[0][2] == f"`osname` is {told!r}, not one of Android, iOS."


def at_limit(name, more=0):
    """A map for each limit, which it holds, or exceeds by `more`."""
    limits = MAP_LIMITS[name]
    yield Note.KEY_TOO_LONG, {"구" * (limits.key_characters + more): "x"}
    yield Note.VALUE_TOO_LONG, {"x": "구" * (limits.value_characters + more)}
    if limits.keys is not None:
        yield Note.TOO_MANY_KEYS, {f"k{number}": "x" for number in range(limits.keys + more)}


@pytest.mark.parametrize("name", MAP_LIMITS)
def test_what_holds_a_limit_is_not_remarked_on_and_what_exceeds_it_is_noted_or_rejected(name):
    for _, entries in at_limit(name):
        assert conformed(name, FILLED[name] | entries if MAP_LIMITS[name].keys is None else entries)[1] == Findings()
    for note, entries in at_limit(name, more=1):
        whole = FILLED[name] | entries
        found, findings = conformed(name, FILLED[name], whole)
        assert (found, findings) == ([FILLED[name], whole], Findings(notes={note: {1}}))
        _, findings = conformed(name, FILLED[name], whole, limits="reject")
        assert codes(findings) == {1: (Why.OVER_LIMIT, name)}


def test_truncating_cuts_texts_by_characters_and_leaves_out_what_is_too_many():
    limits = MAP_LIMITS[ANY]
    long, longer = "구" * limits.key_characters, "구" * limits.key_characters + "x"
    (found,), findings = conformed(ANY, {longer: "ab" * limits.value_characters, long: "last"}, limits="truncate")
    assert found == {long: "last"}
    assert findings == Findings(notes={Note.KEY_TOO_LONG: {0}, Note.VALUE_TOO_LONG: {0}})
    (found,), _ = conformed(ANY, {f"k{number}": "x" for number in range(limits.keys + 9)}, limits="truncate")
    assert list(found) == [f"k{number}" for number in range(limits.keys)]


def test_rows_that_share_a_map_share_what_is_said_of_it():
    made = column([("a", "1")], [("a", "1"), ("A", "2")])
    made.row_maps = [1, 0, 1]
    found, findings = conformed(ANY, made=made)
    assert found == [{"a": "2"}, {"a": "1"}, {"a": "2"}]
    assert findings.notes == {Note.KEY_REPEATED: {0, 2}}


def test_ids_that_became_keys_are_a_reject_of_their_row_alone():
    crowded = [(f"k{number}", "x") for number in range(MAX_ENTRIES + 1)]
    _, findings = conformed(ANY, crowded, crowded[1:], [("a", "x")])
    assert codes(findings) == {0: (Why.TOO_MANY_ENTRIES, ANY)}
