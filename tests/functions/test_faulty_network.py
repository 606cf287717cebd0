"""The ledger's promises against real servers of both clouds' protocols, through a network that fails in every way."""

import gc
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from hackle_import.drop import Drop
from hackle_import.errors import TryAgain
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import Changed, NotFound, Unavailable, open_store
from support.faulty_proxy import FAULTS, Faults, faulty_proxy
from support.lazily import lazily
from support.samples import event, ndjson
from support.world import ids_in

config = lazily("botocore.config")
KEY = "incoming/hackle/events.ndjson"
RETRIED = (Unavailable, TryAgain, Changed, NotFound)  # what a platform would deliver again
ATTEMPTS = 40


STORMS = {
    "storm": ("500", "503", "429"),
    "resets": ("reset",),
    "lost answers": ("lost",),
    "broken bodies": ("truncated",),
    "half-sent uploads": ("half-sent",),
    "stalls": ("stall",),
}


@pytest.fixture(
    params=[
        ("s3", FAULTS, 0.12),
        ("gcs", FAULTS, 0.12),
        *(pytest.param(("foreign", kinds, 0.3), marks=pytest.mark.foreign) for kinds in (FAULTS, *STORMS.values())),
    ],
    ids=["s3", "gcs", "foreign-all", *STORMS],
)
def cloud(request, monkeypatch):
    """(open the places directly, open them through the proxy, the proxy's faults, how many requests get one)."""
    kind, kinds, rate = request.param
    match kind:
        case "s3":
            place, upstream = f"s3://{request.getfixturevalue('s3_bucket')}", request.getfixturevalue("moto")
        case "gcs":
            place, upstream = f"gs://{request.getfixturevalue('gcs_bucket')}", request.getfixturevalue("gcs")
        case _:
            place, upstream = request.getfixturevalue("foreign_place"), request.getfixturevalue("seaweed")

    def places():
        staging = open_store(f"{place}/staging")
        return Places(staging, staging, open_store(f"{place}/lake"))

    direct, faults = places(), Faults(seed=7, kinds=kinds)
    with faulty_proxy(upstream, faults) as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST" if kind == "gcs" else "AWS_ENDPOINT_URL", url)
        if kind == "foreign":
            impatient = config.Config(
                retries={"mode": "standard", "max_attempts": 3}, connect_timeout=0.5, read_timeout=0.5
            )
            monkeypatch.setattr("hackle_import.stores.s3._CONFIG", impatient)  # a stall is longer
            monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
        clients = [places(), places()]
        yield direct, clients, faults, rate
        clients.clear()
        gc.collect()  # here, where what the proxy cut is expected, and not within another test


def handle(places):
    """As a platform does: again and again, until it is done."""
    drop = Drop.at(places.staging.place, KEY)
    for _ in range(ATTEMPTS):
        try:
            return ingest(drop, places, Rules(), lambda: datetime.now(UTC))
        except RETRIED:
            continue
    raise AssertionError("it never ended")


# Connections that the proxy cut are left by the clouds' libraries to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_nothing_is_lost_or_doubled_through_a_faulty_network(cloud):
    direct, (one, other), faults, rate = cloud
    with ThreadPoolExecutor(2) as workers:
        for number in range(4):
            rows = [event(number * 10 + n, ts=f"2025-01-0{n + 1}T00:00:00Z") for n in range(3)]
            direct.staging.put(KEY, ndjson(*rows, event(0, ts="never", event_key=f"bad {number}")))
            faults.rate = rate
            list(workers.map(handle, (one, other)))
            faults.rate = 0.0
    handle(one)
    assert sum(faults.counts.values()) > 10
    entry, _ = ledger.load(direct.staging, Drop.at(direct.staging.place, KEY))
    files = {key: direct.lake.get(key)[0] for key in direct.lake.keys("")}
    assert {output.key: output.digest for output in entry.commit.outputs} == {
        key: hashlib.sha256(body).hexdigest() for key, body in files.items()
    }
    assert ids_in(direct.lake) == ["u30", "u31", "u32"]
    assert direct.staging.head(entry.commit.receipt.rejects_key).version == entry.rejects.version
