"""No two drops share a rejects file, and none is another's copy, however their keys are chosen."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Rules
from hackle_import.stores import open_store
from support.samples import NOW, event, ndjson
from support.world import World

pytestmark = pytest.mark.attack
ENDING = ".rejected.ndjson.gz"
parts = st.sampled_from(["a", "b", ".copies", ".long", f"a{ENDING}", "x" * 250, "한" * 90, "..", ".", "", "a" * 1000])


def below_rejected(key):
    return "incoming/" + key.removeprefix("rejected/").removesuffix(ENDING)


@given(st.lists(st.lists(parts, min_size=2, max_size=4), min_size=2, max_size=6))
def test_whatever_the_keys_are(paths):
    """Nor does one lie below another, which no folder can hold; copies are apart."""
    keys = {f"incoming/{'/'.join(path)}" for path in paths}
    drops = [drop for key in keys if (drop := Drop.at("s3://staging", key))]
    drops += [again for drop in drops if (again := Drop.at("s3://staging", below_rejected(drop.rejected_key)))]
    drops += [
        again for drop in drops if (again := Drop.at("s3://staging", below_rejected(drop.rejects_copy_key("v", 0))))
    ]
    by_key = {drop.key: drop.rejected_key for drop in drops}
    files = sorted(by_key.values())
    copies = {drop.rejects_copy_key("v", 0) for drop in drops}
    assert len(set(files)) == len(files)
    assert not copies & set(files)
    assert not any(other.startswith(f"{one}/") for one in files for other in files)


def test_a_key_made_of_another_s_rejects_file_has_its_own(proves):
    world = World()
    long = "incoming/hackle/" + "x" * 1000
    forged = [below_rejected(Drop.at("staging", long).rejected_key), "incoming/hackle/" + "x" * 100]
    keys = [long, *(key for key in forged if Drop.at("staging", key))]
    for key in keys:
        world.drop(event(1), event(2, ts=f"wrong {key}"), key=key)
        assert world.handle(key).outcome is Outcome.WRITTEN
    for key in keys:
        assert world.handle(key).outcome is Outcome.SKIPPED
        assert f"wrong {key}" in gzip.decompress(world.staging.get(Drop.at("staging", key).rejected_key)[0]).decode()
    proves("No drop's rejects file is another's, whatever their names.")


def test_what_lies_where_copies_do_is_no_drop(proves):
    world = World()
    world.drop(event(1), event(2, ts="wrong"))
    world.handle()
    copy = world.entry().rejects.copy.removeprefix("/")
    assert Drop.at("staging", below_rejected(copy)) is None
    assert Drop.at("staging", "incoming/.long/a") is None
    proves("A key below incoming/.copies/ is no drop: nobody overwrites another's copy.")


def test_in_a_folder_a_rejects_file_is_no_other_s_folder(tmp_path):
    store, lake = open_store(str(tmp_path / "staging")), open_store(str(tmp_path / "lake"))
    keys = ["incoming/hackle/a", f"incoming/hackle/a{ENDING}/b"]
    for number, key in enumerate(keys):
        store.put(key, ndjson(event(number), event(9, ts="wrong")))
        receipt = ingest(Drop.at(store.place, key), Places(store, store, lake), Rules(), lambda: NOW)
        assert receipt.outcome is Outcome.WRITTEN
