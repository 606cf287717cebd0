"""A mapping as a value: what it takes its fields from, and when it means something else."""

import pytest

from hackle_import.mapping import HACKLE_FIELDS, Mapping, load_mapping, preset
from hackle_import.schema import MAPS, SCALARS

OWN = """
[fields]
event_key = ["name", "type"]
ts = "at"
identifiers = { id = "user.id", device_id = { from = "device", default = "d" } }
platform_properties = { osname = { const = "iOS" }, appversion = "v", spread = "app" }
[fields.event_properties]
spread = ["props", "@"]
pivot = { from = "params", key = "key", value = "value" }
plan = "user.plan"
"""


def test_what_a_mapping_reads_as_texts_as_objects_and_as_lists():
    fields = load_mapping(OWN.encode(), "own").sources
    assert sorted(fields.texts()) == ["at", "device", "name", "type", "user.id", "user.plan", "v"]
    assert sorted(fields.objects()) == ["@", "app", "props"]
    assert list(fields.lists()) == ["params"]


@pytest.mark.parametrize(
    "text", ["", 'limits = "reject"', 'where = "a"', '[csv]\nnull = ["-"]', '[privacy]\ndrop = ["a"]']
)
def test_without_fields_rows_come_in_hackle_s_shape(text):
    mapping = load_mapping(text.encode(), "own")
    assert mapping.is_hackle
    assert mapping.sources is HACKLE_FIELDS
    assert sorted(mapping.sources.texts()) == sorted(SCALARS)
    assert list(mapping.sources.objects()) == list(MAPS)


def test_with_fields_they_do_not_though_the_names_be_hackle_s():
    assert not Mapping(fields=HACKLE_FIELDS).is_hackle
    assert not preset("amplitude").is_hackle
    assert preset("hackle").is_hackle


@pytest.mark.parametrize("text", ["# a comment\n" + OWN, OWN.replace(" = ", "=")])
def test_the_digest_is_that_of_the_meaning(text):
    assert load_mapping(text.encode(), "x").digest == load_mapping(OWN.encode(), "y").digest


@pytest.mark.parametrize(
    ("one", "other"), [('"v"', '"w"'), ('["name", "type"]', '["type", "name"]'), ('"d"', '"e"'), ("plan =", "Plan =")]
)
def test_another_meaning_is_another_digest(one, other):
    assert load_mapping(OWN.replace(one, other).encode(), "x").digest != load_mapping(OWN.encode(), "x").digest
