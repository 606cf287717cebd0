"""What `[privacy]` drops or hashes is in no output, nor is any unkeyed hash of it, by which it could be found by trying:
not in Parquet (values, statistics, footer, names of files), rejects, ledger, receipts, logs, or on the terminal."""

import gzip
import hashlib
import json
import secrets as secrets_of_s3
import uuid
from dataclasses import replace
from io import BytesIO

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hackle_import.cli import command, convert, preview
from hackle_import.conform.insert_id import uuid_of
from hackle_import.settings import Rules
from hackle_import.stores import StoredObject
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW, event
from support.world import World

assert all((convert, preview))  # they add their commands
pytestmark = pytest.mark.attack
KEY = b"9f86d081884c7d659a2feaa0c55ad015"
SPREAD = """[fields]
insert_id = "insert_id"
event_key = "event_key"
ts = "ts"
metric_value = "metric_value"
identifiers = { spread = "identifiers" }
event_properties = { spread = "event_properties", phone = "phone", list = "list" }
user_properties = { spread = "user_properties" }
platform_properties = { spread = "platform_properties" }
"""
FAULTS = {
    "none": {},
    "a bad time": {"ts": "yesterday"},
    "no event": {"event_key": None},
    "a metric that is none": {"metric_value": "much"},
    "a system that is not allowed": {"platform_properties": {"osname": "BeOS", "appversion": "1"}},
    "a map that is none": {"user_properties": [1]},
    "left out": {"metric_value": 404},
}


def nested(secret):
    return {"plan": "pro", "contact": {"phone": secret, "kind": "home"}}


PLACES = {
    "a field": (lambda secret: {"phone": secret}, "phone"),
    "a field in capitals": (lambda secret: {"PHONE": secret}, "phone"),
    "an identifier": (
        lambda secret: {"identifiers": {"id": secret, "device_id": "d", "user_id": secret}},
        "identifiers.user_id",
    ),
    "a nested value": (lambda secret: {"event_properties": nested(secret)}, "event_properties.contact.phone"),
    "a nested object": (lambda secret: {"event_properties": nested(secret)}, "event_properties.contact"),
    "a dotted key": (lambda secret: {"event_properties": {"contact.phone": secret}}, "event_properties.contact.phone"),
    "JSON in a text": (
        lambda secret: {"event_properties": json.dumps(nested(secret))},
        "event_properties.contact.phone",
    ),
    "JSON in a text in a text": (
        lambda secret: {"event_properties": {"contact": json.dumps(json.dumps({"phone": secret}))}},
        "event_properties.contact.phone",
    ),
    "elements of a list": (lambda secret: {"list": [{"phone": secret}, {"phone": secret, "x": 1}]}, "list.phone"),
    "a key of a map": (
        lambda secret: {"event_properties": {"contact": {secret: "friend"}}},
        "event_properties.contact",
    ),
    "a key of an object in capitals": (lambda secret: {"Contact": {secret: "friend"}}, "contact"),
    "a key below a dotted key": (lambda secret: {"my.contact": {secret: "friend"}}, "my.contact"),
    "the id itself": (lambda secret: {"insert_id": secret}, "insert_id"),
    "the event": (lambda secret: {"event_key": secret}, "event_key"),
    "twice": (lambda secret: {"phone": secret, "Phone": secret}, "phone"),
}
secrets = st.one_of(
    st.from_regex(r"010-[0-9]{4}-[0-9]{4}", fullmatch=True),
    st.from_regex(r"[a-z]{6}@[a-z]{5}\.kr", fullmatch=True),
    st.text("가나다라마바사김이박", min_size=6, max_size=9),
    st.integers(10**11, 10**12),
)


class Tagged(MemoryStore):
    """As S3 without versioning: an object's version is the MD5 of its bytes."""

    def _put(self, key, body, allowed):
        found = super()._put(key, body, allowed)
        content, _ = self._objects[key]
        tagged = StoredObject(key, hashlib.md5(content).hexdigest(), found.size, found.modified)
        self._objects[key] = (content, tagged)
        return tagged


class Versioned(MemoryStore):
    """As S3 with versioning: beside that, each version has a random id."""

    def _put(self, key, body, allowed):
        found = super()._put(key, body, allowed)
        content, _ = self._objects[key]
        tagged = replace(found, version=f"{hashlib.md5(content).hexdigest()};{secrets_of_s3.token_urlsafe(24)}")
        self._objects[key] = (content, tagged)
        return tagged


