"""The ledger's promises against real servers of both clouds' protocols, through a network that fails in every way."""

import gc
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from hackle_import.drop import Drop
from hackle_import.errors import TryAgain
from hackle_import.ingest import ingest, ledger
from hackle_import.places import Places
from hackle_import.settings import Rules
from hackle_import.stores import Changed, NotFound, Unavailable, open_store
from support.faulty_proxy import Faults, faulty_proxy
from support.samples import event, ndjson
from support.world import ids_in

KEY = "incoming/hackle/events.ndjson"
RETRIED = (Unavailable, TryAgain, Changed, NotFound)  # what a platform would deliver again
ATTEMPTS = 40


@pytest.fixture(params=["s3", "gcs"])
def cloud(request, monkeypatch):
    """(open the places directly, open them through the proxy, the proxy's faults)."""
    kind = request.param
    bucket = request.getfixturevalue(f"{kind}_bucket")
    upstream = request.getfixturevalue("moto" if kind == "s3" else "gcs")
    scheme, variable = ("s3", "AWS_ENDPOINT_URL") if kind == "s3" else ("gs", "STORAGE_EMULATOR_HOST")

    def places():
        staging = open_store(f"{scheme}://{bucket}/staging")
        return Places(staging, staging, open_store(f"{scheme}://{bucket}/lake"))

    direct, faults = places(), Faults(seed=7)
    with faulty_proxy(upstream, faults) as url:
        monkeypatch.setenv(variable, url)
        clients = [places(), places()]
        yield direct, clients, faults
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
    direct, (one, other), faults = cloud
    with ThreadPoolExecutor(2) as workers:
        for number in range(4):
            rows = [event(number * 10 + n, ts=f"2025-01-0{n + 1}T00:00:00Z") for n in range(3)]
            direct.staging.put(KEY, ndjson(*rows, event(0, ts="never", event_key=f"bad {number}")))
            faults.rate = 0.12
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
