"""One history of a day: drops come, are replaced and taken back, mappings and settings change while they are handled, as
in `history`; and closers close the day, race, crash and sleep, while Hackle reads it, and deletes. A reader must find no
row twice, and miss none that was there all the time."""

import gzip
import hashlib
from collections import Counter
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from hackle_import.days import Closer, attempt, deciding, inputs, reporting
from hackle_import.days.building import Built, Done
from hackle_import.days.document import Generation, load
from hackle_import.drop import Drop
from hackle_import.ingest import attempt as drops
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.receipt import Outcome
from hackle_import.settings import DayOrder, DayRules, Late, Limits, Publish, Repeats
from simulation.day_reader import DAY, Reader, rows_in
from simulation.forgetting import Forgetting
from simulation.history import KEYS, SETTINGS, InvariantBroken
from simulation.many import simulate
from simulation.schedule import StepwiseStore, Worker

OF_DAYS = ("how", "rewrite", "rewrite", "hackle deletes")  # what happens beside drops
SOME = (
    "good",
    "good",
    "good",
    "good",
    "again",
    "again",
    "bad rows",
    "broken",
    "empty",
    "mapping",
    "settings",
    "deletes",
)
MOST_CLOSERS, MOST_READERS = 2, 2
TROUBLE = (0, 0.01, 0.04, 0.12)  # of a call: a close makes many
PART_BYTES = (3000, 6000, 1 << 30)  # of which a day has some files, or one


