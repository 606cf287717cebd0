"""Any sequence of drops, overwrites, deletions, failures and replays in two local folders, held against a plain model."""

import json
import shutil
import tempfile
from contextlib import suppress
from itertools import chain
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import Unavailable, open_store
from hackle_import.verify import Verification
from support.samples import NOW, event, ndjson
from support.world import Failing, ids_in

KEYS = st.sampled_from(["incoming/hackle/a.ndjson", "incoming/hackle/b/c d.ndjson"])
CALLS = st.tuples(
    st.sampled_from(["put", "put_if_absent", "put_if_version", "delete", "get", "head"]),
    st.integers(0, 3),
    st.booleans(),
)


class LocalFolders(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.staging, self.lake = open_store(str(self.folder / "staging")), open_store(str(self.folder / "lake"))
        self.number, self.dropped, self.written = 0, {}, {}

    @rule(key=KEYS, rows=st.integers(1, 3), bad=st.booleans())
    def drop(self, key, rows, bad):
        self.number += 10
        ids = [self.number + n for n in range(rows)]
        days = [event(n, ts=f"2025-01-0{n % 3 + 1}T00:00:00Z") for n in ids]
        self.staging.put(key, ndjson(*days, *([event(0, ts="")] if bad else [])))
        self.dropped[key] = sorted(f"u{n}" for n in ids)

    @rule(key=KEYS)
    def drop_broken(self, key):
        self.staging.put(key, b"<html>")
        self.dropped[key] = None

    @rule(key=KEYS)
    def delete(self, key):
        self.staging.delete(key)
        self.dropped.pop(key, None)

    @rule(key=KEYS, again=st.booleans())
    def handle(self, key, again):
        ingest(self._drop(key), Places(self.staging, self.staging, self.lake), Rules(), lambda: NOW, again=again)
        if self.dropped.get(key) is not None:
            self.written[key] = self.dropped[key]

    @rule(key=KEYS, call=CALLS, on_lake=st.booleans())
    def fail_then_handle(self, key, call, on_lake):
        method, at, after = call
        staging = self.staging if on_lake else Failing(self.staging, method, after=after, at=at)
        lake = Failing(self.lake, method, after=after, at=at) if on_lake else self.lake
        with suppress(Unavailable):
            ingest(self._drop(key), Places(staging, staging, lake), Rules(), lambda: NOW)
        self.handle(key, again=False)

    @invariant()
    def rows_are_those_of_the_newest_versions_that_were_written(self):
        assert ids_in(self.lake) == sorted(chain.from_iterable(self.written.values()))

    def teardown(self):
        faults = list(Verification(self.lake, Rules(), self.staging).faults())
        shutil.rmtree(self.folder)
        assert faults == [], json.dumps([fault.code for fault in faults])

    def _drop(self, key):
        return Drop.at(self.staging.place, key)


TestLocalFolders = LocalFolders.TestCase
TestLocalFolders.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
