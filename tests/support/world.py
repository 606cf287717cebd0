"""A staging and an import place in memory, and drops handled in them."""

import hashlib
from io import BytesIO

import pyarrow.parquet as pq
from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.ingest import ingest, ledger
from hackle_import.ingest.version import Version
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import Unavailable
from hackle_import.stores.memory import MemoryStore
from support.samples import NOW, ndjson

KEY = "incoming/hackle/events.ndjson"
V1, V2, V3 = (Version({"drop": name}) for name in ("v1", "v2", "v3"))


class Unversioned(MemoryStore):
    """Versions as S3 gives them without versioning: the same content again is the same version again."""

    def _put(self, key, body, allowed):
        super()._put(key, body, allowed)
        content, found = self._objects[key]
        self._objects[key] = (content, replace(found, version=hashlib.sha256(content).hexdigest()))
        return self._objects[key][1]


class World:
    def __init__(self, clock=lambda: NOW, kind=MemoryStore):
        self.staging, self.lake = kind(clock, "staging"), kind(clock, "lake")

    def drop(self, *rows, key=KEY, body=None):
        self.staging.put(key, ndjson(*rows) if body is None else body)

    def handle(self, key=KEY, lake=None, staging=None, rules=None, **more):
        staging = staging or self.staging
        drop = Drop.at(self.staging.place, key)
        return ingest(drop, Places(staging, staging, lake or self.lake), rules or Rules(), lambda: NOW, **more)

    def ids(self):
        return ids_in(self.lake)

    def entry(self, key=KEY):
        return ledger.load(self.staging, Drop.at(self.staging.place, key))[0]


def ids_of(body):
    """The `id` of every row of a Parquet file."""
    table = pq.ParquetFile(BytesIO(body)).read(
        ["identifiers"], use_threads=False
    )  # Arrow's threads may outlive a process
    return [dict(row)["id"] for row in table["identifiers"].to_pylist()]


def ids_in(lake):
    """The `id` of every row of every file of a store, sorted."""
    return sorted(one for key in lake.keys("") for one in ids_of(lake.get(key)[0]))


class Failing:
    """A store whose n-th call of a method raises, before or after it took effect."""

    def __init__(self, store, method, *, after, error=None, at=0):
        self._store, self._method, self._after, self._error, self._at = (
            store,
            method,
            after,
            error or Unavailable("no answer"),
            at,
        )

    def __getattr__(self, name):
        real = getattr(self._store, name)
        if name != self._method:
            return real

        def call(*arguments):
            self._at -= 1
            if self._at >= 0:
                return real(*arguments)
            if self._after:
                real(*arguments)
            raise self._error

        return call
