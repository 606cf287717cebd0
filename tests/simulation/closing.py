"""One history of a day: drops come, are replaced and taken back while closers close it, race, crash and sleep; settings
change; Hackle reads it, and deletes. A reader lists the day, in one page or two, and reads file by file, between any two
calls of anybody: it must find no row twice, and miss none that was there all the time."""

import gzip
import hashlib
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import msgspec
import pyarrow as pa
import stamina

from hackle_import.days import Closer, attempt, deciding, inputs, reporting
from hackle_import.days.building import Built
from hackle_import.days.document import Generation, load
from hackle_import.drop import Drop
from hackle_import.errors import TryAgain
from hackle_import.ingest import ledger
from hackle_import.places import Places
from hackle_import.receipt import Outcome, Receipt
from hackle_import.schema import ROWS
from hackle_import.settings import DayOrder, DayRules, Late, Publish, Rules
from hackle_import.stores import Unavailable
from hackle_import.stores.memory import MemoryStore
from hackle_import.writing.parquet import ParquetFile
from simulation.history import InvariantBroken
from simulation.schedule import EFFECTS, Crashed, StepwiseStore, Worker, on_their_own_threads
from support.samples import NOW
from support.world import Unversioned, ids_of

DAY = "2025-01-02"
ACTS = ("drop", "drop", "drop", "replace", "replace", "take back", "settings", "rewrite", "hackle deletes")
MOST_CLOSERS, MOST_READERS = 2, 2
FATES, FATES_OF_READS = ("refused", "lost", "crash", "crash after"), ("refused", "crash")
EXPECTED = (Crashed, Unavailable, TryAgain)  # what brings the schedule's event back
PART_BYTES = (3000, 6000, 1 << 30)  # of which a day has some files, or one


class Sequential:
    """For the pool that asks for ledgers: one after the other, on the worker's own thread."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, call, *arguments):
        done = Future()
        done.set_result(call(*arguments))
        return done


@cache
def parquet_of(numbers):
    """A file whose rows have these numbers as users and ids."""
    with TemporaryDirectory(dir=_memory()) as folder:
        file = ParquetFile(Path(folder) / "file")
        file.write([pa.RecordBatch.from_pylist([row_of(number) for number in numbers], schema=ROWS)])
        file.finish({})
        return file.path.read_bytes()


def row_of(number):
    return {
        "insert_id": f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}",
        "event_key": "e", "ts": 1735801445678 + number, "metric_value": 0,
        "identifiers": [("id", str(number)), ("device_id", "d")], "event_properties": [], "user_properties": [],
        "platform_properties": [("osname", "iOS"), ("appversion", "1")],
    }  # fmt: skip


def _memory():
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


class Reader:
    """Of the day: `step` lists a page or reads a file, until `done`. `present` are rows that were there since it began."""

    def __init__(self, lake, present, two_pages):
        self._lake, self.present, self._pages = lake, set(present), [None, None] if two_pages else [None]
        self._last, self._keys, self.seen, self.lost = "", [], [], []

    @property
    def done(self):
        return not self._pages and not self._keys

    def step(self):
        if self._pages:
            self._pages.pop()
            found = [key for key in self._lake.keys(f"{DAY}/") if key > self._last]
            page = found[: len(found) // 2] if self._pages else found
            self._keys += page
            self._last = page[-1] if page else self._last
            return
        key = self._keys.pop(0)
        if key not in self._lake._objects:
            self.lost.append(key)
        else:
            self.seen += numbers_in(self._lake._objects[key][0])


_numbers = {}


def numbers_in(body):
    """The users of a file's rows."""
    known = hashlib.sha256(body).digest()
    if known not in _numbers:
        _numbers[known] = ids_of(body)
    return _numbers[known]


