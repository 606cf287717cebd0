"""One history: drops come, are overwritten, broken, deleted; mappings and settings change; events are late, twice, out of
order; workers race and crash; deletes are refused for a while; rejects expire; days pass. Then every drop is handled once
more, and what is there is held against what was dropped."""

import bz2
import gzip
import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hackle_import.cli.backlog import Undone, attempted
from hackle_import.drop import Drop
from hackle_import.errors import NotFound, TryAgain, Unavailable
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import Limits, Rules
from hackle_import.stores.memory import MemoryStore
from simulation.schedule import EFFECTS, Crashed, StepwiseStore, Worker, on_their_own_threads
from support.samples import NOW, event, ndjson
from support.world import Unversioned, ids_of

KEYS = ("incoming/own/a.ndjson", "incoming/hackle/b/c.ndjson")
MAPPINGS = (
    b"",
    b'limits = "truncate"',
    b'max_reject_ratio = 0.3\nlimits = "note"',
    b"max_reject_ratio = 0.3",
    b"nonsense = 1",
    b'[privacy]\nhash = ["user_properties.mail"]',
)
ACTS = (
    "good", "good", "good", "again", "bad rows", "bad rows", "broken", "empty", "delete", "mapping", "settings",
    "deletes", "deletes", "expire",
)  # fmt: skip
SETTINGS = {
    "osnames": (("Android", "iOS"), ("Android", "iOS", "web")),
    "day_timezone": (ZoneInfo("UTC"), ZoneInfo("Asia/Seoul")),
    "hash_key": (b"k" * 32, b"q" * 32),
    "limits": (Limits(spool_bytes=1), Limits(spool_bytes=1 << 20)),
    "decoder": ("python",) * 19 + ("native",),  # each drop takes the native one a millisecond to begin
}
PASSING = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=20), timedelta(hours=40))
LONGEST_WORK = timedelta(days=1)  # no platform lets a worker run so long
SOON = timedelta(days=1, minutes=5)  # after a row was made: too far ahead for its drop, but not when that is put again
POISON = "incoming/hackle/a poisonous one.ndjson"
BZIP2 = b"BZh"
MOST_WORKERS, TRIES = 3, 4
FATES = ("refused", "lost", "crash", "crash after")
FATES_OF_READS = ("refused", "crash")
EXPECTED = (Crashed, Unavailable, TryAgain)  # what brings an event back; anything else is a fault of the core


class InvariantBroken(Exception):  # noqa: N818 - what it says
    """An invariant does not hold."""


class Poisoned:
    """A store that fails for one drop in a way that nobody expects."""

    def __init__(self, store):
        self.place, self._store = store.place, store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def head(self, key):
        if key == POISON:
            raise OverflowError(key)
        return self._store.head(key)


