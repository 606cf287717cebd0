"""What an attempt reads, and the names that it gives."""

import pytest
from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import BadDrop, Changed, Misconfigured
from hackle_import.ingest.attempt import Attempt
from hackle_import.mapping import Mapping, load_mapping
from hackle_import.places import Places
from hackle_import.settings import Rules
from support.samples import event, ndjson
from support.world import KEY, V1, V2, World


@pytest.fixture
def attempt():
    world = World()
    world.drop(event(1), event(2, ts=""))
    return of(world)


def of(world, mapping=None):
    places = Places(world.staging, world.staging, world.lake)
    drop, found = Drop.at(world.staging.place, KEY), world.staging.head(KEY)
    return Attempt(drop, places, Rules(), mapping or Mapping(), found, V1)


def test_every_row_of_the_drop_comes(attempt):
    with attempt.converted() as chunks:
        (converted,) = chunks
    assert (converted.rows_in, converted.batch.num_rows, len(converted.rejects)) == (2, 1, 1)


def test_only_the_version_that_was_found_is_read(attempt):
    attempt.places.staging.put(KEY, ndjson(event(3)))
    with pytest.raises(Changed), attempt.converted() as chunks:
        list(chunks)


def test_what_is_no_drop_is_told_while_it_is_opened_or_read():
    world = World()
    world.drop(body=b"<html>")
    with pytest.raises(BadDrop, match="not_json"), of(world).converted() as chunks:
        list(chunks)


def test_nothing_is_read_unhashed_where_the_mapping_hashes_and_there_is_no_key():
    world = World()
    world.drop(event(1))
    hashing = load_mapping(b'[privacy]\nhash = ["identifiers.id"]', "own")
    with pytest.raises(Misconfigured, match="HACKLE_HASH_KEY"), of(world, hashing).converted():
        pass


def test_names_differ_by_version_day_and_part(attempt):
    other = replace(attempt, version=V2)
    keys = [one.output_key(day, part) for one in (attempt, other) for day in (0, 1) for part in (0, 1)]
    keys += [one.rejects_copy_key(number) for one in (attempt, other) for number in (0, 1)]
    assert len(set(keys)) == 12
    assert keys[1].startswith("1970-01-01/events-")
    assert keys[1].endswith(f"-{V1.name}-00001.parquet")


def test_a_file_says_where_it_came_from(attempt):
    told = attempt.footer
    assert (told["source"], told["mapping"], told["mapping_digest"]) == (KEY, "hackle", attempt.mapping.digest)
    assert told["content_version"] == attempt.found.version
