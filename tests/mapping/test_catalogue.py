"""Mappings of the user's own: read from the staging place, once a version; what they fail they also heal."""

import json
from datetime import timedelta

import pytest

from hackle_import.drop import Drop
from hackle_import.errors import BadDrop
from hackle_import.ingest import ingest
from hackle_import.mapping import PRESETS, find_mapping, pins_of, preset
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from support.mapped_rows import FIELDS, ROW
from support.samples import NOW, ndjson

KEY = "mappings/shop.toml"
DROP = "incoming/shop/a.ndjson"


class Counting(MemoryStore):
    """Counts the reads of mappings."""

    reads = 0

    def read(self, key, version, start, end):
        self.reads += key.startswith("mappings/")
        return super().read(key, version, start, end)


@pytest.fixture
def staging():
    return Counting(lambda: NOW)


@pytest.fixture
def handle(staging):
    lake = MemoryStore(lambda: NOW, "lake")
    return lambda **how: ingest(
        Drop.at(staging.place, DROP), Places(staging, staging, lake), Rules(), lambda: NOW, **how
    )


def test_a_version_of_a_mapping_is_read_once(staging):
    staging.put(KEY, FIELDS.encode())
    assert find_mapping("shop", staging) is find_mapping("shop", staging)
    assert staging.reads == 1
    staging.put(KEY, b'limits = "reject"\n')
    assert find_mapping("shop", staging).limits == "reject"
    assert staging.reads == 2


def test_a_function_that_runs_against_a_deadline_reads_it_once_too(staging, handle):
    staging.put(KEY, FIELDS.encode())
    staging.put(DROP, ndjson(ROW))
    for _ in range(2):
        handle(deadline=NOW + timedelta(minutes=1), again=True)
    assert staging.reads == 1


def test_a_mapping_that_is_deleted_is_gone_and_a_preset_stands_behind_its_namesake(staging):
    staging.put("mappings/amplitude.toml", FIELDS.encode())
    assert find_mapping("amplitude", staging) != preset("amplitude")
    staging.delete("mappings/amplitude.toml")
    assert find_mapping("amplitude", staging) == preset("amplitude")


def test_an_unknown_name_is_told_with_the_names_there_are(staging):
    staging.put("mappings/own.toml", FIELDS.encode())
    with pytest.raises(BadDrop, match=r"no mapping 'shop'; there are: adjust, airbridge, amplitude, .*, own, posthog"):
        find_mapping("shop", staging)


@pytest.mark.parametrize("name", PRESETS)
def test_a_version_of_a_preset_can_be_pinned(staging, name):
    *former, newest = pins_of(name)
    assert [*former, newest] == [f"{name}@{number}" for number in range(1, len(former) + 2)]
    assert find_mapping(newest, staging) == find_mapping(name, staging) == preset(name)
    assert all(find_mapping(pin, staging) != preset(name) for pin in former)


def test_the_first_versions_stay_as_they_were():
    """A digest that changes makes every drop of a pinned preset anew."""
    digests = {name: preset(f"{name}@1").digest for name in PRESETS if len(pins_of(name)) > 1}
    assert digests == {
        "amplitude": "01e80ea1dccfbc45",
        "ga4": "5a92a1bcf57a8f9e",
        "mixpanel": "8c52b7dce8cf7db6",
        "posthog": "d1a2684a66f0c760",
        "segment": "8eb94bc8655cdc27",
        "snowplow": "58c0e689d8045fe6",
    }


def test_a_version_that_there_is_not_is_unknown(staging):
    with pytest.raises(BadDrop, match="no mapping 'segment@0'"):
        find_mapping("segment@0", staging)


def test_a_mapping_that_is_replaced_while_it_is_looked_up_is_looked_up_again(staging, handle, monkeypatch):
    staging.put(KEY, b"limits = 1\n")
    staging.put(DROP, ndjson(ROW))
    head = staging.head

    def then_replaced(key):
        found = head(key)
        if key == KEY and found.size < 20:
            staging.put(KEY, FIELDS.encode())
        return found

    monkeypatch.setattr(staging, "head", then_replaced)
    assert handle().outcome == "written"


@pytest.mark.parametrize("broken", [None, b"limits = 1\n", b"not TOML"])
@pytest.mark.parametrize("how", [{}, {"again": True}], ids=["the next event or run", "replay"])
def test_a_good_mapping_heals_what_a_missing_or_broken_one_failed(staging, handle, broken, how):
    if broken is not None:
        staging.put(KEY, broken)
    staging.put(DROP, ndjson(ROW))
    failed = json.loads(handle().line())
    assert (failed["outcome"], failed["fault"]["code"]) == ("failed", "bad_mapping" if broken else "unknown_mapping")
    assert handle().outcome == "skipped"
    staging.put(KEY, FIELDS.encode())
    assert (handle(**how).outcome, handle().outcome) == ("written", "skipped")


def test_a_mapping_that_breaks_leaves_what_the_good_one_wrote(staging, handle):
    staging.put(KEY, FIELDS.encode())
    staging.put(DROP, ndjson(ROW))
    assert handle().rows_written == 1
    staging.put(KEY, b"limits = 1\n")
    assert handle().outcome == "failed"
    staging.put(KEY, FIELDS.encode())
    assert handle().rows_written == 1