def hashes(text):
    digests = [hashlib.new(name, text).digest() for name in ("md5", "sha1", "sha256", "sha512", "blake2b")]
    ids = [uuid_of(text).encode()]
    if text.isascii():
        ids += [
            str(uuid.uuid5(space, text.decode())).encode()
            for space in (uuid.NAMESPACE_DNS, uuid.NAMESPACE_OID, uuid.NAMESPACE_URL)
        ]
    return [
        *digests,
        *(digest.hex()[:16].encode() for digest in digests),
        *ids,
        *(one.replace(b"-", b"") for one in ids),
    ]


def traces(secret, body):
    """What must be nowhere: the value, and unkeyed hashes of it, of its row, and of the whole drop."""
    text = str(secret)
    shapes = {text.encode(), json.dumps(text)[1:-1].encode()}
    lines = {line.strip() for line in body.splitlines()} | {body, body.strip()}
    hashed = {*shapes, json.dumps(secret).encode(), json.dumps(secret, ensure_ascii=False).encode()}
    return [*shapes, *(one for each in (*hashed, *lines) for one in hashes(each))]


def told_by(body):
    """All that a reader of an object may see."""
    yield body
    if body[:2] == b"\x1f\x8b":
        yield gzip.decompress(body)
    if body[:4] == b"PAR1":
        with pq.ParquetFile(BytesIO(body)) as file:
            yield repr(file.read(use_threads=False).to_pylist()).encode()
            yield repr(file.metadata.metadata).encode()
            for group in range(file.num_row_groups):
                yield repr(file.metadata.row_group(group).to_dict()).encode()


def outputs(world):
    for store in (world.staging, world.lake):
        for key in store.keys(""):
            if not key.startswith(("incoming/", "mappings/")):
                yield key.encode()
                yield from told_by(store.get(key)[0])


def mapping(path, act, own, when_missing):
    more = (
        f'insert_id = {{ when_missing = "{when_missing}" }}\nwhere = "metric_value != `404`"\non_broken_drop = "keep"\n'
    )
    return f'{more}[privacy]\n{act} = ["{path}"]\n{SPREAD if own else ""}'.encode()


def drop_of(shape, rows, broken):
    lines = [json.dumps(row, ensure_ascii=number % 2 == 0) for number, row in enumerate(rows)]
    end = '{"phone": "' if broken else ""
    if shape == "array":
        return ("[" + ",\n".join(lines) + ("," + end if broken else "]")).encode()
    return ("\n".join(lines) + "\n" + end).encode()


