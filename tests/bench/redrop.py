"""`make bench-redrop`: a drop that replaces another is seen beside it from the upload of its first file until the files of
its forerunner are deleted. For how long, and how many calls to the storages that is: in a folder, and on S3 as moto emulates it,
which answers a call in about 5 ms where S3 takes 20 to 100."""

import logging
import os
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory

import boto3

from hackle_import.drop import Drop
from hackle_import.ingest import ingest
from hackle_import.places import Places
from hackle_import.settings import Limits, Rules
from hackle_import.stores import open_store
from support.emulators import moto_server
from support.samples import event, ndjson

KEY = "incoming/hackle/events.ndjson"
REPEATS = 3
FIRST = date(2025, 1, 1)
USUAL, SMALL = Limits(), Limits(spool_bytes=16 << 20)
DROPS = {  # rows, days that they are spread over, limits
    "3 rows of a day": (3, 1, USUAL),
    "100,000 rows of a day": (100_000, 1, USUAL),
    "100,000 rows over 30 days": (100_000, 30, USUAL),
    "20,000 rows over 200 days": (20_000, 200, USUAL),
    "100,000 rows of a day, 16 MiB of temporary disk": (100_000, 1, SMALL),
}


class Watched:
    """A store whose calls are counted while both versions are there."""

    def __init__(self, store, window):
        self.place, self._store, self._window = store.place, store, window

    def __hash__(self):
        return hash(self.place)

    def __getattr__(self, name):
        real = getattr(self._store, name)

        def call(*arguments):
            answer = real(*arguments)
            self._window.saw(self._store, name)
            return answer

        return call if callable(real) else real


class Window:
    """From the first file in the lake to the delete of what it replaces."""

    def __init__(self, lake):
        self._lake, self.began, self.ended, self.calls = lake, None, None, 0

    def saw(self, store, name):
        if store is self._lake and name == "put" and self.began is None:
            self.began = time.perf_counter()
        elif self.began is not None and self.ended is None:
            self.calls += name != "read"
            if store is self._lake and name == "delete_many":
                self.ended = time.perf_counter()


def main():
    print("| drop | place | seconds together | of | calls |")
    print("|---|---|---:|---:|---:|")
    with TemporaryDirectory() as folder, buckets() as bucket:
        for name, (rows, days, limits) in DROPS.items():
            for place, kind in ((f"{folder}/{rows}-{days}", "folder"), (f"{bucket}/{rows}-{days}", "S3")):
                found = [redropped(f"{place}-{number}", rows, days, limits) for number in range(REPEATS)]
                together, whole, calls = (median(one) for one in zip(*found, strict=True))
                print(f"| {name} | {kind} | {together:.3f} | {whole:.2f} | {calls} |", flush=True)


@contextmanager
def buckets():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells every call
    with moto_server() as url:
        test = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
        os.environ |= {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1", **test}
        boto3.client("s3").create_bucket(Bucket="redrops")
        yield "s3://redrops"


def redropped(place, rows, days, limits):
    """(seconds of the window, seconds of the whole drop, calls within the window)."""
    staging, lake = open_store(f"{place}/staging"), open_store(f"{place}/lake")
    drop = Drop.at(staging.place, KEY)
    window = Window(lake)
    for number, stores in enumerate(((staging, lake), (Watched(staging, window), Watched(lake, window)))):
        staging.put(KEY, body(rows, days, number))
        began = time.perf_counter()
        ingest(drop, Places(stores[0], *stores), Rules(limits=limits), lambda: datetime.now(UTC))
    assert window.ended is not None, "nothing was replaced"
    return window.ended - window.began, time.perf_counter() - began, window.calls


def body(rows, days, number):
    times = [f"{FIRST + timedelta(days=day)}T03:04:05.678Z" for day in range(days)]
    return ndjson(*(event(row, ts=times[row % days], event_key=f"version {number}") for row in range(rows)))


if __name__ == "__main__":
    main()
