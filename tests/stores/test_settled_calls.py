"""Every call of a cloud's store through a network or a storage that fails: it ends as it must, and a second try settles it.

The clients have short timeouts and do not wait between their tries; all else is as it is deployed.
"""

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from types import SimpleNamespace

import pytest

from hackle_import.errors import TryAgain
from hackle_import.stores import Changed, Unavailable, open_store
from hackle_import.stores.bounded import Bounded
from support.faulty_proxy import Faults, faulty_proxy

OLD, NEW = b"old" * 1000, b"new" * 1000
CALLS = {
    "head": lambda cloud, version: cloud.store.head("a").version,
    "get": lambda cloud, version: cloud.store.get("a")[0],
    "read": lambda cloud, version: cloud.store.read("a", version, 10, 2000),
    "keys": lambda cloud, version: list(cloud.store.keys("")),
    "put": lambda cloud, version: cloud.store.put("a", NEW),
    "put a file": lambda cloud, version: cloud.store.put("a", cloud.file),
    "put a large file": lambda cloud, version: cloud.store.put("large", cloud.large),
    "put if absent": lambda cloud, version: cloud.store.put_if_absent("b", NEW),
    "put if version": lambda cloud, version: cloud.store.put_if_version("a", NEW, version),
    "delete": lambda cloud, version: cloud.store.delete("a"),
    "delete many": lambda cloud, version: cloud.store.delete_many(["a", "not there", "b"]),
}
RETRIED = ("429", "500", "503", "reset", "lost", "truncated", "half-sent", "hang")
FAULTS = {"412": Changed, "409": Unavailable} | dict.fromkeys(RETRIED, Unavailable)
# What answers no body has none that is cut.
NO_BODY = {"head", "put", "put a file", "put a large file", "put if absent", "put if version", "delete"}


@pytest.fixture(params=["s3", "gs", pytest.param("foreign", marks=pytest.mark.foreign)])
def cloud(request, monkeypatch, tmp_path):
    """A store behind a proxy, the same one reached directly, and files to put."""
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    from hackle_import.stores import s3

    match request.param:
        case "s3":
            place, upstream = f"s3://{request.getfixturevalue('s3_bucket')}", request.getfixturevalue("moto")
        case "gs":
            place, upstream = f"gs://{request.getfixturevalue('gcs_bucket')}", request.getfixturevalue("gcs")
        case _:
            place, upstream = request.getfixturevalue("foreign_place"), request.getfixturevalue("seaweed")
    direct, faults = open_store(f"{place}/p"), Faults(seed=1)
    # Google's client asks for the bucket on a thread of its own, for traces, and would take some of the faults.
    monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(s3, "MULTIPART_FROM_BYTES", 6 << 20)
    small = TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=5 << 20, use_threads=False)
    monkeypatch.setattr(s3, "_MULTIPART", small)
    config = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=0.5, read_timeout=0.5)
    monkeypatch.setattr(s3, "_CONFIG", config)
    found = SimpleNamespace(kind=request.param, direct=direct, faults=faults, file=tmp_path / "a", large=tmp_path / "l")
    found.file.write_bytes(NEW)
    found.large.write_bytes(bytes(9 << 20))
    with faulty_proxy(upstream, faults) as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST" if request.param == "gs" else "AWS_ENDPOINT_URL", url)
        found.store = open_store(direct.place)
        yield found
        del found.store
        gc.collect()  # here, where what the proxy cut is expected, and not within another test


def called(cloud, call, version, gcs_seconds=0.1):
    """The call through the proxy."""
    with hasty_gcs(gcs_seconds):
        return CALLS[call](cloud, version)


@contextmanager
def hasty_gcs(seconds=0.1):
    """GCS's settings are read at every call, and meant for those of the proxy alone."""
    from hackle_import.stores import gcs

    with pytest.MonkeyPatch.context() as hasty:
        hasty.setattr(gcs, "_TIMEOUT_SECONDS", (0.5, 0.5))
        hasty.setattr(gcs, "_RETRY", gcs._RETRY.with_delay(0.01, 0.02).with_timeout(seconds))
        yield


def prepared(cloud):
    """The version of `a`, which holds OLD; `b` and `large` are not there."""
    cloud.faults.next_ones = iter(())
    for key in ("b", "large"):
        cloud.direct.delete(key)
    return cloud.direct.put("a", OLD).version


# Connections that the proxy cut are left by the clouds' libraries to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_stays_is_told_as_what_the_caller_does_next(cloud, call):
    for fault, told in FAULTS.items():
        version = prepared(cloud)
        cloud.faults.next_ones = repeat(fault)
        if fault == "truncated" and call in NO_BODY:
            continue
        # After a lost answer the client's own second try finds its first one's effect.
        with pytest.raises((told, Changed) if fault == "lost" and call.startswith("put if") else told):
            called(cloud, call, version)


@pytest.mark.parametrize("call", ["get", "read"])
def test_a_refusal_that_stalls_is_no_answer(cloud, call):
    prepared(cloud)
    cloud.faults.next_ones = repeat("stall")
    with hasty_gcs(), pytest.raises(Unavailable):
        cloud.store.get("nothing") if call == "get" else cloud.store.read("nothing", "1", 0, 10)


@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_passes_is_settled_by_the_next_try_at_the_latest(cloud, call):
    for fault in FAULTS:
        version = prepared(cloud)
        directly = SimpleNamespace(store=cloud.direct, file=cloud.file, large=cloud.large)
        wanted = CALLS[call](directly, version)
        after = contents(cloud.direct)
        version = prepared(cloud)
        cloud.faults.next_ones = iter([fault])
        try:
            done = called(cloud, call, version, gcs_seconds=10)
        except (Changed, Unavailable):
            done = None
        if done is None and contents(cloud.direct) != after:
            CALLS[call](directly, version)
        assert contents(cloud.direct) == after, fault
        assert done is None or call not in ("get", "keys") or done == wanted


@pytest.mark.parametrize("call", [name for name in CALLS if name != "read"])
def test_no_other_try_begins_when_the_time_is_over(cloud, call):
    version, asked = prepared(cloud), []
    cloud.faults.next_ones = (asked.append(call) or "503" for _ in repeat(1))
    with ThreadPoolExecutor(1) as pool:
        cloud.store = Bounded(cloud.store, lambda: -1 if asked else 60, pool)
        with pytest.raises((Unavailable, TryAgain)):
            called(cloud, call, version, gcs_seconds=10)
    assert len(asked) == (3 if (cloud.kind, call) == ("gs", "delete many") else 1)  # one a key, each with one try


def contents(store):
    return {key: store.get(key)[0] for key in store.keys("")}
