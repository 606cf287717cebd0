"""Keys that a user, or an attacker, may choose: every drop is handled, and no two share a file."""

import pytest

from hackle_import.drop import Drop
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import open_store
from support.samples import NOW, event, ndjson
from support.world import World

NAMES = [
    "with space.ndjson", "a+b.ndjson", "a%2Bb.ndjson", "a%20b.ndjson", "a?b=c.ndjson", "a#b.ndjson", "caf\u00e9.ndjson",
    "cafe\u0301.ndjson", "보기.ndjson", "a\nb.ndjson", "a\rb.ndjson", "a\tb.ndjson", "a\u2028b.ndjson", "a'b\"c.ndjson", "a;b&c=d.ndjson", "-rf.ndjson", "a.hidden.ndjson", "A.ndjson",
    "a.ndjson", "deep/er/a.ndjson", "deep-er-a.ndjson", "deep_er_a.ndjson", "n" * 200 + ".ndjson", "{day}.ndjson", "%s.ndjson",
]  # fmt: skip
BUCKETS_ONLY = [
    "../up.ndjson",
    "a//b.ndjson",
    "./a.ndjson",
    "x/../../y.ndjson",
    "l" * 980 + ".ndjson",
    "back\\slash.ndjson",
]


def handle_all(staging, lake, keys):
    for number, key in enumerate(keys):
        staging.put(key, ndjson(event(number), event(number + 1000, ts="bad")))
    for _ in range(2):
        for key in keys:
            ingest(Drop.at(staging.place, key), Places(staging, staging, lake), Rules(), lambda: NOW)
    assert len(list(lake.keys(""))) == len(keys)
    assert len(list(ledger.entries(staging))) == len(keys)
    assert len(list(staging.keys("rejected/"))) == 2 * len(keys)  # each file, and the copy of it
    assert all(key.count("/") == 1 and ".." not in key and key.isascii() for key in lake.keys(""))


def test_a_bucket_s_names():
    world = World()
    handle_all(world.staging, world.lake, [f"incoming/hackle/{name}" for name in NAMES + BUCKETS_ONLY])


def test_a_folder_s_names(tmp_path):
    staging, lake = open_store(str(tmp_path / "in" / "staging")), open_store(str(tmp_path / "in" / "lake"))
    handle_all(staging, lake, [f"incoming/hackle/{name}" for name in NAMES])
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("cloud", ["s3", "gcs"])
def test_the_clouds_names(cloud, request):
    bucket = request.getfixturevalue(f"{cloud}_bucket")
    scheme = "s3" if cloud == "s3" else "gs"
    # Moto loses a key with a line feed: see stores/test_keys.py. GCS itself refuses line breaks, its emulator does not.
    names = [name for name in NAMES + BUCKETS_ONLY if cloud == "gcs" or "\n" not in name]
    staging, lake = (open_store(f"{scheme}://{bucket}/{prefix}") for prefix in ("staging", "lake"))
    handle_all(staging, lake, [f"incoming/hackle/{name}" for name in names])
