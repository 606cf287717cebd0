"""Histories in which drops are also taken back, by a command that races and crashes as workers do."""

from hackle_import.drop import Drop
from hackle_import.ingest import forget, ledger
from hackle_import.ingest.version import upload_of
from hackle_import.places import Places
from simulation.history import ACTS, History
from simulation.schedule import StepwiseStore, Worker


class Forgetting(History):
    """What was taken back has no rows until it is dropped again, also as it was; where a drop came meanwhile, or the command broke off, it has none or those of
    its newest version, as the ledger says."""

    taking_back = 0.3  # of all that happens to drops

    def __init__(self, seed, pool, acts=ACTS):
        super().__init__(seed, pool, acts)
        self._drops = dict.fromkeys(self.keys, 0)  # how often each was dropped or deleted
        self._commands = {}  # workers that take a drop back: its key, and how often it had been dropped then
        self._seen = {key: [] for key in self.keys}  # contents that such a worker may have seen
        self._taken_back = {}  # drops, and how often each had been dropped when it was

    def _act(self):
        if self.random.random() < self.taking_back:
            self._take_back(self.random.choice(self.keys))
            return
        before = {key: self._content(key) for key in self.keys}
        super()._act()
        for key in self.keys:
            if self._content(key) != before[key]:
                self._drops[key] += 1
                self._seen[key] += [self._content(key)] * any(key == taken for taken, _ in self._commands.values())

    def _take_back(self, key):
        self.trace.append(("forget", key))
        self.counts["forget"] += 1
        self._seen[key].append(self._content(key))
        worker = Worker(self._pool, lambda worker: self._forget(key, worker), f"forget {key}", self.random)
        self._commands[worker] = (key, self._drops[key])
        self._begin(worker, self._forgot)

    def _forget(self, key, worker):
        staging, lake = StepwiseStore(self.staging, worker), StepwiseStore(self.lake, worker)
        return forget(Drop.at("staging", key), Places(staging, staging, lake), lambda: self.now)

    def _forgot(self, worker, failure):
        key, drops = self._commands.pop(worker)
        was_known = failure is None and worker.done.result() is not None  # else the command says that there is none
        if was_known and drops == self._drops[key]:
            self._taken_back[key] = drops
            self.counts["forgotten"] += 1

    def _content(self, key):
        found = self.staging._objects.get(key)
        return found and found[1]

    def _expected(self, key):
        if self._taken_back.get(key) == self._drops[key]:
            return [], []
        entry = ledger.load(self.staging, Drop.at("staging", key))[0]
        now = self._content(key)
        if now is not None and now in self._seen[key] and entry.forgotten == upload_of(now):
            return [], []
        return super()._expected(key)