class DayHistory(Forgetting):
    """`lake` is the open place, `published` the import place."""

    all_keys, most_actions = (*KEYS, "incoming/hackle/d.ndjson", "incoming/own/e.ndjson"), 6
    days, taking_back = (2,), 0.15

    def __init__(self, seed, pool, acts=SOME):
        super().__init__(seed, pool, acts)
        self.published = type(self.lake)(self._clock, "published")
        self.trouble, self.piece_bytes = self.random.choice(TROUBLE), 1 << 20
        self.part_bytes = self.random.choice(PART_BYTES)
        self.removes, self.has_removed = self.random.random() < 0.3, False
        self.how = self._other_days()
        self.ids = {}  # insert_id by user
        self.bodies = {}  # of each file that drops wrote for the day, by its key
        self.adopted = set()
        self.closers, self.readers, self.asked = [], [], 0
        self.born = {}  # files of the day, and the step at which a commit listed each first
        self.deleted, self.has_deleted = {}, False  # keys that Hackle deleted, by when, and nobody wrote since
        self.committed, self.absent = None, set()  # rows of the last commit; those that lacked at some time since
        self._generation, self._steps, self._announced = 0, 0, set()  # keys that the last intent wrote
        self._between = {}  # rows of the generations that were announced since the last commit, by their digests

    def run(self):
        with changed(self.part_bytes):
            super().run()

    def _run(self):
        if self.random.random() < 0.2:
            self._publish_drops()
        super()._run()

    def _publish_drops(self):
        """The deployment published drops as they were handled, until now; some in several files. (No chunk's size is a
        setting: a spool of that size gives files that are cut so names of their own.)"""
        places = Places(self.staging, self.staging, self.published)
        for key in self.keys:
            self._drop(key, self._body(bad=False))
            size = self.random.choice((300, 700, 1 << 20))
            rules = replace(self.rules[0], limits=Limits(spool_bytes=size))
            with patch.object(drops, "convert", partial(drops.convert, chunk_bytes=size)):
                ingest(Drop.at("staging", key), places, rules, self._clock)
        self.adopted = set(self.published.keys(""))
        self.bodies |= {key: self.published.get(key)[0] for key in self.adopted}
        self.counts["histories that adopt"] += 1

    # ---- what happens ----

    def _goes_on(self):
        return super()._goes_on() or self.asked or self.readers

    def _choices(self):
        found = super()._choices() + ["close"] * (2 * bool(self.asked and len(self.closers) < MOST_CLOSERS))
        found += ["reader"] * bool(self.actions and len(self.readers) < MOST_READERS)
        return found + ["read"] * (3 * len(self.readers))

    def _happen(self, choice):
        self._steps += 1
        if choice == "close":
            self.asked -= 1
            self._close(rewrite=False)
        elif choice == "reader":
            self.readers.append(Reader(self.published, self._there(), two_pages=self.random.random() < 0.5))
            self.counts["readers"] += 1
        elif choice == "read":
            self._read(self.random.choice(self.readers))
        else:
            super()._happen(choice)

    def _awake(self):
        return [worker for worker in self.workers if worker not in self.closers or worker.wakes <= self._steps]

    def _act(self):
        if self.random.random() < 0.7:
            super()._act()
        else:
            kind = self.random.choice(OF_DAYS)
            self.trace.append((kind,))
            self.counts[kind] += 1
            self._change_day(kind)
        self.asked += self.random.random() < 0.1

    def _change_day(self, kind):
        if kind == "how":
            self.how = self._other_days()
        elif kind == "rewrite" and self._generation and len(self.closers) < MOST_CLOSERS:
            self._close(rewrite=True)
        elif kind == "hackle deletes":
            for key in [key for key in self.published.keys(f"{DAY}/") if self._is_imported(key)]:
                if self.random.random() < 0.5:
                    self._hackle_deletes(key)
            self._seen_by_all()

    def _hackle_deletes(self, key):
        self.committed -= set(rows_in(self.published._objects[key][0]))
        self.published.delete(key)
        self.deleted[key] = self._steps
        self.has_deleted = True

    def _is_imported(self, key):
        """Hackle deletes what it imported: no closer sleeps from before a file's first commit until then."""
        since = self.born.get(key)
        return since is not None and all(worker.since > since for worker in self.closers)

    def _other_rules(self):
        """Less often files of a row each."""
        rules = super()._other_rules()
        return rules if self.random.random() < 0.4 else replace(rules, limits=SETTINGS["limits"][-1])

    def _other_days(self):
        return DayRules(
            publish=Publish.CLOSED_DAYS,
            late=self.random.choice((Late.APPEND, Late.APPEND, Late.HOLD, Late.REWRITE)),
            order=self.random.choice(tuple(DayOrder)),
            repeats=self.random.choice((Repeats.REPORT, Repeats.REMOVE)) if self.removes else Repeats.REPORT,
        )

    def _row(self):
        """Some rows have the `insert_id` of another one."""
        row = super()._row()
        if self.ids and self.random.random() < 0.15:
            row["insert_id"] = self.random.choice(sorted(self.ids.values()))
        self.ids[row["identifiers"]["id"]] = row["insert_id"]
        return row

    def _close(self, *, rewrite):
        self.trace.append(("close", rewrite))
        self.counts["closers"] += 1
        how, rules = self.how, self.rules[-1]
        worker = Worker(self._pool, lambda worker: self._closed(worker, how, rules, rewrite), "close", self.random)
        worker.wakes, worker.sleeps, worker.since = 0, self.random.choice((0, 0, 20, 80, 200)), self._steps
        worker.is_asked_for = rewrite
        self.has_removed |= how.repeats is Repeats.REMOVE
        self.closers.append(worker)
        self._begin(worker, self._was_closed)

    def _closed(self, worker, how, rules, rewrite):
        stores = (StepwiseStore(store, worker) for store in (self.lake, self.staging, self.published))
        return Closer(Places(*stores), rules, how, self._clock).close(DAY, rewrite=rewrite)

    def _handled(self, worker, failure):
        super()._handled(worker, failure)
        if failure is None and worker.done.result().outcome is Outcome.WRITTEN:
            self.asked += 1

    def _was_closed(self, worker, failure):
        self.closers.remove(worker)
        if failure is None:
            self.counts[f"day {worker.done.result().outcome}"] += 1
        elif self.random.random() < 0.5:
            self.asked += 1

    def _step(self, worker):
        (method, key), closes = worker.call, worker in self.closers  # who crashes after a call is none by the end of it
        super()._step(worker)
        if not closes:
            if method.startswith("put") and str(key).startswith(DAY) and key in self.lake._objects:
                self.bodies[key] = self.lake._objects[key][0]
            return
        if worker.call and worker.call[0].startswith("put") and str(worker.call[1]).startswith(DAY):
            worker.wakes, worker.sleeps = self._steps + worker.sleeps, 0  # through others' generations
        if method.startswith("put"):
            self._check_intent(worker)
            self._seen_by_all()
            self._check_commit()

    # ---- what must hold ----

    def _there(self):
        """Rows that one who reads all files at one moment finds."""
        return [row for key in self.published.keys(f"{DAY}/") for row in rows_in(self.published._objects[key][0])]

    def _seen_by_all(self):
        there = self._there()
        if twice := _twice(there):
            raise InvariantBroken(f"rows {twice} are there twice: {self.trace[-1]}")
        now = set(there)
        for reader in self.readers:
            reader.present &= now
        keys = self.published._objects.keys()
        self.deleted = {key: step for key, step in self.deleted.items() if key not in keys}
        self.born = {key: step for key, step in self.born.items() if key in keys}
        if self.committed is not None:
            self.absent |= self.committed - now

    def _read(self, reader):
        reader.step()
        if not reader.done:
            return
        self.readers.remove(reader)
        if twice := _twice(reader.seen):
            raise InvariantBroken(f"a reader found rows {twice} twice")
        if missed := reader.present - set(reader.seen):
            raise InvariantBroken(f"a reader missed rows {sorted(missed)}, which were there all the time")
        if lost := [key for key in reader.lost if key not in self.deleted and key not in self.published._objects]:
            raise InvariantBroken(f"a reader found {lost} in the listing, and then not")

    def _check_intent(self, worker):
        """What Hackle deleted before somebody looked comes back where a person asked for that only."""
        intent = load(self.staging, DAY)[0].intent
        if intent and intent.digest not in self._between:
            self._between[intent.digest] = self._rows_that(intent)
        keys = set(intent.replacing) if intent else set()
        news, self._announced = keys - self._announced, keys
        again = [key for key in news if self.deleted.get(key, self._steps) < worker.since]
        if again and not worker.is_asked_for:
            raise InvariantBroken(f"Hackle deleted {again}, and nobody asked for them again")

    def _check_commit(self):
        """Rows of the former generation and of the new one were there all the time."""
        commit = load(self.staging, DAY)[0].commit
        if commit is None or commit.generation == self._generation:
            return
        self._generation = commit.generation
        self.born |= {part.key: self._steps for part in commit.outputs if part.key not in self.born}
        rows = self._rows_of(commit)
        shown = set(self._there())
        gone = {row for key in self.deleted for row in rows.get(key, ())}
        whole = {row for some in rows.values() for row in some}
        if whole != shown and not whole - shown <= gone:
            raise InvariantBroken(f"generation {commit.generation} has rows {sorted(whole)}, and shows {sorted(shown)}")
        # A drop may have had other rows in between: of these a closer that slept puts what was announced.
        missed = whole.intersection(self.committed or (), self.absent, *self._between.values())
        if missed:
            raise InvariantBroken(f"rows {sorted(missed)} were of two generations, and not always there")
        self.committed, self.absent, self._between = whole & shown, set(), {}

    def _rows_that(self, intent):
        """What a generation is made of that was announced."""
        body = gzip.decompress(self.staging._objects[intent.inputs_key][0])
        groups = msgspec.json.decode(body, type=Generation).groups
        return {row for group in groups for one in group.inputs for row in rows_in(self.bodies[one.key])}

    def _rows_of(self, commit):
        """Rows of the day by the file they belong into, by what its generation is made of."""
        body = gzip.decompress(self.staging._objects[commit.inputs_key][0])
        found, shown = {}, {self.ids[row] for row in self._there()}
        for group in msgspec.json.decode(body, type=Generation).groups:
            rows = {row for one in group.inputs for row in rows_in(self.bodies[one.key])}
            for key in group.keys:
                there = self.published._objects.get(key)
                is_all = there is None or (len(group.keys) == 1 and not self.has_removed)
                found[key] = rows if is_all else rows & set(rows_in(there[0]))
            lost = rows - {row for key in group.keys for row in found[key]}
            if self.has_removed:
                lost = {row for row in lost if not self.has_deleted and self.ids[row] not in shown}
            if lost:
                raise InvariantBroken(f"rows {sorted(lost)} are in no file of {group.keys}")
        return found

    def _end(self):
        """Once all is quiet, the day shows each drop as it is, when it is written anew: a drop comes once more for that,
        and a reader reads meanwhile."""
        super()._end()
        self._note_bodies()
        places = Places(self.lake, self.staging, self.published)
        closer = Closer(places, self.rules[-1], self.how, self._clock)
        closer.close(DAY)
        self._seen_by_all()
        self._check_commit()
        self._one_comes()
        if self.random.random() < 0.3:
            self._stays_deleted(Closer(places, self.rules[-1], replace(self.how, late=Late.REWRITE), self._clock))
        self._write_anew()
        if closer.close(DAY).outcome != "unchanged":
            raise InvariantBroken("a day that nothing changed is closed anew")
        document = load(self.staging, DAY)[0]
        if document.held or document.intent:
            raise InvariantBroken(f"the day is {document.state} though it was written anew")
        for part in document.commit.outputs:
            self._check_part(part)
        self._check_rows(document.commit)

    def _one_comes(self):
        key = self.random.choice(self.keys)
        self._drop(key, self._body(bad=False))
        ingest(Drop.at("staging", key), Places(self.staging, self.staging, self.lake), self.rules[-1], self._clock)
        self._note_bodies()

    def _stays_deleted(self, closer):
        """What Hackle deleted, whatever a setting does with the drop that came."""
        for key in [key for key in self.published.keys(f"{DAY}/") if self.random.random() < 0.5]:
            self._hackle_deletes(key)
        gone = set(self.deleted)
        closer.close(DAY)
        self._seen_by_all()
        if again := gone - self.deleted.keys():
            raise InvariantBroken(f"Hackle deleted {sorted(again)}, and nobody asked for them again")
        self._check_commit()

    def _write_anew(self):
        self.trouble = 0
        self._happen("reader")
        self._close(rewrite=True)
        while self.workers or self.readers:
            self._happen(
                self.random.choice(["step"] * (2 * len(self._awake())) + ["read"] * len(self.readers) + ["wait"])
            )

    def _note_bodies(self):
        self.bodies |= {key: body for key, (body, _) in self.lake._objects.items()}
        self.has_removed |= self.how.repeats is Repeats.REMOVE

    def _check_part(self, part):
        found = self.published._objects.get(part.key)
        if found is None and part.key not in self.deleted:
            raise InvariantBroken(f"{part.key} is committed and missing")
        if found and hashlib.sha256(found[0]).hexdigest() != part.digest:
            raise InvariantBroken(f"{part.key} is altered")

    def _check_rows(self, commit):
        entries = [entry for entry in ledger.entries(self.staging) if entry.commit]
        expected = {
            row
            for entry in entries
            for one in entry.commit.outputs
            if one.key.startswith(DAY)
            for row in self._numbers(one)
        }
        there, gone = self._there(), {row for key in self.deleted for row in self._rows_of(commit).get(key, ())}
        if self.has_removed:
            gone |= {row for row in expected if self.has_deleted or self.ids[row] in {self.ids[one] for one in there}}
        if not expected - gone <= set(there) <= expected:
            raise InvariantBroken(f"the drops have rows {sorted(expected)}, the day {sorted(there)}")
        told = msgspec.json.decode(self.staging.get(reporting.report_key(DAY))[0])["rows"]
        repeats = len(there) - len({self.ids[row] for row in there})
        if not self.has_deleted and told["uncounted"] == 0 and told["repeats"] - told["repeats_removed"] != repeats:
            raise InvariantBroken(f"{repeats} rows repeat an insert_id, and the report tells {told}")

    def _numbers(self, output):
        """What was published before days were closed is not below the open place."""
        is_there = output.key not in self.adopted or output.key in self.lake._objects
        return super()._numbers(output) if is_there else rows_in(self.bodies[output.key])

    def _check_files(self):
        adopted = {key: self.bodies[key] for key in self.adopted - self.lake._objects.keys()}
        listed = {one.key for entry in ledger.entries(self.staging) if entry.commit for one in entry.commit.outputs}
        for key in adopted.keys() & listed:
            self.lake.put(key, adopted[key])
        super()._check_files()
        self.lake.delete_many(list(adopted))


