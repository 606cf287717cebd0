"""One history: drops come, are overwritten, broken, deleted; mappings change; events are late, twice, out of order; workers
race and crash. Then every event is delivered once more, and what is there is held against what was dropped."""

import bz2
import gzip
import hashlib
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import stamina

from hackle_import.drop import Drop
from hackle_import.errors import NotFound, TryAgain, Unavailable
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Limits, Rules
from hackle_import.stores.memory import MemoryStore
from hackle_import.stores.protocol import StoredObject
from simulation.schedule import EFFECTS, Crashed, StepwiseStore, Worker, on_their_own_threads
from support.samples import NOW, event, ndjson
from support.world import ids_of

KEYS = ("incoming/own/a.ndjson", "incoming/hackle/b/c.ndjson")
MAPPINGS = (
    b"",
    b'limits = "truncate"',
    b'max_reject_ratio = 0.3\nlimits = "note"',
    b"max_reject_ratio = 0.3",
    b"nonsense = 1",
)
ACTS = ("good", "good", "good", "again", "bad rows", "bad rows", "broken", "empty", "delete", "mapping")
BZIP2 = b"BZh"
MOST_WORKERS, TRIES = 3, 4
FATES = ("refused", "lost", "crash", "crash after")
FATES_OF_READS = ("refused", "crash")
EXPECTED = (Crashed, Unavailable, TryAgain)  # what brings an event back; anything else is a fault of the core


class InvariantBroken(Exception):  # noqa: N818 - what it says
    """An invariant does not hold."""


class ContentStore(MemoryStore):
    """Versions as S3 gives them without versioning: the same content again is the same version again."""

    def _put(self, key, body, allowed):
        super()._put(key, body, allowed)
        content = self._objects[key][0]
        version = hashlib.sha256(content).hexdigest()
        self._objects[key] = (content, StoredObject(key, version, len(content), NOW))
        return self._objects[key][1]