class DayHistory:
    """`run` raises InvariantBroken, or what nobody expects. `counts` tells what happened."""

    def __init__(self, seed, pool):
        self.random, self._pool, self.now = Random(seed), pool, NOW
        kind = self.random.choice((MemoryStore, Unversioned))
        self.staging, self.open, self.lake = (kind(lambda: self.now, name) for name in ("staging", "open", "lake"))
        self.trouble = self.random.choice((0, 0.03, 0.1, 0.25))
        self.part_bytes = self.random.choice(PART_BYTES)
        self.how = self._other_settings()
        self.drops, self.pending = {}, []  # rows of each drop; steps of replacing one that are still to come
        self.rows_of_files = {}  # of every file below open/
        self.workers, self.readers, self.asked = [], [], 1
        self.deleted = set()  # keys that Hackle deleted, and nobody wrote since
        self.committed, self.absent = None, set()  # rows of the last commit; those that lacked at some time since
        self.counts, self.trace, self._number, self._ages, self._steps = Counter(), [], 0, 0, 0

    def run(self):
        with changed(self.part_bytes):
            self._run()

    def _run(self):
        actions = self.random.randint(2, 9)
        while actions or self.pending or self.asked or self.workers or self.readers:
            self._steps += 1
            awake = [worker for worker in self.workers if worker.wakes <= self._steps]
            choices = ["act"] * bool(actions) + ["pending"] * (2 * bool(self.pending)) + ["step"] * (5 * len(awake))
            choices += ["close"] * (2 * bool(self.asked and len(self.workers) < MOST_CLOSERS))
            choices += ["read"] * (3 * len(self.readers)) + ["reader"] * (
                len(self.readers) < MOST_READERS and actions > 0
            )
            match self.random.choice(choices or ["step"]):
                case "act":
                    actions -= 1
                    self._act(self.random.choice(ACTS))
                case "pending":
                    self._later(self.pending.pop(0))
                case "close":
                    self.asked -= 1
                    self._close(rewrite=False)
                case "step":
                    self._step(self.random.choice(awake or self.workers))
                case "reader":
                    self.readers.append(Reader(self.lake, self._there(), self.random.random() < 0.5))
                    self.counts["readers"] += 1
                case _:
                    self._read(self.random.choice(self.readers))
        self._end()

    # ---- what happens ----

    def _act(self, kind):
        self.trace.append((kind,))
        self.counts[kind] += 1
        if kind in ("drop", "replace"):
            name = self.random.choice(sorted(self.drops)) if kind == "replace" and self.drops else f"d{len(self.drops)}"
            kept = [number for number in self.drops.get(name, []) if self.random.random() < 0.6]
            self._put(name, [*kept, *(self._next() for _ in range(self.random.randint(0 if kept else 1, 3)))])
        elif kind == "take back" and self.drops:
            self._put(self.random.choice(sorted(self.drops)), [])
        elif kind == "settings":
            self.how = self._other_settings()
        elif kind == "rewrite" and len(self.workers) < MOST_CLOSERS:
            self._close(rewrite=True)
        elif kind == "hackle deletes" and not self.workers:  # no closer sleeps from a close until Hackle imported it
            for key in [key for key in self.lake._objects if self.random.random() < 0.5]:
                self.lake.delete(key)
                self.deleted.add(key)
            self._seen_by_all()
        self.asked += self.random.choice((0, 1, 1, 2))

    def _other_settings(self):
        return DayRules(
            publish=Publish.CLOSED_DAYS,
            late=self.random.choice((Late.APPEND, Late.APPEND, Late.HOLD, Late.REWRITE)),
            order=self.random.choice(tuple(DayOrder)),
        )

    def _put(self, name, numbers):
        """A drop is handled: its files are put, then its ledger, then what that replaces is deleted."""
        self.drops[name] = numbers
        self._ages += 1
        drop = Drop.at("staging", f"incoming/hackle/{name}")
        size = self.random.choice((1, 2, 9))
        parts = [tuple(numbers[at : at + size]) for at in range(0, len(numbers), size)]
        outputs = []
        for number, part in enumerate(parts):
            body, key = parquet_of(part), f"{DAY}/{name}-{drop.source}-{self._ages:016x}-{number:05d}.parquet"
            outputs.append((ledger.Output(key, len(part), len(body), hashlib.sha256(body).hexdigest()), body, part))
        self.pending.append(("files", drop, outputs))
        self.pending.append(("ledger", drop, outputs))
        self.pending.append(("garbage", drop, outputs))
        if self.random.random() < 0.7:
            while self.pending:
                self._later(self.pending.pop(0))

    def _later(self, step):
        kind, drop, outputs = step
        if kind == "files":
            for output, body, part in outputs:
                self.open.put(output.key, body)
                self.rows_of_files[output.key] = part
        elif kind == "ledger":
            receipt = Receipt(
                source=drop.key, version="v", mapping="hackle", outcome=Outcome.WRITTEN, uploaded=self.now
            )
            commit = ledger.Commit("v", [output for output, _, _ in outputs], receipt)
            entry = ledger.Entry(drop.key, receipt=receipt, commit=commit, document=ledger.DOCUMENT)
            self.staging.put(drop.state_key, msgspec.json.encode(entry))
        else:
            kept = {output.key for output, _, _ in outputs}
            self.open.delete_many([key for key in self.open._objects if drop.source in key and key not in kept])

    def _close(self, *, rewrite):
        self.trace.append(("close", rewrite))
        self.counts["closers"] += 1
        how = self.how
        worker = Worker(self._pool, lambda worker: self._closed(worker, how, rewrite), "close", self.random)
        worker.wakes, worker.sleeps = 0, self.random.choice((0, 0, 20, 80, 200))
        self.workers.append(worker)
        self._look_after(worker)

    def _closed(self, worker, how, rewrite):
        stores = (StepwiseStore(store, worker) for store in (self.open, self.staging, self.lake))
        return Closer(Places(*stores), Rules(), how, lambda: self.now).close(DAY, rewrite=rewrite)

    def _step(self, worker):
        fate, (method, key) = "go", worker.call
        if self.random.random() < self.trouble:
            fate = self.random.choice(FATES if method in EFFECTS else FATES_OF_READS)
        self.counts[fate] += fate != "go"
        self.trace.append((self.workers.index(worker), fate, method, key))
        worker.step(fate)
        self._look_after(worker)
        if worker.call is not None and worker.call[0].startswith("put") and str(worker.call[1])[: len(DAY)] == DAY:
            worker.wakes, worker.sleeps = self._steps + worker.sleeps, 0  # through others' generations
        self._seen_by_all()
        self._check_commit()

    def _look_after(self, worker):
        if worker.call is not None:
            return
        self.workers.remove(worker)
        failure = worker.done.exception()
        if failure is None:
            self.counts[f"outcome {worker.done.result().outcome}"] += 1
            return
        self.trace.append(("ended with", type(failure).__name__, str(failure)))
        if not isinstance(failure, EXPECTED):
            raise failure
        self.counts[f"ended with {type(failure).__name__}"] += 1
        self.now += timedelta(seconds=1)
        if self.random.random() < 0.5:
            self.asked += 1

    # ---- what must hold ----

    def _there(self):
        """Rows that one who reads all files at one moment finds."""
        return [number for key in self.lake.keys(f"{DAY}/") for number in numbers_in(self.lake._objects[key][0])]

    def _seen_by_all(self):
        there = self._there()
        twice = [number for number, rows in Counter(there).items() if rows > 1]
        if twice:
            raise InvariantBroken(f"rows {twice} are there twice: {self.trace[-1]}")
        now = set(there)
        for reader in self.readers:
            reader.present &= now
        if self.committed is not None:
            self.deleted -= self.lake._objects.keys()
            self.absent |= self.committed - now

    def _read(self, reader):
        reader.step()
        if not reader.done:
            return
        self.readers.remove(reader)
        twice = [number for number, rows in Counter(reader.seen).items() if rows > 1]
        if twice:
            raise InvariantBroken(f"a reader found rows {twice} twice")
        if missed := reader.present - set(reader.seen):
            raise InvariantBroken(f"a reader missed rows {sorted(missed)}, which were there all the time")
        if lost := [key for key in reader.lost if key not in self.deleted and key not in self.lake._objects]:
            raise InvariantBroken(f"a reader found {lost} in the listing, and then not")

    def _check_commit(self):
        """Rows of the former generation and of the new one were there all the time."""
        commit = load(self.staging, DAY)[0].commit
        if commit is None or (self.committed is not None and commit.generation == self._generation):
            return
        self._generation = commit.generation
        rows = self._rows_of(commit)
        shown = set(self._there())
        gone = {number for key in self.deleted for number in rows.get(key, ())}
        whole = {number for numbers in rows.values() for number in numbers}
        if whole != shown and not whole - shown <= gone:
            raise InvariantBroken(f"generation {commit.generation} has rows {sorted(whole)}, and shows {sorted(shown)}")
        if self.committed is not None and (missed := self.committed & whole & self.absent - gone):
            raise InvariantBroken(f"rows {sorted(missed)} were of two generations, and not always there")
        self.committed, self.absent = whole & shown, set()

    _generation = 0

    def _rows_of(self, commit):
        """Rows of the day by the file they belong into, by what its generation is made of."""
        body = gzip.decompress(self.staging._objects[commit.inputs_key][0])
        found = {}
        for group in msgspec.json.decode(body, type=Generation).groups:
            rows = {str(number) for one in group.inputs for number in self.rows_of_files[one.key]}
            for key in group.keys:
                is_alone = len(group.keys) == 1
                there = self.lake._objects.get(key)
                found[key] = rows if is_alone or there is None else rows & set(numbers_in(there[0]))
            lost = rows - {number for key in group.keys for number in found[key]}
            if lost:
                raise InvariantBroken(f"rows {sorted(lost)} are in no file of {group.keys}")
        return found

    def _end(self):
        """Once all is quiet, the day shows each drop as it is, when it is written anew."""
        places = Places(self.open, self.staging, self.lake)
        closer = Closer(places, Rules(), self.how, lambda: self.now)
        closer.close(DAY)
        closer.close(DAY, rewrite=True)
        self._seen_by_all()
        self._check_commit()
        if closer.close(DAY).outcome != "unchanged":
            raise InvariantBroken("a day that nothing changed is closed anew")
        document = load(self.staging, DAY)[0]
        if document.held or document.intent:
            raise InvariantBroken(f"the day is {document.state} though it was written anew")
        for part in document.commit.outputs:
            found = self.lake._objects.get(part.key)
            if found is None and part.key not in self.deleted:
                raise InvariantBroken(f"{part.key} is committed and missing")
            if found and hashlib.sha256(found[0]).hexdigest() != part.digest:
                raise InvariantBroken(f"{part.key} is altered")
        gone = {number for key in self.deleted for number in self._rows_of(document.commit).get(key, ())}
        expected = {str(number) for numbers in self.drops.values() for number in numbers}
        if not expected - gone <= set(self._there()) <= expected:
            raise InvariantBroken(f"the drops have rows {sorted(expected)}, the day {sorted(self._there())}")

    def _next(self):
        self._number += 1
        return self._number


