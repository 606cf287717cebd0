"""One history of a warehouse: rows come late, change, are deleted; tables go and come; statements take long, fail, are lost;
ticks come twice, race and crash at every call; a person accepts, or asks for a day. What was looked at is told again for an
hour, whatever became of it. Then all is quiet: each day's drop must hold the last snapshot of its rows, once, and no drop may
ever have held anything but one.

Redshift's tables go back to what they were, since their rows are counted in the transaction that exports them, and those
whose metadata tell of every change. Others of BigQuery do so by deletes alone: a checksum of a moment before tells no more.

`python tests/simulation/warehouses.py N SEED` runs N histories from SEED on.
"""

import gzip
import json
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from datetime import date, timedelta
from itertools import count
from random import Random

from msgspec.structs import replace

from hackle_import.drop import Drop
from hackle_import.errors import Changed, NotFound, Unavailable
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores.memory import MemoryStore
from hackle_import.warehouse import deciding
from hackle_import.warehouse.format import load_source
from hackle_import.warehouse.publish import manifest_key
from hackle_import.warehouse.state import Phase, load_book, load_state, save_book, save_state
from hackle_import.warehouse.tick import Ticks
from simulation.schedule import Crashed, StepwiseStore, Worker
from support.samples import NOW
from support.sources import BIGQUERY, GA4, REDSHIFT
from support.warehouse import MemoryWarehouse
from support.world import ids_in

DAYS = [date(2025, 1, 9), date(2025, 1, 8)]
SOURCES = [
    replace(load_source(text.encode(), "shop"), mapping="hackle", lookback_days=9) for text in (REDSHIFT, BIGQUERY, GA4)
]
ROW_ACTS = ("late row", "update", "delete rows", "shrink", "empty")
ACTS = (
    "late row",
    *ROW_ACTS,
    "rebuild",
    "rebuild",
    "table",
    "fail",
    "ask",
    "accept",
    "file",
    "part lost",
)
FATES = ("refused", "lost", "crash", "crash after")
CALLS = ("columns", "seen", "start", "find", "look", "cancel")
PASSING = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=2), timedelta(hours=9), timedelta(hours=26))
EXPECTED = (Crashed, Unavailable, Changed)
INGESTED = 25  # of so many histories one is handed to the real `ingest`


class InvariantBroken(Exception):  # noqa: N818 - what it says
    """An invariant does not hold."""


class StepwiseWarehouse:
    """A worker's view of a warehouse, since an hour began: `looks` are those that were paid for."""

    def __init__(self, warehouse, worker, looks_since, looks):
        self._warehouse, self._worker, self.looks_since, self._looks = warehouse, worker, looks_since, looks

    def _seen(self, source, columns, day_type, days):
        asked = (self.looks_since, source.digest, *days)
        if asked not in self._looks:
            self._looks[asked] = self._warehouse.seen(source, columns, day_type, days)
        return self._looks[asked]

    def __getattr__(self, name):
        real = self._seen if name == "seen" else getattr(self._warehouse, name)
        if name not in CALLS:
            return real

        def call(*arguments):
            self._worker.before((name, ""))
            answer = real(*arguments)
            self._worker.after()
            return answer

        return call


class Undisturbed:
    """For a worker when all is quiet."""

    def before(self, call):
        pass

    def after(self):
        pass