def _twice(rows):
    return [row for row, times in Counter(rows).items() if times > 1]


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


_built = {}


def remembering(real):
    """`build`, but for what was built before of the same: closers do the same again and again. Inputs are read."""

    def remembered(plan, folder, zone):
        files = tuple((tuple(group.keys), tuple(one.digest for one in group.inputs)) for group in plan.groups)
        key = (tuple(plan.footer.items()), files, tuple(plan.written), plan.order, plan.repeats, plan.begin_ms)
        stay = {one: plan.read(one).rename(folder / f"stay-{n}") for n, one in enumerate(plan.staying)}
        key += tuple(path.read_bytes() for path in stay.values())
        plan = replace(plan, read=lambda one, read=plan.read: stay.pop(one, None) or read(one))
        if key not in _built:
            done = real(plan, folder, zone)
            if len(_built) > 2000:
                _built.clear()
            _built[key] = done, [one.path.read_bytes() for one in done.files]
            return done
        for one in (one for group in plan.groups for one in group.inputs):
            plan.read(one).unlink()
        done, bodies = _built[key]
        again = []
        for place, (one, body) in enumerate(zip(done.files, bodies, strict=True)):
            path = folder / f"{place}.parquet"
            path.write_bytes(body)
            again.append(Built(one.key, path, one.rows, one.digest))
        return Done(again, done.summaries, done.counted)

    return remembered


@contextmanager
def changed(part_bytes):
    """Everything happens on its worker's thread, and what was built before is not built again."""
    with ExitStack() as patches:
        patches.enter_context(patch.object(inputs, "ThreadPoolExecutor", Sequential))
        patches.enter_context(patch.object(attempt, "build", remembering(attempt.build)))
        patches.enter_context(patch.multiple(reporting, day_page=lambda _: "", index_page=lambda _: ""))
        patches.enter_context(patch.object(deciding, "PART_BYTES", part_bytes))
        yield


def simulate_days(seeds):
    """As `simulate`, of days."""
    return simulate(seeds, SOME, DayHistory)
