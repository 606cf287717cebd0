"""Every engine at once, beside live events: the files are those of one `run`, the ledger's totals are the rows that came in,
and nothing that tasks tell is counted. `make test-engines` does it with all drops on the clouds' emulators, too."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from random import Random

import pytest

from hackle_import.backfill.selection import Selection
from hackle_import.backfill.spark import drops
from hackle_import.stores import open_store
from support.commands import command
from support.entrypoints import LAMBDA_CONTEXT, ROOT, aws_handler, gcp_main
from support.lazily import lazily
from support.pubsub import topic_server
from support.queues import taken
from support.samples import event, ndjson
from support.spark_jobs import killing, needs_java

boto3 = lazily("boto3")
pytestmark = [pytest.mark.spark, needs_java]
MANY = 308
ON_CLOUDS = int(os.environ.get("HACKLE_TEST_DROPS", "24"))
SHARDS, LIVE = 7, 6
OLD = "incoming/hackle/2023/"


def fill(store, count):
    """Drops of odd sizes; the rows in them."""
    random, number = Random(7), 0
    for drop in range(count):
        rows = random.choice([1, 3, 20, 300])
        store.put(f"{OLD}{drop:03d}.ndjson", ndjson(*(event(number + row) for row in range(rows))))
        number += rows
    return number


def live(number):
    """Key and content of a drop that comes meanwhile."""
    return f"incoming/hackle/live/{number}.ndjson", ndjson(event(10**6 + number), event(10**7 + number))


@contextmanager
def at_once(*commands):
    """Processes of the command, which have ended well at the end; `watch` is asked to."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "shared")}
    begun = [
        subprocess.Popen([sys.executable, "-m", "hackle_import.cli", *words], stdout=-1, stderr=-1, text=True, env=env)
        for words in commands
    ]
    try:
        yield
    finally:
        for words, process in zip(commands, begun, strict=True):
            if words[0] == "watch":
                process.send_signal(signal.SIGTERM)
        ended = [(process.communicate()[1], process.returncode) for process in begun]
    assert [told for told, status in ended if status] == []


def warm(spark):
    """Its workers have loaded what the others load as they begin: it is at work before all is done."""
    spark.sparkContext.parallelize(range(2), 2).foreach(lambda _: __import__("hackle_import.ingest"))


def handled(store):
    """How many drops have a document."""
    return sum(key.count("/") == 1 and key != "state/place.json" for key in store.keys("state/"))


def until(is_so):
    while not is_so():
        time.sleep(0.05)


def files(lake):
    return {key: hashlib.sha256(lake.get(key)[0]).hexdigest() for key in lake.keys("")}


def require_totals(told, rows, count):
    assert told.undone == {}
    assert (told.totals.told, told.totals.done, told.totals.left, told.totals.unmended) == (count, count, 0, 0)
    assert told.totals.rows == rows


def compare(store, lake, other, count):
    """With one `run`, of the same drops, for which the ledger is as if there had been none."""
    assert command("verify", lake.place, "--staging", store.place)[0] == 0
    for key in [key for key in store.keys("state/") if key != "state/place.json"]:
        store.delete(key)
    assert command("run", "--import", other.place, "--json")[0] == 0
    found = files(lake)
    assert found == files(other)
    assert len(found) == count + LIVE


def test_in_a_folder(tmp_path, spark, monkeypatch):
    """One `run`, seven parts of it, `watch`, and Spark, of which workers are killed."""
    store, lake, other = (open_store(str(tmp_path / name)) for name in ("staging", "lake", "other"))
    rows = fill(store, MANY)
    store.put("state/place.json", json.dumps({"identity": "0" * 32, "path": store.place}).encode())
    env = {"HACKLE_STAGING": store.place, "HACKLE_IMPORT": lake.place}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    parts = [["run", "--json", "--shard", f"{part}/{SHARDS}"] for part in range(SHARDS)]
    warm(spark)
    with at_once(["watch", "-q"], ["run", "--json"], *parts), killing(lambda: handled(store), 10, 60) as killed:
        told = drops(spark, env, Selection(OLD), seconds_a_task=8.0)
        for number in range(LIVE):
            store.put(*live(number))
        until(lambda: handled(store) == MANY + LIVE)
    assert len(killed) >= 1
    require_totals(told, rows, MANY)
    summed = sum(one["rows_in"] for one in told.receipts.collect())  # others' drops came as skipped
    with pytest.raises(AssertionError):
        require_totals(told._replace(totals=type(told.totals)(MANY, MANY, 0, 0, summed, 0, 0.0, None)), rows, MANY)
    compare(store, lake, other, MANY)


