"""Workers that run one store call at a time, in an order that one random generator decides: the same seed, the same
history. A worker is a real call of `ingest` on a thread of its own; it stops before each of its store calls.

A worker's own threads would not be repeatable. What they do is done on the worker's: a block is read when it is waited
for, a round is uploaded when it is waited for or before one of the reads that it may overlap with."""

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock, local
from unittest.mock import patch

from hackle_import.convert import opening
from hackle_import.engine import python_engine
from hackle_import.ingest import attempt, rounds
from hackle_import.reading import pinned as reading
from hackle_import.stores import Unavailable
from hackle_import.writing import arrow_pool, spool

EFFECTS = ("put", "put_if_absent", "put_if_version", "delete", "delete_many")
METHODS = (*EFFECTS, "head", "get", "read")


_own = local()  # `worker`: whose thread this is


class Crashed(BaseException):
    """The process is gone: nothing catches it, and none of its later calls has an effect."""


class Worker:
    """`fate` of the call that is about to happen: `go`, `refused` (no effect, an error), `lost` (its effect, an error),
    `crash` (no effect) or `crash after` (its effect)."""

    def __init__(self, pool: ThreadPoolExecutor, task, name, random):
        self.name, self.fate, self.dead, self.call = name, "go", False, None
        self.random, self.uploads = random, None
        self._turn, self._stopped = Lock(), Lock()
        self._turn.acquire()
        self._stopped.acquire()
        self.done: Future = pool.submit(self._run, task)
        self._stopped.acquire()

    def step(self, fate):
        """Lets the call happen, and returns when the worker is before its next one, or has ended."""
        self.fate = fate
        self._turn.release()
        self._stopped.acquire()

    def before(self, call):
        """Called by the store, on the worker's thread."""
        if self.dead:
            raise Crashed
        self.call = call
        self._stopped.release()
        self._turn.acquire()
        if self.fate == "crash":
            self.dead = True
            raise Crashed
        if self.fate == "refused":
            raise Unavailable("refused")

    def after(self):
        if self.fate == "crash after":
            self.dead = True
            raise Crashed
        if self.fate == "lost":
            raise Unavailable("the answer is lost")

    def read_on(self):
        """Called before a read: a round that is under way may be done by then, or not."""
        if self.uploads is not None and self.random.random() < 0.5:
            self.uploads.run()

    def _run(self, task):
        _own.worker = self
        try:
            return task(self)
        finally:
            self.call = None
            self._stopped.release()


class StepwiseStore:
    """A worker's view of a store."""

    def __init__(self, store, worker):
        self.place, self._store, self._worker = store.place, store, worker

    def keys(self, prefix):
        return self._store.keys(prefix)

    def __getattr__(self, name):
        if name not in METHODS:
            raise AttributeError(name)
        real = getattr(self._store, name)

        def call(key, *arguments):
            if name == "read":
                self._worker.read_on()
            was_dead = self._worker.dead
            try:
                self._worker.before((name, key))
            except (Unavailable, Crashed):
                if name == "delete_many" and not was_dead:  # what did not happen as a whole may have in part
                    real([one for one in key if self._worker.random.random() < 0.5])
                raise
            answer = real(key, *arguments)
            self._worker.after()
            return answer

        return call


class Waiting:
    """For a pool of threads: what is submitted is done when its result is asked for."""

    def __init__(self, *_):
        pass

    def submit(self, call, *arguments):
        due = Future()
        due.result = partial(call, *arguments)
        return due

    def shutdown(self, **_):
        pass


class Uploads:
    """For a `Background`."""

    def __init__(self):
        self._job = self._failure = None
        if worker := getattr(_own, "worker", None):
            worker.uploads = self

    def begin(self, job):
        self.settle()
        self._job = job

    def run(self):
        job, self._job = self._job, None
        try:
            if job is not None:
                job()
        except BaseException as failure:
            self._failure = failure

    def settle(self):
        self.run()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    close = run


class AtOnce:
    """For a `Background` that only this worker waits for: no history hangs on when a row group is encoded."""

    def begin(self, job):
        job()

    def settle(self):
        pass

    close = settle


_converted = {}


def remembering(decode, target):
    """The engine in Python, but for what it converted before: workers do the same again and again."""
    convert = python_engine(decode, target)
    bound = (target.mapping.digest, target.latest, target.osnames, target.hash_key)

    def remembered(chunk):
        key = (*bound, tuple(chunk.records), tuple(chunk.lines), tuple(chunk.unread))
        if key not in _converted:
            if len(_converted) > 5000:
                _converted.clear()
            _converted[key] = convert(chunk)
        return _converted[key]

    return remembered


def _fastest_folder():
    """For temporary files: memory, where a machine shows it as a folder."""
    memory_folder = Path("/dev/shm")
    return str(memory_folder) if memory_folder.is_dir() else None


@contextmanager
def on_their_own_threads(piece_bytes):
    """Workers do everything so, and read, cut and convert a drop in pieces of this size."""
    sized = {
        "PinnedReader": partial(reading.PinnedReader, block_bytes=piece_bytes),
        "convert": partial(attempt.convert, chunk_bytes=piece_bytes),
    }
    threads = patch.object(reading, "ThreadPoolExecutor", Waiting), patch.object(rounds, "Background", Uploads)
    encoding, files = patch.object(spool, "Background", AtOnce), patch.object(tempfile, "tempdir", _fastest_folder())
    kept = patch.object(
        arrow_pool, "give_back", lambda: None
    )  # what is given back is asked for again, a page at a time
    engine = patch.object(opening, "python_engine", remembering)
    with threads[0], threads[1], encoding, files, kept, engine, patch.multiple(attempt, **sized):
        yield