class History:
    def __init__(self, seed, pool):
        self.random, self._pool, self.now = Random(seed), pool, NOW
        self.store = Watched(lambda: self.now, self)
        self.source = self.random.choice(SOURCES)
        self.warehouse = MemoryWarehouse(self.store, lambda: self.now, self.source.kind, self.random.choice((1, 2, 3)))
        self.days = DAYS[: self.random.randint(1, 2)]
        self.snapshots = {day: set() for day in self.days}  # every set of rows that a day ever had
        self.offered = {}  # rows that were last in a drop
        self.accepted = set()
        self.looks, self.values = {}, count(10)
        for day in self.days:
            self.change(day, {self.random.randrange(20): 0 for _ in range(self.random.randint(0, 6))})
        self.trouble = self.random.choice((0, 0.02, 0.1, 0.3))
        self.acts = [act for act in ACTS if self.random.random() < 0.6]
        self.workers, self.trace, self.counts = [], [], Counter()

    def run(self):
        for _ in range(self.random.randint(5, 60)):
            self.random.choices((self.act, self.begin, self.step, self.advance, self.wait), (1, 2, 12, 3, 1))[0]()
        while self.workers:
            self.step()
        self.settle()
        self.check()

    def change(self, day, rows):
        self.warehouse.rows[day] = rows
        self.snapshots[day].add(frozenset(rows.items()))
        if self.source.is_sharded:
            self.warehouse.changes[day] = self.warehouse.changes.get(day, 0) + 1

    def value(self, choices):
        """Of a row that comes or is changed."""
        return self.random.randrange(choices) if self.source.kind == "redshift" else next(self.values)

    def view(self, worker):
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        return StepwiseWarehouse(self.warehouse, worker, hour, self.looks)

    def act(self):
        if not self.acts:
            return
        act, day = self.random.choice(self.acts), self.random.choice(self.days)
        rows = dict(self.warehouse.rows.get(day, {}))
        self.trace.append((act, day))
        self.counts[act] += 1
        if act in ROW_ACTS:
            self.change_rows(act, day, rows)
        elif act == "rebuild" and day in self.warehouse.rows:
            self.rebuild(day, rows)
        elif act == "table" and self.source.is_sharded and day not in self.offered:
            self.warehouse.rows.pop(day, None)
        elif act == "fail" and self.warehouse.jobs:
            self.warehouse.fail(self.random.choice(list(self.warehouse.jobs)))
        elif act == "ask":
            self.ask(day)
        elif act == "accept":
            self.accept(day)
        elif act == "part lost":
            self.lose_a_part()
        elif act == "file":
            self.source = replace(self.source, max_shrink=self.random.choice((0.4, 0.5, 0.6)))

    def change_rows(self, act, day, rows):
        if act == "late row":
            self.change(day, rows | {self.random.randrange(40): self.value(1)})
        elif act == "update" and rows:
            self.change(day, rows | {self.random.choice(list(rows)): self.value(5)})
        elif act == "delete rows" and rows:
            del rows[self.random.choice(list(rows))]
            self.change(day, rows)
        elif act == "shrink":
            self.change(day, dict(list(rows.items())[: len(rows) // 3]))
        elif act == "empty":
            self.change(day, {})

    def rebuild(self, day, rows):
        """The table is another for a while, and then the same again."""
        others = {number: value + 1 for number, value in rows.items()}
        comes_back = self.source.kind == "redshift" or self.source.is_sharded
        self.change(day, others if comes_back and self.random.random() < 0.5 else {})
        for _ in range(self.random.randint(1, 40)):
            self.random.choices((self.begin, self.step, self.advance), (1, 12, 1))[0]()
        self.change(day, rows)

    def lose_a_part(self):
        """Of a statement that runs: a rule of the bucket's, or a hand."""
        for job in self.warehouse.jobs.values():
            if job["phase"] == "running" and job["written"]:
                self.store.delete(job["written"][-1][0].key)

    def ask(self, day):
        book, version = load_book(self.store, "shop")
        save_book(self.store, "shop", replace(book, wanted={**book.wanted, str(day): self.now}), version)

    def accept(self, day):
        state, version = load_state(self.store, "shop", day)
        if state.phase is Phase.WITHHELD:
            self.accepted.add((day, state.attempt))
            save_state(self.store, "shop", day, deciding.accept(state, self.now), version)

    def begin(self):
        """A tick, though another may be under way."""
        if len(self.workers) < 3:
            source = self.source

            def task(worker):
                return Ticks(StepwiseStore(self.store, worker), self.view(worker), lambda: self.now).tick(source)

            self.workers.append(Worker(self._pool, task, f"tick {len(self.trace)}", self.random))
            self.reap()

    def step(self):
        if self.workers:
            worker = self.random.choice(self.workers)
            fate = self.random.choice(FATES) if self.random.random() < self.trouble else "go"
            self.trace.append((worker.name, worker.call, fate))
            self.counts[fate] += 1
            worker.step(fate)
            self.reap()

    def reap(self):
        for worker in [one for one in self.workers if one.call is None]:
            self.workers.remove(worker)
            failure = worker.done.exception()
            if failure is not None and not isinstance(failure, EXPECTED):
                raise failure

    def advance(self):
        if self.warehouse.jobs:
            self.warehouse.advance(self.random.choice(list(self.warehouse.jobs)))

    def wait(self):
        self.now += self.random.choice(PASSING)

    def settle(self):
        """No more trouble: ticks come, statements end, a person accepts what is withheld."""
        for day in self.days:
            if day not in self.warehouse.rows:
                self.change(day, {})
        for _ in range(60):
            self.now += timedelta(minutes=30)
            Ticks(self.store, self.view(Undisturbed()), lambda: self.now).tick(self.source)
            self.warehouse.finish()
            for day in self.days:
                self.accept(day)

    def check(self):
        for day in self.days:
            rows, now = self.rows_of(day), frozenset(self.warehouse.rows[day].items())
            if rows != now:
                raise InvariantBroken(f"{day} ends with {sorted(rows or [])}, and the table has {sorted(now)}")
        if load_book(self.store, "shop")[0].wanted:
            raise InvariantBroken("what was asked for is never struck out")
        if self.random.randrange(INGESTED) == 0:
            lake = MemoryStore(lambda: self.now, "lake")
            for day in self.days:
                drop = Drop.at("staging", manifest_key(self.source, day))
                ingest(drop, Places(self.store, self.store, lake), Rules(), lambda: self.now)
            expected = sorted(f"u{number}" for day in self.days for number in self.warehouse.rows[day])
            if ids_in(lake) != expected:
                raise InvariantBroken(f"the lake holds {ids_in(lake)}, and the table {expected}")
        self.counts["histories"] += 1
        self.counts["statements"] += len(self.warehouse.jobs)

    def rows_of(self, day):
        """What the drop of a day holds: None where there is none, or where it would be told incomplete."""
        try:
            told = json.loads(self.store.get(manifest_key(self.source, day))[0])
        except NotFound:
            return None
        found = []
        for part in told["parts"]:
            body, there = self.store.get(part["key"])
            if (there.size, there.version) != (part["size"], part["version"]):
                return None
            found += [json.loads(line) for line in gzip.decompress(body).splitlines()]
        pairs = {(int(row["identifiers"]["id"][1:]), row["metric_value"]) for row in found}
        return frozenset(pairs) if len(found) == told["rows"] == len(pairs) else None

    def look(self, key):
        """Of each manifest as it is put: it holds a snapshot that the day once had, whole, of a later attempt."""
        day = date.fromisoformat(key.rpartition("/")[2].partition(".")[0])
        told, rows = json.loads(self.store.get(key)[0]), self.rows_of(day)
        self.counts["offered"] += 1
        if rows is None or rows not in self.snapshots[day]:
            raise InvariantBroken(f"{day} was offered what the table never held: {rows}")
        before, attempt = self.offered.get(day, (0, 0))
        if attempt >= told["attempt"]:
            raise InvariantBroken(f"{day}: attempt {told['attempt']} took the place of {attempt}")
        if len(rows) < 0.4 * before and (day, told["attempt"]) not in self.accepted:
            raise InvariantBroken(f"{day} went from {before} rows to {len(rows)}, and nobody accepted that")
        self.offered[day] = len(rows), told["attempt"]


class Watched(MemoryStore):
    """Looks at each manifest when it is put."""

    def __init__(self, clock, history):
        super().__init__(clock, "staging")
        self._history = history

    def _put(self, key, body, allowed):
        found = super()._put(key, body, allowed)
        if key.startswith("incoming/"):
            self._history.look(key)
        return found


def simulate(seeds):
    """(None, or seed, what is wrong and the trace of the first history that ends wrong), and what happened."""
    counts = Counter()
    with ThreadPoolExecutor(6) as pool:
        for seed in seeds:
            history = History(seed, pool)
            try:
                history.run()
            except Exception as wrong:
                return (seed, f"{type(wrong).__name__}: {wrong}", history.trace), counts
            finally:
                counts += history.counts
                while history.workers:
                    history.workers[0].step("crash")
                    history.workers = [one for one in history.workers if one.call is not None]
    return None, counts


def main():
    count, first = int(sys.argv[1]), int(sys.argv[2])
    shares = [range(start, min(start + 500, first + count)) for start in range(first, first + count, 500)]
    total = Counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(simulate, share) for share in shares]):
            wrong, counts = done.result()
            total += counts
            if wrong is not None:
                pool.shutdown(cancel_futures=True)
                print(*wrong[2], f"seed {wrong[0]}: {wrong[1]}", sep="\n")
                sys.exit(1)
    for name, number in sorted(total.items()):
        print(f"{number:>12,}  {name}")


if __name__ == "__main__":
    main()
