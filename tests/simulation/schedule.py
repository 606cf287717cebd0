"""Workers that run one store call at a time, in an order that one random generator decides: the same seed, the same
history. A worker is a real call of `ingest` on a thread of its own; it stops before each of its store calls."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore

from hackle_import.stores import Unavailable

EFFECTS = ("put", "put_if_absent", "put_if_version", "delete")
METHODS = (*EFFECTS, "head", "get", "read")


class Crashed(BaseException):
    """The process is gone: nothing catches it, and none of its later calls has an effect."""


class Worker:
    """`fate` of the call that is about to happen: `go`, `refused` (no effect, an error), `lost` (its effect, an error),
    `crash` (no effect) or `crash after` (its effect)."""

    def __init__(self, pool: ThreadPoolExecutor, task, name):
        self.name, self.fate, self.dead, self.call = name, "go", False, None
        self._turn, self._stopped = Semaphore(0), Semaphore(0)
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

    def _run(self, task):
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
            self._worker.before((name, key))
            answer = real(key, *arguments)
            self._worker.after()
            return answer

        return call
