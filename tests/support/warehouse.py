"""A warehouse in memory, to the contract of `warehouse.client`: strict where the real ones are, and seldom in a hurry."""

import gzip
import hashlib
import json
from datetime import date, timedelta

from hackle_import.warehouse.client import NoTable, Progress, Refused
from hackle_import.warehouse.source import Column
from hackle_import.warehouse.state import Seen
from support.samples import event

COLUMNS = {
    "redshift": [Column("id", "int8"), Column("event_time", "timestamptz")],
    "bigquery": [Column("id", "INTEGER"), Column("event_time", "TIMESTAMP")],
}
TOKEN_LASTS = timedelta(hours=8)


def row_of(number, value=0):
    return event(number, metric_value=value)


class MemoryWarehouse:
    """`rows` are each day's; one that is missing has no table. A statement takes its snapshot when it starts, and writes a
    part at each `advance`."""

    def __init__(self, store, clock, kind="redshift", parts=2):
        self._store, self._clock, self._kind, self._parts = store, clock, kind, parts
        self.rows: dict[date, dict] = {}
        self.refusal = None  # what every statement that is sent is refused with
        self.jobs, self.log = {}, []
        self.changes = {}  # of a day's table, where its metadata tell of them: how many there were

    @property
    def looks_since(self):
        return self._clock()

    def columns(self, source, day):
        self._refuse()
        if day not in self.rows:
            raise NoTable(str(day))
        return COLUMNS[self._kind]

    def seen(self, source, columns, day_type, days):
        self._refuse()
        return {day: Seen(self.fingerprint(day), len(self.rows[day])) for day in days if day in self.rows}

    def location(self, source, day):
        return source.bigquery.location if source.bigquery else None

    def scanned(self, source, columns, day_type, day):
        return 5 * 2**30 if self._kind == "bigquery" else None

    def sample(self, source, columns, day_type, day, rows):
        self._refuse()
        return [json.dumps(row_of(one, value)) for one, value in sorted(self.rows[day].items())][:rows]

    def fingerprint(self, day):
        told = json.dumps([self.changes.get(day), *sorted(self.rows[day].items())])
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def start(self, job):
        self._refuse()
        for number, known in self.jobs.items():
            remembered = self._kind == "bigquery" or self._clock() - known["at"] < TOKEN_LASTS
            if remembered and known["token" if self._kind == "redshift" else "name"] == getattr(
                job, "token" if self._kind == "redshift" else "name"
            ):
                return number
        folder = job.folder.removeprefix(f"{self._store.place}/")
        number = f"job-{len(self.jobs)}"
        rows = [row_of(one, value) for one, value in sorted(self.rows.get(job.day, {}).items())][: job.limit]
        taken = next(self._store.keys(folder), None) is not None
        self.jobs[number] = {
            "name": job.name, "token": job.token, "day": job.day, "at": self._clock(), "folder": folder,
            "parts": self._cut(rows), "written": [], "phase": "failed" if taken else "running", "rows": len(rows),
            "error": "the folder holds files" if taken else "", "final": False, "seen": self._told_with(job.day),
        }  # fmt: skip
        self.log.append(number)
        return number

    def find(self, job):
        return next((number for number, known in self.jobs.items() if known["name"] == job.name), None)

    def look(self, source, job):
        if job not in self.jobs:
            return Progress("unknown")
        known = self.jobs[job]
        if known["phase"] == "failed":
            return Progress("failed", error=known["error"], final=known["final"])
        if known["phase"] == "running":
            return Progress("running")
        tells = self._kind == "bigquery"
        if tells:
            return Progress("finished", known["rows"], len(known["written"]))
        return Progress("finished", known["seen"].rows, seen=known["seen"])

    def cancel(self, source, job):
        self.jobs[job] |= {"phase": "failed", "error": "cancelled"}

    def _told_with(self, day):
        """Redshift counts in the transaction that writes."""
        there = self._kind == "redshift" and day in self.rows
        return Seen(self.fingerprint(day), len(self.rows[day])) if there else Seen("0", 0)

    def advance(self, number):
        """A running statement writes its next part, or ends."""
        job = self.jobs[number]
        if job["phase"] != "running":
            return
        if job["parts"]:
            rows = job["parts"].pop(0)
            body = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), 1, mtime=0)
            found = self._store.put(f"{job['folder']}{len(job['written']):04d}_part_00.gz", body)
            job["written"].append((found, len(rows)))
            return
        if self._kind == "redshift" and job["rows"]:
            self._store.put(f"{job['folder']}manifest", self._manifest(job))
        job["phase"] = "finished"

    def finish(self):
        """Everything that runs ends."""
        for number, job in self.jobs.items():
            while job["phase"] == "running":
                self.advance(number)

    def fail(self, number, error="out of disk", final=False):
        if self.jobs[number]["phase"] == "running":
            self.jobs[number] |= {"phase": "failed", "error": error, "final": final}

    def _cut(self, rows):
        if not rows:
            return [[]] if self._kind == "bigquery" else []
        size = -(-len(rows) // self._parts)
        return [rows[at : at + size] for at in range(0, len(rows), size)]

    def _manifest(self, job):
        entries = [
            {"url": f"{self._store.place}/{found.key}", "meta": {"content_length": found.size, "record_count": rows}}
            for found, rows in job["written"]
        ]
        meta = {"content_length": sum(found.size for found, _ in job["written"]), "record_count": job["rows"]}
        return json.dumps({"entries": entries, "schema": {"elements": []}, "meta": meta}).encode()

    def _refuse(self):
        if self.refusal is not None:
            raise Refused(*self.refusal[:1], final=self.refusal[1])