_built = {}


def remembering(real):
    """`build`, but for what was built before of the same: closers do the same again and again. Inputs are read."""

    def remembered(plan, folder, zone):
        files = tuple((tuple(group.keys), tuple(one.digest for one in group.inputs)) for group in plan.groups)
        key = (tuple(plan.footer.items()), files, plan.order)
        if key not in _built:
            built, counted = real(plan, folder, zone)
            if len(_built) > 2000:
                _built.clear()
            _built[key] = [(one, one.path.read_bytes()) for one in built], counted
            return built, counted
        for one in (one for group in plan.groups for one in group.inputs):
            plan.read(one).unlink()
        made, counted = _built[key]
        again = []
        for place, (one, body) in enumerate(made):
            path = folder / f"{place}.parquet"
            path.write_bytes(body)
            again.append(Built(one.key, path, one.rows, one.digest))
        return again, counted

    return remembered


@contextmanager
def changed(part_bytes):
    """Everything happens on its worker's thread, and what was built before is not built again."""
    with ExitStack() as patches:
        patches.enter_context(on_their_own_threads(1 << 20))
        patches.enter_context(patch.object(inputs, "ThreadPoolExecutor", Sequential))
        patches.enter_context(patch.object(attempt, "build", remembering(attempt.build)))
        patches.enter_context(patch.multiple(reporting, day_page=lambda _: "", index_page=lambda _: ""))
        patches.enter_context(patch.object(deciding, "PART_BYTES", part_bytes))
        yield


def simulate_days(seeds):
    """The first history that ends wrongly and why, or None; and what happened in all."""
    counts = Counter()
    stamina.set_testing(True)
    with ThreadPoolExecutor(MOST_CLOSERS + 1) as pool:
        for seed in seeds:
            history = DayHistory(seed, pool)
            try:
                history.run()
            except BaseException as failure:
                _let_go(history)
                return (seed, f"{type(failure).__name__}: {failure}", history.trace), counts
            counts += history.counts
            counts["histories"] += 1
    return None, counts


def _let_go(history):
    for worker in history.workers:
        worker.dead = True
        while worker.call is not None:
            worker.step("crash")