class History:
    """`run` raises InvariantBroken, or what nobody expects. `counts` tells what happened."""

    all_keys, most_actions = KEYS, 8
    days = (1, 2, 3)  # of which rows are

    def __init__(self, seed, pool, acts=ACTS):
        self.random, self._pool = Random(seed), pool
        left_out = {kind for kind in dict.fromkeys(acts) if kind != "good" and self.random.random() < 0.5}
        self.acts = [kind for kind in acts if kind not in left_out]  # few kinds meet more often
        kind = self.random.choice((MemoryStore, Unversioned))
        self.now = NOW
        self.staging, self.lake = kind(self._clock, "staging"), kind(self._clock, "lake")
        self.keys = self.all_keys[: self.random.randint(1, len(self.all_keys))]
        self.staging.put("mappings/own.toml", self.random.choice(MAPPINGS[:3]))
        self._former = {}  # an earlier content of a key
        self.bad_rows, self.withheld = {}, []  # bad rows by the good ones beside them; those that 0.3 withholds
        self.expired = set()  # drops whose rejects, or whose copy of them, expired
        self.trouble = self.random.choice((0, 0.02, 0.1, 0.25))
        self.rules = [self._other_rules() for _ in range(self.random.choice((1, 2)))]  # of deployments, the newest last
        self.piece_bytes = self.random.choice((300, 1 << 20))  # in which drops are read: about a row, or all
        self.events, self.workers, self.tries = [], [], Counter()
        self.deletes_refused = False
        self.counts, self.trace = Counter(), []
        self._number = 0

    def run(self):
        with on_their_own_threads(self.piece_bytes):
            self._run()

    def _run(self):
        self.actions = self.random.randint(1, self.most_actions)
        while self._goes_on():
            self._happen(self.random.choice(self._choices()))
        self._end()

    def _goes_on(self):
        return self.actions or self.events or self.workers

    def _choices(self):
        """What may happen next, as often as it is likely."""
        found = ["act"] * bool(self.actions) + ["step"] * (4 * len(self._awake())) + ["wait"]
        return found + ["start"] * (2 * bool(self.events and len(self.workers) < MOST_WORKERS))

    def _happen(self, choice):
        if choice == "act":
            self.actions -= 1
            self._act()
        elif choice == "wait":
            self._wait()
        elif choice == "start":
            self._start()
        else:
            self._step(self.random.choice(self._awake()))

    def _awake(self):
        return self.workers

    def _end(self):
        self._handle_all()
        for key in self.keys:
            self._check_drop(key)
        self._check_files()

    def _clock(self) -> datetime:
        return self.now

    # ---- what happens ----

    def _wait(self):
        """Time passes, as much as every worker that is alive can outlive."""
        left = min((worker.began + LONGEST_WORK - self.now for worker in self.workers), default=max(PASSING))
        passing = self.random.choice(PASSING)
        if passing <= left:
            self.trace.append(("wait", str(passing)))
            self.now += passing

    def _act(self):
        key = self.random.choice(self.keys)
        kind = self.random.choice(self.acts)
        self.trace.append((kind, key))
        self.counts[kind] += 1
        if kind == "delete":
            self.staging.delete(key)
        elif kind == "deletes":
            self.deletes_refused = not self.deletes_refused
        elif kind == "expire":
            self._expire(key)
        else:
            self._change(kind, key)
            self.counts["versions"] += 1
            self.events += [key] * self.random.choice((0, 1, 1, 1, 2))

    def _change(self, kind, key):
        if kind == "mapping":
            self.staging.put("mappings/own.toml", self.random.choice(MAPPINGS))
        elif kind == "settings":
            self.rules.append(self._other_rules())
        elif kind in ("broken", "empty"):
            self.staging.put(key, self._broken() if kind == "broken" else b"")
        elif kind == "again" and key in self._former:
            self._drop(key, self._former[key])
        else:
            body = self._body(bad=kind == "bad rows")
            if self.random.random() < 0.5:
                self._former[key] = body
            self._drop(key, body)

    def _other_rules(self):
        return Rules(**{name: self.random.choice(values) for name, values in SETTINGS.items()})

    def _expire(self, key):
        """A lifecycle rule removes a rejects file, its copy, or both."""
        drop = Drop.at("staging", key)
        entry = ledger.load(self.staging, drop)[0]
        found = [drop.rejected_key, *([entry.rejects.copy.removeprefix("/")] if entry.rejects else [])]
        for name in found:
            if self.random.random() < 0.7:
                self.staging.delete(name)
        self.expired.add(key)

    def _drop(self, key, body):
        found = self.staging.put(key, body)
        for rules in (Rules(osnames=osnames) for osnames in SETTINGS["osnames"]):
            rows, bad = _judged(body, found.modified, rules)
            self.bad_rows.setdefault(tuple(rows), []).append(bad)
            if len(bad) > 0.3 * (len(rows) + len(bad)):
                self.withheld.append(bad)

    def _body(self, bad):
        rows = [self._row() for _ in range(self.random.randint(1, 5))]
        return ndjson(*rows, *([event(0, ts="no time", event_key=f"bad {self._number}")] if bad else []))

    def _row(self):
        self._number += 1
        ts = f"2025-01-0{self.random.choice(self.days)}T{self.random.choice(('00', '20'))}:00:00Z"
        if self.random.random() < 0.1:
            ts = (self.now + SOON).isoformat()
        osname = "web" if self.random.random() < 0.1 else "iOS"
        platform = {"osname": osname, "appversion": "1"}
        more = {"platform_properties": platform, "user_properties": {"mail": f"{self._number}@example.com"}}
        return event(self._number, ts=ts, event_key=f"event {self._number}", **more)

    def _broken(self):
        """No JSON, or rows before a fault."""
        return self.random.choice((b"<html>", bz2.compress(self._body(bad=False))[:-8]))

    def _start(self):
        key = self.events.pop(self.random.randrange(len(self.events)))
        self.trace.append(("start", key))
        self.counts["workers"] += 1
        rules = self.rules[-1] if self.random.random() < 0.7 else self.random.choice(self.rules)
        self._begin(
            Worker(self._pool, lambda worker: self._ingest(key, worker, rules), key, self.random), self._handled
        )

    def _begin(self, worker, ended):
        """`ended` is called with the worker, and with what it raised, or None."""
        worker.began, worker.ended = self.now, ended
        self.workers.append(worker)
        self._look_after(worker)

    def _step(self, worker):
        fate, (method, _) = "go", worker.call
        if self.deletes_refused and method.startswith("delete"):
            fate = "refused"
        elif self.random.random() < self.trouble:
            fate = self.random.choice(FATES if method in EFFECTS else FATES_OF_READS)
        self.counts[fate] += fate != "go"
        self.trace.append((self.workers.index(worker), fate, *worker.call))
        worker.step(fate)
        self._look_after(worker)

    def _look_after(self, worker):
        """Ends a worker that has ended."""
        if worker.call is not None:
            return
        self.workers.remove(worker)
        failure = worker.done.exception()
        self.trace.append(("ended", worker.name, type(failure).__name__, str(failure or "")))
        if failure is not None and not isinstance(failure, EXPECTED):
            raise failure
        self.counts[f"ended with {type(failure).__name__}"] += failure is not None
        worker.ended(worker, failure)

    def _handled(self, worker, failure):
        """What it raised brings its event back, a few times."""
        if failure is None:
            self.counts[f"outcome {worker.done.result().outcome}"] += 1
            return
        self.tries[worker.name] += 1
        if self.tries[worker.name] <= TRIES:
            self.events.append(worker.name)

    def _ingest(self, key, worker, rules):
        staging, lake = StepwiseStore(self.staging, worker), StepwiseStore(self.lake, worker)
        return ingest(Drop.at("staging", key), Places(staging, staging, lake), rules, self._clock)

    def _handle_all(self):
        """As `run` does at the end, by the newest settings, without any trouble but that of another drop."""
        staging = Poisoned(self.staging)
        places = Places(staging, staging, self.lake)
        for key in (POISON, *self.keys):
            drop = Drop.at("staging", key)
            try:
                done = attempted(key, lambda drop=drop: ingest(drop, places, self.rules[-1], self._clock))
            except Exception as failure:
                raise InvariantBroken(f"{key}: {failure!r} ends it for all that follow") from failure
            if isinstance(done, Undone) != (key == POISON):
                raise InvariantBroken(f"{key}: {done}")
            if key != POISON and done.outcome is Outcome.SUPERSEDED:
                raise InvariantBroken(f"{key}: {done.outcome} at the end")

    # ---- what must hold: design section 4 ----

    def _check_drop(self, key):
        entry = ledger.load(self.staging, Drop.at("staging", key))[0]
        if entry.intent:
            raise InvariantBroken(f"{key}: an intent is left")
        outputs = entry.commit.outputs if entry.commit else []
        rows, rejects = sorted(number for output in outputs for number in self._numbers(output)), self._rejects(key)
        expected_rows, expected_rejects = self._expected(key)
        if expected_rejects and not rejects and key in self.expired:
            expected_rejects = []
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
        possible = [*self.bad_rows.get(tuple(rows), []), *self.withheld, *([] if rows else [[]])]
        if rejects not in possible and (rejects or key not in self.expired):
            raise InvariantBroken(f"{key}: rejects {rejects} beside the rows {rows}")
        there = self._version(Drop.at("staging", key).rejected_key)
        known = entry.rejects.version if entry.rejects else None
        has_expired = key in self.expired and there is None
        if there != known and not (has_expired and self._version(entry.rejects.copy.removeprefix("/")) is None):
            raise InvariantBroken(f"{key}: the rejects file {rejects} is none that the ledger knows")

    def _expected(self, key):
        """(rows, rejected rows) of the newest version; None where those of a former one stay."""
        body = self._staged(key)
        mapping = self._staged("mappings/own.toml") if "/own/" in key else b""
        if body in (None, b"", b"<html>") or body.startswith(BZIP2) or b"nonsense" in mapping:
            return None, None
        ratio = 0.3 if b"0.3" in mapping else 1.0
        rows, bad = _judged(body, self.staging.head(key).modified, self.rules[-1])
        if len(bad) > ratio * (len(rows) + len(bad)):
            return None, bad
        return rows, bad

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

    def _version(self, key):
        """None for none."""
        try:
            return self.staging.head(key).version
        except NotFound:
            return None

    def _check_files(self):
        entries = list(ledger.entries(self.staging))
        committed = {output.key for entry in entries if entry.commit for output in entry.commit.outputs}
        copies = {entry.rejects.copy for entry in entries if entry.rejects}
        there = set(self.lake.keys("")) | {f"/{key}" for key in self.staging.keys("rejected/.copies/")}
        expired = {entry.rejects.copy for entry in entries if entry.rejects and entry.source in self.expired}
        if there | expired != committed | copies:
            wrong = sorted(there - committed - copies), sorted((committed | copies) - there - expired)
            raise InvariantBroken(f"orphaned: {wrong[0]}, missing: {wrong[1]}")


def _judged(body, uploaded, rules):
    """(rows, rejected rows) by an independent reading of the rules."""
    good, bad = [], []
    for row in map(json.loads, body.splitlines()):
        osname, ts = row["platform_properties"]["osname"], row["ts"]
        is_bad = ts == "no time" or datetime.fromisoformat(ts) > uploaded + timedelta(days=1)
        is_bad |= osname == "web" and "web" not in rules.osnames
        (bad if is_bad else good).append(row)
    return sorted(row["identifiers"]["id"] for row in good), [row["event_key"] for row in bad]