class History:
    """`run` raises InvariantBroken, or what nobody expects. `counts` tells what happened."""

    def __init__(self, seed, pool, acts=ACTS):
        self.random, self._pool, self.acts = Random(seed), pool, acts
        kind = self.random.choice((MemoryStore, ContentStore))
        self.staging, self.lake = kind(lambda: NOW, "staging"), kind(lambda: NOW, "lake")
        self.keys = KEYS[: self.random.randint(1, 2)]
        self.staging.put("mappings/own.toml", self.random.choice(MAPPINGS[:3]))
        self._former = {}  # an earlier content of a key
        self.bad_rows, self.withheld = {}, []  # bad rows by the good ones beside them; those that 0.3 withholds
        self.trouble = self.random.choice((0, 0.02, 0.1, 0.25))
        self.rules = Rules(limits=Limits(spool_bytes=self.random.choice((1, 1 << 20))))
        self.piece_bytes = self.random.choice((300, 1 << 20))  # in which drops are read: about a row, or all
        self.events, self.workers, self.tries = [], [], Counter()
        self.counts, self.trace = Counter(), []
        self._number = 0

    def run(self):
        with on_their_own_threads(self.piece_bytes):
            self._run()

    def _run(self):
        actions = self.random.randint(1, 6)
        while actions or self.events or self.workers:
            choices = ["act"] * bool(actions) + ["step"] * (4 * len(self.workers))
            choices += ["start"] * (2 * bool(self.events and len(self.workers) < MOST_WORKERS))
            choice = self.random.choice(choices)
            if choice == "act":
                actions -= 1
                self._act()
            elif choice == "start":
                self._start()
            else:
                self._step(self.random.choice(self.workers))
        for key in self.keys:
            self._handle(key)
        for key in self.keys:
            self._check_drop(key)
        self._check_files()

    # ---- what happens ----

    def _act(self):
        key = self.random.choice(self.keys)
        kind = self.random.choice(self.acts)
        self.trace.append((kind, key))
        self.counts[kind] += 1
        if kind == "delete":
            self.staging.delete(key)
            return
        if kind == "mapping":
            self.staging.put("mappings/own.toml", self.random.choice(MAPPINGS))
        elif kind in ("broken", "empty"):
            self.staging.put(key, self._broken() if kind == "broken" else b"")
        elif kind == "again" and key in self._former:
            self.staging.put(key, self._former[key])
        else:
            body = self._body(bad=kind == "bad rows")
            if self.random.random() < 0.5:
                self._former[key] = body
            self.staging.put(key, body)
        self.counts["versions"] += 1
        self.events += [key] * self.random.choice((0, 1, 1, 1, 2))

    def _body(self, bad):
        rows = []
        for _ in range(self.random.randint(1, 5)):
            self._number += 1
            day = self.random.randint(1, 3)
            rows.append(event(self._number, ts=f"2025-01-0{day}T00:00:00Z"))
        if bad:
            self.bad_rows[tuple(sorted(row["identifiers"]["id"] for row in rows))] = [f"bad {self._number}"]
            if 0.3 * (len(rows) + 1) < 1:
                self.withheld.append([f"bad {self._number}"])
        return ndjson(*rows, *([event(0, ts="no time", event_key=f"bad {self._number}")] if bad else []))

    def _broken(self):
        """No JSON, or rows before a fault."""
        return self.random.choice((b"<html>", bz2.compress(self._body(bad=False))[:-8]))

    def _start(self):
        key = self.events.pop(self.random.randrange(len(self.events)))
        self.trace.append(("start", key))
        self.counts["workers"] += 1
        worker = Worker(self._pool, lambda worker: self._ingest(key, worker), key, self.random)
        self.workers.append(worker)
        self._look_after(worker)

    def _step(self, worker):
        fate = "go"
        if self.random.random() < self.trouble:
            fates = FATES if worker.call[0] in EFFECTS else FATES_OF_READS
            fate = self.random.choice(fates)
            self.counts[fate] += 1
        self.trace.append((self.workers.index(worker), fate, *worker.call))
        worker.step(fate)
        self._look_after(worker)

    def _look_after(self, worker):
        """Ends a worker that has ended: what it raised brings its event back, a few times."""
        if worker.call is not None:
            return
        self.workers.remove(worker)
        failure = worker.done.exception()
        if failure is None:
            self.counts[f"outcome {worker.done.result().outcome}"] += 1
            return
        self.trace.append(("ended with", type(failure).__name__, str(failure)))
        self.counts[f"ended with {type(failure).__name__}"] += 1
        if not isinstance(failure, EXPECTED):
            raise failure
        self.tries[worker.name] += 1
        if self.tries[worker.name] <= TRIES:
            self.events.append(worker.name)

    def _ingest(self, key, worker):
        staging, lake = StepwiseStore(self.staging, worker), StepwiseStore(self.lake, worker)
        return ingest(Drop.at("staging", key), Places(staging, staging, lake), self.rules, lambda: NOW)

    def _handle(self, key):
        """Without any trouble."""
        places = Places(self.staging, self.staging, self.lake)
        receipt = ingest(Drop.at("staging", key), places, self.rules, lambda: NOW)
        if receipt.outcome is Outcome.SUPERSEDED:
            raise InvariantBroken(f"{key}: {receipt.outcome} at the end")

    # ---- what must hold: design section 4 ----

    def _check_drop(self, key):
        entry = ledger.load(self.staging, Drop.at("staging", key))[0]
        if entry.intent:
            raise InvariantBroken(f"{key}: an intent is left")
        outputs = entry.commit.outputs if entry.commit else []
        rows, rejects = sorted(number for output in outputs for number in self._numbers(output)), self._rejects(key)
        expected_rows, expected_rejects = self._expected(key)
        if expected_rows not in (None, rows) or expected_rejects not in (None, rejects):
            raise InvariantBroken(f"{key}: {rows, rejects}, not {expected_rows, expected_rejects}")
        if expected_rejects is None:
            self._check_kept_rejects(key, entry, rows, rejects)
        if entry.commit and not entry.commit.receipt.conserves:
            raise InvariantBroken(f"{key}: the receipt does not conserve: {entry.commit.receipt}")
        if entry.commit and len(rows) != entry.commit.receipt.rows_written:
            raise InvariantBroken(f"{key}: {len(rows)} rows, {entry.commit.receipt.rows_written} in the receipt")

    def _check_kept_rejects(self, key, entry, rows, rejects):
        """The newest version could not be read: the rejects file is still that of what was handled before it."""
        if rejects not in (self.bad_rows.get(tuple(rows), []), *self.withheld):
            raise InvariantBroken(f"{key}: rejects {rejects} beside the rows {rows}")
        try:
            there = self.staging.head(Drop.at("staging", key).rejected_key).version
        except NotFound:
            there = None
        if there != (entry.rejects.version if entry.rejects else None):
            raise InvariantBroken(f"{key}: the rejects file {rejects} is none that the ledger knows")

    def _expected(self, key):
        """(rows, rejected rows) of the newest version; None where those of a former one stay."""
        body = self._staged(key)
        mapping = self._staged("mappings/own.toml") if "/own/" in key else b""
        if body in (None, b"", b"<html>") or body.startswith(BZIP2) or b"nonsense" in mapping:
            return None, None
        ratio = 0.3 if b"0.3" in mapping else 1.0
        rows = [json.loads(line) for line in body.splitlines()]
        bad = [row["event_key"] for row in rows if row["ts"] == "no time"]
        if len(bad) > ratio * len(rows):
            return None, bad
        return sorted(row["identifiers"]["id"] for row in rows if row["ts"] != "no time"), bad

    def _numbers(self, output):
        try:
            body, _ = self.lake.get(output.key)
        except NotFound:
            raise InvariantBroken(f"{output.key} is committed and missing") from None
        if hashlib.sha256(body).hexdigest() != output.digest:
            raise InvariantBroken(f"{output.key} is altered")
        return ids_of(body)

    def _rejects(self, key):
        body = self._staged(Drop.at("staging", key).rejected_key) or gzip.compress(b"")
        return [json.loads(json.loads(line)["raw"])["event_key"] for line in gzip.decompress(body).splitlines()]

    def _staged(self, key):
        """The content, None for none."""
        try:
            return self.staging.get(key)[0]
        except NotFound:
            return None

    def _check_files(self):
        entries = list(ledger.entries(self.staging))
        committed = {output.key for entry in entries if entry.commit for output in entry.commit.outputs}
        copies = {entry.rejects.copy for entry in entries if entry.rejects}
        there = set(self.lake.keys("")) | {f"/{key}" for key in self.staging.keys("rejected/.copies/")}
        if there != committed | copies:
            wrong = sorted(there - committed - copies), sorted((committed | copies) - there)
            raise InvariantBroken(f"orphaned: {wrong[0]}, missing: {wrong[1]}")


def simulate(seeds, acts=ACTS, kind=History):
    """(seed, why, trace) of the first history that goes wrong, or None; and the sum of all counts."""
    counts = Counter()
    stamina.set_testing(True)
    with ThreadPoolExecutor(MOST_WORKERS * 2) as pool:
        for seed in seeds:
            history = kind(seed, pool, acts)
            try:
                history.run()
            except Exception as wrong:
                return (seed, f"{type(wrong).__name__}: {wrong}", history.trace), counts
            finally:
                for worker in list(history.workers):
                    worker.dead = True
                    while worker.call is not None:
                        worker.step("crash")
                counts += history.counts
                counts["histories"] += 1
    return None, counts