@pytest.fixture(params=["s3", "gs"])
def cloud(request, monkeypatch, spark):
    """A place, and the function that takes all of what `backfill` sent there, with live events between."""
    if request.param == "s3":
        bucket = request.getfixturevalue("s3_bucket")
        url = boto3.client("sqs").create_queue(QueueName=f"{bucket}-backfill")["QueueUrl"]
        to, function = url, lambda: on_aws(bucket, url)
    else:
        bucket = request.getfixturevalue("gcs_bucket")
        topic = request.getfixturevalue("topic")
        to, function = topic.name, lambda: on_google_cloud(bucket, topic)
    for name, value in {"STAGING": "in", "IMPORT": "lake"}.items():
        monkeypatch.setenv(f"HACKLE_{name}", f"{request.param}://{bucket}/{value}")
    for name, value in os.environ.items():
        if name.startswith(("AWS_", "GOOGLE_", "STORAGE_")):
            spark.sparkContext.environment[name] = value
    return f"{request.param}://{bucket}", to, function


@pytest.fixture
def topic(monkeypatch):
    with topic_server() as topic:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", topic.host)
        yield topic


def on_aws(bucket, url):
    handler, number = aws_handler().handler, 0
    created = {"detail-type": "Object Created"}
    for record in taken(url):
        assert handler({"Records": [record]}, LAMBDA_CONTEXT) == {"batchItemFailures": []}
        if number < LIVE:
            key, body = live(number)
            open_store(f"s3://{bucket}/in").put(key, body)
            detail = {"bucket": {"name": bucket}, "object": {"key": f"in/{key}"}}
            handler(created | {"detail": detail}, LAMBDA_CONTEXT)
            number += 1


def on_google_cloud(bucket, topic):
    from cloudevents.http import CloudEvent

    main, number = gcp_main().main, 0
    pushed = {"type": "google.cloud.pubsub.topic.v1.messagePublished", "source": "//pubsub"}
    finalized = {"type": "google.cloud.storage.object.v1.finalized", "source": "//storage"}
    for envelope in topic.envelopes():
        main(CloudEvent(pushed, envelope))
        if number < LIVE:
            key, body = live(number)
            open_store(f"gs://{bucket}/in").put(key, body)
            main(CloudEvent(finalized, {"bucket": bucket, "name": f"in/{key}"}))
            number += 1


def test_on_a_cloud(cloud, spark):
    """The function by its queue, one `run`, and Spark, of which workers are killed; with many drops, parts of `run`, too:
    each loads the cloud's library."""
    place, to, function = cloud
    store, lake, other = (open_store(f"{place}/{name}") for name in ("in", "lake", "other"))
    rows = fill(store, ON_CLOUDS)
    env = {"HACKLE_STAGING": store.place, "HACKLE_IMPORT": lake.place}
    assert command("backfill", "--to", to, "--prefix", OLD)[0] == 0
    shards = [["run", "--json", "--shard", f"{part}/{SHARDS}"] for part in range(SHARDS) if ON_CLOUDS >= MANY]
    working = threading.Thread(target=function)
    warm(spark)
    with killing(lambda: handled(store), ON_CLOUDS // 8) as killed, at_once(["run", "--json"], *shards):
        working.start()
        told = drops(spark, env, Selection(OLD), seconds_a_task=2.0)
        working.join()
    assert len(killed) >= 1
    require_totals(told, rows, ON_CLOUDS)
    found = json.loads(command("status", "--backfill", "--json")[1])
    assert (found["told"], found["done"], found["left"], found["rows"]) == (ON_CLOUDS, ON_CLOUDS, 0, rows)
    compare(store, lake, other, ON_CLOUDS)