@given(
    secrets, st.sampled_from(sorted(PLACES)), st.sampled_from(sorted(FAULTS)), st.sampled_from(["drop", "hash"]),
    st.booleans(), st.sampled_from(["content", "content+line"]), st.sampled_from(["lines", "array"]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_nothing_leads_back_to_a_value(secret, place, fault, act, own, when_missing, shape, with_id, broken):
    made, path = PLACES[place]
    value = made(secret if not place.startswith("a key") else str(secret))
    row = (
        event(1, insert_id="an-id" if with_id else None)
        | value
        | {key: one for key, one in FAULTS[fault].items() if key not in value}
    )
    row = {key: one for key, one in row.items() if one is not None}
    if place == "an identifier":
        row["identifiers"]["id"] = "u"
    world = World()
    world.staging = Tagged(lambda: NOW, "staging")
    world.staging.put("mappings/own.toml", mapping(path, act, own, when_missing))
    body = drop_of(shape, [row], broken)
    world.drop(body=body, key="incoming/own/a.json")
    receipt = world.handle("incoming/own/a.json", rules=Rules(hash_key=KEY))
    told = b"\0".join([*outputs(world), receipt.line().encode(), repr(receipt).encode()])
    found = [one for one in traces(secret, body) if one in told]
    assert not found, (found, receipt)


def test_without_a_key_versions_of_a_bucket_lead_back_to_nothing():
    world, key = World(), "incoming/own/a.json"
    world.staging = Versioned(lambda: NOW, "staging")
    world.staging.put("mappings/own.toml", mapping("phone", "drop", own=False, when_missing="content"))
    body = drop_of("lines", [event(1) | {"phone": "010-1234-5678"}, {"phone": "010-8765-4321"}], broken=False)
    world.drop(body=body, key=key)
    assert (world.handle(key).rows_written, world.handle(key).outcome) == (1, "skipped")
    _, version_id = world.staging.head(key).version.split(";")
    told = b"\0".join(outputs(world))
    assert [one for one in (*traces("010-1234-5678", body), version_id.encode()) if one in told] == []


CSV = "insert_id,event_key,ts,identifiers.id,identifiers.device_id,platform_properties.osname,platform_properties.appversion,phone"


@given(
    secrets,
    st.sampled_from(["good", "bad time", "too many cells", "quotes", "no cell"]),
    st.sampled_from(["drop", "hash"]),
)
def test_nothing_leads_back_to_a_cell(secret, fault, act):
    ts = "yesterday" if fault == "bad time" else "2025-01-02T03:04:05Z"
    end = {"too many cells": ",more", "quotes": '"x'}.get(fault, "")
    cell = f'"{secret}"' if fault == "quotes" else f"{secret}"
    line = f",e,{ts},u,d,iOS,1" + ("" if fault == "no cell" else f",{cell}{end}")
    world = World()
    world.staging = Tagged(lambda: NOW, "staging")
    world.staging.put("mappings/own.toml", mapping("phone", act, False, "content"))
    body = f"{CSV}\n{line}\n".encode()
    world.drop(body=body, key="incoming/own/a.csv")
    receipt = world.handle("incoming/own/a.csv", rules=Rules(hash_key=KEY))
    told = b"\0".join([*outputs(world), receipt.line().encode()])
    assert not [one for one in traces(secret, body) if one in told]


def test_a_made_id_is_keyed_and_stays_the_same_for_the_same_row(proves):
    row, ids = event(1, insert_id=None, phone="010-2233-4471"), []
    for key, mapped in ((KEY, "phone"), (KEY, "fax"), (b"j" * 32, "phone")):
        world = World()
        world.staging.put("mappings/own.toml", mapping(mapped, "drop", False, "content"))
        world.drop(row, row, key="incoming/own/a.ndjson")
        world.handle("incoming/own/a.ndjson", rules=Rules(hash_key=key))
        (made,) = {one["insert_id"] for one in rows_of(world)}  # equal rows are one event
        ids.append(uuid.UUID(made))
    assert ids[0] == ids[1] != ids[2]
    assert {(one.version, one.variant) for one in ids} == {(8, uuid.RFC_4122)}
    proves("An id that is made for a row with [privacy] is keyed: no value that was dropped is found by trying.")


def test_without_a_key_a_made_id_is_of_what_is_shown():
    ids = []
    for phone in ("010-2233-4471", "010-2233-4472"):
        world = World()
        world.staging.put("mappings/own.toml", mapping("phone", "drop", False, "content"))
        world.drop(event(1, insert_id=None, phone=phone), key="incoming/own/a.ndjson")
        world.handle("incoming/own/a.ndjson")
        ids += [one["insert_id"] for one in rows_of(world)]
    assert ids[0] == ids[1]


def test_without_privacy_ids_stay_what_they_were():
    world = World()
    row = event(1, insert_id=None)
    world.drop(row)
    world.handle(rules=Rules(hash_key=KEY))
    assert [one["insert_id"] for one in rows_of(world)] == [uuid_of(json.dumps(row).encode())]


def rows_of(world):
    return [row for key in world.lake.keys("") for row in pq.read_table(BytesIO(world.lake.get(key)[0])).to_pylist()]


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("name", ["preview", "preview --json", "preview --html", "convert", "convert --json"])
def test_the_terminal_shows_no_value(tmp_path, monkeypatch, place, name, proves):
    secret = "010-2233-4471"
    made, path = PLACES[place]
    rows = [event(1, insert_id=None) | made(secret) | fault for fault in FAULTS.values()]
    for row in rows:
        row["identifiers"] = row["identifiers"] | {"id": "u"}
    (tmp_path / "own.toml").write_bytes(mapping(path, "drop", True, "content"))
    body = drop_of("lines", rows, True)
    (tmp_path / "a.ndjson").write_bytes(body)
    monkeypatch.setenv("HACKLE_HASH_KEY", KEY.decode())
    name, *options = name.split()
    options += [tmp_path / "page.html"] if options == ["--html"] else []
    options += ["--out", tmp_path / "out"] if name == "convert" else []
    words = [name, tmp_path / "a.ndjson", "--mapping", tmp_path / "own.toml", *options]
    done = CliRunner().invoke(command, [str(word) for word in words])
    assert (done.exit_code, done.exception) in ((0, None), (1, done.exception)), done.output
    assert isinstance(done.exception, SystemExit | type(None))  # it was carried out, to its end
    assert "platform_properties" in done.output or "written" in done.output or (tmp_path / "page.html").exists()
    made = [
        path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name not in ("a.ndjson", "own.toml")
    ]
    told = b"\0".join([done.output.encode(), done.stderr.encode(), *(one for each in made for one in told_by(each))])
    assert not [one for one in traces(secret, body) if one in told]
    proves("Neither the terminal, nor the page, nor what is written shows what [privacy] takes out.")
