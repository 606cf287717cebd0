"""Exports in each kind of storage, as `run` would find them."""

import gzip
import json

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from support.exports import DAY, FOLDER, manifest, put_export, put_parts
from support.samples import NOW, event
from support.world import ids_in


def handled(store, lake, key=DAY, **more):
    return ingest(Drop.at(store.place, key), Places(store, store, lake), Rules(), lambda: NOW, **more)


def test_an_export_is_written_replaced_emptied_and_expires(store):
    lake = MemoryStore(lambda: NOW, "lake")
    put_export(store, [event(1), event(2)], [event(3)])
    assert handled(store, lake).rows_written == 3
    put_export(store, [event(3), event(1), event(2), event(4)], folder=FOLDER.replace("0001", "0002"))
    assert handled(store, lake).rows_written == 4
    assert ids_in(lake) == ["u1", "u2", "u3", "u4"]
    store.delete(f"{FOLDER.replace('0001', '0002')}part-0000.ndjson.gz")
    assert handled(store, lake, again=True).fault.code == "export_expired"
    put_export(store)
    assert handled(store, lake).outcome is Outcome.EMPTY
    assert ids_in(lake) == []


def test_parts_may_be_named_by_whole_addresses(store):
    lake = MemoryStore(lambda: NOW, "lake")
    named = [{**part, "key": f"{store.place}/{part['key']}"} for part in put_parts(store, [event(1)], [event(2)])]
    store.put(DAY, manifest(named, 2))
    assert handled(store, lake).rows_written == 2


def test_redshift_s_own_manifest_is_taken(store):
    lake, key = MemoryStore(lambda: NOW, "lake"), "incoming/hackle/2025-01-02.manifest"
    named = put_parts(store, [event(1)], [event(2), event(3)], ending="")
    entries = [
        {"url": f"{store.place}/{part['key']}", "meta": {"content_length": part["size"], "record_count": rows}}
        for part, rows in zip(named, (1, 2), strict=True)
    ]
    meta = {"content_length": sum(part["size"] for part in named), "record_count": 3}
    store.put(key, json.dumps({"entries": entries, "schema": {"elements": []}, "meta": meta}).encode())
    assert handled(store, lake, key).rows_written == 3


def test_a_version_is_told_apart_though_the_size_is_the_same(store):
    lake = MemoryStore(lambda: NOW, "lake")
    (named,) = put_parts(store, gzip.compress(b"", mtime=0))
    store.put(named["key"], b"x" * named["size"])
    store.put(DAY, manifest([named], 0))
    assert handled(store, lake).fault.code == "export_incomplete"


def test_parts_may_lie_in_a_place_of_their_own(store):
    lake, parts = MemoryStore(lambda: NOW, "lake"), MemoryStore(lambda: NOW, "parts")
    named = put_parts(parts, [event(1)], [event(2)])
    store.put(DAY, manifest([{**named[0], "key": f"parts/{named[0]['key']}"}, named[1]], 2))
    places = Places(store, store, lake, parts)
    for more in ({}, {"deadline": NOW.replace(year=2100), "again": True}):
        assert ingest(Drop.at(store.place, DAY), places, Rules(), lambda: NOW, **more).rows_written == 2
    assert handled(store, lake, again=True).fault.code == "bad_manifest"
